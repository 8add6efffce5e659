"""A sentence as the grammar reads it: without typography, its label set apart, and the main clause of it."""

import re
from typing import NamedTuple

from knowledge.grammar.forms import ARROW, CONDITION_FIRST, any_of, either
from knowledge.markdown import Segment
from knowledge.sentences import CODE

LONGEST = 4_000  # characters; what is longer is no sentence, and what follows of it is not read
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
URL = re.compile(r"https?://\S+")
EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}|~~")
SYMBOLS = re.compile(r"[\U0001F000-\U0001FAFF\u2300-\u27BF\u2B00-\u2BFF\uFE0F\u200D]")
ARROWS = re.compile(r"[\u2190-\u21FF]|->|=>")
LABEL = re.compile(
    r"""
    (?P<label> (?: [^:.!?] | \.(?=\w) | vs\.(?!\w) ){1,60}? )     # "Node.js", "fast vs. slow"
    (?: : | \s[-–—] ) \s+
    (?P<rest> \S.* )
    """,
    re.X,
)
REMARK = re.compile(rf"^\W*(?:\(?{any_of('optional required critical important mandatory')}\)?\W+)?", re.I)
CIRCUMSTANCE = re.compile(
    rf"""
    (?: {any_of("if when whenever unless once after before until while during since because given otherwise following")}
      | {any_of("for in on upon where as to with without at by from under within inside above below across alongside")}
      | instead[ ]of | rather[ ]than | based[ ]on | depending[ ]on | prior[ ]to
    )\b
    [^,:;—→]* (?: , | : | ; | — | [ ][–-][ ] | \s→ ) \s*(?=\S)
    """,
    re.I | re.X,
)
ANOTHER = either(r"^(?:or|and)\b[^,:;]*[,:;]\s*(?=\S)")  # "If it fails, or hangs, stop it"


class Sentence(NamedTuple):
    """A segment, read.

    Attributes:
        text: its words, plain.
        label: what stands before a colon or a dash: "Tests" of "**Tests**: run them"; empty where there is none.
        rest: what follows the label; all of the text where there is none.
    """

    segment: Segment
    text: str
    label: str
    rest: str


def read_sentence(segment: Segment) -> Sentence:
    """Read a segment."""
    text = plain(segment.text)
    return Sentence(segment, text, *split_label(text))


def plain(text: str) -> str:
    """A sentence without what is only typography, code as CODE, addresses as URL: "**Run** [it](a.md) ✅" is "Run it"."""
    text = ARROWS.sub("→", CODE.sub("CODE", text[:LONGEST]))
    text = URL.sub("URL", LINK.sub(r"\1", text))
    return " ".join(EMPHASIS.sub("", SYMBOLS.sub(" ", text)).split())


def split_label(text: str) -> tuple[str, str]:
    """The label of a sentence, and the rest; a condition ("If it fails: stop") is no label, and more than seven words are none."""
    match = LABEL.fullmatch(text)
    if not match or len(match["label"].split()) > 7 or CONDITION_FIRST.match(match["label"]):
        return "", text
    return match["label"].strip(), match["rest"].strip()


def main_clause(text: str) -> str:
    """A sentence without the condition, the time or the purpose that it opens with: "stop" of "If it fails, stop"."""
    text = REMARK.sub("", text, count=1)
    if (opens := CIRCUMSTANCE.match(text)) and (rest := text[opens.end() :].strip()):
        more = ANOTHER.match(rest)
        return rest[more.end() :] if more else rest
    arrow = ARROW.search(text)
    return text[arrow.end() :].strip() if arrow and CONDITION_FIRST.match(text) else text
