"""What a run would take of its models: a sample is rehearsed without any, and extrapolated with an interval."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from knowledge.costs import Price
from pipelines.account import opened, there
from pipelines.runner import Runner
from pipelines.team import Team
from steps.teachers.embedded import Embedded
from steps.teachers.rehearsal import Asked, Rehearsed
from steps.teachers.teacher import Nobody, Teacher

DRAWS = 1000  # bootstrap resamples of rows (Efron, 1979)
ENOUGH = 20  # answers in the ledger from which on their length is believed


@dataclass(frozen=True)
class Forecast:
    """What a role would take; pairs are the bounds of a 95 % interval.

    Attributes:
        rows: how many were rehearsed.
        calls, input, output: in all; tokens of o200k.
        dollars: nothing read from a cache; None where the price is not known.
        cached: dollars when the provider's cache serves what calls have in common, from the second on.
        measured: whether the answers' lengths are this model's own, from the ledger; else they are the embedded teacher's.
    """

    role: str
    model: str
    rows: int
    calls: tuple[int, int]
    input: tuple[int, int]
    output: tuple[int, int]
    dollars: tuple[float, float] | None
    cached: tuple[float, float] | None
    measured: bool


class Rehearsal:
    """Plays a sample of rows; it stands in for the team.

    Args:
        team: whose models are rehearsed.
        stand_in: who answers in their place.
    """

    def __init__(self, team: Team, stand_in: Teacher | None = None) -> None:
        self.team = team
        self.parts = {role: Rehearsed.of(model, stand_in or Embedded()) for role, model in team.models.items()}

    def teacher(self, role: str) -> Teacher:
        """Who plays a role."""
        return self.parts.get(role) or Embedded()

    @property
    def writes(self) -> bool:
        """No: a rehearsal composes from the shipped banks."""
        return False

    @property
    def judge(self) -> Teacher:
        """Who plays the judge."""
        return self.parts.get("judge") or Nobody()

    @property
    def floors(self) -> dict[str, int]:
        """The judge's floors; a rehearsal keeps the rubric's."""
        return {}

    def play(self, pipeline: Pipeline, progress: Callable[[str, int, int], None]) -> int:
        """Run the sample; how many rows it had."""
        with tempfile.TemporaryDirectory(prefix="finetune-") as folder:
            self.rows = len(Runner(pipeline, Path(folder) / "work", progress).run())
        return self.rows

    def estimate(self, rows: int) -> list[Forecast]:
        """What so many rows would take, role by role."""
        return [self.forecast(role, part.asked, rows) for role, part in self.parts.items()]

    def forecast(self, role: str, asked: list[Asked], rows: int) -> Forecast:
        """One role's share, by resampling rows."""
        model = self.team.models[role]
        price = Price.model_validate_json(model.price) if model.price else None
        longer, again, measured = self.lengths(role, asked)
        per_row: dict[str, list[Asked]] = defaultdict(list)
        for call in asked:
            per_row[call.row].append(call)
        sums = [row_sums(calls, longer, price, model.batch) for _, calls in sorted(per_row.items())] + [(0.0,) * 5] * (self.rows - len(per_row))
        rng = random.Random(0)
        scale = rows / max(self.rows, 1) * again
        drawn = [[sum(column) * scale for column in zip(*rng.choices(sums, k=len(sums)), strict=True)] for _ in range(DRAWS)] if sums else [[0.0] * 5]
        low, high = ([sorted(column)[int(share * (len(drawn) - 1))] for column in zip(*drawn, strict=True)] for share in (0.025, 0.975))
        calls, input, output, dollars, cached = zip(low, high, strict=True)
        whole = {"calls": whole_numbers(calls), "input": whole_numbers(input), "output": whole_numbers(output)}
        return Forecast(role, model.model, self.rows, **whole, dollars=dollars if price else None, cached=cached if price else None, measured=measured)

    def lengths(self, role: str, asked: list[Asked]) -> tuple[float, float, bool]:
        """How much longer the model's answers are than the stand-in's, and how many calls it takes for one, by what the ledger has seen of it."""
        model, place = self.team.models[role], self.team.settings.ledger
        tasks = {call.task for call in asked}
        if not there(place) or not tasks:
            return 1.0, 1.0, False
        database = opened(place)
        try:
            query = f"SELECT task, count(*), sum(output) FROM calls WHERE model = ? AND task IN ({', '.join('?' * len(tasks) * 2)}) GROUP BY task"
            seen: dict[str, Any] = {
                task: (int(n), float(tokens or 0)) for task, n, tokens in database.run(query, (model.model, *tasks, *(f"{task} (repair)" for task in tasks))).fetchall()
            }
        finally:
            database.close()
        first = {task: seen[task] for task in tasks if task in seen}
        number = sum(n for n, _ in first.values())
        if number < ENOUGH:
            return 1.0, 1.0, False
        own = sum(tokens for _, tokens in first.values()) / number
        theirs = [call.output for call in asked if call.task in first]
        repairs = sum(n for task, (n, _) in seen.items() if task not in tasks)
        return own / max(sum(theirs) / len(theirs), 1), 1 + repairs / number, True


def whole_numbers(bounds: tuple[float, float]) -> tuple[int, int]:
    """Bounds as counts."""
    return round(bounds[0]), round(bounds[1])


def row_sums(calls: list[Asked], longer: float, price: Price | None, batch: bool) -> tuple[float, ...]:
    """A row's calls, input and output tokens, dollars, and dollars with a warm cache."""
    output = [round(call.output * longer) for call in calls]
    dollars = sum(price.dollars(call.input, out, batch=batch) for call, out in zip(calls, output, strict=True)) if price else 0.0
    cached = (
        sum(price.dollars(call.input, out, cached=call.shared if call.shared >= (price.cache_minimum or 0) else 0, batch=batch) for call, out in zip(calls, output, strict=True))
        if price
        else 0.0
    )
    return float(len(calls)), float(sum(call.input for call in calls)), float(sum(output)), dollars, cached
