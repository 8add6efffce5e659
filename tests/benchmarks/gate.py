"""What the gate sees of faults that are planted into a good run: `python -m tests.benchmarks.gate [RUN] [--rows 2000] [--faults 200]`.

Without a run folder (of phase 5) one is made. Every fault of tests/planted.py takes its turn; what is counted is whether the filter that
must see it does, whether any does, and how many of the good rows are flagged.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.config import load_gates
from pipelines.finished import folders_of, read_manifest, read_rows
from pipelines.sieve import filters
from steps.measures import wilson
from tests.benchmarks.behaviours import made
from tests.planted import FAULTS, planted

ASIDE = {"balance"}  # which flags rows for their number, not for a fault


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        run = options.run or made("phase5", Path(place) / "runs")[0]
        rows, _ = read_rows(run)
        found = filters(load_gates(None), folders_of(run, read_manifest(run)))
    some = sorted(random.Random(options.seed).sample(range(len(rows)), min(options.rows, len(rows))))
    spoilt, faults = planted([rows[place] for place in some], options.faults, options.seed)
    seen: dict[str, set[str]] = {}
    seconds = {}
    for one in found:
        began = time.monotonic()
        for flag in one.flags(spoilt):
            seen.setdefault(flag.id, set()).add(flag.filter)
        seconds[one.name] = time.monotonic() - began
    table = Table(title=f"{len(faults)} faults in {len(spoilt)} rows of {run.name}", title_justify="left")
    for name in ("fault", "its filter", "planted", "seen by it", "seen"):
        table.add_column(name, justify="left" if name in ("fault", "its filter") else "right")
    for name, (mine, _) in FAULTS.items():
        rows_of = [row for row, fault in faults.items() if fault == name]
        own, anyone = (sum(bool(seen.get(row, set()) & names) for row in rows_of) for names in ({mine}, {one.name for one in found} - ASIDE))
        table.add_row(name.replace("_", " "), mine, str(len(rows_of)), str(own), str(anyone))
    every = sum(bool(seen.get(row, set()) - ASIDE) for row in faults)
    console = Console(width=110)
    console.print(table)
    low, high = wilson(every, len(faults))
    console.print(f"recall {every} of {len(faults)} = {every / len(faults):.1%} ({low:.1%} to {high:.1%}); bar: at least 90 %")
    wrong = [row for row, names in seen.items() if row not in faults and names - ASIDE]
    low, high = wilson(len(wrong), len(spoilt) - len(faults))
    console.print(f"good rows flagged {len(wrong)} of {len(spoilt) - len(faults)} = {len(wrong) / (len(spoilt) - len(faults)):.2%} ({low:.2%} to {high:.2%}); bar: at most 2 %")
    console.print(f"by filter: {dict(Counter(name for row in wrong for name in seen[row] - ASIDE))}")
    console.print("seconds: " + ", ".join(f"{name} {spent:.1f}" for name, spent in seconds.items()))


if __name__ == "__main__":
    main()
