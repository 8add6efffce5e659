"""Requests that an earlier row has made."""

from collections.abc import Iterator, Sequence

from steps.filters.flag import Filter, Flag, Row, opening
from steps.twins import twins


class Duplicates(Filter):
    """Opening requests that are asked before, exactly or nearly. The figure is the Jaccard similarity of 5-grams of characters; 1 is the same.

    Args:
        near: from which similarity on.

    Source: Broder 1997; candidates by MinHash (datasketch).
    """

    name = "duplicates"

    def __init__(self, near: float = 0.8) -> None:
        self.near = near

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Later rows; the first of each likeness stays, and a held-out row rather than one of the training split."""
        ranked = sorted(rows, key=lambda row: row["split"] == "train")
        found = {str(ranked[place]["id"]): (likeness, ranked[other]) for place, (likeness, other) in twins([opening(row) for row in ranked], self.near).items()}
        for row in rows:
            if seen := found.get(str(row["id"])):
                likeness, other = seen
                yield self.flag(row, "same request" if likeness == 1 else f"{likeness:.2f} alike", likeness, opening(other), str(other["id"]))
