"""Where a judge's scores part good rows from bad ones, by what people say of the same rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from steps.contracts import Contract
from steps.measures import wilson

DRAWS = 2_000
SEED = 0


class Label(Contract):
    """What one person says of a row.

    Attributes:
        criterion: what it is about; empty for the row as a whole.
        by: who says it; empty is a person of its own.
    """

    id: str
    good: bool
    criterion: str = ""
    by: str = ""


@dataclass(frozen=True)
class Share:
    """A share with n and a 95 % interval (Wilson); None of nothing."""

    part: int
    n: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance (Cohen 1960) on n rows, with a 95 % interval (2,000 redraws of the table's cells, percentiles).

    Attributes:
        value, low, high: None where one of the two says the same of every row, so that chance cannot be told.
    """

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Calibrated:
    """A criterion, held against labels.

    Attributes:
        floor: the lowest score to keep a row with, chosen so that most rows are kept; `was` where none was found.
        was: the floor of the rubric.
        chosen: whether the floor was chosen by the labels.
        says: in words, why not, or how far it can be trusted.
        precision: of the rows that are kept with the floor, those that people call good.
        false_keep: of the rows that people call bad, those that it keeps.
        false_reject: of the rows that people call good, those that it rejects.
        abstained: labelled rows that the judge gave no score.
        disputed: rows of which as many people say the one as the other; left out.
        kappa: the judge, by the floor, against the people.
    """

    criterion: str
    floor: int
    was: int
    chosen: bool
    says: str
    precision: Share
    false_keep: Share
    false_reject: Share
    abstained: int
    disputed: int
    kappa: Kappa


def calibrated(criterion: str, was: int, scale: Sequence[int], scores: Mapping[str, int | None], labels: Sequence[Label], target: float) -> Calibrated:
    """Choose a criterion's floor.

    Args:
        scale: its scores.
        scores: of the rows that it was asked of, by id; None where the judge abstained.
        target: the share of good rows among the kept ones that the floor must reach.
    """
    people, disputed = majority(labels)
    pairs = [(score, people[row]) for row, score in scores.items() if row in people and score is not None]
    abstained = sum(row in people and score is None for row, score in scores.items())
    floor, chosen, says = lowest(pairs, sorted(scale), was, target)
    judged = [(score >= floor, good) for score, good in pairs]
    kept = [good for keeps, good in judged if keeps]
    bad, good = [keeps for keeps, fine in judged if not fine], [not keeps for keeps, fine in judged if fine]
    return Calibrated(criterion, floor, was, chosen, says, share(kept), share(bad), share(good), abstained, disputed, kappa(judged))


def lowest(pairs: Sequence[tuple[int, bool]], scale: Sequence[int], was: int, target: float) -> tuple[int, bool, str]:
    """The lowest floor above the scale's end by which enough of the kept rows are good; whether there is one; and what must be said of it."""
    if not pairs:
        return was, False, "no labelled row has a score"
    if len({good for _, good in pairs}) == 1:
        every = "good" if pairs[0][1] else "bad"
        return was, False, f"all {len(pairs)} labelled rows are {every}: a floor needs both, so it stays as it was"
    for floor in scale[1:]:
        kept = [good for score, good in pairs if score >= floor]
        if kept and sum(kept) / len(kept) >= target:
            low = wilson(sum(kept), len(kept))[0]
            return floor, True, "" if low >= target else f"{len(kept)} kept rows with a label are few: the true share may be as low as {low:.0%}"
    return was, False, f"no floor reaches {target:.0%} good rows; it stays as it was"


def majority(labels: Iterable[Label]) -> tuple[dict[str, bool], int]:
    """What most people say of each row, and how many rows are disputed evenly."""
    votes: dict[str, Counter[bool]] = {}
    for label in labels:
        votes.setdefault(label.id, Counter())[label.good] += 1
    return {row: said[True] > said[False] for row, said in votes.items() if said[True] != said[False]}, sum(said[True] == said[False] for said in votes.values())


def between(labels: Iterable[Label]) -> Kappa:
    """How far people agree with one another: over all pairs of people who label the same row by the same criterion."""
    said: dict[tuple[str, str], dict[str, bool]] = {}
    for label in labels:
        said.setdefault((label.id, label.criterion), {})[label.by] = label.good
    return kappa([(one[first], one[second]) for one in said.values() for first, second in combinations(sorted(one), 2)])


def kappa(pairs: Sequence[tuple[bool, bool]]) -> Kappa:
    """Agreement beyond chance of pairs of verdicts."""
    import numpy as np

    if not pairs:
        return Kappa(0, None)
    counted = Counter(pairs)
    table = np.array([[counted[one, other] for one, other in ((True, True), (True, False), (False, True), (False, False))]], dtype=float)
    value = agreement(table)[0]
    if np.isnan(value):
        return Kappa(len(pairs), None)
    drawn = agreement(np.random.default_rng(SEED).multinomial(len(pairs), table[0] / len(pairs), DRAWS).astype(float))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Kappa(len(pairs), round(float(value), 4), round(float(low), 4), round(float(high), 4))


def agreement(tables: Any) -> Any:
    """Cohen's kappa of tables (n, 4): both yes, first alone, second alone, neither; NaN where chance alone would agree in full.

    Source: Cohen 1960, doi 10.1177/001316446002000104.
    """
    import numpy as np

    both, first, second, neither = tables.T
    n = tables.sum(axis=1)
    chance = ((both + first) * (both + second) + (second + neither) * (first + neither)) / n**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance < 1, ((both + neither) / n - chance) / (1 - chance), np.nan)


def share(found: Sequence[bool]) -> Share:
    """How many of them hold."""
    low, high = wilson(sum(found), len(found))
    return Share(sum(found), len(found), round(sum(found) / len(found), 4) if found else None, round(low, 4), round(high, 4))
