"""Requests that are asked twice, among very many."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
from datasketch import MinHash, MinHashLSH

from steps.likeness import folded, grams

PERMUTATIONS = 64
NEARLY = 0.9999  # the most that two texts have in common that are not the same

Found = dict[int, tuple[float, int]]


class Sketch(NamedTuple):
    """A request, ready to be compared: folded, its MinHash, and its 5-grams of characters as an array of distinct numbers."""

    text: str
    hashed: MinHash
    grams: Any


class Known:
    """Requests that others are held against.

    Candidates come from MinHash with locality-sensitive hashing (64 permutations), and are decided by the true Jaccard similarity of
    the 5-grams of characters.

    Args:
        near: from which similarity on two requests are the same.

    Source: Broder 1997; datasketch.
    """

    def __init__(self, near: float) -> None:
        self.near = near
        self.exact: dict[str, int] = {}
        self.index = MinHashLSH(threshold=near, num_perm=PERMUTATIONS)
        self.grams: dict[int, Any] = {}

    def like(self, request: Sketch) -> tuple[float, int] | None:
        """The known request that is most like this one: the similarity (1.0 where it is the same) and its place; None where there is none."""
        if request.text in self.exact:
            return 1.0, self.exact[request.text]
        likeness, other = max(((jaccard(request.grams, self.grams[other]), other) for other in self.index.query(request.hashed)), default=(0.0, -1))
        return (min(likeness, NEARLY), other) if likeness >= self.near else None

    def add(self, request: Sketch, place: int) -> None:
        """Let a request be known by its place; of those that are the same the first is."""
        if self.exact.setdefault(request.text, place) == place:
            self.index.insert(place, request.hashed, check_duplication=False)
            self.grams[place] = request.grams


def sketched(request: str) -> Sketch:
    """A request, ready to be compared."""
    text = folded(request)
    mine = grams(text)
    hashed = MinHash(num_perm=PERMUTATIONS, hashfunc=lambda number: number & 0xFFFFFFFF)
    hashed.update_batch(list(mine))
    return Sketch(text, hashed, numpy.fromiter(mine, dtype=numpy.int64))


def twins(requests: Sequence[str], near: float) -> Found:
    """The requests that an earlier one has made, exactly (1.0) or nearly: place to the Jaccard similarity and the earlier one's place.

    The first of each likeness stays, and later ones are held against those that stay.
    """
    known, found = Known(near), {}
    for place, request in enumerate(requests):
        sketch = sketched(request)
        if like := known.like(sketch):
            found[place] = like
        else:
            known.add(sketch, place)
    return found


def shared(requests: Sequence[str], others: Sequence[str], near: float) -> Found:
    """The requests that stand among others, exactly or nearly: place to the similarity and the place among the others.

    Each is held against all of the others, so that no third request can stand between two.
    """
    known = Known(near)
    for place, other in enumerate(others):
        known.add(sketched(other), place)
    return {place: like for place, request in enumerate(requests) if (like := known.like(sketched(request)))}


def jaccard(one: Any, two: Any) -> float:
    """The share that two arrays of distinct numbers have in common."""
    both = len(numpy.intersect1d(one, two, assume_unique=True))
    return both / (len(one) + len(two) - both)
