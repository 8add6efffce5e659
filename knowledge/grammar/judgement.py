"""The verdict on a sentence: whether it directs, in which mood, and what above it says so."""

import re
from typing import NamedTuple

from knowledge.grammar.forms import PROHIBITION, ROLE, SITUATION, any_of, either, is_strong, opening, phrase
from knowledge.grammar.imperative import is_imperative
from knowledge.grammar.inherit import governing, inherited_mood, is_negative_stub, is_pointer, is_stub
from knowledge.grammar.modality import mood_of
from knowledge.grammar.orders import directs
from knowledge.grammar.rows import row_mood
from knowledge.grammar.sentence import Sentence, main_clause
from knowledge.grammar.words import first_word, words
from knowledge.markdown import leads_in
from knowledge.units import Modality

LETTERS = re.compile(r"[A-Za-z]{2}")
CROSS = re.compile(r"^\W{0,4}[❌🚫⛔✗✘]")
QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
ALL_QUOTED = re.compile(r"[\"“'].*[\"”'][.,]?")
SHOWN = any_of("examples? sample usage output result input expected context user assistant commentary syntax format type default returns? parameters? options?")
EXAMPLE = either(rf"^(?:for (?:example|instance)|e\.g\.|{SHOWN})(?: \w+)?:")
IN_ORDER = either(r"\bin (?:this|the following)(?: \w+)? order\b[.:*]*$")
ALWAYS_OR_NEVER = either(r"^(?:always|never)\s+(?!\w+(?:s|ed)\b)\S")
ANSWER = opening("yes|no|ok")
CODE_LABEL = re.compile(r"(?:CODE[\s,/|]*(?:or |and )?)+(?:\([^)]*\))?")
NAME_LABEL = re.compile(r"[/@-]{1,2}[\w-]+(?: .*)?|\w+(?:[./]\w+)+|\w+\(.*\)|[a-z]+(?:-[a-z]+)+")
OBJECT = phrase("the|a|an|your|all|each|any|and")


class Verdict(NamedTuple):
    """What is said of a sentence.

    Attributes:
        modality: its mood; None where it does not direct.
        under: the lead-in or heading that it has it from; empty where it says so itself.
    """

    modality: Modality | None = None
    under: str = ""


NONE = Verdict()


def judge(sentence: Sentence, orders: bool) -> Verdict:
    """The verdict on a sentence.

    Args:
        orders: whether it stands in a list of orders.
    """
    segment, text, label, rest = sentence
    if says_nothing(sentence):
        return NONE
    if segment.kind == "row":
        return Verdict(row_mood(text, segment.lead))
    inherited = inherited_mood(segment)
    said = hide_quotes(text)
    if only_leads(sentence) or (glosses_code(sentence) and not inherited):
        return NONE
    if is_crossed_out(segment.text):
        return Verdict("before-after" if mood_of(said, text) == "before-after" else "must not")
    if label and ALWAYS_OR_NEVER.match(rest):  # "Names: never shorten them"
        return Verdict(mood_of(hide_quotes(rest), rest))
    if is_negative_stub(label):  # "Never: shortened names"
        return Verdict("must not")
    body = text if orders_alone(label) else rest
    if not directs(hide_quotes(body), said, orders or bool(inherited)):
        hangs = inherited and not ROLE.match(text) and not ANSWER.match(text)
        return Verdict(inherited, governing(segment)) if hangs else NONE
    if label and body is rest and answers_situation(label, rest):
        return Verdict("when-then")
    if inherited == "must not" and not PROHIBITION.search(said):
        return Verdict("must not", governing(segment))
    return Verdict(mood_of(said, body))


def says_nothing(sentence: Sentence) -> bool:
    """Whether a sentence is none that could direct: a question, an example ("Output: done"), a quotation, only signs."""
    text = sentence.text
    if not LETTERS.search(text) or text.endswith("?") or EXAMPLE.match(text) or ALL_QUOTED.fullmatch(text):
        return True
    return text[0] in '"“' and not leads_in(sentence.segment.text)


def only_leads(sentence: Sentence) -> bool:
    """Whether a sentence does no more than lead to its items: "You must:", "Follow these steps:", "Do it in this order."."""
    text = sentence.text
    if (IN_ORDER.search(text) and len(text.split()) < 9) or is_stub(text) or is_stub(sentence.rest):
        return True
    return leads_in(sentence.segment.text) and (is_pointer(text) or not directs(text, text, False))


def glosses_code(sentence: Sentence) -> bool:
    """Whether a sentence says what a command, an option or a path is: "`make test`: run the tests", "--force - Overwrite"."""
    label = sentence.label
    return bool(CODE_LABEL.fullmatch(label) or NAME_LABEL.fullmatch(label)) and not is_strong(sentence.rest)


def is_crossed_out(raw: str) -> bool:
    """Whether a fragment begins with a cross: "❌ Global state"."""
    return bool(CROSS.match(raw)) and not raw.endswith((".", ":"))


def hide_quotes(text: str) -> str:
    """A sentence with QUOTE for each quotation: what is quoted orders nobody."""
    return QUOTED.sub("QUOTE", text)


def orders_alone(label: str) -> bool:
    """Whether a label is an order by itself: "Announce the story: …", "Never commit: …"."""
    if len(label.split()) < 2:
        return False
    if PROHIBITION.search(label):
        return True
    clear = first_word(label) not in words().doubtful or OBJECT.search(label)
    return bool(clear) and is_imperative(main_clause(label), False)


def answers_situation(label: str, rest: str) -> bool:
    """Whether a label names a situation and an order for it follows: "Build fails: read the log"."""
    return len(label.split()) < 5 and bool(SITUATION.match(label)) and is_imperative(rest, True)
