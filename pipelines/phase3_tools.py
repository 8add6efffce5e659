"""Phase 3: from real MCP servers to an executed, verified tool dataset."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.catalog import HIVE, Catalog, Unreadable, load_catalog
from knowledge.licence import licences_of
from knowledge.tokens import ENCODING, count
from pipelines import against, flags
from pipelines import folder as run_folder
from pipelines.account import account
from pipelines.command import SHORT, command, start
from pipelines.config import Phase3, load_settings, shared
from pipelines.console import Console

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

    from pipelines.estimate import Rehearsal
    from pipelines.team import Team
    from steps.contracts import Cell
    from steps.grid import Grid

Row = dict[str, Any]
ROLES = ("writer", "responder")
SAMPLE = 60  # rows that an estimate is made from
DECIDING = {"sources", "rows", "seed", "near", "offline", "allow_writes", "banks"}


def build(settings: Phase3, catalog: Catalog, team: "Team | Rehearsal", only: Sequence["Cell"] = (), attempt: int = 0, known: Sequence[str] = ()) -> "Pipeline":
    """The DAG of the tool phase. Pure: nothing is started, read or written.

    Args:
        team: who writes and who responds.
        only: cells to make again, one row each, instead of the whole plan.
        attempt: which try it is.
        known: opening requests that are taken.
    """
    from distilabel.pipeline import Pipeline

    from steps.ask import WriteRequests
    from steps.dedup import MarkDuplicates
    from steps.load import LoadTools
    from steps.plan import Plan
    from steps.respond import Respond
    from steps.verify import Verify

    dumped = catalog.model_dump_json()
    limits = settings.limits
    cells = json.dumps([cell.model_dump() for cell in only])
    with Pipeline(name="phase3-tools") as pipeline:
        load = LoadTools(name="load", catalog=dumped)
        plan = Plan(
            name="plan",
            catalog=dumped,
            rows=settings.rows,
            seed=settings.seed,
            offline=settings.offline,
            writes=settings.allow_writes,
            banks=settings.banks,
            only=cells,
            attempt=attempt,
            known=list(known),
        )
        ask = WriteRequests(name="ask", llm=team.teacher("writer"))
        respond = Respond(name="respond", llm=team.teacher("responder"), catalog=dumped, slots=limits.slots, start_seconds=limits.start_seconds, call_seconds=limits.call_seconds)
        verify = Verify(name="verify", catalog=dumped)
        dedup = MarkDuplicates(name="dedup", near=settings.near, known=list(known))
        load >> plan >> ask >> respond >> verify >> dedup
    return pipeline


def main(
    rows: Annotated[int | None, typer.Option(min=1, help="How many rows to plan. (default: 1000)")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed and sources give the same bytes. (default: 0)")] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="A .mcp.json, a saved tools list, an OpenAPI document, a folder or archive with one, or an address. Repeat to add up. (default: the shipped servers)"),
    ] = None,
    config: flags.Config = None,
    out: Annotated[Path | None, typer.Option(help="The run folder to make. (default: runs/phase3/<fingerprint>)")] = None,
    role: flags.Role = None,
    offline: Annotated[bool, typer.Option("--offline", help="Start no server: recorded and saved specs serve, and rows are marked executed: false.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Print the grid and its size; make nothing.")] = False,
    estimate: flags.Estimate = False,
    max_cost: flags.MaxCost = None,
    max_calls: flags.MaxCalls = None,
    concurrency: flags.Concurrency = None,
    batch: flags.Batch = False,
    engine: flags.Engine = None,
    resume: flags.Resume = False,
    allow_servers: Annotated[bool, typer.Option("--allow-servers", help="Start the servers that a .mcp.json of yours names; their commands are shown first.")] = False,
    allow_writes: Annotated[bool, typer.Option("--allow-writes", help="Also run tools that may write on servers that were given an address, a path or a key of yours.")] = False,
    schemas_only: Annotated[bool, typer.Option("--schemas-only", help="Leave the authored banks aside, as if every server were unknown.")] = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Make a tool-use dataset in which every call really ran."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        given = shared(role, max_cost, max_calls, concurrency, batch, engine) | {
            "rows": rows,
            "seed": seed,
            "sources": source or None,
            "offline": offline or None,
            "allow_servers": allow_servers or None,
            "allow_writes": allow_writes or None,
            "banks": False if schemas_only else None,
        }
        settings = load_settings(Phase3, config, given, "phase3")
        if plan:
            raise typer.Exit(show_plan(settings, console, as_json))
        if estimate:
            raise typer.Exit(show_estimate(settings, console, as_json))
        raise typer.Exit(run(settings, out, resume, console, as_json))


def sources_of(settings: Phase3) -> tuple[str, ...]:
    """The sources, the shipped one at its real place."""
    return tuple(str(HIVE) if source == "knowledge/hive/mcp.json" else source for source in settings.sources)


def read(settings: Phase3, console: Console) -> Catalog:
    """Read every source; say what will be started, and what had to be left out."""
    for source in sources_of(settings):
        console.source(source, settings.offline or not settings.allow_servers)
    catalog = load_catalog(sources_of(settings), settings.offline, settings.limits.start_seconds, settings.allow_servers)
    for name, why in catalog.left_out.items():
        console.note(f"left out: server {name}: {why}")
    for server in catalog.servers.values():
        if not server.shipped and not settings.allow_writes and not server.contained:
            console.note(f"server {server.name} was given an address, a path or a key: only its read-only tools are run (--allow-writes runs all)")
    return catalog


def show_plan(settings: Phase3, console: Console, as_json: bool) -> int:
    """Print the grid and its size."""
    from knowledge.theme import load_themes
    from steps.grid import grid
    from steps.scenario import Unplannable
    from steps.scenario import plan as planned

    catalog = read(settings, console)
    made = grid(catalog, load_themes(), settings.offline, settings.allow_writes, settings.banks)
    try:
        console.plan(made, planned(made, settings.rows, settings.seed), as_json)
    except Unplannable as error:
        raise Unreadable(str(error)) from None
    return 0


def show_estimate(settings: Phase3, console: Console, as_json: bool) -> int:
    """Rehearse a sample with the embedded teacher, and print what the whole would take of the models."""
    from pipelines.estimate import Rehearsal
    from pipelines.team import Team

    catalog = read(settings, console)
    team = Team(settings, "", ROLES)
    sample = settings.model_copy(update={"rows": min(settings.rows, SAMPLE)})
    rehearsal = Rehearsal(team)
    with console.progress() as progress:
        rehearsal.play(build(sample, catalog, rehearsal), progress)
    console.estimate(rehearsal.estimate(settings.rows), settings.rows, as_json)
    return 0


def run(settings: Phase3, out: Path | None, resume: bool, console: Console, as_json: bool) -> int:
    """Make the run folder; the exit code says whether it kept its promise."""
    from pipelines.gate import at_the_end
    from pipelines.team import Team

    began = time.monotonic()
    catalog = read(settings, console)
    team = Team(settings, "", ROLES)
    team.check()
    deciding = settings.model_dump(mode="json", include=DECIDING) | {"teachers": team.deciding()}
    name = run_folder.fingerprint("phase3", deciding, catalog)
    team.bind(f"phase3/{name}")
    target = out or settings.out / "phase3" / name
    facts = run_folder.made_before(target, name) if out is None or resume else None
    if facts:
        console.note(f"{target} was made before from the same sources, settings and code.")
        run_folder.leave(target)
    else:
        with run_folder.claimed(target, name, resume) as work:
            facts = made_of(settings, catalog, team, name, work, target, began, console)
            run_folder.finish(work, target)
    console.summary(facts, target, as_json)
    code = 0
    if empty := facts["cells"]["empty"]:
        few = ", ".join(empty[:5])
        code = console.fail(f"{len(empty)} cells ended empty after {settings.limits.retries} retries: {few}. Their rows are in rejected.parquet, with reasons.", SHORT)
    return at_the_end(target, settings, console, code)


def made_of(settings: Phase3, catalog: Catalog, team: "Team", name: str, work: Path, target: Path, began: float, console: Console) -> dict[str, Any]:
    """Run the pipeline until every cell is covered or the retries are spent; write what came of it, and give the manifest's facts."""
    from pipelines.engine import Engine
    from pipelines.rounds import make
    from steps.plan import grid_of

    engine = Engine(settings, team, target, console.note)
    with console.progress() as progress:
        made = make(
            engine, lambda only, attempt, known: build(settings, catalog, team, only, attempt, known), cell_of, settings.limits.retries, work, progress, began, settings.near
        )
    grid = grid_of(catalog.model_dump_json(), settings.offline, settings.allow_writes, settings.banks)
    facts = written(settings, catalog, team, grid, name, made.rows, made.empty, work / "final")
    facts["seconds"] = {"first_row": made.first_row, "all": round(time.monotonic() - began, 2), "steps": made.seconds}
    run_folder.manifest(work / "final", **facts)
    return facts


def cell_of(row: Row) -> "Cell":
    """The row's cell of the grid."""
    from steps.contracts import Cell

    return Cell(**{key: row[key] for key in Cell.model_fields})


def written(settings: Phase3, catalog: Catalog, team: "Team", made: "Grid", name: str, rows: list[Row], empty: list["Cell"], folder: Path) -> dict[str, Any]:
    """Write rows and exports; give the manifest's facts."""
    from pipelines.export import exports_of

    folder.mkdir(parents=True, exist_ok=True)
    spec_tokens = sum(tool.tokens for tool in catalog.tools)
    licences = licences_of(settings.sources)
    kept = sorted((finished(row, catalog, team, licences) for row in rows if not row["reject_reason"]), key=lambda row: row["id"])
    rejected = sorted(({**row, "calls": row["executed"]} for row in rows if row["reject_reason"]), key=lambda row: row["id"])
    if len(kept) + len(rejected) != len({row["id"] for row in rows}):
        raise RuntimeError(f"{len(rows)} rows were planned, and {len(kept)} kept + {len(rejected)} rejected are not as many")
    run_folder.write_rows(kept, rejected, folder, run_folder.CELL)
    against.write(folder, catalog, (row["script"] for row in kept))
    exports = exports_of(folder, {"phase3": folder}, settings)
    calls = [call for row in kept for call in json.loads(row["calls"])]
    lean = sum(row["tokens_in_weights"] for row in kept)
    full = lean + len(kept) * spec_tokens
    return {
        "phase": "phase3",
        "fingerprint": name,
        "seed": settings.seed,
        "teachers": team.described(),
        "spent": account(settings.ledger, team.run) if team.models else account("", ""),
        "unjudged_rows": len(kept),
        "sources": [
            {"server": server, "tools": sum(tool.server == server for tool in catalog.tools), "tokens": sum(tool.tokens for tool in catalog.tools if tool.server == server)}
            for server in dict.fromkeys(tool.server for tool in catalog.tools)
        ],
        "licences": licences,
        "left_out": catalog.left_out,
        "rows": {"planned": len(rows), "kept": len(kept), "rejected": len(rejected)},
        "splits": run_folder.counts(kept, "split"),
        "cells": {
            "allowed": len(made.cells),
            "covered": len({cell_key(row) for row in kept}),
            "planned": len({cell_key(row) for row in rows}),
            "empty": [str(cell) for cell in empty],
            "excluded": excluded(made),
        },
        "by_kind": {
            kind: {"planned": sum(row["kind"] == kind for row in rows), "kept": sum(row["kind"] == kind for row in kept), "rejected": sum(row["kind"] == kind for row in rejected)}
            for kind in dict.fromkeys(cell.kind for cell in made.cells)
        },
        "reasons": run_folder.reasons(rejected),
        "exports": exports,
        "calls": {
            "made": len(calls),
            "by": {by: sum(call["by"] == by for call in calls) for by in ("server", "fault", "nobody")},
            "errors_of_servers": sum(call["error"] and call["by"] == "server" for call in calls),
        },
        "askers": run_folder.counts(kept, "asker"),
        "tokens": {"encoding": ENCODING, "specs": spec_tokens, "full": full, "in_weights": lean},
        "per_cell": {str(key): value for key, value in sorted(run_folder.counts(kept, "server", "tool", "kind", "complexity", "error_case").items())},
    }


def cell_key(row: Row) -> tuple[str, ...]:
    """The row's cell."""
    return tuple(row[name] for name in ("server", "tool", "kind", "complexity", "error_case"))


def excluded(made: "Grid") -> dict[str, dict[str, Any]]:
    """The cells that tools do not allow: by kind and reason, how many and of which tools."""
    out: dict[str, dict[str, Any]] = {}
    for cell, why in made.excluded.items():
        entry = out.setdefault(f"{cell.kind}: {why}", {"cells": 0, "tools": []})
        entry["cells"] += 1
        if cell.tool not in entry["tools"]:
            entry["tools"].append(cell.tool)
    return out


def finished(row: Row, catalog: Catalog, team: "Team", licences: dict[str, str | None]) -> Row:
    """A kept row with its passport and token counts (o200k, of the chat's text; specs as compact JSON)."""
    text = count("\n".join(str(message.get("content") or "") + json.dumps(message.get("tool_calls") or "") for message in row["messages"]))
    calls = json.loads(row["executed"])
    names = dict.fromkeys([row["tool"], *(done["tool"] for done in calls)])
    units = [{"id": catalog.tool(name).id, "source": catalog.tool(name).source, "digest": catalog.tool(name).digest} for name in names]
    script = json.loads(row["script"])
    passport = {
        "units": units,
        "script": against.slim(script),
        "held": against.held(script),
        "licences": licences,
        "teachers": team.described(),
        "code": run_folder.package_digest()[:16],
    }
    by = {done["by"] for done in calls}
    return row | {
        "executed": bool(json.loads(row["script"])["executes"]),
        "calls": row["executed"],
        "tokens_in_weights": text,
        "passport": json.dumps(passport | {"answered_by": sorted(by)}, ensure_ascii=False),
    }


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    start(main)
