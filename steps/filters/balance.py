"""Classes of rows that take more than their share."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from steps.filters.flag import Filter, Flag, Row, opening, said
from steps.likeness import folded

CELL = ("unit", "tool", "kind", "behaviour", "complexity", "error_case")
CLASSES: dict[str, Callable[[Row], str]] = {
    "asker": lambda row: str(row.get("asker") or ""),
    "tool": lambda row: str(row.get("tool") or ""),
    "unit": lambda row: str(row.get("unit") or "") if row.get("form") == "play" else "",
    "family": lambda row: str(row.get("family") or "") if row.get("form") != "rehearsal" else "",
    "level": lambda row: str(row.get("level") or ""),
    "cell": lambda row: "/".join(str(row.get(name) or "") for name in CELL) if row.get("form") in (None, "play") else "",
    "persona": lambda row: str((json.loads(row.get("passport") or "{}").get("script") or {}).get("persona") or ""),
    "length": lambda row: f"{2 ** sum(map(len, said(row))).bit_length():,} characters at most",
    "first words": lambda row: " ".join(folded(opening(row)).split()[:3]),
}
EVEN = 2  # times the share that all classes would have if they were even: where there are few of them, each may have so much


class Balance(Filter):
    """Rows of a class that has more than its share of all: those after the share is full, in the order of the rows. The figure is the class's share.

    Args:
        most: a class's largest share, by what it is a class of (asker, tool, unit, family, level, cell, persona, length, first words).
        least: rows that any class may have, however few there are in all.
    """

    name = "balance"

    def __init__(self, most: Mapping[str, float], least: int = 5) -> None:
        self.most, self.least = most, least

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows above their class's share."""
        for what, most in self.most.items():
            named = [CLASSES[what](row) for row in rows]
            counts = Counter(filter(None, named))
            allowed = max(self.least, int(max(most, EVEN / max(1, len(counts))) * len(rows)))
            seen: Counter[str] = Counter()
            for row, name in zip(rows, named, strict=True):
                seen[name] += 1
                if name and seen[name] > allowed:
                    yield self.flag(row, f"more rows of the {what} {name!r} than its share of {most:.0%}", counts[name] / len(rows), name)
