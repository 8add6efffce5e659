"""Rows that say the same in other words."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from steps.embeddings import Vectors, embedded
from steps.filters.flag import Filter, Flag, Row, opening, said

AT_ONCE = 4_000_000  # pairs that are compared at a time: some 40 MB
ANSWERS = 0.9  # from which cosine on two answers mean the same
LEAKS = "a held-out row, put otherwise"


class Paraphrases(Filter):
    """Rows that do the same as an earlier one, and whose request and answer mean the same. The figure is the cosine of the requests.

    To do the same is to make the same calls, or, without calls, to be about the same drawn values; so two rows of one phrasing about
    different things are not alike. Of rows alike the best judged stays, then that of the rarer cell, then the first; a held-out one before
    one of the training split.

    Args:
        model: the embedder; see `steps.embeddings`.
        alike: from which cosine of the requests on.
        answers: from which cosine of the answers on.
    """

    name = "paraphrases"

    def __init__(self, model: str, alike: float, answers: float = ANSWERS) -> None:
        self.model, self.alike, self.answers = model, alike, answers

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Later rows of each likeness.

        Raises:
            Missing: when the embedder cannot be had.
        """
        cells: dict[tuple[str, ...], int] = defaultdict(int)
        for row in rows:
            cells[cell(row)] += 1
        ranked = sorted(rows, key=lambda row: (row["split"] == "train", -score(row), cells[cell(row)]))
        meant = meaning(ranked, self.model)
        groups: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(ranked):
            if opening(row):
                groups[deeds(row)].append(place)
        found = {}
        for group in groups.values():
            mine = meant.of(group)
            for later, earlier, cosine in pairs(mine, mine, self.alike, self.answers, earlier=True):
                found[str(ranked[group[later]]["id"])] = (cosine, ranked[group[earlier]])
        for row in rows:
            if seen := found.get(str(row["id"])):
                cosine, other = seen
                leak = row["split"] == "train" != other["split"]
                yield self.flag(row, LEAKS if leak else "another row, put otherwise", cosine, opening(other), str(other["id"]))


class Meaning(NamedTuple):
    """What rows mean: the vectors of their opening requests, and those of all that the assistant says; n × d each."""

    asks: Vectors
    words: Vectors

    def of(self, places: Sequence[int]) -> "Meaning":
        """That of some of the rows."""
        return Meaning(self.asks[places], self.words[places])


def meaning(rows: Sequence[Row], model: str) -> Meaning:
    """What rows mean.

    Raises:
        Missing: when the embedder cannot be had.
    """
    return Meaning(embedded([opening(row) for row in rows], model), embedded([" ".join(said(row, "assistant")) for row in rows], model))


def pairs(rows: Meaning, others: Meaning, alike: float, answers: float = ANSWERS, earlier: bool = False) -> Iterator[tuple[int, int, float]]:
    """The first of the others that each row is alike in request and answer: its place, the other's place, the cosine of the requests.

    Args:
        earlier: both are the same rows, and each is held against those before it.
    """
    import numpy as np

    step = max(1, AT_ONCE // max(1, len(others.asks)))
    for start in range(0, len(rows.asks), step):
        stop = min(len(rows.asks), start + step)
        until = stop if earlier else len(others.asks)
        cosines = rows.asks[start:stop] @ others.asks[:until].T
        near = cosines >= alike
        near &= rows.words[start:stop] @ others.words[:until].T >= answers
        if earlier:
            near &= np.arange(until) < np.arange(start, stop)[:, None]
        for row in np.flatnonzero(near.any(axis=1)):
            first = int(near[row].argmax())
            yield start + int(row), first, float(cosines[row, first])


def deeds(row: Row) -> str:
    """What is done in a row: its calls with their arguments; without calls, what was drawn for it."""
    passport = json.loads(row["passport"] or "{}")
    calls = [(call.get("tool"), call.get("arguments")) for call in json.loads(row.get("calls") or "[]")]
    values: Mapping[str, Any] = passport.get("held") or (passport.get("script") or {}).get("values") or {}
    return json.dumps(calls or sorted(values.items()), sort_keys=True)


def cell(row: Row) -> tuple[str, ...]:
    """The row's cell."""
    return tuple(str(row.get(name) or "") for name in ("unit", "tool", "kind", "behaviour", "complexity", "error_case"))


def score(row: Row) -> float:
    """The mean score that a judge gave; 0 without one."""
    scores = [one["score"] for one in json.loads(row.get("verdicts") or "[]") if one["score"] is not None and one["by"] == "judge"]
    return sum(scores) / len(scores) if scores else 0.0
