"""How alike two requests are."""

import hashlib
import re
from collections import defaultdict

GRAM = 5


def folded(request: str) -> str:
    """A request without case, punctuation and spacing."""
    return " ".join(re.findall(r"\w+", request.lower()))


def grams(text: str) -> set[int]:
    """The hashed 5-grams of characters of a text."""
    return {int.from_bytes(hashlib.blake2b(text[at : at + GRAM].encode(), digest_size=6).digest()) for at in range(max(1, len(text) - GRAM + 1))}


def nearest(mine: set[int], index: dict[int, list[int]], kept: list[tuple[str, set[int]]]) -> tuple[float, str]:
    """The highest Jaccard similarity to a kept text, and whose it is."""
    shared: dict[int, int] = defaultdict(int)
    for gram in mine:
        for place in index.get(gram, ()):
            shared[place] += 1
    best, whose = 0.0, ""
    for place, count in shared.items():
        name, other = kept[place]
        likeness = count / (len(mine) + len(other) - count)
        if likeness > best:
            best, whose = likeness, name
    return best, whose
