"""Rows that an earlier version of the dataset has."""

from collections.abc import Iterator, Mapping, Sequence

from steps.filters.flag import Filter, Flag, Row, opening
from steps.filters.paraphrases import deeds, meaning, pairs
from steps.twins import Found, shared


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
            found = shared([opening(row) for row in rows], [opening(row) for row in version], self.near)
            if self.model:
                found = self.otherwise(rows, version) | found
            for place, (likeness, other) in sorted(found.items()):
                how = "has the request" if likeness == 1 else "has it nearly, or put otherwise"
                yield self.flag(rows[place], f"{name} {how}", likeness, opening(version[other]), f"{name}: {version[other]['id']}")

    def otherwise(self, rows: Sequence[Row], version: Sequence[Row]) -> Found:
        """Rows that mean what one of the earlier version means: place to the cosine and the other's place."""
        groups: dict[str, list[int]] = {}
        for place, row in enumerate(version):
            groups.setdefault(deeds(row), []).append(place)
        mine: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if (deed := deeds(row)) in groups:
                mine.setdefault(deed, []).append(place)
        meant, known = meaning(rows, self.model), meaning(version, self.model)
        found = {}
        for deed, places in mine.items():
            for later, first, cosine in pairs(meant.of(places), known.of(groups[deed]), self.alike):
                found[places[later]] = (cosine, groups[deed][first])
        return found
