"""Run a DAG of steps in this process, batch by batch, and resume it after any kill."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from knowledge.guard import guard
from pipelines.folder import write

Row = dict[str, Any]
FIRST = 4  # rows in the first batch: few, so that a first row shows early
Progress = Callable[[str, int, int], None]


class Runner:
    """Drives the steps of a pipeline in order. Every finished batch of every step is on disk before the next begins.

    The pipeline is an ordinary distilabel Pipeline, a line of steps with one leaf; it is validated first. Between two global
    steps, rows stream through in batches; a global step takes all rows at once.

    Args:
        pipeline: what to run.
        folder: where finished batches are kept; with the same pipeline they are taken from there instead of made again.
        batch: rows a batch.
        progress: told the step, the rows done and the rows in all, after each batch.
    """

    def __init__(self, pipeline: Pipeline, folder: Path, batch: int, progress: Progress) -> None:
        self.folder, self.batch, self.progress = folder, batch, progress
        pipeline.dag.validate()
        names = [name for level in pipeline.dag.iter_based_on_trophic_levels() for name in level]
        self.steps: list[Any] = [pipeline.dag.get_step(name)["step"] for name in names]
        self.loaded: list[Any] = []
        self.seconds: dict[str, float] = dict.fromkeys(names, 0.0)
        self.first_row: float | None = None
        self.started = time.monotonic()

    def run(self) -> list[Row]:
        """Every row, in order, with all columns.

        Raises:
            Exception: whatever a step raises; what was finished stays on disk. Servers are stopped in every case.
        """
        guard().open()
        try:
            source, *steps = self.steps
            if not self.folder.exists():
                for step in self.steps:
                    self.load(step)
            rows = self.stage(source, 0, lambda: [row for batch, _ in source.process(0) for row in batch])
            while steps:
                if steps[0].is_global:
                    step = steps.pop(0)
                    rows = self.apply(step, 0, rows)
                    self.progress(step.name, len(rows), len(rows))
                    continue
                streaming = []
                while steps and not steps[0].is_global:
                    streaming.append(steps.pop(0))
                rows = self.stream(streaming, rows)
            return rows
        except BaseException:
            guard().stop()
            raise
        finally:
            for step in reversed(self.loaded):
                with contextlib.suppress(Exception):
                    step.unload()

    def stream(self, steps: list[Any], rows: list[Row]) -> list[Row]:
        """Send batches through several steps, one batch after the other."""
        done: list[Row] = []
        bounds = [0, *range(min(FIRST, self.batch), len(rows), self.batch)]
        for number, (first, last) in enumerate(zip(bounds, [*bounds[1:], len(rows)], strict=True)):
            some = rows[first:last]
            for step in steps:
                some = self.apply(step, number, some)
                self.progress(step.name, last, len(rows))
            done += some
            self.first_row = self.first_row or time.monotonic() - self.started
        return done

    def apply(self, step: Any, number: int, rows: list[Row]) -> list[Row]:
        """One step on one batch; as many rows come back as went in, but from the planner.

        Raises:
            RuntimeError: when the step lost or invented a row.
        """
        made = self.stage(step, number, lambda: next(step.process(rows)))
        if "id" in (rows[0] if rows else {}) and [row["id"] for row in made] != [row["id"] for row in rows]:
            raise RuntimeError(f"step {step.name} took {len(rows)} rows and gave back {len(made)}, or others")
        return made

    def load(self, step: Any) -> None:
        """Load a step once. A new run loads all of them at its start, so that what they start up has time to."""
        if step not in self.loaded:
            self.loaded.append(step)
            step.load()

    def stage(self, step: Any, number: int, work: Callable[[], list[Row]]) -> list[Row]:
        """What a step made of a batch: from disk where it is finished, else made now and put there."""
        path = self.folder / step.name / f"{number:05d}.jsonl"
        if path.exists():
            return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        began = time.monotonic()
        self.load(step)
        lines = [json.dumps(row, ensure_ascii=False) for row in work()]
        self.seconds[step.name] += time.monotonic() - began
        write(path, "".join(f"{line}\n" for line in lines))
        return [json.loads(line) for line in lines]
