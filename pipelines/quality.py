"""Look at a finished run: what filters flag, what measures say, and whether it passes the gate. Written into `RUN/quality/`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import folder as run_folder
from pipelines.bars import Gate, judged
from pipelines.calibrate import of_run
from pipelines.config import Gates
from pipelines.finished import Row, folders_of, read_manifest, read_rows
from pipelines.measured import measured
from pipelines.sieve import filters
from steps.measures import share

if TYPE_CHECKING:
    from steps.filters.flag import Flag

MAP = pa.schema([("id", pa.string()), ("x", pa.float64()), ("y", pa.float64()), ("cluster", pa.int64())])
FLAGS = pa.schema([("id", pa.string()), ("filter", pa.string()), ("reason", pa.string()), ("figure", pa.float64()), ("text", pa.string()), ("other", pa.string())])


@dataclass(frozen=True)
class Looked:
    """What was seen of a run.

    Attributes:
        digest: of the run's rows, of what was looked for, and of the code that looked.
        map: a line a kept row: id, x, y, cluster; empty where it was not told what requests mean.
        against: the benchmarks and the earlier runs that it was held against.
    """

    digest: str
    flags: Sequence["Flag"]
    measures: Mapping[str, Any]
    map: Sequence[Row]
    gates: Sequence[Gate]
    calibration: Mapping[str, Any]
    against: Mapping[str, Sequence[str]]

    @property
    def passed(self) -> bool:
        """Whether no gate fell short."""
        return all(gate.passed is not False for gate in self.gates)


def look(run: Path, gates: Gates, benchmarks: Sequence[Path] = (), earlier: Sequence[Path] = ()) -> Looked:
    """Look at a run folder.

    Args:
        benchmarks: JSONL or text files that must stay unseen.
        earlier: run folders of earlier versions.

    Raises:
        Unreadable: when the folder is no finished run, or a benchmark or an earlier run cannot be read.
    """
    manifest = read_manifest(run)
    rows, rejected = read_rows(run)
    missing = cannot(gates.embedder)
    found = filters(gates, folders_of(run, manifest), benchmarks, earlier, missing)
    flags = [flag for one in found for flag in one.flags(rows)]
    measures, places = measured(manifest, rows, rejected, gates.embedder, missing)
    if earlier:
        again = len({flag.id for flag in flags if flag.filter == "earlier"})
        measures["measures"].append(share("rows already in an earlier version", again, len(rows), "Rows that an earlier run has exactly, nearly, or put otherwise.")._asdict())
    told = judged(gates, manifest, rows, rejected, flags, {one.name for one in found}, missing)
    against = {"benchmarks": [str(path) for path in benchmarks], "earlier": [str(path) for path in earlier]}
    return Looked(digest(run, gates, benchmarks, earlier), flags, measures, places, told, of_run(manifest, rows), against)


def cannot(embedder: str) -> str:
    """Why it cannot be told what texts mean; empty where it can, or is not asked for."""
    from steps.embeddings import Missing, encoder

    try:
        if embedder:
            encoder(embedder)
    except Missing as error:
        return str(error)
    return ""


def digest(run: Path, gates: Gates, benchmarks: Sequence[Path] = (), earlier: Sequence[Path] = ()) -> str:
    """What a look depends on, in twelve hex digits."""
    content = hashlib.sha256()
    for path in (run / "kept.parquet", run / "rejected.parquet", *benchmarks, *(path / "kept.parquet" for path in earlier)):
        content.update(path.read_bytes())
    return run_folder.digest([content.hexdigest(), gates.model_dump(mode="json"), run_folder.package_digest()])


def write(run: Path, looked: Looked) -> None:
    """Write `quality/flags.parquet`, `measures.json` and `gate.json` into the run folder."""
    folder = run / "quality"
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist([flag.model_dump() for flag in looked.flags], schema=FLAGS), folder / "flags.parquet", compression="zstd", store_schema=False)
    (folder / "map.parquet").unlink(missing_ok=True)
    if looked.map:
        pq.write_table(pa.Table.from_pylist(list(looked.map), schema=MAP), folder / "map.parquet", compression="zstd", store_schema=False)
    run_folder.write(folder / "measures.json", json.dumps(looked.measures, indent=1, ensure_ascii=False) + "\n")
    told = {"digest": looked.digest, "passed": looked.passed, "gates": [asdict(gate) for gate in looked.gates], "calibration": looked.calibration, **looked.against}
    run_folder.write(folder / "gate.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
