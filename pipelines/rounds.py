"""Make rows until every cell is covered or the retries are spent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.catalog import ServerFailed, Unreadable
from pipelines import against
from pipelines.config import load_gates
from pipelines.engine import Engine
from steps.scenario import Unplannable

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

Row = dict[str, Any]
Build = Callable[[Sequence[Any], int, Sequence[str]], "Pipeline"]


@dataclass(frozen=True)
class Made:
    """What came of the rounds.

    Attributes:
        rows: of all rounds; each id once.
        empty: the cells of which no row was kept.
        seconds: by step, all rows' together.
        first_row: seconds from `began` to the first row that was through; None where it cannot be known.
    """

    rows: list[Row]
    empty: list[Any]
    seconds: dict[str, float]
    first_row: float | None


def make(engine: Engine, build: Build, cell_of: Callable[[Row], Any], retries: int, work: Path, progress: Callable[[str, int, int], None], began: float, near: float) -> Made:
    """Run the DAG, then again for the cells that ended empty.

    Args:
        build: the DAG for some cells alone (none: the whole plan), a try, and opening requests that are taken.
        cell_of: a row's cell; None for a row that is of no grid.
        near: from which likeness on requests are the same; at 1, what is put otherwise is not.

    Raises:
        Unreadable: when the plan cannot be made as asked.
        ServerFailed: when a server is lost for good.
    """
    rows: list[Row] = []
    only: list[Any] = []
    timings: dict[str, float] = {}
    first_row: float | None = None
    for attempt in range(retries + 1):
        known = [row["requests"][0] for row in rows if not row["reject_reason"]]
        try:
            driven = engine.drive(build(only, attempt, known), work / f"round{attempt}", progress)
        except Unplannable as error:
            raise Unreadable(str(error)) from None
        except ServerFailed as error:
            raise ServerFailed(error.full, "\nWhat is finished is kept: mend the server, and run the same command again with --resume.") from None
        rows = [*rows, *driven.rows]
        if near < 1:
            rows = apart(rows)
        timings = {step: round(timings.get(step, 0) + spent, 2) for step, spent in driven.seconds.items()}
        first_row = first_row or (round(driven.started - began + driven.first_row, 2) if driven.first_row else None)
        only = empty_cells(rows, cell_of)
        if not only:
            break
    return Made(rows, only, timings, first_row)


def apart(rows: list[Row]) -> list[Row]:
    """The rows, of which those of the training split that put a held-out one otherwise are rejected: the gate lets none of them through."""
    from steps.embeddings import Missing
    from steps.filters.paraphrases import LEAKS, Paraphrases

    gates = load_gates(None)
    kept = [row for row in rows if not row["reject_reason"] and row["messages"]]
    try:
        flags = list(Paraphrases(gates.embedder, gates.alike).flags(list(map(finished, kept)))) if gates.embedder and kept else []
    except Missing:  # of which the gate tells
        return rows
    leaks = {flag.id: f"leak: asks what a held-out row asks: {flag.other}, {flag.figure:.2f} alike" for flag in flags if flag.reason == LEAKS}
    return [row | {"reject_reason": leaks[row["id"]]} if row["id"] in leaks else row for row in rows]


def finished(row: Row) -> Row:
    """A row of the DAG as filters see it."""
    script = json.loads(row.get("script") or "{}")
    return row | {"calls": row["executed"] or "[]", "passport": json.dumps({"script": against.slim(script)})}


def empty_cells(rows: Sequence[Row], cell_of: Callable[[Row], Any]) -> list[Any]:
    """The planned cells of which no row was kept, in the order of the plan."""
    cells = {row["id"]: cell for row in rows if (cell := cell_of(row)) is not None}
    full = {cells[row["id"]] for row in rows if row["id"] in cells and not row["reject_reason"]}
    return list(dict.fromkeys(cell for cell in cells.values() if cell not in full))
