"""Every statement of an agent system as a unit, with file and line: `python -m pipelines.extract SOURCE… --out units.jsonl`."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.catalog import HIVE
from knowledge.system import Misfit, NoSource
from pipelines.console import POINT_AT, Console

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

    from steps.teachers.teacher import Teacher

SHORT, WRONG = 1, 2


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
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Write every rule, tool, persona, methodology, command and pattern of a system, with file and line.

    Rules that name a tool or file that does not exist are written with the reason; no row is ever made from them.
    """
    from pipelines.runner import Runner

    console = Console(quiet)
    try:
        with tempfile.TemporaryDirectory(prefix="finetune-") as folder, console.progress() as progress:
            rows = Runner(build(source or [str(HIVE.parent)]), Path(folder) / "work", 25, progress).run()
    except (NoSource, Misfit) as error:
        raise typer.Exit(console.fail(str(error), WRONG)) from None
    if not rows:
        raise typer.Exit(console.fail(f"the sources hold nothing that an agent is told. {POINT_AT}", WRONG))
    try:
        out.write_text("".join(json.dumps(flat(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise typer.Exit(console.fail(f"{out} cannot be written: {error.strerror}.", WRONG)) from None
    kinds = Counter(row["kind"] for row in rows if not row["reject_reason"])
    rejected = sum(bool(row["reject_reason"]) for row in rows)
    console.note(f"{', '.join(f'{kind} {number}' for kind, number in kinds.items())}; {rejected} not usable, with the reason; {out}")


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its unit as JSON rather than as text."""
    return row | {"unit": json.loads(row["unit"])}


if __name__ == "__main__":
    typer.run(main)
