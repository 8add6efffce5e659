"""ROUGE-L: how much of two texts is a common subsequence of words."""

import re
from collections.abc import Sequence

WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return WORD.findall(text.lower())


def longest(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, against in enumerate(other, 1):
            above = row[place]
            row[place] = before + 1 if word == against else max(above, row[place - 1])
            before = above
    return row[-1]


def rouge(one: Sequence[str], other: Sequence[str]) -> float:
    """ROUGE-L as the F1 of precision and recall, 0 to 1.

    Source: Lin 2004, with the F1 that Self-Instruct (arXiv 2212.10560) compares instructions by.
    """
    if not one or not other:
        return 0.0
    return 2 * longest(one, other) / (len(one) + len(other))


def most_alike(text: str, pool: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The highest similarity to a text of the pool, and its place there; -1 in an empty pool."""
    mine = words(text)
    best, where = 0.0, -1
    for place, other in enumerate(pool):
        if 2 * min(len(mine), len(other)) <= best * (len(mine) + len(other)):
            continue
        likeness = rouge(mine, other)
        if likeness > best:
            best, where = likeness, place
    return best, where
