"""The bars of our engine: against plain asyncio, over the number of rows, and resumed."""

import statistics
import tempfile
from argparse import Namespace
from itertools import pairwise
from pathlib import Path

from tests.benchmarks.engines.launch import Failed, Run, run
from tests.benchmarks.table import Measured

YARDSTICK = "openai"


def compare(lines: list[Run], rows: int) -> list[Measured]:
    """The bars of our engine that hold in every cell."""
    mine = [line for line in lines if line["engine"] == "ours"]
    bars: list[Measured] = []
    for line in mine:
        what = f"ours ÷ asyncio with openai: {rows:,} rows, calls a row: {line['chain']}, in flight: {line['in_flight']}"
        known = line["ratio"] is not None
        bars.append((what, "at most 1.0", f"{line['ratio']:.2f} (median of {line['rounds']})" if known else f"{YARDSTICK} did not run", known and line["ratio"] <= 1))
    slowest = max(line["start_to_first_request"] for line in mine)
    return [*bars, ("ours: start to first request", "at most 1 s", f"{slowest:.2f} s (the slowest cell's median)", slowest <= 1)]


def grow(server: str, rounds: int) -> tuple[list[Run], list[Measured]]:
    """Our engine at 1,000, 5,000 and 50,000 rows: its memory, and what one more row costs.

    What one more row costs is a slope, so that neither the start nor the wait for the last answers is in it.
    """
    sizes = (1_000, 5_000, 50_000)
    runs = [run("ours", server, size, 1, 200) | {"round": number} for number in range(1, rounds + 1) for size in sizes]
    seconds = {size: statistics.median(each["seconds"] for each in runs if each["rows"] == size) for size in sizes}
    memory = {size: max(each["peak_mb"] for each in runs if each["rows"] == size) for size in sizes[1:]}
    few, many = (1000 * (seconds[more] - seconds[less]) / (more - less) for less, more in pairwise(sizes))
    shown = " and ".join(f"{memory[size]:.0f} MB at {size:,} rows" for size in sizes[1:])
    growth = memory[50_000] - memory[5_000]
    change = many / few - 1
    return runs, [
        ("ours: memory", "at most 400 MB", shown, max(memory.values()) <= 400),
        ("ours: its growth from 5,000 to 50,000 rows", "under 100 MB", f"{growth:+.0f} MB", growth < 100),
        ("ours: one more row", "flat within 10 %", f"{few:.3f} ms from 1,000 to 5,000 rows, {many:.3f} ms from 5,000 to 50,000: {change:+.1%}", abs(change) <= 0.1),
    ]


def resume(server: str) -> tuple[list[Run], Measured]:
    """Our engine, run again over a ledger that holds every answer."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = ("--ledger", str(Path(folder) / "ledger.sqlite"))
        runs = [run("ours", server, 5_000, 1, 200, *ledger) | {"resumed": resumed} for resumed in (False, True)]
    again = runs[1]
    figures = f"{again['seconds']:.2f} s and {again['requests']} requests, after {runs[0]['seconds']:.2f} s and {runs[0]['requests']:,}"
    return runs, ("ours: 5,000 rows, resumed with every answer in the ledger", "at most 5 s, no request", figures, again["seconds"] <= 5 and again["requests"] == 0)


def judge(server: str, given: Namespace, lines: list[Run], failed: dict[str, str]) -> tuple[list[Run], list[Measured]]:
    """All bars of our engine, and the runs they take; an engine that fails a bar's run fails the bar."""
    if "ours" in failed:
        return [], [("ours", "runs", failed["ours"], False)]
    runs, bars = [], compare(lines, given.rows)
    if not given.quick:
        try:
            more, grown = grow(server, given.rounds)
            again, resumed = resume(server)
        except Failed as error:
            return runs, [*bars, ("ours: 50,000 rows, and resumed", "runs", str(error), False)]
        runs, bars = [*more, *again], [*bars, *grown, resumed]
    return runs, bars
