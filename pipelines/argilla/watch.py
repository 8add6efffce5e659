"""How far people are: by dataset and by annotator, with the time that is left."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from pipelines.argilla.desk import Desk

if TYPE_CHECKING:
    import argilla as rg

BREAK = 900.0  # seconds between two answers from which on somebody was away
PREFIX = "finetune-"


class Progress(NamedTuple):
    """How far a dataset is.

    Attributes:
        done: records with as many answers as were asked for.
        people: annotator to how many records they submitted, and the median seconds of one; None before there are two.
        left: seconds of work that is left, over all people; None before it can be told.
    """

    name: str
    records: int
    done: int
    people: dict[str, tuple[int, float | None]]
    left: float | None


def progress(desk: Desk, dataset: "rg.Dataset") -> Progress:
    """How far a dataset is, from the times of its answers."""
    names, wanted = desk.people(), int(dataset.settings.distribution.min_submitted)
    records = done = missing = 0
    times: dict[str, list[datetime]] = {}
    submitted: Counter[str] = Counter()
    for record in desk.records(dataset, "responses"):
        records += 1
        answers = [one for one in record.get("responses") or () if one["status"] == "submitted"]
        done += len(answers) >= wanted
        missing += max(0, wanted - len(answers))
        for one in answers:
            who = names.get(one["user_id"], one["user_id"])
            submitted[who] += 1
            times.setdefault(who, []).append(datetime.fromisoformat(one.get("updated_at") or one["inserted_at"]))
    people = {who: (number, pace(times[who])) for who, number in submitted.most_common()}
    paces = [seconds for _, seconds in people.values() if seconds is not None]
    return Progress(str(dataset.name), records, done, people, missing * median(paces) if paces else None)


def pace(moments: list[datetime]) -> float | None:
    """The median seconds from one answer to the next, breaks aside."""
    ranked = sorted(moments)
    apart = [seconds for one, two in pairwise(ranked) if (seconds := (two - one).total_seconds()) < BREAK]
    return median(apart) if apart else None


def datasets(desk: Desk, name: str = "") -> "list[rg.Dataset]":
    """The datasets of reviews, or the one of a name."""
    return [one for one in desk.client.datasets if (one.name == name if name else one.name.startswith(PREFIX))]


def spoken(seconds: float | None) -> str:
    """A time in words."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else f"{round(seconds)} s"
