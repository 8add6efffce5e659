"""Measure engines of generation against one another: `python -m tests.benchmarks.engine` (`--quick` for a look).

Every engine asks the same prompts of a mock on the loopback whose latency is fixed. Each run is a process of its own, in an environment
made from a lock of `requirements/bench`; within a round the engines take turns, and each round begins with another one. Seconds are from
just before the engine's public call to the results in hand; imports are not in them. A ratio is that of an engine's seconds to those of
plain asyncio with the openai client in the same round, and the median of the rounds is shown. Memory is that of the process and all its
children (PSS: a page shared by n processes counts 1/n in each; the summed RSS is in the results), sampled four times a second.
Most in flight is what the mock saw at once: distilabel has a step for each call of a row, and each step its own limit.

distilabel's own runner and ours run in the project's environment. The results are written to `tests/benchmarks/results/engine.json`.
"""

import argparse
import json
import os
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.engines.bars import YARDSTICK, judge
from tests.benchmarks.engines.launch import ENGINES, ENVIRONMENTS, Failed, Run, mock, python, run
from tests.benchmarks.table import Measured, show

RESULTS = Path(__file__).parent / "results" / "engine.json"


def interleave(server: str, names: list[str], cells: list[tuple[int, int]], rows: int, rounds: int) -> tuple[list[Run], dict[str, str]]:
    """All runs, and why an engine did not run; one that failed once is not started again."""
    runs: list[Run] = []
    failed: dict[str, str] = {}

    def attempt(name: str, number: int, count: int, chain: int, in_flight: int) -> None:
        if name in failed:
            return
        try:
            done = run(name, server, count, chain, in_flight)
        except Failed as error:
            failed[name] = str(error)
            print(f"{name} did not run: {error}", flush=True)
            return
        if number:
            runs.append(done | {"round": number})
            print(f"round {number}, {chain} a row, {in_flight} in flight: {name} {done['seconds']:.2f} s", flush=True)

    for name in names:
        attempt(name, 0, 20, max(chain for chain, _ in cells), 10)  # not counted: it compiles and caches what it imports
    for number in range(1, rounds + 1):
        for chain, in_flight in cells:
            for place in range(len(names)):
                attempt(names[(place + number - 1) % len(names)], number, rows, chain, in_flight)
    return runs, failed


def summarise(runs: list[Run]) -> list[Run]:
    """The medians of each engine in each cell."""
    cells: dict[tuple[int, int, str], list[Run]] = {}
    for each in runs:
        cells.setdefault((each["chain"], each["in_flight"], each["engine"]), []).append(each)
    lines = []
    for (chain, in_flight, name), mine in cells.items():
        yardstick = {each["round"]: each["seconds"] for each in cells.get((chain, in_flight, YARDSTICK), [])}
        ratios = [each["seconds"] / yardstick[each["round"]] for each in mine if each["round"] in yardstick]
        line = {"chain": chain, "in_flight": in_flight, "engine": name, "rounds": len(mine), "ratio": statistics.median(ratios) if ratios else None}
        for what in ("seconds", "start_to_first_request", "process_start_to_first_request", "process_seconds", "peak_mb", "most_in_flight"):
            line[what] = statistics.median(each[what] for each in mine)
        lines.append(line)
    return sorted(lines, key=lambda line: (line["chain"], line["in_flight"], line["seconds"]))


def print_table(title: str, lines: list[Run], failed: dict[str, str]) -> None:
    """Print the medians, and what did not run."""
    table = Table(title=title, title_justify="left")
    for column in ("calls a row", "in flight", "engine", "seconds", f"÷ {YARDSTICK}", "start → first request", "process → first request", "peak MB", "most in flight"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for at, line in enumerate(lines):
        ratio = "" if line["ratio"] is None else f"{line['ratio']:.2f}"
        starts = [f"{line[what]:.2f} s" for what in ("start_to_first_request", "process_start_to_first_request")]
        cell = (line["chain"], line["in_flight"])
        last = at + 1 == len(lines) or cell != (lines[at + 1]["chain"], lines[at + 1]["in_flight"])
        figures = [*map(str, cell), line["engine"], f"{line['seconds']:.2f}", ratio, *starts, f"{line['peak_mb']:.0f}", f"{line['most_in_flight']:.0f}"]
        table.add_row(*figures, end_section=last)
    console = Console(width=150)
    console.print(table)
    for name, reason in failed.items():
        console.print(f"{name} did not run: {reason}", markup=False)


def main() -> None:
    """Take every measurement, write it and print it."""
    given = flags()
    names = list(dict.fromkeys(given.engines))
    if "ours" in names and not (Path(__file__).parent / "engines" / "ours.py").is_file():
        print("ours is left out: tests/benchmarks/engines/ours.py is not there; nor are its bars")
        names.remove("ours")
    cells = [(chain, in_flight) for chain in given.chain for in_flight in given.in_flight]
    bars: list[Measured] = []
    try:
        python("asyncio")
    except Failed as error:
        raise SystemExit(f"the mock cannot run: {error}") from None
    with mock(given.latency) as server:
        runs, failed = interleave(server, names, cells, given.rows, given.rounds)
        lines = summarise(runs)
        title = f"{given.rows:,} rows, {given.latency:g} ms a call, {given.rounds} round{'s'[: given.rounds > 1]}, {os.cpu_count()} cores"
        print_table(title, lines, failed)
        if "ours" in names:
            more, bars = judge(server, given, lines, failed)
            runs += more
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "rows": given.rows,
        "rounds": given.rounds,
        "latency_ms": given.latency,
        "versions": {each["engine"]: each["versions"] for each in runs},
        "medians": lines,
        "did_not_run": failed,
        "bars": [{"what": what, "must_be": must, "is": measured, "met": met} for what, must, measured, met in bars],
        "runs": [{key: value for key, value in each.items() if key != "versions"} for each in runs],
    }
    given.results.parent.mkdir(exist_ok=True)
    given.results.write_text(json.dumps(rounded(facts), indent=1) + "\n", encoding="utf-8")
    if bars:
        show("Bars of the engine", bars)
    raise SystemExit(1 if failed else 0)


def rounded(value: Any) -> Any:
    """The same, with no more than four decimals."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def flags() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.engine")
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(ENGINES), help=f"with commas between them, of: {', '.join(ENGINES)}")
    parser.add_argument("--chain", type=int, nargs="+", choices=(1, 3), default=[1, 3], help="dependent calls a row")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[50, 200], help="calls in flight")
    parser.add_argument("--latency", type=float, default=100, help="of the mock, in milliseconds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the JSON file to write")
    parser.add_argument("--quick", action="store_true", help="500 rows, one call a row, 50 in flight, one round; written nowhere but where --results says")
    given = parser.parse_args()
    if given.quick:
        given.rows, given.rounds, given.chain, given.in_flight = 500, 1, [1], [50]
        if given.results == RESULTS:
            given.results = ENVIRONMENTS / "quick.json"
    if unknown := set(given.engines) - set(ENGINES):
        parser.error(f"no such engine: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    main()
