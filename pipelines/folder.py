"""The run folder: the only thing that later commands read."""

import fcntl
import hashlib
import importlib.metadata
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.catalog import Catalog
from knowledge.tokens import count

Row = dict[str, Any]
ROOT = Path(__file__).parent.parent
CALL = pa.struct([("id", pa.string()), ("type", pa.string()), ("function", pa.struct([("name", pa.string()), ("arguments", pa.string())]))])
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", pa.list_(CALL)), ("tool_call_id", pa.string())])
CELL = ("tool", "server", "kind")
ACT = ("unit", "level", "category", "behaviour", "boundary", "form")
SHARED = ("complexity", "error_case", "theme", "asker", "family")
KEPT = pa.schema(
    [
        ("seed", pa.int64()),
        ("messages", pa.list_(MESSAGE)),
        ("executed", pa.bool_()),
        ("calls", pa.string()),
        ("checks", pa.list_(pa.string())),
        ("tokens_in_weights", pa.int64()),
        ("passport", pa.string()),
    ]
)
JUDGED = pa.schema([("evolution", pa.string()), ("verdicts", pa.string()), ("preference", pa.string())])
REJECTED = pa.schema(
    [
        ("seed", pa.int64()),
        ("reject_reason", pa.string()),
        ("requests", pa.list_(pa.string())),
        ("messages", pa.list_(MESSAGE)),
        ("calls", pa.string()),
        ("script", pa.string()),
    ]
)


class Occupied(ValueError):
    """The place for a run is taken or cannot be written; the message says what to do."""


@cache
def package_digest() -> str:
    """A digest of everything in this package that decides rows: code, prompts, banks."""
    digest = hashlib.sha256()
    for folder in ("knowledge", "steps"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(phase: str, settings: dict[str, Any], catalog: Catalog, points: Sequence[str] = ()) -> str:
    """What a run is made of: the settings that change rows, the tools, the points, the code and banks. Twelve hex digits."""
    tools = [tool.model_dump() for tool in catalog.tools]
    return digest([phase, settings, tools, sorted(catalog.left_out), package_digest(), *points])


def digest(parts: Any) -> str:
    """Twelve hex digits of a JSON value."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]


def made_before(folder: Path, name: str) -> Row | None:
    """The manifest of a finished run with this fingerprint, if it is there."""
    try:
        facts: Row = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if facts.get("fingerprint") == name else None


@contextmanager
def claimed(folder: Path, name: str, resume: bool) -> Iterator[Path]:
    """Hold the working folder of a run that is to end in `folder`: new, or the one that a killed run left.

    The hold ends with the process, however it ends.

    Raises:
        Occupied: when something else is in the way, another process is at it, or the place cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise Occupied(f"{folder} is a file. Give another --out.")
    if folder.exists() and any(folder.iterdir()):
        raise Occupied(f"{folder} exists and is not empty. Give another --out, or move it away.")
    folder = folder.resolve()
    work = folder.with_name(folder.name + ".partial")
    mark = work / "fingerprint"
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = (work / ".lock").open("w")
    except OSError as error:
        raise Occupied(f"{work} cannot be written: {error.strerror}. Give another --out.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(f"another run is writing to {folder}. Wait for it, or give another --out.") from None
        if mark.exists():
            if mark.read_text(encoding="utf-8") != name:
                raise Occupied(f"{work} holds an unfinished run with other settings, sources or code. Delete it, or give another --out.")
            if not resume:
                raise Occupied(f"{work} holds an unfinished run. Add --resume to finish it, or delete it to start over.")
        elif {entry.name for entry in work.iterdir()} - {".lock", "fingerprint.draft"}:
            raise Occupied(f"{work} is needed for the unfinished run, and holds something else. Move it away, or give another --out.")
        write(mark, name)
        yield work


def write(path: Path, text: str) -> None:
    """Write a file so that it is there whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def finish(work: Path, folder: Path) -> None:
    """Move the finished run to its place, and let its working batches go."""
    if folder.exists():
        folder.rmdir()
    os.replace(work / "final", folder)
    shutil.rmtree(work, ignore_errors=True)


def leave(folder: Path) -> None:
    """Let go of the working batches of a run that was killed after it had finished."""
    shutil.rmtree(folder.resolve().with_name(folder.resolve().name + ".partial"), ignore_errors=True)


def write_rows(kept: Sequence[Row], rejected: Sequence[Row], folder: Path, cell: Sequence[str]) -> None:
    """Write `kept.parquet` and `rejected.parquet`; the same rows give the same bytes. `cell`: the columns of the phase's grid."""
    first = pa.schema([(name, pa.bool_() if name == "boundary" else pa.string()) for name in ("id", "split", *cell, *SHARED)])
    judged = [] if tuple(cell) == CELL else list(JUDGED)
    for name, rows, more in (("kept", kept, KEPT), ("rejected", rejected, REJECTED)):
        schema = pa.schema([*first, *more, *judged])
        table = pa.Table.from_pylist([{field: row.get(field) for field in schema.names} for row in rows], schema=schema)
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", store_schema=False)


def whole(row: Row) -> Row:
    """A row that came with its conversation, as a kept one."""
    text = count("\n".join(str(message.get("content") or "") for message in row["messages"]))
    return row | {
        "executed": False,
        "calls": "[]",
        "checks": [],
        "verdicts": "[]",
        "tokens_in_weights": text,
        "passport": json.dumps({"units": [{"id": row["unit"]}]}),
    }


def manifest(folder: Path, **facts: Any) -> None:
    """Write `manifest.json`, with the digests of the files that the run is made of."""
    versions = {name: importlib.metadata.version(name) for name in ("distilabel", "mcp", "pyarrow", "pydantic", "jinja2")}
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != "manifest.json"}
    text = json.dumps(facts | {"versions": versions, "files": files}, indent=1, ensure_ascii=False, default=str)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """A file's digest, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def edited(folder: Path, facts: Row) -> list[str]:
    """The files of a run that are not what its manifest says; those that an older manifest does not name are taken as they are."""
    known: dict[str, str] = facts.get("files") or {}
    return [name for name, digest in known.items() if not (folder / name).is_file() or sha256(folder / name) != digest]


def counts(rows: Sequence[Row], *columns: str) -> dict[str, int]:
    """How many rows have each value of some columns, by falling count."""
    found = Counter("/".join(str(row[column]) for column in columns) for row in rows)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def reasons(rejected: Sequence[Row]) -> dict[str, int]:
    """How many rows each check or step rejected: the reason's first two parts."""
    heads = [{"reason": ": ".join(row["reject_reason"].split(": ")[:2])[:60]} for row in rejected]
    return counts(heads, "reason")


def share_of(whole: int, part: int) -> float:
    """A part's share, to four places; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0
