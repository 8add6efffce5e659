"""Drive a DAG with its teachers: on the engine that is set, under the caps, with batches collected before and posted after."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from pipelines.account import account, bill
from pipelines.cluster import RowsLost, on_ray
from pipelines.command import KEPT, Left, Stopped
from pipelines.config import Settings
from pipelines.runner import Runner
from pipelines.team import Team
from steps.loop import run as wait_for
from steps.teachers.call import Spent, TeacherFailed, Transient, Unanswerable, Waiting
from steps.teachers.database import LedgerLost
from steps.teachers.ledger import begin, ledger
from steps.teachers.mail import Mail, collect, post

Row = dict[str, Any]


@dataclass(frozen=True)
class Driven:
    """What came of a DAG.

    Attributes:
        rows: all of them, in order.
        seconds: by step, all rows' together; those of rows that go side by side add up.
        first_row: seconds from the start to the first row that was through; None where it cannot be known.
        started: when, on the monotonic clock.
    """

    rows: list[Row]
    seconds: dict[str, float]
    first_row: float | None
    started: float


class Engine:
    """Drives the DAGs of one run.

    Args:
        settings: engine, ledger, limits.
        team: who answers; bound to the run.
        folder: of the run, for the ledger to name.
        say: told what is good to know.
        again: what to say of work that is kept.
    """

    def __init__(self, settings: Settings, team: Team, folder: Path, say: Callable[[str], None], again: str = KEPT) -> None:
        self.settings, self.team, self.say, self.again = settings, team, say, again
        if team.models:
            self.guarded(lambda: wait_for(ledger(settings.ledger).do(begin, team.run, str(folder.resolve()))))
        if settings.batch:
            self.guarded(self.collect)

    def drive(self, pipeline: Pipeline, folder: Path, progress: Callable[[str, int, int], None]) -> Driven:
        """The rows of a DAG, and how long they took.

        Raises:
            Stopped: when a cap was reached, or a teacher or the ledger failed; what is finished is kept.
            Left: when the rows wait for a batch.
        """
        if self.settings.engine == "ray":
            began = time.monotonic()
            rows: list[Row] = self.guarded(lambda: on_ray(pipeline, self.settings.cluster))
            return Driven(rows, {"ray": time.monotonic() - began}, None, began)
        runner = Runner(pipeline, folder, progress)
        return Driven(self.guarded(runner.run), runner.seconds, runner.first_row, runner.started)

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Do some work; what a teacher or the ledger ends it with is said in the words of the command."""
        limits = self.settings.limits
        try:
            return work()
        except Spent:
            caps = [f"${limits.max_cost:,}" if limits.max_cost is not None else "", f"{limits.max_calls:,} calls" if limits.max_calls is not None else ""]
            spent = bill(account(self.settings.ledger, self.team.run))
            raise Stopped(f"the cap of {' and '.join(filter(None, caps))} is reached: {spent}. Raise it. {self.again}") from None
        except Waiting:
            raise Left(self.leave()) from None
        except RowsLost as error:
            raise Stopped(str(error)) from None
        except ConnectionError as error:
            raise Stopped(f"no Ray cluster answers at {self.settings.cluster}: {' '.join(str(error).split())[:160]}.") from None
        except (TeacherFailed, LedgerLost) as error:
            raise Stopped(f"{error} {self.again}") from None
        except (Transient, Unanswerable) as error:
            raise Stopped(f"a batch could not be handled: {error}. {self.again}") from None

    def collect(self) -> None:
        """Take what has come back of the batches."""
        mails = self.each(collect)
        if any(mail.answered or mail.failed or mail.waiting for mail in mails):
            failed = f", {sum(mail.failed for mail in mails)} failed there and are asked alone" if any(mail.failed for mail in mails) else ""
            self.say(f"batches: {sum(mail.answered for mail in mails)} answers came back{failed}, {sum(mail.waiting for mail in mails)} are still with the provider")

    def leave(self) -> str:
        """Post what the rows wait for; what to say of it."""
        posted = sum(self.guarded(lambda: self.each(post)))
        mails: list[Mail] = self.guarded(lambda: self.each(collect))
        open_ones = [id for mail in mails for id in mail.open]
        return f"{posted:,} calls were posted. The run waits for {len(open_ones)} batches ({', '.join(open_ones[:3])}); come back with --batch --resume."

    def each(self, work: Callable[..., Any]) -> list[Any]:
        """Do something for every model."""
        done = []
        for model in self.team.models.values():
            model.load()
            try:
                done.append(wait_for(work(model)))
            finally:
                model.unload()
        return done
