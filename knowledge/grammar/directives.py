"""The sentences of a document that direct, each with its mood and what it hangs on."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from knowledge.grammar.forms import NOT, OBLIGATION, any_of, either
from knowledge.grammar.inherit import situation_mood
from knowledge.grammar.judgement import judge
from knowledge.grammar.sentence import Sentence, read_sentence
from knowledge.grammar.words import first_word, words
from knowledge.markdown import Segment
from knowledge.sentences import CODE
from knowledge.units import Modality

MARK = re.compile(r"(?<!\\)\"")
NEGATION = either(
    rf"\b{any_of('must shall should can may will do does need ought are is')}{NOT}",
    r"\b(?:cannot|never|avoid|refrain from|forbid(?:den)?|prohibit(?:ed)?|disallowed|no longer|under no circumstances|not (?:allowed|permitted|acceptable))\b",
)


class Directive(NamedTuple):
    """A sentence that directs.

    Attributes:
        under: the lead-in or heading that makes it direct ("Never:"), or that ties it to a situation ("Before you commit:"); mostly empty.
    """

    segment: Segment
    modality: Modality
    under: str = ""


def directives(segments: Sequence[Segment], described: bool = False) -> list[Directive]:
    """The sentences that direct, in order: of "It is fast. Run it first." the second one, `before-after`.

    Args:
        segments: all of a document, for what stands around a sentence tells how to read it.
        described: whether the document's first paragraph says what the document does, as commands', skills' and agents' do.
    """
    quoted = goes_on_in_quotes(segments)
    leads = {segment.lead for segment in segments if segment.list_id >= 0 and segment.lead}
    sentences = [read_sentence(segment) for segment in segments]
    of_orders = lists_of_orders(sentences)
    found = []
    for sentence in sentences:
        segment = sentence.segment
        if segment.start in quoted or (described and segment.opening and only_describes(segment.text)):
            continue
        if segment.text in leads and situation_mood(segment.text):
            continue  # what holds in this situation is said by the items
        modality, under = judge(sentence, segment.list_id in of_orders)
        if not modality:
            continue
        if not under and segment.first and segment.lead in leads and (tied := situation_mood(segment.lead)):
            modality, under = tied, segment.lead
        found.append(Directive(segment, modality, under))
    return found


def only_describes(text: str) -> bool:
    """Whether a sentence has no word that obliges or forbids: "Run the tests and report"; in a first paragraph this describes."""
    return not NEGATION.search(text) and not OBLIGATION.search(text)


def goes_on_in_quotes(segments: Iterable[Segment]) -> set[int]:
    """The starts of sentences that go on within quotation marks which an earlier one of their paragraph opened: `Say: "Hi. Run it."`."""
    inside, found = False, set()
    for segment in segments:
        if segment.first or segment.kind == "row":
            inside = False
        if inside:
            found.add(segment.start)
        marks = len(MARK.findall(CODE.sub("", segment.text)))
        inside = inside != (marks % 2 == 1)
    return found


def lists_of_orders(sentences: Iterable[Sentence]) -> set[int]:
    """The numbers of the lists of orders: most of their items begin with a verb, and one of these is hardly ever a noun."""
    items: dict[int, list[str]] = {}
    for sentence in sentences:
        if sentence.segment.list_id >= 0 and sentence.segment.first:
            items.setdefault(sentence.segment.list_id, []).append(first_word(sentence.rest))
    known = words()
    return {number for number, firsts in items.items() if any(known.is_verb(word) for word in firsts) and sum(word in known.verbs for word in firsts) * 2 > len(firsts)}
