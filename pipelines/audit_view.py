"""The audit in the terminal: tables of tokens and dollars, then the findings."""

from collections.abc import Sequence
from itertools import takewhile

from rich.box import SIMPLE_HEAD
from rich.table import Table

from knowledge.audit import Audit
from knowledge.costs import WAYS, Cost, Prices, Way, serving
from knowledge.findings import KINDS
from pipelines.console import Console, escape

FEW = 4
SHORT: dict[Way, str] = {"as it is": "as is", "prompt caching": "cached", "deferred tools": "deferred", "deferred tools, cached": "both", "tuned model": "tuned"}
RESIDENT = 12


def show(report: Audit, priced: list[Cost], prices: Prices, console: Console, every: bool) -> None:
    """Print the whole report; of each kind of finding the first few, unless every one is asked for."""
    if console.quiet:
        return
    if report.lines:
        show_tokens(report, priced, prices, console)
    show_findings(report, console, every)
    for note in report.notes:
        console.note(note)


def show_tokens(report: Audit, priced: list[Cost], prices: Prices, console: Console) -> None:
    """Print the tables of tokens and dollars, and what they rest on."""
    out = console.out
    out.print(categories(report))
    if report.servers:
        out.print(servers(report))
    out.print(dearest(report))
    if report.resident[0]:
        out.print(dollars(priced, prices, report))
        for line in remarks(report, priced, prices):
            out.print(f"  {escape(line)}", soft_wrap=True)
    else:
        out.print("Nothing of it is sent on every call, so there is nothing to price.")


def categories(report: Audit) -> Table:
    """Tokens by category and level."""
    table = new("What an agent is told (tokens, o200k_base)", category="left", level="left", pieces="right", **{"on every call": "right", "on demand": "right"})
    for category, level, pieces, resident, on_demand in report.by_category():
        table.add_row(category, level, f"{pieces:,}", f"{resident:,}", f"{on_demand:,}")
    table.add_section()
    table.add_row("all", "", "", f"{report.resident[0]:,}", f"{report.on_demand[0]:,}", style="bold")
    table.add_row("by the Qwen3 tokenizer", "", "", f"{report.resident[1]:,}", f"{report.on_demand[1]:,}", style="dim")
    return table


def servers(report: Audit) -> Table:
    """Tokens by server."""
    table = new("Tools by server", server="left", tools="right", tokens="right", **{"a tool": "right", "names alone": "right"})
    for server in sorted(report.servers, key=lambda server: -server.tokens):
        table.add_row(escape(server.server), str(server.tools), f"{server.tokens:,}", f"{server.tokens / max(server.tools, 1):,.0f}", f"{server.names:,}")
    return table


def dearest(report: Audit) -> Table:
    """The files that cost most on every call."""
    totals: dict[str, list[int]] = {}
    for line in report.lines:
        path = line.path.rpartition(":")[0] or line.path
        entry = totals.setdefault(path, [0, 0])
        entry[line.residency != "resident"] += line.tokens if line.residency != "not sent" else 0
    ranked = sorted(totals.items(), key=lambda entry: (-entry[1][0], -entry[1][1], entry[0]))
    shared = shared_folder(list(totals))
    table = new(f"Files, the dearest first{f' (below {shared})' if shared else ''}", file="left", **{"on every call": "right", "on demand": "right"})
    for path, (resident, on_demand) in ranked[:RESIDENT]:
        table.add_row(escape(path.removeprefix(shared)), f"{resident:,}", f"{on_demand:,}")
    if len(ranked) > RESIDENT:
        rest = ranked[RESIDENT:]
        table.add_row(f"{len(rest)} more", f"{sum(entry[0] for _, entry in rest):,}", f"{sum(entry[1] for _, entry in rest):,}", style="dim")
    return table


def shared_folder(paths: Sequence[str]) -> str:
    """The folders that all files' paths begin with, with the slash; empty where they share none."""
    folders = [path.split("/")[:-1] for path in paths if "/" in path and "://" not in path]
    alike = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False))] if len(folders) > 1 else []
    return "".join(f"{name}/" for name in alike)


def dollars(priced: list[Cost], prices: Prices, report: Audit) -> Table:
    """Dollars a month by model and way."""
    ways = [way for way in WAYS if any(way in cost.dollars for cost in priced)]
    heads = dict.fromkeys((SHORT[way] for way in ways), "right")
    calls = f"{prices.calls:,.0f} calls a month: {prices.calls_per_session} in each of {prices.sessions_per_day:g} sessions on {prices.days:g} days"
    table = new(f"The same {report.resident[0]:,} tokens in dollars a month ({calls})", model="left", **heads, **{"training": "right", "paid back": "right"})
    table.columns[0].no_wrap = True
    table.box = SIMPLE_HEAD
    for cost in priced:
        cells = [amount(cost.dollars.get(way)) for way in ways]
        training = amount(cost.training)
        back = "" if cost.training is None else f"{cost.break_even:,}" if cost.break_even is not None else "never"
        table.add_row(escape(cost.model), *cells, training, back)
    return table


def amount(dollars: float | None) -> str:
    """Dollars, with cents below ten; nothing for none."""
    return "" if dollars is None else f"{dollars:,.2f}" if dollars < 10 else f"{dollars:,.0f}"


def remarks(report: Audit, priced: list[Cost], prices: Prices) -> list[str]:
    """What the figures rest on."""
    lines = [
        f"counted as: {report.serialisation}",
        "as is: every call pays for all; cached: the first call of a session writes, the others read",
        "deferred: the tools' names alone, and a tool that finds them (what is found is not counted); both: deferred and cached; tuned: in the weights",
        "training: dollars, once; paid back: after so many calls, against the cheapest other way",
        f"prices of {prices.as_of} (configs/prices.yaml, with sources)",
        f"a tuned model keeps {prices.left:.0%} of the manual; its own rates hold for the other {prices.work_tokens + prices.output_tokens:,} tokens of a call too",
    ]
    lines += [f"{cost.model}: {cost.note}" for cost in priced if cost.note]
    hours = f"{prices.serving_hours:g} hours a working day"
    lines += [f"a tuned {machine.model} on a rented {machine.gpu}, {hours}: {month:,.0f} dollars a month, however many calls" for machine, month in serving(prices)]
    return lines


def show_findings(report: Audit, console: Console, every: bool) -> None:
    """Print the findings, kind by kind."""
    if not report.findings:
        console.out.print("\nFindings: none.")
        return
    console.out.print(f"\n[bold]{len(report.findings)} findings[/bold]")
    for kind, title in KINDS.items():
        mine = [finding for finding in report.findings if finding.kind == kind]
        if not mine:
            continue
        wasted = sum(finding.tokens for finding in mine)
        console.out.print(f"\n[bold]{title.capitalize()}: {len(mine)}[/bold]" + (f" ({wasted:,} tokens)" if wasted else ""))
        for finding in mine if every else mine[:FEW]:
            more = f" and {len(finding.places) - 2} more places" if len(finding.places) > 2 else ""
            console.out.print(f"  {escape(', '.join(finding.places[:2]))}{more}\n    {escape(finding.words)}", soft_wrap=True)
        if not every and len(mine) > FEW:
            console.out.print(f"  [dim]{len(mine) - FEW} more with --all, --json or --html[/dim]")


def new(title: str, **columns: str) -> Table:
    """A table."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for name, side in columns.items():
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    return table
