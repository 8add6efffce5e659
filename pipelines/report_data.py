"""What the report of a run is made of: its rows, what was measured of them, and what its points say."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.catalog import Unreadable
from pipelines import finished, quality
from pipelines.config import Gates

Row = dict[str, Any]
KEPT, REJECTED, GONE = range(3)  # gone: only in the run that this one is compared with
SIBLING = re.compile(r"(?: as |\b[\d.]+ like )\S*\d\S*$")
AGAIN = "Make it again: python -m pipelines.gate RUN"


@dataclass(frozen=True)
class Run:
    """A run folder, read.

    Attributes:
        kept: the kept rows; every column of the file.
        rejected: the rejected rows; `reject_reason` is `stage: words`.
        gate: `quality/gate.json`, None where it cannot be had. So are `measures`, `flags` and `map` (id, x, y, cluster).
        texts: what each point of the run says, by its id.
        notes: what could not be read, in words.
    """

    folder: Path
    manifest: Row
    kept: pa.Table
    rejected: pa.Table
    gate: Row | None = None
    measures: Row | None = None
    flags: Sequence[Row] | None = None
    map: Sequence[Row] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = field(default=())

    @property
    def name(self) -> str:
        """The phase and the fingerprint: `phase3/8280564e5594`."""
        return f"{self.manifest.get('phase') or self.folder.parent.name}/{self.manifest.get('fingerprint') or self.folder.name}"

    @property
    def size(self) -> int:
        """How many rows were kept and rejected."""
        return int(self.kept.num_rows + self.rejected.num_rows)

    @cached_property
    def heads(self) -> list[str]:
        """The reason of each rejected row, as the funnel counts it."""
        return [head(reason) for reason in columns(self.rejected, ("reject_reason",))["reject_reason"]]


def read(folder: Path, gates: Gates, benchmarks: Sequence[Path] = (), tell: Callable[[str], None] = lambda _: None) -> Run:
    """Read a run folder; where nobody has looked at it yet, or not at what it is now, look at it.

    Raises:
        Unreadable: when it is no finished run, or its rows cannot be read.
    """
    manifest = finished.read_manifest(folder)
    if not isinstance(manifest, dict):
        raise Unreadable(f"{folder} is no finished run: its manifest.json is no JSON object.")
    kept, rejected = table(folder / "kept.parquet"), table(folder / "rejected.parquet", ("reject_reason",))
    notes: list[str] = []
    gate, measures, flags = look(folder, gates, benchmarks, tell, notes)
    spots = listed(folder / "quality" / "map.parquet", ("id", "x", "y", "cluster"), notes) if gate else None
    runs = manifest.get("runs")
    places = [folder, *(Path(str(place)) for place in (runs.values() if isinstance(runs, dict) else ()))]
    return Run(folder, manifest, kept, rejected, gate, measures, flags, spots, texts(places), notes)


def look(folder: Path, gates: Gates, benchmarks: Sequence[Path], tell: Callable[[str], None], notes: list[str]) -> tuple[Row | None, Row | None, list[Row] | None]:
    """The gate, the measures and the flags of a run as it is now: from `quality/`, or by looking at it, which is written there.

    None of them where the run cannot be looked at: what was seen of other rows is not shown. Why is noted.
    """
    earlier: Sequence[Path] = ()
    gate, measures, flags = seen(folder)
    if gate and measures and flags is not None:
        benchmarks, earlier = benchmarks or there(gate, "benchmarks"), there(gate, "earlier")
        if gate.get("digest") == quality.digest(folder, gates, benchmarks, earlier):
            return gate, measures, flags
    tell(f"looking at {folder}: {'its quality/ is about other rows, settings or code' if gate else 'nobody has looked at it yet'}")
    try:
        looked = quality.look(folder, gates, benchmarks, earlier)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, Unreadable) and "benchmark" in str(error):
            raise
        notes.append(f"This run could not be looked at ({' '.join(str(error).split())[:160] or type(error).__name__}), so that nothing of it is measured here.")
        return None, None, None
    try:
        quality.write(folder, looked)
    except OSError as error:
        notes.append(f"What was measured could not be written into the run folder ({error.strerror}); it stands on this page only.")
        return {"passed": looked.passed, "gates": [asdict(one) for one in looked.gates]}, dict(looked.measures), [flag.model_dump() for flag in looked.flags]
    return seen(folder)


def seen(folder: Path) -> tuple[Row | None, Row | None, list[Row] | None]:
    """The gate, the measures and the flags that lie in `quality/`; None of what is not there or cannot be read."""
    there, unread = folder / "quality", list[str]()
    flags = listed(there / "flags.parquet", ("id", "filter", "reason"), unread)
    return told(there / "gate.json", ("gates",), unread), told(there / "measures.json", ("measures",), unread), flags


def there(gate: Row, what: str) -> list[Path]:
    """What the last look was held against, as far as it is still there."""
    return [path for name in gate.get(what) or () if (path := Path(str(name))).exists()]


def table(path: Path, wanted: Sequence[str] = ()) -> pa.Table:
    """A file of rows.

    Raises:
        Unreadable: when it cannot be read, or has not the columns `id`, `messages` and those that are wanted.
    """
    try:
        found = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"the rows of {path.parent} cannot be read: {str(error).splitlines()[0]}") from None
    if lacking := [name for name in ("id", "messages", *wanted) if name not in found.column_names]:
        raise Unreadable(f"{path} has no column {lacking[0]}; it has {', '.join(found.column_names)}.")
    return found


def told(path: Path, lists: Sequence[str], notes: list[str]) -> Row | None:
    """A JSON object of the folder `quality`; None where there is none. What cannot be read is noted."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), list) and all(isinstance(one, dict) for one in found[name]) for name in lists):
        notes.append(f"quality/{path.name} cannot be read. {AGAIN}")
        return None
    return found


def listed(path: Path, wanted: Sequence[str], notes: list[str]) -> list[Row] | None:
    """The rows of a file of the folder `quality`; None where there is none. What cannot be read is noted."""
    if not path.is_file():
        return None
    try:
        found = pq.read_table(path)
    except (OSError, pa.ArrowException):
        found = pa.table({})
    if not set(wanted) <= set(found.column_names):
        notes.append(f"quality/{path.name} cannot be read. {AGAIN}")
        return None
    rows: list[Row] = found.to_pylist()
    return rows


def few(run: Run, most: int) -> Run:
    """The run with some of its rows: half of them with a flag where so many have one, the others from everywhere; as many rejected ones at most."""
    ids = [str(name) for name in columns(run.kept, ("id",))["id"]]
    flagged = {str(flag["id"]) for flag in run.flags or ()}
    first = [at for at, name in enumerate(ids) if name in flagged][: most // 2]
    chosen = sorted({*first, *spread(len(ids), most - len(first))})
    kept, rejected = run.kept.take(pa.array(chosen, pa.int64())), run.rejected.take(pa.array(spread(run.rejected.num_rows, most), pa.int64()))
    there = {ids[at] for at in chosen}
    note = f"This page holds {kept.num_rows:,} of {run.kept.num_rows:,} kept rows and {rejected.num_rows:,} of {run.rejected.num_rows:,} rejected ones."
    flags = [flag for flag in run.flags if str(flag["id"]) in there] if run.flags is not None else None
    return replace(run, kept=kept, rejected=rejected, flags=flags, notes=[*run.notes, note] if kept.num_rows < run.kept.num_rows else run.notes)


def spread(number: int, most: int) -> list[int]:
    """Places spread evenly over so many rows."""
    return [at * number // most for at in range(min(number, most))] if number > most else list(range(number))


def texts(folders: Sequence[Path]) -> dict[str, str]:
    """What the points of some runs say, by id."""
    found: dict[str, str] = {}
    for folder in folders:
        try:
            points = json.loads((folder / "points.json").read_text(encoding="utf-8"))
            found |= {str(point["id"]): str(point["text"]) for point in points}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def columns(rows: pa.Table, wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns as lists; one that is not there is full of None."""
    return {name: rows.column(name).to_pylist() if name in rows.column_names else [None] * rows.num_rows for name in wanted}


def head(reason: Any) -> str:
    """The stage and the check of a reason, without what is this row's alone."""
    return SIBLING.sub(lambda found: " as another row" if " as " in found[0] else "like another row", ": ".join(str(reason or "unknown").split(": ")[:2]))[:60]


def funnel(run: Run) -> list[tuple[str, str, int]]:
    """Stage, reason and rows of what was rejected; the stage with the most first, its reasons with the most first."""
    every = Counter(run.heads)
    stages: Counter[str] = Counter()
    for reason, number in every.items():
        stages[reason.partition(": ")[0]] += number
    found = [(reason.partition(": ")[0], reason, number) for reason, number in every.most_common()]
    return sorted(found, key=lambda one: (-stages[one[0]], one[0]))


def parsed(text: Any, empty: Any = None) -> Any:
    """JSON of a column; the text itself where it is none."""
    if text in (None, ""):
        return empty
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text
