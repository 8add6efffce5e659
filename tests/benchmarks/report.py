"""The bars of a run's report: `python -m tests.benchmarks.report [--run RUN] [--rows 50000]`.

`--run`: a run of phase 5 (default: one is made, which takes minutes). Its rows are repeated with new ids until there are enough. A repeated
row packs smaller than a new one, so the size of as many rows that differ is told too, from what a second half of the run adds to the page of the first.
"""

import argparse
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import quality
from pipelines.config import load_gates
from tests.benchmarks.behaviours import made
from tests.benchmarks.table import Measured, show

READY = "document.documentElement.dataset.ready"


def repeated(run: Path, rows: int, to: Path, every: int = 1) -> Path:
    """A run of so many kept rows, looked at: the flags are repeated with the rows, and each row has a point on the map."""
    seen = quality.look(run, load_gates(None))
    to.mkdir(parents=True)
    kept = pq.read_table(run / "kept.parquet")
    kept = kept.take(list(range(0, kept.num_rows, every)))  # later rows are longer: halves are made of every second one
    times = math.ceil(rows / kept.num_rows)
    many = pa.concat_tables([kept.set_column(0, "id", pa.array([f"{name}-{time}" for name in kept.column("id").to_pylist()])) for time in range(times)]).slice(0, rows)
    pq.write_table(many, to / "kept.parquet", compression="zstd")
    for name in ("rejected.parquet", "manifest.json"):
        shutil.copy(run / name, to / name)
    flags = [flag.model_copy(update={"id": f"{flag.id}-{time}"}) for time in range(times) for flag in seen.flags]
    clusters = [{"cluster": number, "words": ["one", "two", "three"], "rows": rows // 20} for number in range(20)]
    looked = replace(seen, digest=quality.digest(to, load_gates(None), ()), flags=flags, measures={**seen.measures, "clusters": clusters})
    quality.write(to, looked)
    rng = random.Random(0)
    spots = [(rng.gauss(0, 1), rng.gauss(0, 1), rng.randrange(20)) for _ in range(rows)]
    pq.write_table(pa.table({"id": many.column("id"), **dict(zip(("x", "y", "cluster"), map(list, zip(*spots, strict=True)), strict=True))}), to / "quality" / "map.parquet")
    return to


def written(run: Path) -> tuple[float, dict[str, Any]]:
    """Seconds from the command's start to its end, and what it says."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "pipelines.report", run, "--json"], capture_output=True, text=True, check=True)
    return time.monotonic() - began, json.loads(done.stdout)


def opened(page: Path) -> tuple[float, float, float]:
    """Seconds until the rows can be used, until a row is shown after a click, and until all text is searched."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = chromium.new_page()
        view.set_default_timeout(120_000)
        view.goto(page.as_uri(), wait_until="commit")
        view.wait_for_selector("html[data-ready]")
        ready = float(view.evaluate(READY)) / 1000
        view.wait_for_load_state("load")
        began = time.monotonic()
        view.locator("#items a").nth(7).click()
        view.wait_for_selector(".turn")
        clicked = time.monotonic() - began
        view.keyboard.press("Escape")
        view.locator("#deep").check()
        began = time.monotonic()
        view.locator("#words").fill("the")
        view.wait_for_selector("#seeking:not([hidden])")
        view.wait_for_selector("#seeking[hidden]", state="attached")
        searched = time.monotonic() - began
        chromium.close()
    return ready, clicked, searched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="report-") as place:
        run = options.run or made("phase5", Path(place) / "run")[0]
        few, _ = written(repeated(run, 5000, Path(place) / "few"))
        spent, told = written(repeated(run, options.rows, Path(place) / "many"))
        ready, clicked, searched = opened(Path(told["page"]))
        whole = pq.read_metadata(run / "kept.parquet").num_rows
        (_, all_), (_, half) = (written(repeated(run, whole // every, Path(place) / f"one in {every}", every)) for every in (1, 2))
        each = (all_["bytes"] - half["bytes"]) / (all_["rows"] - half["rows"])
    unlike = (all_["bytes"] + each * (options.rows - all_["rows"])) / 1e6
    size = told["bytes"] / 1e6
    bars: list[Measured] = [
        ("5,000 rows: seconds, process start to exit", "≤ 10", f"{few:.1f}", few <= 10),
        (f"{options.rows:,} rows: seconds until rows can be used (headless Chromium)", "≤ 3", f"{ready:.2f}", ready <= 3),
        (
            f"{options.rows:,} rows: size",
            "< 60 MB",
            f"{size:.1f} MB; {unlike:.1f} MB if no row were repeated ({each:,.0f} bytes a row)",
            max(size, unlike) < 60,
        ),
        (f"{options.rows:,} rows: seconds to make", "–", f"{spent:.1f}", True),
        (f"{options.rows:,} rows: seconds from a click to a conversation", "–", f"{clicked:.2f}", True),
        (f"{options.rows:,} rows: seconds to search all text", "–", f"{searched:.1f}", True),
    ]
    show("Bars of the report (a run of phase 5)", bars)


if __name__ == "__main__":
    main()
