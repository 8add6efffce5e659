"""The bars of phases 1, 2, 4 and 5, measured on run folders made for it: `python -m tests.benchmarks.behaviours [--rows 100000]`.

`--rows`: how many rows the join, the removal of likenesses, the mix and the export are timed on; they are made of kept rows.
"""

import argparse
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from steps.checks.shown import RUN
from steps.measures import SAMPLE, distinct, grams, overlap
from steps.twins import twins

ROWS = {"phase1": 500, "phase2": 500, "phase4": 800, "phase5": 3000}
SECONDS = {"phase1": 60, "phase2": 60, "phase4": 60, "phase5": 180}
MODULES = {"phase1": "phase1_system_prompt", "phase2": "phase2_methodology", "phase3": "phase3_tools", "phase4": "phase4_agents", "phase5": "phase5_integration"}


def recited(rows: list[dict[str, Any]]) -> int:
    """Rows in which the assistant repeats twelve words of the shipped documents that nobody said before."""
    documents = {run for path in Path("knowledge/hive").rglob("*.md") for run in grams(path.read_text(encoding="utf-8"), RUN)}
    found = 0
    for row in rows:
        heard = {run for message in row["messages"] if message["role"] != "assistant" for run in grams(message["content"] or "", RUN)}
        said = {run for message in row["messages"] if message["role"] == "assistant" for run in grams(message["content"] or "", RUN)}
        found += bool((said & documents) - heard)
    return found


def said(rows: list[dict[str, Any]], role: str) -> list[str]:
    """The opening requests, or the closing answers."""
    texts = [[message["content"] for message in row["messages"] if message["role"] == role and message["content"]] for row in rows]
    return [found[0 if role == "user" else -1] for found in texts if found]


def made(phase: str, out: Path) -> tuple[Path, float]:
    """A phase's run, and its seconds."""
    config = out.with_suffix(".yaml")
    config.write_text(f"out: {out}\nledger: {out}/ledger.sqlite\n")
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"pipelines.{MODULES[phase]}", "--json", "--config", config], capture_output=True, text=True, check=False)
    spent = time.monotonic() - began
    if done.returncode:
        print(f"{phase}: {done.stderr.strip()[-400:]}")
    return Path(json.loads(done.stdout.splitlines()[-1])["folder"]), spent


def big(folder: Path, rows: int) -> tuple[float, float, int]:
    """Seconds and gigabytes of the join, the mix and the export of so many rows, and how many were chosen."""
    from pipelines.config import Phase5, load_settings
    from pipelines.export import exports_of
    from pipelines.phase5_integration import cards_of, write
    from steps.mix import mix

    began = time.monotonic()
    table = pq.read_table(folder / "kept.parquet").drop_columns(["place"])
    rng = random.Random(0)
    words = [word for text in said(table.select(["messages"]).to_pylist(), "user") for word in text.split()]
    table = table.take([rng.randrange(table.num_rows) for _ in range(rows)])
    cards = cards_of(table)
    cards = [
        type(card)(card.place, card.split, card.level, card.form, card.cell, card.complexity, card.turns, " ".join(rng.choices(words, k=rng.randrange(8, 60))), card.boundary)
        for card in cards
    ]
    mixed = mix(cards, rows, {"L0": 0.22, "L1": 0.16, "L2": 0.3, "L3": 0.22, "L4": 0.1}, 0.1, 0.8, 0)
    with tempfile.TemporaryDirectory() as place:
        write(table, cards, mixed, Path(place))
        exports_of(Path(place), {"phase5": Path(place)}, load_settings(Phase5, None, {}, "phase5"))
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, len(mixed.chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    table = Table(title="Bars of phases 1, 2, 4 and 5 (embedded teacher, knowledge/hive)", title_justify="left")
    for name in ("phase", "what", "must be", "is", ""):
        table.add_column(name)

    def bar(phase: str, what: str, must: str, is_: str, met: bool) -> None:
        table.add_row(phase, what, must, is_, "met" if met else "NOT met")

    with tempfile.TemporaryDirectory(prefix="bars-") as place:
        tools, _ = made("phase3", Path(place) / "three")
        other = pq.read_table(tools / "kept.parquet").to_pylist()[:SAMPLE]
        yard = {role: (distinct(said(other, role)), overlap(said(other, role))) for role in ("user", "assistant")}
        for phase, wanted in ROWS.items():
            folder, spent = made(phase, Path(place) / phase)
            facts = json.loads((folder / "manifest.json").read_text())
            rows = pq.read_table(folder / "kept.parquet").to_pylist()
            kept, planned = facts["rows"]["kept"], facts["rows"]["planned"]
            bar(
                phase,
                "rows",
                f"{wanted:,}",
                f"{kept:,} kept" + ("" if phase == "phase5" else f" of {planned:,} planned"),
                kept >= wanted or (phase != "phase5" and planned >= wanted),
            )
            bar(phase, "seconds, process start to exit", f"≤ {SECONDS[phase]}", f"{spent:.1f}" + (" from nothing" if phase == "phase5" else ""), spent <= SECONDS[phase])
            if cells := facts.get("cells"):
                bar(phase, "cells covered", "100 %", f"{cells['covered']} of {cells['planned']}; {cells['allowed']} can be shown", not cells["empty"])
                points = facts["points"]
                bar(phase, "points shown", "all", f"{points['shown']} of {points['read']}", points["shown"] == points["read"])
            number = recited([row for row in rows if row["form"] == "play" and row["level"] != "L2"])
            bar(phase, "rows that recite a document", "0", str(number), number == 0)
            alike = twins(said(rows, "user"), 0.8).values()
            exact, close = sum(likeness == 1 for likeness, _ in alike), sum(likeness < 1 for likeness, _ in alike)
            bar(phase, "requests asked before: exactly / nearly", "0 / ≤ 5 %", f"{exact} / {close / len(rows):.1%}", exact == 0 and close <= 0.05 * len(rows))
            sample = random.Random(0).sample(rows, min(SAMPLE, len(rows)))
            for role, name in (("user", "requests"), ("assistant", "answers")):
                two, blue = distinct(said(sample, role)), overlap(said(sample, role))
                bar(phase, f"distinct-2 of {name} (n {len(sample)})", f"≥ tool phase ÷ 1.2 = {yard[role][0] / 1.2:.3f}", f"{two:.3f}", two >= yard[role][0] / 1.2)
                bar(phase, f"self-overlap of 4-grams of {name}", f"≤ tool phase × 1.2 = {yard[role][1] * 1.2:.3f}", f"{blue:.3f}", blue <= yard[role][1] * 1.2)
            shares = facts["shares"]
            bar(phase, "multi-turn / boundary / rehearsal", "≥ 25 / 20 / 10 %", " / ".join(f"{shares[one]:.1%}" for one in ("multi_turn", "boundary", "rehearsal")),
                shares["multi_turn"] >= 0.25 and shares["boundary"] >= 0.2 and shares["rehearsal"] >= 0.1)  # fmt: skip
            if "roles" in facts:
                roles = facts["roles"]
                bar(phase, "held-out answers named by persona", "≥ 95 %", f"{roles['accuracy']:.1%} of {roles['held_out']}", roles["accuracy"] >= 0.95)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:  # the memory of this process is no matter
            spent, size, chosen = alone.submit(big, folder, options.rows).result()
        bar("phase5", f"{options.rows:,} rows: join, likenesses, mix, export", "≤ 300 s, ≤ 2 GB", f"{spent:.0f} s, {size:.2f} GB, {chosen:,} chosen", spent <= 300 and size <= 2)
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
