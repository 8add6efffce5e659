"""Run a DAG of steps in this process: rows flow through it one by one, and a killed run goes on where it was."""

import asyncio
import concurrent.futures
import contextlib
import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from knowledge.guard import guard
from pipelines.folder import write
from pipelines.journal import Journal
from steps.loop import submit, together
from steps.teachers.call import Spent, Waiting

Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
GRACE = 3.0  # seconds that rows in flight have to end in when a run is interrupted


class Runner:
    """Drives the steps of a pipeline. What is finished is on disk: each row of a stream, each global step.

    The pipeline is an ordinary distilabel Pipeline, a line of steps with one leaf; it is validated first. Between two global
    steps rows stream: each goes through all steps on its own, as many at a time as the steps can take together, on one event
    loop; who is slowest holds the others back. A global step takes all rows at once.

    Args:
        pipeline: what to run.
        folder: where finished rows are kept; with the same pipeline they are taken from there instead of made again.
        progress: told the step, the rows done and the rows in all.
    """

    def __init__(self, pipeline: Pipeline, folder: Path, progress: Progress) -> None:
        self.folder, self.progress = folder, progress
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
            Spent: when a cap is reached; Waiting: when rows wait for a provider's batch. What was finished stays on disk.
            Exception: whatever else a step raises; what was finished stays on disk. Servers are stopped in every case.
        """
        guard().open()
        try:
            source, *steps = self.steps
            if not self.folder.exists():
                for step in self.steps:
                    self.load(step)
            rows: Iterable[Row] = self.stage(source, lambda: [row for batch, _ in source.process(0) for row in batch])
            while steps:
                if steps[0].is_global:
                    rows = self.whole(steps.pop(0), list(rows))
                    continue
                streaming = []
                while steps and not steps[0].is_global:
                    streaming.append(steps.pop(0))
                rows = self.stream(streaming, list(rows))
            return list(rows)
        except BaseException:
            guard().stop()
            raise
        finally:
            for step in reversed(self.loaded):
                with contextlib.suppress(Exception):
                    step.unload()

    def stream(self, steps: list[Any], rows: list[Row]) -> Iterator[Row]:
        """Send rows through several steps, each on its own."""
        with Journal(self.folder / f"{steps[0].name}.jsonl") as journal:
            if len(journal.done) < len(rows):
                for step in steps:
                    self.load(step)
                with untouched():
                    self.wait_for(Flow(self, [part(step) for step in steps], rows, journal))
            return journal.rows(len(rows))

    def wait_for(self, flow: "Flow") -> None:
        """Wait for a stream; an interrupt lets no new row in, and gives those in flight a moment.

        Raises:
            KeyboardInterrupt: when it came.
        """
        work = submit(flow.run())
        try:
            work.result()
        except KeyboardInterrupt:
            flow.stopped = True
            with contextlib.suppress(Exception, concurrent.futures.CancelledError):
                work.result(timeout=GRACE)
            work.cancel()
            raise
        finally:
            work.cancel()

    def whole(self, step: Any, rows: list[Row]) -> list[Row]:
        """One global step on all rows; as many come back as went in, but from the planner.

        Raises:
            RuntimeError: when the step lost or invented a row.
        """
        made = self.stage(step, lambda: next(step.process_applying_mappings(rows)))
        if "id" in (rows[0] if rows else {}) and [row["id"] for row in made] != [row["id"] for row in rows]:
            raise RuntimeError(f"step {step.name} took {len(rows)} rows and gave back {len(made)}, or others")
        self.progress(step.name, len(made), len(made))
        return made

    def stage(self, step: Any, work: Callable[[], list[Row]]) -> list[Row]:
        """What a step made of all rows: from disk where it is finished, else made now and put there."""
        path = self.folder / f"{step.name}.jsonl"
        if not path.exists():
            self.load(step)
            began = time.monotonic()
            lines = [json.dumps(row, ensure_ascii=False) for row in work()]
            self.seconds[step.name] += time.monotonic() - began
            write(path, "".join(f"{line}\n" for line in lines))
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]

    def load(self, step: Any) -> None:
        """Load a step once. A new run loads all of them at its start, so that what they start up has time to."""
        if step not in self.loaded:
            self.loaded.append(step)
            step.load()


class Flow:
    """Rows on their way through some steps.

    Attributes:
        stopped: no further row is let in.
    """

    def __init__(self, runner: Runner, steps: list[Any], rows: list[Row], journal: Journal) -> None:
        self.runner, self.steps, self.journal, self.total = runner, steps, journal, len(rows)
        self.todo = ((number, row) for number, row in enumerate(rows) if number not in journal.done)
        self.stopped = False
        self.ended: Exception | None = None
        self.through = dict.fromkeys((step.name for step in steps), len(journal.done))

    async def run(self) -> None:
        """Let as many rows in as the steps can take together.

        Raises:
            Spent, Waiting: when rows could not go on; all others are through.
        """
        await together(self.carry() for _ in range(min(sum(step.in_flight for step in self.steps), self.total)))
        if self.ended:
            raise self.ended

    async def carry(self) -> None:
        """Take one row after the other through all steps."""
        for number, row in self.todo:
            if self.stopped:
                return
            try:
                for step in self.steps:
                    began = time.monotonic()
                    row = await step.answer(row)
                    self.runner.seconds[step.name] += time.monotonic() - began
                    self.through[step.name] += 1
                    self.runner.progress(step.name, self.through[step.name], self.total)
            except Waiting as error:
                self.ended = self.ended or error
                continue
            except Spent as error:
                self.ended, self.stopped = error, True
                return
            self.journal.add(number, row)
            self.runner.first_row = self.runner.first_row or time.monotonic() - self.runner.started


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Keep the garbage collector off what is there already: modules, steps and all rows. Looking it through, again and again, takes a third of a run."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def part(step: Any) -> Any:
    """A step as rows stream through it: one of ours takes them one by one, one of distilabel's own by batches."""
    mapped = step.input_mappings or step.output_mappings
    return step if hasattr(step, "answer") and not mapped else Batched(step)


class Batched:
    """A step that takes batches: what came while it was busy is its next batch. One batch at a time, in a thread."""

    def __init__(self, step: Any) -> None:
        self.step, self.name, self.in_flight = step, step.name, step.input_batch_size
        self.waiting: list[tuple[Row, asyncio.Future[Row]]] = []
        self.busy: asyncio.Task[None] | None = None

    async def answer(self, row: Row) -> Row:
        """The row, when its batch is through."""
        made: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self.waiting.append((row, made))
        if self.busy is None:
            self.busy = asyncio.create_task(self.work())
        return await made

    def batch(self, rows: list[Row]) -> list[Row]:
        """One batch; the first that comes out is all that counts."""
        made: list[Row] = next(self.step.process_applying_mappings(rows))
        return made

    async def work(self) -> None:
        """Take batches until no row waits."""
        while self.waiting:
            some, self.waiting = self.waiting[: self.in_flight], self.waiting[self.in_flight :]
            try:
                rows: list[Row] = await asyncio.to_thread(self.batch, [row for row, _ in some])
                if len(rows) != len(some) or [row.get("id") for row in rows] != [row.get("id") for row, _ in some]:
                    raise RuntimeError(f"step {self.name} took {len(some)} rows and gave back {len(rows)}, or others")
            except Exception as error:
                for _, made in some:
                    made.set_exception(error)
            else:
                for (_, made), row in zip(some, rows, strict=True):
                    if not made.done():
                        made.set_result(row)
        self.busy = None
