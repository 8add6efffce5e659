"""What an agent system costs, and what is wrong in it: `python -m pipelines.audit SOURCE…`."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from knowledge.audit import audit
from knowledge.catalog import HIVE
from knowledge.costs import Prices, costs
from knowledge.system import Misfit, NoSource, read_system
from pipelines.audit_page import page
from pipelines.audit_view import show
from pipelines.config import Misconfigured, load_prices
from pipelines.console import POINT_AT, Console

SHORT, WRONG = 1, 2


def main(
    source: Annotated[
        list[str] | None,
        typer.Argument(help="A folder, a file, an archive, or the address of a streamable-HTTP server. Several add up. (default: the shipped system)"),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write one self-contained page: a map of the tokens, every piece in a table, all findings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object, for machines.")] = False,
    prices: Annotated[Path | None, typer.Option(help="A price table of your own; see configs/prices.yaml.")] = None,
    calls: Annotated[int | None, typer.Option(min=1, help="Calls in a session. (default: 25)")] = None,
    sessions: Annotated[float | None, typer.Option(min=0.01, help="Sessions a day. (default: 8)")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Show the costs on this model alone; repeat for more. (default: all of the table)")] = None,
    allow_servers: Annotated[bool, typer.Option("--allow-servers", help="Start the servers that .mcp.json files name; their commands are shown first.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Print every finding, not the first few of each kind.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Count what an agent is told, by category, level, file and server; price it; and list what is wrong in it.

    Nothing that stands in a document is run. Exit codes: 0 everything was read, 1 something could not be read, 2 wrong usage.
    """
    console = Console(quiet=quiet or as_json)
    began = time.monotonic()
    try:
        table = chosen(load_prices(prices, {"calls_per_session": calls, "sessions_per_day": sessions}), model)
        system = read_system(source or [str(HIVE.parent)], allow_servers, tell=lambda server: console.note(f"starting {server.name}: {server.shown}"))
    except (Misconfigured, NoSource, Misfit) as error:
        raise typer.Exit(console.fail(str(error), WRONG)) from None
    except KeyboardInterrupt:
        raise typer.Exit(console.fail("stopped.", 130)) from None
    report = audit(system)
    priced = costs(report.resident[0], report.tool_tokens, report.tool_names, table)
    if not report.lines:
        for note in report.notes:
            console.note(note)
        why = "; ".join(f"{place} {words}" for place, words in system.problems[:3])
        raise typer.Exit(console.fail(f"nothing that an agent is told was found in {', '.join(source or [])}{f' ({why})' if why else ''}. {POINT_AT}", WRONG))
    if html:
        try:
            html.parent.mkdir(parents=True, exist_ok=True)
            html.write_text(page(report, priced, table), encoding="utf-8")
        except OSError as error:
            raise typer.Exit(console.fail(f"{html} cannot be written: {error.strerror}.", WRONG)) from None
    if as_json:
        facts = report.model_dump(mode="json") | {"costs": [cost.model_dump(mode="json") for cost in priced], "calls": table.calls, "prices_as_of": str(table.as_of)}
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        show(report, priced, table, console, show_all)
        console.note(f"read in {time.monotonic() - began:.1f} s" + (f"; the page is {html}" if html else ""))
    raise typer.Exit(SHORT if system.problems else 0)


def chosen(table: Prices, models: list[str] | None) -> Prices:
    """The table with the models that were asked for.

    Raises:
        Misconfigured: when one is not in it.
    """
    if not models:
        return table
    known = {price.name: price for price in table.models}
    if unknown := [name for name in models if name not in known]:
        raise Misconfigured(f"there is no price for {unknown[0]}. The table has {', '.join(known)}; add yours with --prices")
    return table.model_copy(update={"models": tuple(known[name] for name in models)})


if __name__ == "__main__":
    typer.run(main)
