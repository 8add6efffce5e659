"""What a version of a dataset is made of: the shards of each run's rows, and what makes a run folder of them again."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from knowledge.catalog import Unreadable
from pipelines import folder as run_folder
from pipelines import shards
from pipelines.finished import Row, folders_of
from pipelines.layer import reviewed
from pipelines.shards import Shard

DEFAULT = "default"  # the config of phase 5
REJECTED = "rejected"  # the config of the rejected rows of all phases
MANIFEST = "manifest.json"
VALUES = 16  # shards of the drawn values
APART = ("kept.parquet", "rejected.parquet", "values.parquet", "report.html", MANIFEST)  # of a run folder: published in another form
SEEN = ("gate.json", "measures.json", "flags.parquet")  # of what was seen of a run; the map is made again where it is wanted
WHEN = (1980, 1, 1, 0, 0, 0)  # of every file in an archive, so that the same files give the same bytes
PHASE = pa.field("phase", pa.string())
REJECTS = pa.schema(
    {
        field.name: field
        for field in (
            *(pa.field(name, pa.bool_() if name == "boundary" else pa.string()) for name in ("id", "split", *run_folder.CELL, *run_folder.ACT, *run_folder.SHARED)),
            *run_folder.REJECTED,
            *run_folder.KEPT,
            *run_folder.JUDGED,
            PHASE,
        )
    }.values()
)


class Part(BaseModel):
    """A config: the rows of one phase.

    Attributes:
        columns: of its rows, in order, with their types.
        columns_rejected: of its rejected rows.
        kept, rejected: how many rows.
        left_out: how many of the rejected rows are not published.
        cut: how many shards each split was cut into.
        files: the archive of the run's other files and the shards of its drawn values, with their digests.
        made_of: a digest of the run's documents, tools and points.
    """

    phase: str
    fingerprint: str
    columns: dict[str, str]
    columns_rejected: list[str]
    kept: int
    rejected: int
    left_out: int
    splits: dict[str, int]
    cut: dict[str, int]
    shards: list[Shard]
    rejects: list[Shard]
    files: dict[str, str]
    made_of: str

    @property
    def data(self) -> dict[str, str]:
        """Every file of this config, with its digest."""
        return {shard.path: shard.sha256 for shard in (*self.shards, *self.rejects)} | self.files


class Release(BaseModel):
    """A version's `manifest.json`.

    Attributes:
        parts: by config.
        forced: why runs that did not pass their gates are published all the same; empty where all passed.
        more: the files that tell of the data (card, list of changes, page), with their digests.
    """

    format: int = 1
    version: str = ""
    parts: dict[str, Part] = {}
    forced: str = ""
    more: dict[str, str] = {}

    @property
    def files(self) -> dict[str, str]:
        """Every file but the manifest, with its digest."""
        return {path: digest for part in self.parts.values() for path, digest in part.data.items()} | self.more

    @property
    def content(self) -> str:
        """A digest of all rows and of what they were made from; not of when, nor of what is told of them."""
        return run_folder.digest([[name, part.made_of, sorted(path for path in part.data.items() if path[0].endswith(".parquet"))] for name, part in sorted(self.parts.items())])


def config_of(phase: str) -> str:
    """The config that a phase's rows are published as."""
    return DEFAULT if phase == "phase5" else phase


def part_of(run: Path, manifest: Row, folder: Path, before: Part | None, rejects: bool, page: bytes) -> Part:
    """Write the files of a run's config.

    Args:
        folder: the root below which they are written.
        before: the config in the last version.
        rejects: whether the rejected rows are published.
        page: the run's report.

    Raises:
        Unreadable: when the run folder lacks a file, or its rows cannot be read.
    """
    phase = str(manifest["phase"])
    config = config_of(phase)
    try:
        kept, rejected = pq.read_table(run / "kept.parquet"), pq.read_table(run / "rejected.parquet")
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"the rows of {run} cannot be read: {str(error).splitlines()[0]}") from None
    kept, rejected, manifest = reviewed(run, kept, rejected, manifest)
    cut = shards.counted(kept, before.cut if before else {})
    made = shards.cut(kept, config, folder, cut)
    archive = f"run/{config}.zip"
    (folder / "run").mkdir(parents=True, exist_ok=True)
    (folder / archive).write_bytes(packed(run, manifest, page))
    files = {archive: run_folder.sha256(folder / archive)}
    files |= {shard.path: shard.sha256 for shard in values(run, kept, config, folder)}
    return Part(
        phase=phase,
        fingerprint=str(manifest["fingerprint"]),
        columns={field.name: str(field.type) for field in kept.schema},
        columns_rejected=rejected.column_names,
        kept=kept.num_rows,
        rejected=rejected.num_rows,
        left_out=0 if rejects else rejected.num_rows,
        splits=run_folder.counts([{"split": split} for split in kept["split"].to_pylist()], "split"),
        cut=cut,
        shards=made,
        rejects=[whole(rejected, phase, folder)] if rejects and rejected.num_rows else [],
        files=files,
        made_of=run_folder.digest({path.name: run_folder.sha256(path) for path in sorted(run.iterdir()) if path.is_file() and path.name not in APART}),
    )


def whole(rejected: pa.Table, phase: str, folder: Path) -> Shard:
    """Write a phase's rejected rows, with the columns of all phases."""
    columns = [rejected[name].cast(kind) if name in rejected.column_names else pa.nulls(rejected.num_rows, kind) for name, kind in zip(REJECTS.names, REJECTS.types, strict=True)]
    table = pa.table(columns, schema=REJECTS)
    if PHASE.name not in rejected.column_names:
        table = table.set_column(REJECTS.get_field_index(PHASE.name), PHASE, pa.array([phase] * rejected.num_rows, pa.string()))
    return shards.written(table, f"{REJECTED}/{config_of(phase)}.parquet", folder)


def values(run: Path, kept: pa.Table, config: str, folder: Path) -> list[Shard]:
    """Write the shards of a run's drawn values: each lies where the unit lies whose rows drew it, so that an edited unit touches few of them."""
    if not (run / "values.parquet").is_file():
        return []
    table = pq.read_table(run / "values.parquet")
    owner: dict[str, str] = {}
    for passport, unit in zip(kept["passport"].to_pylist(), shards.units(kept), strict=True):
        for digest in (json.loads(passport or "{}").get("held") or {}).values():
            owner[digest] = min(unit, owner.get(digest, unit))
    places: dict[int, list[int]] = {}
    for place, digest in enumerate(table["digest"].to_pylist()):
        places.setdefault(shards.shelf(owner.get(digest, ""), VALUES), []).append(place)
    return [shards.written(table.take(pa.array(rows, pa.int64())), f"run/{config}/values-{number:02d}.parquet", folder) for number, rows in sorted(places.items())]


def packed(run: Path, manifest: Row, page: bytes) -> bytes:
    """The other files of a run folder as an archive: what its rows were made from and are held against, what was seen of them, and its report."""
    paths = [path for path in sorted(run.iterdir()) if path.is_file() and path.name not in APART] + [run / "quality" / name for name in SEEN]
    texts = {str(path.relative_to(run)): path.read_bytes() for path in paths if path.is_file() and not path.name.startswith(".")}
    texts |= {MANIFEST: dumped(nameless(manifest)), "report.html": page}
    if "quality/gate.json" in texts:
        texts["quality/gate.json"] = dumped(nameless(json.loads(texts["quality/gate.json"])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, zipfile.ZIP_DEFLATED, 9)
    return file.getvalue()


def nameless(facts: Mapping[str, Any]) -> Row:
    """A manifest, or what the gate saw, without the places of this machine: of a path its last part is left."""
    told = dict(facts)
    for name in ("sources", "benchmarks", "earlier"):
        if isinstance(told.get(name), list):
            told[name] = [Path(one).name if isinstance(one, str) else one for one in told[name]]
    if isinstance(told.get("runs"), dict):
        told["runs"] = {phase: Path(place).name for phase, place in told["runs"].items()}
    if isinstance(told.get("calibration"), dict) and told["calibration"].get("file"):
        told["calibration"] = told["calibration"] | {"file": Path(told["calibration"]["file"]).name}
    return told


def dumped(facts: Any) -> bytes:
    """JSON as files hold it."""
    return (json.dumps(facts, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def runs_of(run: Path, manifest: Row) -> dict[str, Path]:
    """The run folders that are published together, by phase: a run; the whole with those of its phases."""
    return {str(manifest.get("phase") or ""): run} | folders_of(run, manifest)
