"""What a request may ask of the form of its answer, and whether an answer keeps it."""

import re
from collections.abc import Callable, Iterable

from knowledge.evolution import Check
from steps.prose import WORD, fences, language, prose

EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
ALLOWED = re.compile("[✓✗✔✘❌✅➜➔]")
BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+\S", re.M)
HEADING = re.compile(r"^ {0,3}#{1,6} \S|^\*\*[^*\n]+\*\*:?[ \t]*$", re.M)
BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
TABLE = re.compile(r"^\s*\|.*\|\s*$\n^\s*\|[\s:|-]+\|\s*$", re.M)
QUESTION = re.compile(r"\?(?=\s|[\"”’)*]|$)")


def words(text: str) -> int:
    """The words of a text; code in blocks is not counted."""
    return len(prose(text, spans=True).split())


def paragraphs(text: str) -> int:
    """The paragraphs of a text; a block of code is none."""
    return len([part for part in re.split(r"\n\s*\n", prose(text, spans=True)) if WORD.search(part)])


def first(pattern: re.Pattern[str], text: str) -> str | None:
    """What a pattern first finds in the prose of a text."""
    found = pattern.search(prose(text))
    return found[0].strip() if found else None


PREDICATES: dict[str, Callable[[str, int], str | None]] = {
    "max_words": lambda text, most: f"{words(text)} words, of {most}" if words(text) > most else None,
    "max_paragraphs": lambda text, most: f"{paragraphs(text)} paragraphs, of {most}" if paragraphs(text) > most else None,
    "max_code_blocks": lambda text, most: f"{len(fences(text))} blocks of code, of {most}" if len(fences(text)) > most else None,
    "no_bullets": lambda text, _: (found := first(BULLET, text)) and f"a list: {found!r}",
    "no_headings": lambda text, _: (found := first(HEADING, text)) and f"a heading: {found!r}",
    "no_bold": lambda text, _: (found := first(BOLD, text)) and f"bold: {found!r}",
    "no_table": lambda text, _: "a table" if TABLE.search(prose(text, spans=True)) else None,
    "no_exclamation": lambda text, _: "an exclamation mark" if re.search(r"!(?![=\w\[(])", prose(text)) else None,
    "no_emoji": lambda text, _: (found := first(EMOJI, ALLOWED.sub("", text))) and f"an emoji: {found}",
    "in_english": lambda text, _: f"it is in {found}" if (found := language(text)) not in ("English", None) else None,
}


def kept(checks: Iterable[Check], text: str) -> str | None:
    """The first thing asked of an answer that it does not keep, as `name: what was found`; None when it keeps all.

    Raises:
        KeyError: when a check is not known.
    """
    return next((f"{check.name}: {fault}" for check in checks if (fault := PREDICATES[check.name](text, check.of))), None)
