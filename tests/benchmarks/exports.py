"""The bars of the exports: `python -m tests.benchmarks.exports [--run RUN] [--rows 1000]`.

`--run`: a run (default: one of phase 5 is made, which takes minutes). Its rows are repeated with new ids until there are enough.
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steps.formats import FORMATS
from tests.benchmarks.behaviours import made
from tests.benchmarks.table import Measured, show


def repeated(run: Path, rows: int, to: Path) -> Path:
    """A run of so many kept rows; of a run with more, every so-manyth, so that all its phases are in it."""
    to.mkdir(parents=True)
    kept = pq.read_table(run / "kept.parquet")
    times = math.ceil(rows / kept.num_rows)
    many = pa.concat_tables([kept.set_column(0, "id", pa.array([f"{name}-{time}" for name in kept["id"].to_pylist()])) for time in range(times)])
    many = many.take([number * many.num_rows // rows for number in range(rows)])
    pq.write_table(many, to / "kept.parquet", compression="zstd")
    for name in ("manifest.json", "manual.md", "tools.json"):
        if (run / name).is_file():
            shutil.copy(run / name, to / name)
    return to


def written(run: Path, out: Path, *flags: str) -> tuple[float, dict[str, Any]]:
    """Seconds from the command's start to its end, and what it says."""
    began = time.monotonic()
    line = [sys.executable, "-W", "ignore", "-m", "pipelines.export", run, "--out", out, "--json", *flags]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    spent = time.monotonic() - began
    if not done.stdout:
        raise SystemExit(done.stderr)
    return spent, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--rows", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="exports-") as place:
        folder = Path(place)
        run = repeated(options.run or made("phase5", folder / "run")[0], options.rows, folder / "many")
        spent, told = written(run, folder / "all", "--format", "all")
    files = told["exports"]
    faults = sum(len(one["faults"]) for one in files)
    bars: list[Measured] = [
        (f"{options.rows:,} rows, {len(FORMATS)} formats, both variants: seconds, written and validated, process start to exit", "≤ 10", f"{spent:.1f}", spent <= 10),
        ("faults that the validators find", "0", f"{faults}", faults == 0),
        ("bytes written", "–", f"{sum(one['bytes'] for one in files) / 1e6:,.0f} MB", True),
    ]
    for name in FORMATS:
        mine = [one for one in files if (one["format"], one["variant"]) == (name, "full")]
        rows, lost = (sum(one[key] for one in mine) for key in ("rows", "left_out"))
        bars.append((f"{name}: rows that fit", "–", f"{rows:,} of {rows + lost:,}", True))
    show("Bars of the exports", bars)


if __name__ == "__main__":
    main()
