"""Text that looks as if it were meant to give orders to whoever reads it, and characters that nobody sees."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from knowledge.bank import BANKS, read_bank

HIDDEN = re.compile("(?P<flag>\U0001f3f4[\U000e0020-\U000e007f]+)|[\u200b\u200c\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
BEFORE = re.compile(r"(?s)(?:.*(?:[.!?]\s|\n\s*\n|\n\s*[-*#>\d]))?(.*)")
NEAR = 240  # characters before a find that tell whether it is an order or is spoken of


class Suspicion(NamedTuple):
    """The first character of what is suspicious, and in words what it is."""

    start: int
    words: str


class Pattern(NamedTuple):
    """What injected text looks like; `why` it is suspicious; `unless`: what stands before it in its sentence where it is no order."""

    pattern: re.Pattern[str]
    why: str
    unless: re.Pattern[str] | None


@cache
def patterns() -> tuple[Pattern, ...]:
    """The patterns of `knowledge/banks/suspicions.yaml`."""
    bank = read_bank(BANKS / "suspicions.yaml")
    found = []
    for entry in bank["suspicions"]:
        unless = [*entry.get("unless", ()), *([bank["quoted"]] if entry.get("quoted") else [])]
        found.append(Pattern(re.compile("|".join(entry["patterns"]), re.I), entry["why"], re.compile("|".join(unless), re.I) if unless else None))
    return tuple(found)


def suspicions(text: str) -> Iterator[Suspicion]:
    """What is suspicious in a text. What only speaks of such text, or forbids to follow it, is not."""
    for pattern, why, unless in patterns():
        for match in pattern.finditer(text):
            before = BEFORE.fullmatch(text, max(match.start() - NEAR, 0), match.start())
            if not (unless and before and unless.search(re.sub(r"\s+", " ", before[1]))):
                yield Suspicion(match.start(), f"{why}: “{' '.join(match[0].split())[:80]}”")
    unseen = [match for match in HIDDEN.finditer(text) if not match["flag"]]
    if unseen:
        number = "1 character" if len(unseen) == 1 else f"{len(unseen)} characters"
        yield Suspicion(unseen[0].start(), f"{number} that nobody sees ({'the first is ' if len(unseen) > 1 else ''}U+{ord(unseen[0][0]):04X})")
