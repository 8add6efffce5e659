"""A finished run, as the gate and the report read it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.catalog import Unreadable

Row = dict[str, Any]
WANTED = frozenset("id split family messages passport form unit tool kind behaviour complexity error_case asker boundary executed verdicts calls evolution phase".split())


def read_manifest(run: Path) -> Row:
    """A run's manifest.

    Raises:
        Unreadable: when the folder is no finished run.
    """
    try:
        found: Row = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Unreadable(f"{run} is no finished run: there is no manifest.json that can be read in it. Runs lie in runs/<phase>/<fingerprint>.") from None
    return found


def read_rows(run: Path) -> tuple[list[Row], list[Row]]:
    """The kept rows with the columns that are looked at, and the rejected ones with id and reason.

    Raises:
        Unreadable: when they cannot be read.
    """
    try:
        names = pq.read_schema(run / "kept.parquet").names
        rows = pq.read_table(run / "kept.parquet", columns=[name for name in names if name in WANTED]).to_pylist()
        rejected = pq.read_table(run / "rejected.parquet", columns=["id", "reject_reason"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"the rows of {run} cannot be read: {str(error).splitlines()[0]}") from None
    return rows, rejected


def folders_of(run: Path, manifest: Row) -> dict[str, Path]:
    """The run folders that rows come from, by phase: the whole's are those of its phases."""
    return {phase: Path(folder) for phase, folder in (manifest.get("runs") or {}).items()} or {str(manifest.get("phase") or ""): run}
