"""The bars of publishing: `python -m tests.benchmarks.publish [--rows 100000]`.

A Hub on loopback takes what the real clients send. Very many rows are those of a run of the tool phase, repeated about things of their own; the
gate's look at them, and the page of what it saw, are bars of their own. What one edited unit costs is measured on a listing of a hundred tools.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from pipelines import folder as run_folder
from pipelines.release import dumped
from tests.hub import Hub

VERBS = "find add remove rename count move copy archive export tag".split()
NOUNS = "book loan reader shelf invoice parcel booking ticket recipe sensor".split()
SEND = """
import json, resource, sys, time
from pathlib import Path
from pipelines import publish
if len(sys.argv) > 3:
    publish.excerpt = lambda run: b""
from pipelines.places import place_of
from pipelines.publish import named, prepared
import tempfile
began = time.monotonic()
with tempfile.TemporaryDirectory() as room:
    place = place_of(sys.argv[2])
    made = prepared(named([Path(sys.argv[1])]), place, None, Path(room), False, False, "", "")
    cut = time.monotonic() - began
    place.send(made.release, Path(room), made.last, made.title)
told = {"cut": cut, "seconds": time.monotonic() - began, "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "version": made.release.version}
print(json.dumps(told | {"rows": made.changes.counts, "units": made.changes.units, "why": sorted({row.why for row in made.changes.rows})}))
"""


def listing(changed: bool) -> str:
    """A hundred tools; of one the description may be another."""
    tools = []
    for verb in VERBS:
        for noun in NOUNS:
            about = f"{verb.capitalize()} a {noun} by its name." if (verb, noun) != ("count", "parcel") or not changed else "Tell how many parcels of that name there are."
            schema = {"type": "object", "properties": {"name": {"type": "string", "description": f"Name of the {noun}"}}, "required": ["name"]}
            tools.append({"name": f"{verb}_{noun}", "description": about, "inputSchema": schema, "annotations": {"readOnlyHint": verb in ("find", "count")}})
    return json.dumps({"tools": tools}, indent=1)


def made(folder: Path, changed: bool, rows: int) -> Path:
    """A run of the listing, offline."""
    source = folder / "tools" / "tools_list.json"
    source.parent.mkdir(parents=True)
    source.write_text(listing(changed))
    flags = ["--source", str(source), "--offline", "--rows", str(rows), "--quiet", "--out", str(folder / "run")]
    subprocess.run([sys.executable, "-W", "ignore", "-m", "pipelines.phase3_tools", *flags], check=False)  # its gate is not what is measured
    return folder / "run"


def repeated(run: Path, folder: Path, rows: int) -> Path:
    """A run folder of very many rows: those of a run, each copy with another id, request and answer."""
    rng = random.Random(0)
    folder.mkdir()
    for path in run.iterdir():
        if path.is_file() and path.name not in ("kept.parquet", "manifest.json"):
            (folder / path.name).write_bytes(path.read_bytes())
    table = pq.read_table(run / "kept.parquet")
    with pq.ParquetWriter(folder / "kept.parquet", table.schema, compression="zstd", store_schema=False) as writer:
        for start in range(0, rows, table.num_rows):
            part: list[dict[str, Any]] = table.slice(0, min(table.num_rows, rows - start)).to_pylist()
            for number, row in enumerate(part, start):
                row["id"] = f"{number:012x}"
                for message in row["messages"]:
                    if message["content"]:
                        message["content"] += f" {rng.randrange(10**12)} {rng.randrange(10**12)}"
            writer.write_table(pa.Table.from_pylist(part, schema=table.schema))
    facts = json.loads((run / "manifest.json").read_text()) | {"rows": {"planned": rows, "kept": rows, "rejected": 0}}
    facts["files"] = {path.name: run_folder.sha256(path) for path in sorted(folder.iterdir())}
    (folder / "manifest.json").write_bytes(dumped(facts))
    return folder


def sent(hub: Hub, run: Path, name: str, home: Path, *more: str) -> dict[str, Any]:
    """Publish in a process of its own; what it says, and the bytes of all bodies that the Hub got."""
    hub.forget()
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SEND, str(run), name, *more], env=hub.environment(home, "hf_owner"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout) | {"bytes": sum(seen.size for seen in hub.requests), "requests": len(hub.requests)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--run", type=Path, help="a run of the tool phase whose rows are repeated (default: one is made)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, Hub(Path(place) / "hub") as hub:
        room, home = Path(place), Path(place) / "home"
        one, two = (made(room / name, name == "two", 1_000) for name in ("one", "two"))
        before, after = (sent(hub, run, "org/hundred", home) for run in (one, two))
        differ = [{row["id"]: row for row in pq.read_table(run / "kept.parquet").to_pylist()} for run in (one, two)]
        changed = sum(differ[0].get(name) != differ[1].get(name) for name in differ[0].keys() | differ[1].keys())
        many = sent(hub, repeated(options.run or one, room / "many", options.rows), "org/many", home, "no page")
    table = Table(title=f"Bars of publishing ({os.cpu_count()} cores)", title_justify="left")
    for name in ("what", "must be", "is"):
        table.add_column(name, overflow="fold")
    table.add_row(
        f"{options.rows:,} rows to the Hub on loopback",
        "at most 60 s, 1.5 GB",
        f"{many['seconds']:.1f} s ({many['cut']:.1f} to cut), {many['gb']:.2f} GB, {many['bytes'] / 1e6:.0f} MB in {many['requests']} requests",
    )
    table.add_row(
        "one unit of 100 edited, published again", "at most 15 % of the first upload's bytes", f"{after['bytes'] / before['bytes']:.1%} ({after['bytes']:,} of {before['bytes']:,})"
    )
    named = sum(after["rows"].values())
    table.add_row("rows that --plan names", "just those that differ", f"{named} named, {changed} differ: {after['rows']}; {', '.join(after['why'])}")
    table.add_row("version, and the unit", "1.1.0", f"{after['version']}: {'; '.join(after['units'])}")
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
