"""Figures of a dataset, each with what it is and where it comes from."""

import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

WORDS = re.compile(r"\w+(?:['’]\w+)?")
SAMPLE = 400  # texts that overlap is measured on: it grows with their number, so that runs of other sizes can be compared


class Measure(NamedTuple):
    """A figure.

    Attributes:
        value: None where there is nothing to measure.
        n: how many texts or rows it was measured on.
        low, high: of a 95 % interval; None where none is given.
        unit: `share`, `rows`, `tokens`, or empty.
    """

    name: str
    value: float | None
    n: int
    definition: str
    source: str = ""
    unit: str = "share"
    low: float | None = None
    high: float | None = None


def grams(text: str, size: int) -> list[tuple[str, ...]]:
    """The runs of so many words of a text, in small letters."""
    words = [word.lower() for word in WORDS.findall(text)]
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def distinct(texts: Sequence[str]) -> float:
    """Distinct-2: different pairs of words over all pairs. 1 is all different.

    Source: Li et al. 2016, arXiv 1510.03055.
    """
    pairs = [pair for text in texts for pair in grams(text, 2)]
    return len(set(pairs)) / max(1, len(pairs))


def overlap(texts: Sequence[str]) -> float:
    """The mean share of a text's runs of four words that stand in another text: the precision of self-BLEU-4, without a brevity penalty.

    Source: Zhu et al. 2018 (Texygen), arXiv 1802.01886.
    """
    owners: Counter[tuple[str, ...]] = Counter()
    runs = [set(grams(text, 4)) for text in texts]
    for found in runs:
        owners.update(found)
    shares = [sum(owners[run] > 1 for run in found) / len(found) for found in runs if found]
    return fmean(shares) if shares else 0.0


def compression(texts: Sequence[str]) -> float:
    """Size over compressed size (zlib, level 6): how much a text repeats itself; lower is more varied.

    Source: Shaib et al. 2024, arXiv 2403.00553.
    """
    whole = "\n".join(texts).encode()
    return len(whole) / max(1, len(zlib.compress(whole, 6)))


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The bounds of a 95 % interval of a share.

    Source: Wilson 1927.
    """
    if not whole:
        return 0.0, 1.0
    z, share = 1.959964, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(name: str, part: int, whole: int, definition: str, source: str = "") -> Measure:
    """A share with its interval."""
    low, high = wilson(part, whole)
    return Measure(name, part / whole if whole else None, whole, definition, source, "share", round(low, 4), round(high, 4))


FIGURES: tuple[tuple[str, Callable[[Sequence[str]], float], str], ...] = (
    ("distinct-2", distinct, "share"),
    ("self-overlap", overlap, "share"),
    ("compression", compression, "ratio"),
)


def variety(requests: Sequence[str], answers: Sequence[str]) -> list[Measure]:
    """How varied requests and answers are."""
    found = []
    for what, texts in (("requests", requests), ("answers", answers)):
        some = list(texts[:SAMPLE])
        for name, measure, unit in FIGURES:
            told = (measure.__doc__ or "").partition("Source:")
            value = round(measure(some), 4) if some else None
            found.append(Measure(f"{name} of {what}", value, len(some), " ".join(told[0].split()), told[2].strip(" .\n"), unit))
    return found


def quantiles(numbers: Sequence[float]) -> dict[str, float]:
    """The 5th, 25th, 50th, 75th and 95th percentile (nearest rank) and the largest; empty of nothing."""
    ranked = sorted(numbers)
    if not ranked:
        return {}
    at = {f"q{percent:02}": ranked[min(len(ranked) - 1, max(0, math.ceil(percent / 100 * len(ranked)) - 1))] for percent in (5, 25, 50, 75, 95)}
    return at | {"max": ranked[-1]}


def histogram(numbers: Sequence[float], bins: int = 20) -> list[tuple[float, float, int]]:
    """Bounds and counts of bins of the same width; one bin a value where there are few different ones."""
    if not numbers:
        return []
    different = sorted(set(numbers))
    if len(different) <= bins:
        counts = Counter(numbers)
        return [(value, value, counts[value]) for value in different]
    low, high = different[0], different[-1]
    width = (high - low) / bins
    filled = Counter(min(bins - 1, int((number - low) / width)) for number in numbers)
    return [(round(low + place * width, 2), round(low + (place + 1) * width, 2), filled[place]) for place in range(bins)]
