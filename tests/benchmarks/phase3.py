"""Measure the bars of phase 3 and print them as a table: `python -m tests.benchmarks.phase3` (or `make bench`).

Each figure is taken from whole runs started as a user starts them. Memory is the sum over all processes of the run of the
proportional set size (PSS; a page shared by n processes counts 1/n in each), sampled four times a second; the plain
sum of resident sizes, which counts shared pages once a process, is printed beside it.
"""

import filecmp
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from tests.benchmarks.table import Measured, show


def command(out: Path, *more: str) -> list[str]:
    """The command line of a run."""
    return [sys.executable, "-m", "pipelines.phase3_tools", "--out", str(out), "--quiet", *more]


class Watch(threading.Thread):
    """Samples the memory of a process and all its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.pss, self.rss, self.most = psutil.Process(pid), 0, 0, 0
        self.start()

    def run(self) -> None:
        while True:
            pss = rss = count = 0
            try:
                for process in (self.process, *self.process.children(recursive=True)):
                    try:
                        full = process.memory_full_info()
                        pss, rss, count = pss + full.pss, rss + full.rss, count + 1
                    except psutil.Error:
                        continue
            except psutil.Error:
                return
            self.pss, self.rss, self.most = max(self.pss, pss), max(self.rss, rss), max(self.most, count)
            time.sleep(0.25)


def run(out: Path, *more: str) -> tuple[float, Watch]:
    """A whole run: seconds, and what it took."""
    began = time.monotonic()
    process = subprocess.Popen(command(out, *more))
    watch = Watch(process.pid)
    if process.wait() != 0:
        raise SystemExit(f"the run ended with {process.returncode}")
    return time.monotonic() - began, watch


def same(one: Path, other: Path) -> bool:
    """Whether two run folders hold the same rows and exports, byte by byte."""
    names = ["kept.parquet", "rejected.parquet", *(str(path.relative_to(one)) for path in sorted((one / "exports").rglob("*.jsonl")))]
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in names)


def shingles(text: str, size: int, words: bool) -> set[str]:
    """The 5-grams of a text, of characters or of words."""
    parts = re.findall(r"\w+", text.lower())
    sequence: list[str] = parts if words else list(" ".join(parts))
    return {"\0".join(sequence[at : at + size]) for at in range(max(1, len(sequence) - size + 1))}


def near(texts: list[str], words: bool) -> float:
    """The share of texts with an earlier one at Jaccard 0.8 or more on 5-grams."""
    index: dict[str, list[int]] = {}
    sets = [shingles(text, 5, words) for text in texts]
    hits = 0
    for number, mine in enumerate(sets):
        shared: Counter[int] = Counter()
        for gram in mine:
            shared.update(index.get(gram, ()))
            index.setdefault(gram, []).append(number)
        hits += any(count / (len(mine) + len(sets[other]) - count) >= 0.8 for other, count in shared.items())
    return hits / len(texts)


def main() -> None:
    """Take every measurement and print the table."""
    bars: list[Measured] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds, firsts, watches = [], [], []
        for number in range(int(os.environ.get("RUNS", "3"))):
            took, watch = run(folder / f"run{number}", "--rows", "1000")
            seconds.append(took)
            watches.append(watch)
            firsts.append(json.loads((folder / f"run{number}" / "manifest.json").read_text())["seconds"]["first_row"])
        facts = json.loads((folder / "run0" / "manifest.json").read_text())
        rows = pq.read_table(folder / "run0" / "kept.parquet").to_pylist()
        texts = [next(message["content"] for message in row["messages"] if message["role"] == "user") for row in rows]
        wall, pss, rss = statistics.median(seconds), max(watch.pss for watch in watches) / 1e9, max(watch.rss for watch in watches) / 1e9
        bars.append(("1,000 rows, whole command", "at most 60 s", f"{wall:.1f} s (median of {len(seconds)}: {', '.join(f'{each:.1f}' for each in seconds)})", wall <= 60))
        bars.append(("memory, all processes", "under 1.5 GB", f"{pss:.2f} GB PSS ({rss:.2f} GB summed RSS) in {watches[0].most} processes", pss < 1.5))
        bars.append(("first row after start", "at most 10 s", f"{statistics.median(firsts):.1f} s (median)", statistics.median(firsts) <= 10))
        calls = [call for row in rows for call in json.loads(row["calls"])]
        ran = sum(call["by"] in ("server", "fault") for call in calls) / len(calls)
        checked = [set(row["checks"]) for row in rows]
        for what in ("schema_valid", "grounded"):
            share = sum(what in checks for checks in checked) / len(rows)
            bars.append((f"{what} among kept rows", "100 %", f"{share:.1%} of {len(rows)} rows", share == 1))
        bars.append(("calls executed among kept rows", "100 %", f"{ran:.1%} of {len(calls)} calls", ran == 1))
        cells = facts["cells"]
        outside = sum(entry["cells"] for entry in cells["excluded"].values())
        bars.append(("grid cells covered", "100 % of the allowed", f"{cells['covered']} of {cells['allowed']}; {outside} not allowed, named", cells["covered"] == cells["allowed"]))
        folded = Counter(" ".join(re.findall(r"\w+", text.lower())) for text in texts)
        twice = sum(count - 1 for count in folded.values())
        bars.append(("exact duplicate requests", "0", str(twice), twice == 0))
        for words in (False, True):
            share = near(texts, words)
            bars.append((f"near duplicates, 5-grams of {'words' if words else 'characters'}", "at most 5 %", f"{share:.2%}", share <= 0.05))
        kept, rejected, planned = (facts["rows"][name] for name in ("kept", "rejected", "planned"))
        bars.append(("kept + rejected = planned", "equal", f"{kept} + {rejected} = {planned}", kept + rejected == planned))
        if len(seconds) > 1:
            bars.append(("same seed twice", "same bytes", "same" if same(folder / "run0", folder / "run1") else "different", same(folder / "run0", folder / "run1")))
        bars.append(killed(folder, wall))
    show("Bars of phase 3", bars)


def killed(folder: Path, wall: float) -> Measured:
    """Kill a run at a random moment, resume it, and hold it against the unbroken one."""
    rng = random.Random(1)
    process = subprocess.Popen(command(folder / "killed", "--rows", "1000"))
    moment = rng.uniform(0.3, 0.7) * wall
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = sum(path.read_bytes().count(b"\n") for path in (folder / "killed.partial").rglob("ask.jsonl"))
    took, _ = run(folder / "killed", "--rows", "1000", "--resume")
    ok = same(folder / "run0", folder / "killed")
    told = f"killed after {moment:.0f} s with {done} rows done; the rest took {took:.0f} s; {'same' if ok else 'different'} bytes"
    return ("killed, then --resume", "same bytes, nothing repeated", told, ok)


if __name__ == "__main__":
    main()
