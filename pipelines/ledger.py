"""What was asked and what it cost: `python -m pipelines.ledger`; and letting go of answers that no run needs any more."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines import flags
from pipelines.account import opened, plain, reused, spending, there
from pipelines.command import Stopped, command
from pipelines.config import Settings, load_settings
from pipelines.console import Console
from steps.teachers.database import Database, LedgerLost, shown


def main(
    run: Annotated[str | None, typer.Option(help="Show this run alone, such as phase3/0123456789ab.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget answers that no run folder on this disk needs any more; says what, and asks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Prune without asking.")] = False,
    config: flags.Config = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Show what models were asked, by run, role and model: calls, tokens, dollars."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        place = load_settings(Settings, config, {}).ledger
        if not there(place):
            raise Stopped(f"there is no ledger at {shown(place)}: no model was asked from here yet.")
        try:
            database = opened(place)
            try:
                if prune:
                    forget(database, yes, console)
                else:
                    show(database, run, console, as_json)
            finally:
                database.close()
        except LedgerLost as error:
            raise Stopped(str(error)) from None


def show(database: Database, run: str | None, console: Console, as_json: bool) -> None:
    """Print the spending.

    Raises:
        Stopped: when the run is not in the ledger.
    """
    rows, again = spending(database, run), reused(database, run)
    known = [name for (name,) in database.run("SELECT run FROM runs ORDER BY at").fetchall()]
    if run and run not in known and not rows:
        raise Stopped(f"the ledger has no run {run}; it has {', '.join(known[-5:]) or 'none'}.")
    if as_json:
        typer.echo(json.dumps({"spent": rows, "reused": again}, ensure_ascii=False))
        return
    table = Table(header_style="bold")
    for name in ("role", "model", "calls", "in", "cached", "out", "s", "dollars"):
        table.add_column(name, justify="left" if name in ("role", "model") else "right", overflow="fold", no_wrap=name == "role")
    for number, row in enumerate(rows):
        if not number or row["run"] != rows[number - 1]["run"]:
            table.add_section()
            table.add_row(f"[bold]{row['run'] or 'no run'}[/bold]")
        dollars = "no price" if row["unpriced"] == row["calls"] else f"${row['dollars']:,.4f}" + (f" + {row['unpriced']} without a price" if row["unpriced"] else "")
        tries = f"{row['calls']:,}" + (f" ({row['tries']:,} sent)" if row["tries"] > row["calls"] else "")
        table.add_row(row["role"], row["model"], tries, f"{row['input']:,}", f"{row['cached']:,}", f"{row['output']:,}", f"{row['seconds']:.1f}", dollars)
    console.out.print(table)
    priced = sum(row["calls"] - row["unpriced"] for row in rows)
    console.out.print(
        f"in all ${sum(row['dollars'] for row in rows):,.4f} for {priced:,} of {sum(row['calls'] for row in rows):,} calls; tokens in and out; s is the mean of a call"
    )
    for name, used in again.items():
        console.out.print(f"{name} took {used['calls']:,} answers that others had paid for (${used['dollars']:,.4f})", soft_wrap=True)
    if any(row["unpriced"] for row in rows):
        console.out.print("Some models are not in configs/prices.yaml: for those, tokens alone are counted.", soft_wrap=True)


def forget(database: Database, yes: bool, console: Console) -> None:
    """Delete the answers that no run needs whose folder, finished or not, is still on this disk."""
    runs = database.run("SELECT run, folder FROM runs").fetchall()
    needed = [run for run, folder in runs if Path(folder).exists() or Path(folder).with_name(Path(folder).name + ".partial").exists()]
    kept = f"SELECT digest FROM uses WHERE run IN ({', '.join('?' * len(needed))})" if needed else "SELECT digest FROM uses WHERE 1 = 0"
    number, dollars = map(plain, database.run(f"SELECT count(*), coalesce(sum(dollars), 0) FROM calls WHERE digest NOT IN ({kept})", needed).fetchone())
    if not number:
        console.note("every answer is needed by a run whose folder is still there; nothing was forgotten")
        return
    if not yes:
        typer.confirm(f"Forget {number:,} answers that cost ${dollars:,.4f}? A run that needs them asks and pays again.", abort=True, err=True)
    with database.transaction():
        database.run(f"DELETE FROM calls WHERE digest NOT IN ({kept})", needed)
        database.run("DELETE FROM uses WHERE digest NOT IN (SELECT digest FROM calls) AND digest NOT IN (SELECT digest FROM asked)")
    if not database.server:
        database.run("VACUUM")
    console.note(f"{number:,} answers are forgotten")


if __name__ == "__main__":
    typer.run(main)
