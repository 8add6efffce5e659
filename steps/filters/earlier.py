"""Rows that an earlier version of the dataset has."""

from collections.abc import Iterator, Mapping, Sequence

from steps.embeddings import embedded
from steps.filters.flag import Filter, Flag, Row, opening, said
from steps.filters.paraphrases import deeds, pairs
from steps.twins import twins


class Earlier(Filter):
    """Rows whose opening request an earlier version has: exactly, nearly (Jaccard), or put otherwise. The figure is the likeness.

    What is put otherwise does the same, and its request and answer mean the same; see `steps.filters.paraphrases`.

    Args:
        versions: name of a version to its rows.
        near: from which Jaccard similarity on.
        model: the embedder; empty leaves aside what is put otherwise.
        alike: from which cosine on.
    """

    name = "earlier"

    def __init__(self, versions: Mapping[str, Sequence[Row]], near: float, model: str, alike: float) -> None:
        self.versions, self.near, self.model, self.alike = versions, near, model, alike

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows with the first version that has them."""
        for name, version in self.versions.items():
            both = [*version, *rows]
            found = {place: (likeness, other) for place, (likeness, other) in twins([opening(row) for row in both], self.near).items() if place >= len(version) > other}
            if self.model:
                found = self.otherwise(both, len(version)) | found
            for place, (likeness, other) in sorted(found.items()):
                how = "has the request" if likeness == 1 else "has it nearly, or put otherwise"
                yield self.flag(both[place], f"{name} {how}", likeness, opening(both[other]), f"{name}: {both[other]['id']}")

    def otherwise(self, both: Sequence[Row], old: int) -> dict[int, tuple[float, int]]:
        """New rows that mean what an old one means, with the cosine and the old one's place."""
        asks, words = embedded([opening(row) for row in both], self.model), embedded([" ".join(said(row, "assistant")) for row in both], self.model)
        groups: dict[str, list[int]] = {}
        for place, row in enumerate(both):
            groups.setdefault(deeds(row), []).append(place)
        alike = ((group[later], group[first], cosine) for group in groups.values() if group[0] < old for later, first, cosine in pairs(asks[group], words[group], self.alike, 0.9))
        return {later: (cosine, first) for later, first, cosine in alike if later >= old > first}
