"""How far annotators agree."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

DRAWS = 1_000


class Alpha(NamedTuple):
    """Krippendorff's alpha on n rows that two or more people answered, with a 95 % interval (rows redrawn 1,000 times, percentiles).

    Attributes:
        value: 1 is agreement, 0 what chance gives; None where nobody disagrees with anybody about anything, or there is one answer alone.
    """

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None


def alpha(answers: Mapping[str, Sequence[str]]) -> Alpha:
    """The agreement of any number of people on nominal answers, by row; rows with one answer say nothing of it.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", nominal data with missing values.
    """
    pairs = [Counter(said) for _, said in sorted(answers.items()) if len(said) > 1]
    values = sorted({value for said in pairs for value in said})
    counts = np.array([[said[value] for value in values] for said in pairs], dtype=float).reshape(len(pairs), len(values))
    value = agreed(counts)
    if value is None:
        return Alpha(len(pairs), None)
    rng = np.random.default_rng(0)
    redrawn = [found for _ in range(DRAWS) if (found := agreed(counts[rng.integers(0, len(pairs), len(pairs))])) is not None]
    low, high = (float(round(np.percentile(redrawn, at), 4)) for at in (2.5, 97.5))
    return Alpha(len(pairs), round(value, 4), low, high)


def agreed(counts: "np.ndarray") -> float | None:
    """Alpha of a table of rows × values, how many people gave each; None where it cannot be told."""
    whole = counts.sum()
    if not whole:
        return None
    people = counts.sum(axis=1, keepdims=True)
    observed = float(((counts * (people - counts)).sum(axis=1, keepdims=True) / (people - 1)).sum()) / whole
    totals = counts.sum(axis=0)
    expected = float((totals * (whole - totals)).sum()) / (whole * (whole - 1))
    return 1 - observed / expected if expected else None
