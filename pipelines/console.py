"""What a person sees: progress, the plan, the summary, and one clear sentence when something is wrong."""

import json
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich.console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pipelines.account import bill

if TYPE_CHECKING:
    from pipelines.estimate import Forecast
    from steps.acts import Stage
    from steps.contracts import Scenario
    from steps.grid import Grid

warnings.filterwarnings("ignore")
POINT_AT = "Point at a folder with CLAUDE.md, AGENTS.md, .claude, .mcp.json or Markdown in it."
TITLES = {
    "load": "reading",
    "plan": "planning",
    "ask": "requests",
    "evolve": "evolution",
    "respond": "conversations",
    "verify": "checks",
    "judge": "judging",
    "dedup": "duplicates",
}


class Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """The rate, once there is one."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "", style="dim")


class Console:
    """The terminal. Progress and notes go to the error stream, results to the output."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.err = rich.console.Console(stderr=True, highlight=False)
        self.out = rich.console.Console(highlight=False)

    def fail(self, sentence: str, code: int) -> int:
        """Say what is wrong; give the exit code back."""
        self.err.print(f"[red]error:[/red] {escape(sentence)}", soft_wrap=True)
        return code

    def note(self, sentence: str) -> None:
        """Say something that is good to know."""
        if not self.quiet:
            self.err.print(f"[dim]{escape(sentence)}[/dim]", soft_wrap=True)

    def source(self, source: str, offline: bool) -> None:
        """Show the commands that a source of the user's will start, before they run."""
        from knowledge.catalog import HIVE

        path = Path(source)
        if offline or not path.is_file() or path.resolve() == HIVE.resolve():
            return
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["mcpServers"].items()
            for name, entry in entries:
                self.note(f"starting server {name}: {' '.join([str(entry.get('command') or entry.get('url')), *map(str, entry.get('args') or ())])}")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """A bar a stage, with rate and time left."""
        if self.quiet or not self.err.is_terminal:
            yield lambda *_: None
            return
        columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
        with Progress(*columns, console=self.err) as bars:
            tasks: dict[str, Any] = {}

            def tell(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bars.add_task(TITLES.get(step, step), total=total)
                bars.update(tasks[step], completed=done, total=total)

            yield tell

    def plan(self, grid: "Grid", planned: Sequence["Scenario"], as_json: bool) -> None:
        """Print the grid: cells by tool and kind, what is excluded and why, and the rows that would be made."""
        why: dict[str, set[str]] = defaultdict(set)
        for cell, reason in grid.excluded.items():
            why[f"{cell.kind}: {reason}"].add(cell.tool)
        splits = Counter(scenario.split for scenario in planned)
        covered = len({scenario.cell for scenario in planned})
        if as_json:
            cells = {str(cell): sum(scenario.cell == cell for scenario in planned) for cell in grid.cells}
            excluded = {str(cell): reason for cell, reason in grid.excluded.items()}
            print(json.dumps({"cells": cells, "excluded": excluded, "rows": len(planned), "splits": splits}, ensure_ascii=False))
            return
        kinds = list(grid.kinds)
        table = Table(title="Cells of the grid", title_justify="left", header_style="bold")
        table.add_column("tool")
        for kind in kinds:
            table.add_column(kind.replace("_", " "), justify="right")
        for tool in grid.catalog.tools:
            counts: Counter[str] = Counter(cell.kind for cell in grid.cells if cell.tool == tool.name)
            table.add_row(tool.name, *(str(counts[kind] or "·") for kind in kinds))
        table.add_row("[bold]all[/bold]", *(f"[bold]{grid.kinds[kind]}[/bold]" for kind in kinds))
        self.out.print(table)
        if why:
            self.out.print("\nNot in the grid, and why")
            for reason, tools in sorted(why.items()):
                shown = ", ".join(sorted(tools)[:6]) + (f" and {len(tools) - 6} more" if len(tools) > 6 else "")
                self.out.print(f"  [dim]{escape(reason)}:[/dim] {escape(shown)}", soft_wrap=True)
        self.out.print(f"\n{len(grid.cells)} cells; {len(planned)} rows would be made, in {covered} of them: " + ", ".join(f"{split} {n}" for split, n in splits.items()))
        self.out.print("Cost: nothing; the embedded composer answers. No row was made.")

    def acts(self, stage: "Stage", planned: Sequence["Scenario"], rows: int, as_json: bool) -> None:
        """Print the grid of behaviours: cells by kind of point and behaviour, points without a cell, and the rows that would be made."""
        splits = Counter(scenario.split for scenario in planned)
        if as_json:
            cells = {str(act): sum(scenario.cell == act for scenario in planned) for act in stage.cells}
            print(json.dumps({"cells": cells, "without_a_cell": stage.empty, "unwritten": stage.excluded, "rows": rows, "splits": splits}, ensure_ascii=False))
            return
        behaviours = list(dict.fromkeys(act.behaviour for act in stage.cells))
        table = Table(title="Cells of the grid", title_justify="left", header_style="bold")
        table.add_column("document")
        for name in ("points", *behaviours):
            table.add_column(name.replace("_", " "), justify="right")
        for path in dict.fromkeys(point.path for point in stage.points.values()):
            here = {point.id for point in stage.points.values() if point.path == path}
            counts: Counter[str] = Counter(act.behaviour for act in stage.cells if act.unit in here)
            table.add_row(escape(path), str(len(here)), *(str(counts[name] or "·") for name in behaviours))
        every: Counter[str] = Counter(act.behaviour for act in stage.cells)
        table.add_row("[bold]all[/bold]", str(len(stage.points)), *(f"[bold]{every[name]}[/bold]" for name in behaviours))
        self.out.print(table)
        levels = Counter(f"{act.complexity}, {act.error_case.replace('_', ' ')}" for act in stage.cells)
        self.out.print("by complexity and error case: " + "; ".join(f"{name} {number}" for name, number in sorted(levels.items())), soft_wrap=True)
        for name, why in list(stage.empty.items())[:12]:
            self.out.print(f"  [dim]no cell:[/dim] {escape(stage.points[name].source)} {escape(stage.points[name].key[:70])}: {escape(why)}", soft_wrap=True)
        covered = len({scenario.cell for scenario in planned})
        self.out.print(
            f"\n{len(stage.cells)} cells; of {rows} rows {len(planned)} would show {covered} of them (the rest are other forms and rehearsal): "
            + ", ".join(f"{split} {n}" for split, n in splits.items())
        )
        if stage.excluded:
            self.out.print(f"{stage.excluded} further cells of the table have no play; a model can show them (--role writer=… --role responder=…).")
        self.out.print("No row was made.")

    def behaviours(self, facts: dict[str, Any], folder: Path, as_json: bool) -> None:
        """Print what a run of a phase of behaviours made."""
        if self.short_of_words(facts, folder, as_json):
            return
        self.counted(facts)
        cells, points, tokens, shares = facts["cells"], facts["points"], facts["tokens"], facts["shares"]
        self.out.print(
            f"points    {points['shown']} of {points['read']} are shown"
            + (f"; {len(points['without_a_cell'])} have no cell (--plan names them)" if points["without_a_cell"] else "")
        )
        self.out.print(f"cells     {cells['covered']} of {cells['planned']} planned are covered; {cells['allowed']} can be shown", soft_wrap=True)
        self.out.print(
            f"shares    multi-turn {shares['multi_turn']:.0%}, boundary {shares['boundary']:.0%}, rehearsal {shares['rehearsal']:.0%}; "
            f"{facts['preference_pairs']['pairs']} preference pairs"
        )
        for line in facts.get("proof", ()):
            self.out.print(escape(line), soft_wrap=True)
        part = 1 - tokens["in_weights"] / tokens["full"] if tokens["full"] else 0
        before = f"{tokens['full']:,} with the manual in the context ({tokens['manual']:,} a row)"
        self.out.print(f"tokens    {before}, {tokens['in_weights']:,} with it in the weights: {part:.0%} fewer ({tokens['encoding']})", soft_wrap=True)
        self.exports(facts)
        self.closing(facts)
        self.out.print(f"files     {folder}/ kept.parquet rejected.parquet manifest.json points.json manual.md exports/", soft_wrap=True)
        sys.stdout.flush()

    def estimate(self, forecasts: Sequence["Forecast"], rows: int, as_json: bool) -> None:
        """Print what a run would take of its models."""
        if as_json:
            print(json.dumps({"rows": rows, "roles": [asdict(forecast) for forecast in forecasts]}, ensure_ascii=False))
            return
        if not forecasts:
            self.out.print(f"{rows:,} rows would cost nothing: no role is bound to a model. Bind one with --role writer=…; nothing was asked.")
            return
        table = Table(title=f"What {rows:,} rows would take (95 % intervals; tokens of o200k)", title_justify="left", header_style="bold")
        for name in ("role", "calls", "tokens in", "tokens out", "dollars", "with a warm cache"):
            table.add_column(name, justify="left" if name == "role" else "right")
        for one in forecasts:
            table.add_row(one.role, *(between(short(low), short(high)) for low, high in (one.calls, one.input, one.output)), priced(one.dollars), priced(one.cached))
        self.out.print(table)
        if len(forecasts) > 1 and all(one.dollars for one in forecasts):
            low, high = (sum(one.dollars[side] for one in forecasts if one.dollars) for side in (0, 1))
            self.out.print(f"in all    ${low:,.2f} – ${high:,.2f} with nothing cached")
        for one in forecasts:
            of = "this model's own answers in the ledger" if one.measured else "the embedded teacher's answers; a model may say more"
            self.out.print(f"{one.role:<9} {one.model}; from {one.rows} rehearsed rows; the lengths of answers are those of {of}", soft_wrap=True)
        self.out.print("Rows that are planned again, since a cell ended empty, come on top. No model was asked, and no row was made.", soft_wrap=True)

    def summary(self, facts: dict[str, Any], folder: Path, as_json: bool) -> None:
        """Print what a run made."""
        if self.short_of_words(facts, folder, as_json):
            return
        self.counted(facts)
        cells, calls, tokens = facts["cells"], facts["calls"], facts["tokens"]
        outside = sum(entry["cells"] for entry in cells["excluded"].values())
        covered = f"{cells['covered']} of {cells['planned']} planned are covered"
        self.out.print(f"cells     {covered}; the tools allow {cells['allowed']}, and {outside} they do not (--plan says why)", soft_wrap=True)
        answered = f"{calls['by']['server']} answered by servers ({calls['errors_of_servers']} with a real error)"
        self.out.print(f"calls     {calls['made']} in kept rows: {answered}, {calls['by']['fault']} by injected faults, {calls['by']['nobody']} not executed", soft_wrap=True)
        share = 1 - tokens["in_weights"] / tokens["full"] if tokens["full"] else 0
        before = f"{tokens['full']:,} with the specs in the context ({tokens['specs']:,} a row)"
        self.out.print(f"tokens    {before}, {tokens['in_weights']:,} with them in the weights: {share:.0%} fewer ({tokens['encoding']})", soft_wrap=True)
        self.exports(facts)
        self.closing(facts)
        self.out.print(f"files     {folder}/ kept.parquet rejected.parquet manifest.json tools.json exports/", soft_wrap=True)
        sys.stdout.flush()

    def whole(self, facts: dict[str, Any], folder: Path, as_json: bool) -> None:
        """Print what phase 5 made."""
        if self.short_of_words(facts, folder, as_json):
            return
        self.counted(facts)
        self.out.print("levels    " + ", ".join(f"{level} {entry['rows']} ({entry['share']:.0%} of {entry['weight']:.0%} wished)" for level, entry in facts["levels"].items()))
        shares = facts["shares"]
        self.out.print(f"shares    multi-turn {shares['multi_turn']:.0%}, boundary {shares['boundary']:.0%}, rehearsal {shares['rehearsal']:.0%}")
        self.out.print(f"splits    {', '.join(f'{split} {n}' for split, n in facts['splits'].items())}")
        self.out.print(
            f"tokens    {facts['tokens']['full']:,} with the manual in the context, {facts['tokens']['in_weights']:,} with it in the weights ({facts['tokens']['encoding']})"
        )
        self.exports(facts)
        self.out.print(f"time      {facts['seconds']['all']} s")
        self.out.print(f"files     {folder}/ kept.parquet rejected.parquet manifest.json exports/", soft_wrap=True)
        sys.stdout.flush()

    def gate(self, gates: int, flagged: int, passed: bool, folder: Path) -> None:
        """Print in a line what the gate says of a run."""
        if not self.quiet:
            told = "passed" if passed else "falls short"
            self.out.print(f"gate      {told}: {gates} gates, {flagged} rows flagged; {folder}/quality/", soft_wrap=True)

    def short_of_words(self, facts: dict[str, Any], folder: Path, as_json: bool) -> bool:
        """Print what a run made as JSON, if that is asked for; whether nothing more is to be said."""
        if as_json:
            print(json.dumps({"folder": str(folder)} | facts, ensure_ascii=False))
        return as_json or self.quiet

    def counted(self, facts: dict[str, Any]) -> None:
        """Rows by kind, and why some were rejected."""
        table = Table(header_style="bold")
        for name, side in (("kind", "left"), ("planned", "right"), ("kept", "right"), ("rejected", "right")):
            table.add_column(name, justify=side)  # type: ignore[arg-type]
        for kind, entry in facts["by_kind"].items():
            table.add_row(kind.replace("_", " "), *(str(entry[key]) for key in ("planned", "kept", "rejected")))
        rows = facts["rows"]
        table.add_row("[bold]all[/bold]", *(f"[bold]{rows[key]}[/bold]" for key in ("planned", "kept", "rejected")))
        self.out.print(table)
        for reason, number in facts["reasons"].items():
            self.out.print(f"  rejected {number}: {escape(reason)}", soft_wrap=True)

    def exports(self, facts: dict[str, Any]) -> None:
        """The training files, and what is wrong with them."""
        found = facts.get("exports") or {"files": [], "missing": []}
        rows: Counter[str] = Counter()
        for one in found["files"]:
            rows[f"{one['format']}-{one['variant']}"] += one["rows"]
        if rows:
            self.out.print(f"exports   {', '.join(f'{name} {count} rows' for name, count in rows.items())}", soft_wrap=True)
        for sentence in found["missing"]:
            self.note(sentence)
        for one in found["files"]:
            if one["faults"]:
                self.note(f"exports/{one['format']}-{one['variant']}, {one['split']}: {one['faults'][0]['rule']}")

    def closing(self, facts: dict[str, Any]) -> None:
        """Splits, who answered, cost and time."""
        self.out.print(f"splits    {', '.join(f'{split} {n}' for split, n in facts['splits'].items())}")
        who = "; ".join(f"{role}: {name}" for role, name in facts["teachers"].items()) if len(set(facts["teachers"].values())) > 1 else next(iter(facts["teachers"].values()))
        self.out.print(f"teacher   {who}; no judge has seen the {facts['unjudged_rows']} rows", soft_wrap=True)
        self.out.print(f"cost      {bill(facts['spent'])}", soft_wrap=True)
        seconds = facts.get("seconds") or {}
        if seconds:
            first = f", the first row after {seconds['first_row']} s" if seconds["first_row"] else ""
            self.out.print(f"time      {seconds['all']} s{first}")


def short(number: int) -> str:
    """A count in few characters."""
    return f"{number:,}" if number < 10_000 else f"{number / 1000:,.0f}k" if number < 1_000_000 else f"{number / 1_000_000:,.1f}M"


def priced(bounds: tuple[float, float] | None) -> str:
    """An interval in dollars."""
    return f"${between(f'{bounds[0]:,.2f}', f'{bounds[1]:,.2f}')}" if bounds else "unknown"


def between(low: str, high: str) -> str:
    """Two bounds, or the one that both are."""
    return low if low == high else f"{low}–{high}"


def escape(text: str) -> str:
    """Text that is shown as it is."""
    return text.replace("[", "\\[")
