"""Every statement of an agent system as a unit, with file and line: `python -m pipelines.extract SOURCE… --out units.jsonl`."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.catalog import HIVE
from pipelines import flags
from pipelines.account import account, bill
from pipelines.command import WRONG, command
from pipelines.config import Extract, load_settings, shared
from pipelines.console import POINT_AT, Console

AGAIN = "Answers that came are kept in the ledger: run the same command again."

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

    from steps.teachers.teacher import Teacher


def build(sources: Sequence[str], extractor: "Teacher | None" = None) -> "Pipeline":
    """The DAG: the readers' units, then, where an extractor is bound, what the grammar missed, then all of it merged."""
    from distilabel.pipeline import Pipeline

    from steps.extract import AddMissed
    from steps.merge import MergeUnits
    from steps.passages import LoadPassages

    with Pipeline(name="extract") as pipeline:
        load = LoadPassages(name="load", sources=list(sources))
        merge = MergeUnits(name="merge", sources=list(sources))
        if extractor:
            load >> AddMissed(name="extract", llm=extractor) >> merge
        else:
            load >> merge
    return pipeline


def main(
    source: Annotated[list[str] | None, typer.Argument(help="A folder, a file or an archive. Several add up. (default: the shipped system)")] = None,
    out: Annotated[Path, typer.Option(help="The file to write: a line of JSON a unit.")] = Path("units.jsonl"),
    config: flags.Config = None,
    role: flags.Role = None,
    estimate: flags.Estimate = False,
    max_cost: flags.MaxCost = None,
    max_calls: flags.MaxCalls = None,
    concurrency: flags.Concurrency = None,
    quiet: flags.Quiet = False,
) -> None:
    """Write every rule, tool, persona, methodology, command and pattern of a system, with file and line.

    With `--role extractor=…` a model adds the rules that the grammar missed, each quoted word for word. Rules that name a tool or
    file that does not exist are written with the reason; no row is ever made from them.
    """
    console = Console(quiet)
    with command(console):
        settings = load_settings(Extract, config, shared(role, max_cost, max_calls, concurrency, False, None))
        sources = source or [str(HIVE.parent)]
        if estimate:
            show_estimate(sources, settings, console)
        else:
            run(sources, out, settings, console)


def show_estimate(sources: Sequence[str], settings: Extract, console: Console) -> None:
    """Print what the extractor would be asked."""
    from pipelines.estimate import Rehearsal
    from pipelines.team import Team
    from steps.teachers.rehearsal import Silent

    rehearsal = Rehearsal(Team(settings, "", ("extractor",)), Silent())
    with console.progress() as progress:
        rehearsal.play(build(sources, rehearsal.parts.get("extractor")), progress)
    rehearsal.rows = len({call.row for part in rehearsal.parts.values() for call in part.asked})
    console.estimate(rehearsal.estimate(rehearsal.rows), rehearsal.rows, False)


def run(sources: Sequence[str], out: Path, settings: Extract, console: Console) -> None:
    """Read, merge and write the units."""
    from pipelines.engine import Engine
    from pipelines.team import Team

    team = Team(settings, f"extract/{hashlib.sha256(json.dumps(list(sources)).encode()).hexdigest()[:12]}", ("extractor",))
    team.check()
    with tempfile.TemporaryDirectory(prefix="finetune-") as folder, console.progress() as progress:
        rows = Engine(settings, team, out, console.note, AGAIN).drive(build(sources, team.models.get("extractor")), Path(folder) / "work", progress).rows
    if not rows:
        raise typer.Exit(console.fail(f"the sources hold nothing that an agent is told. {POINT_AT}", WRONG))
    try:
        out.write_text("".join(json.dumps(flat(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise typer.Exit(console.fail(f"{out} cannot be written: {error.strerror}.", WRONG)) from None
    kinds = Counter(row["kind"] for row in rows if not row["reject_reason"])
    rejected = sum(bool(row["reject_reason"]) for row in rows)
    console.note(f"{', '.join(f'{kind} {number}' for kind, number in kinds.items())}; {rejected} not usable, with the reason; {out}")
    if team.models:
        console.note(f"cost: {bill(account(settings.ledger, team.run))}")


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its unit as JSON rather than as text."""
    return row | {"unit": json.loads(row["unit"])}


if __name__ == "__main__":
    typer.run(main)
