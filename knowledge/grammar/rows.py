"""The mood of a table's row."""

from knowledge.grammar.forms import RECOMMENDATION, SITUATION, is_strong, opening, phrase
from knowledge.grammar.modality import mood_of
from knowledge.grammar.sentence import plain
from knowledge.grammar.words import first_word, words
from knowledge.units import Modality

NEED = phrase("if|when|needs?|task|situation|scenario|condition|trigger|problem|case|symptom|goal|intent|event|your agent|you want")
DEED = phrase("use|tool|action|do|then|subclass|choose|command|response|solution|fix|what to do|best|recommended|handling|skill")
WANTED = opening("if|when|need|want|user (?:asks|wants|says)")


def row_mood(text: str, header: str) -> Modality | None:
    """The mood of a row: of one that obliges by its words, or that ties a situation to an action."""
    cells = [cell.strip() for cell in text.split("|")]
    if any(is_strong(cell) or RECOMMENDATION.search(cell) for cell in cells):
        return mood_of(text, text)
    if "forbidden" in text.lower():
        return "prefer-over"
    return "when-then" if maps_needs(header) or answers_situation(cells) else None


def maps_needs(header: str) -> bool:
    """Whether a header says that the table maps needs to deeds: "| Situation | What to do |"."""
    first, *others = (cell.strip() for cell in plain(header).split("|"))
    return bool(NEED.search(first)) and any(DEED.search(name) for name in others)


def answers_situation(cells: list[str]) -> bool:
    """Whether a row names a situation and an order for it: "| Build fails | Read the log |"."""
    situation, *others = cells
    if not (WANTED.match(situation) or SITUATION.match(situation)):
        return False
    return any(words().is_verb(first_word(cell)) and len(cell.split()) > 1 for cell in others)
