"""Requests that are asked twice, among very many."""

from collections.abc import Sequence
from typing import Any

import numpy
from datasketch import MinHash, MinHashLSH

from steps.likeness import folded, grams

PERMUTATIONS = 64


def twins(requests: Sequence[str], near: float) -> dict[int, tuple[float, int]]:
    """The requests that an earlier one has made, exactly (1.0) or nearly: place to the Jaccard similarity and the earlier one's place.

    Candidates come from MinHash with locality-sensitive hashing (64 permutations), and are decided by the true Jaccard similarity of
    the 5-grams of characters. The first of each likeness stays.

    Source: Broder 1997; datasketch.
    """
    found: dict[int, tuple[float, int]] = {}
    exact: dict[str, int] = {}
    index = MinHashLSH(threshold=near, num_perm=PERMUTATIONS)
    kept: dict[int, Any] = {}
    for place, request in enumerate(requests):
        text = folded(request)
        if (first := exact.setdefault(text, place)) != place:
            found[place] = (1.0, first)
            continue
        mine = grams(text)
        sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=lambda number: number & 0xFFFFFFFF)
        sketch.update_batch(list(mine))
        packed = numpy.fromiter(mine, dtype=numpy.int64)
        likeness, like = max(((jaccard(packed, kept[other]), other) for other in index.query(sketch)), default=(0.0, -1))
        if likeness >= near:
            found[place] = (min(likeness, 0.9999), like)
            continue
        index.insert(place, sketch, check_duplication=False)
        kept[place] = packed
    return found


def jaccard(one: Any, two: Any) -> float:
    """The share that two arrays of distinct numbers have in common."""
    both = len(numpy.intersect1d(one, two, assume_unique=True))
    return both / (len(one) + len(two) - both)
