"""Drive a DAG with its teachers: on the engine that is set, under the caps, with batches collected before and posted after."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from pipelines.account import account, bill
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


class Engine:
    """Drives the DAGs of one run.

    Args:
        settings: engine, ledger, limits.
        team: who answers; bound to the run.
        folder: of the run, for the ledger to name.
        say: told what is good to know.
    """

    def __init__(self, settings: Settings, team: Team, folder: Path, say: Callable[[str], None]) -> None:
        self.settings, self.team, self.say = settings, team, say
        if team.models:
            self.guarded(lambda: wait_for(ledger(settings.ledger).do(begin, team.run, str(folder.resolve()))))
        if settings.batch:
            self.guarded(self.collect)

    def drive(self, pipeline: Pipeline, folder: Path, progress: Callable[[str, int, int], None]) -> tuple[list[Row], Runner]:
        """The rows of a DAG, and the runner, which knows how long things took.

        Raises:
            Stopped: when a cap was reached, or a teacher or the ledger failed; what is finished is kept.
            Left: when the rows wait for a batch.
        """
        runner = Runner(pipeline, folder, progress)
        return self.guarded(runner.run), runner

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Do some work; what a teacher or the ledger ends it with is said in the words of the command."""
        limits = self.settings.limits
        try:
            return work()
        except Spent:
            caps = [f"${limits.max_cost:,.2f}" if limits.max_cost is not None else "", f"{limits.max_calls:,} calls" if limits.max_calls is not None else ""]
            spent = bill(account(self.settings.ledger, self.team.run))
            raise Stopped(f"the cap of {' and '.join(filter(None, caps))} is reached: {spent}. Raise it, and run again with --resume; what is finished is kept.") from None
        except Waiting:
            raise Left(self.leave()) from None
        except (TeacherFailed, LedgerLost) as error:
            raise Stopped(f"{error} {KEPT}") from None
        except (Transient, Unanswerable) as error:
            raise Stopped(f"a batch could not be handled: {error}. {KEPT}") from None

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
