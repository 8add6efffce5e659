"""Phase 5: the rows of all phases, and those across them, as one curriculum."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from knowledge.tokens import ENCODING
from pipelines import flags, newest
from pipelines import folder as run_folder
from pipelines.command import SHORT, command, start
from pipelines.config import Phase5, Settings, load_settings, shared
from pipelines.console import Console
from pipelines.folder import share_of

if TYPE_CHECKING:
    from steps.mix import Card, Mixed

Row = dict[str, Any]
SIZES = {"viable": 3_000, "good": 20_000, "comprehensive": 100_000}
SHARES = {"phase1": 500, "phase2": 500, "phase3": 1_000, "phase4": 800, "whole": 600}  # rows of each for 3,000
DECIDING = {"size", "rows", "seed", "near", "rehearsal", "boundary", "dataset", "weights"}
BOUNDARY = {"near_twin", "no_tool", "missing_argument"}
CHUNK = 5_000
COLUMNS = ("id", "split", *run_folder.ACT, *run_folder.SHARED)


def main(
    size: Annotated[str | None, typer.Option(help="viable (3,000 rows), good (20,000) or comprehensive (100,000; with a model). (default: viable)")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Another number of rows than the size's.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed and runs give the same bytes. (default: 0)")] = None,
    source: flags.System = None,
    config: flags.Config = None,
    out: Annotated[Path | None, typer.Option(help="The run folder to make. (default: runs/phase5/<fingerprint>)")] = None,
    role: flags.Role = None,
    dataset: flags.Dataset = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print which runs would be joined and what each level would give; make nothing.")] = False,
    max_cost: flags.MaxCost = None,
    max_calls: flags.MaxCalls = None,
    concurrency: flags.Concurrency = None,
    engine: flags.Engine = None,
    resume: flags.Resume = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Join the newest runs of all phases into one dataset, and make what is missing of them."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        given = shared(role, max_cost, max_calls, concurrency, False, engine) | {"size": size, "rows": rows, "seed": seed, "sources": source or None, "dataset": dataset}
        settings = load_settings(Phase5, config, given, "phase5")
        if plan:
            raise typer.Exit(show_plan(settings, console, as_json))
        raise typer.Exit(run(settings, out, resume, console, as_json))


def passed_on(settings: Phase5, folder: Path) -> list[str]:
    """The flags that go on to the phases that are made: the seed, and a file with the settings that all phases share. A cap holds for each phase."""
    path = folder / "shared.yaml"
    own = {"exports", "variants"}
    path.write_text(settings.model_copy(update={"gate": False}).model_dump_json(include=set(Settings.model_fields) - own), encoding="utf-8")  # the whole has its own
    return [f"--seed={settings.seed}", f"--config={path}"]


def wanted(settings: Phase5) -> dict[str, dict[str, object]]:
    """Phase to what the manifest of its run must say."""
    return {phase: {"seed": settings.seed} | ({} if phase == "phase3" else {"sources": list(settings.sources)}) for phase in SHARES}


def rows_of(settings: Phase5) -> int:
    """How many rows are wanted."""
    return settings.rows or SIZES[settings.size]


def flags_of(settings: Phase5, passed: Sequence[str]) -> dict[str, list[str]]:
    """Phase to the command line that makes its run."""
    scale = max(1.0, rows_of(settings) / SIZES["viable"])
    made = {phase: [f"--rows={round(share * scale)}", *passed] for phase, share in SHARES.items()}
    for phase, words in made.items():
        words += [f"--source={source}" for source in (settings.tools if phase == "phase3" else settings.sources) if not source.startswith("knowledge/hive")]
    return made


def show_plan(settings: Phase5, console: Console, as_json: bool) -> int:
    """Print which runs would be joined."""
    found = {phase: newest.newest(settings.out, phase, facts) for phase, facts in wanted(settings).items()}
    have = {phase: json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]["kept"] if folder else None for phase, folder in found.items()}
    if as_json:
        typer.echo(json.dumps({"rows": rows_of(settings), "runs": {phase: str(folder) if folder else None for phase, folder in found.items()}, "kept": have}))
        return 0
    for phase, folder in found.items():
        console.out.print(f"{phase:<8} {folder}: {have[phase]:,} rows" if folder else f"{phase:<8} none yet; it would be made", soft_wrap=True)
    levels = ", ".join(f"{level} {weight / sum(settings.weights.values()) * (1 - settings.rehearsal):.0%}" for level, weight in settings.weights.items())
    console.out.print(f"{rows_of(settings):,} rows would be chosen: {levels}, rehearsal {settings.rehearsal:.0%}. No row was made.")
    return 0


def run(settings: Phase5, out: Path | None, resume: bool, console: Console, as_json: bool) -> int:
    """Make the run folder."""
    from pipelines.gate import at_the_end

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="finetune-") as place:
        folders = newest.runs(settings.out, wanted(settings), flags_of(settings, passed_on(settings, Path(place))), console.note)
    deciding = settings.model_dump(mode="json", include=DECIDING) | {"runs": {phase: folder.name for phase, folder in folders.items()}}
    name = run_folder.digest(["phase5", deciding, run_folder.package_digest()])
    target = out or settings.out / "phase5" / name
    facts = run_folder.made_before(target, name) if out is None or resume else None
    if facts:
        console.note(f"{target} was made before from the same runs, settings and code.")
        run_folder.leave(target)
    else:
        with run_folder.claimed(target, name, resume) as work:
            facts = made_of(settings, folders, name, work / "final", began)
            run_folder.finish(work, target)
    console.whole(facts, target, as_json)
    return at_the_end(target, settings, console, console.fail(facts["short"], SHORT) if facts["short"] else 0)


def made_of(settings: Phase5, folders: dict[str, Path], name: str, folder: Path, began: float) -> Row:
    """Join, mix and write; the manifest's facts."""
    from pipelines.export import exports_of
    from steps.mix import mix, rank

    folder.mkdir(parents=True, exist_ok=True)
    table = joined(folders, settings)
    cards = cards_of(table)
    joined_at = time.monotonic()
    mixed = mix(cards, rows_of(settings), settings.weights, settings.rehearsal, settings.near, settings.seed, settings.boundary)
    mixed_at = time.monotonic()
    write(table, [rank(cards[place], settings.seed) for place in mixed.chosen], mixed, folder)
    exports = exports_of(folder, folders, settings)
    facts = told(settings, folders, name, table, cards, mixed) | {"exports": exports}
    facts["seconds"] = {
        "joined": round(joined_at - began, 2),
        "mixed": round(mixed_at - joined_at, 2),
        "written": round(time.monotonic() - mixed_at, 2),
        "all": round(time.monotonic() - began, 2),
    }
    run_folder.manifest(folder, **facts)
    return facts


def joined(folders: dict[str, Path], settings: Phase5) -> pa.Table:
    """The kept rows of all phases with the same columns, and the whole's own rehearsal in place of theirs."""
    from knowledge.rehearsal import load_rehearsal
    from steps.rehearse import rehearsed

    tables = []
    for phase, folder in folders.items():
        table = pq.read_table(folder / "kept.parquet")
        ours = table.num_rows
        if "unit" not in table.column_names:
            unit = [f"{server}.{tool}" for server, tool in zip(table["server"].to_pylist(), table["tool"].to_pylist(), strict=True)]
            kinds = table["kind"].to_pylist()
            more = {
                "unit": unit,
                "level": ["L2"] * ours,
                "category": ["tool"] * ours,
                "behaviour": kinds,
                "form": ["play"] * ours,
                "evolution": ["[]"] * ours,
                "verdicts": ["[]"] * ours,
                "preference": [None] * ours,
            }
            for column, values in more.items():
                table = table.append_column(column, pa.array(values, pa.string()))
            table = table.append_column("boundary", pa.array([kind in BOUNDARY for kind in kinds], pa.bool_()))
        keep = [form != "rehearsal" for form in table["form"].to_pylist()]
        table = table.filter(pa.array(keep)).select([*COLUMNS, *run_folder.KEPT.names, *run_folder.JUDGED.names])
        table = table.set_column(0, "id", pa.array([f"{phase}-{name}" for name in table["id"].to_pylist()], pa.string()))  # unique in the whole
        tables.append(table.append_column("phase", pa.array([phase] * table.num_rows, pa.string())))
    schema = tables[0].schema
    wanted_rows = round(rows_of(settings) * settings.rehearsal)
    if not settings.dataset:
        wanted_rows = min(wanted_rows, len(load_rehearsal()))
    if wanted_rows:
        extra = [run_folder.whole(row) | {"phase": "phase5", "id": f"phase5-{row['id']}"} for row in rehearsed(wanted_rows, settings.seed, settings.dataset)]
        tables.append(pa.Table.from_pylist([{field: row.get(field) for field in schema.names} for row in extra], schema=schema))
    return pa.concat_tables(table.cast(schema) for table in tables)


def cards_of(table: pa.Table) -> list["Card"]:
    """What the mix needs to know of each row."""
    from steps.mix import Card

    cards: list[Card] = []
    columns = ("id", "split", "level", "form", "unit", "behaviour", "complexity", "error_case", "messages", "boundary")
    for batch in table.select(columns).to_batches(max_chunksize=CHUNK):
        for name, split, level, form, unit, behaviour, complexity, case, messages, edge in zip(*(batch[column].to_pylist() for column in columns), strict=True):
            said = [message["content"] for message in messages if message["role"] == "user"]
            cell = f"{unit}/{behaviour}/{complexity}/{case}" if form == "play" else f"{form}/{unit}"
            cards.append(Card(len(cards), name, split, level, form, cell, complexity, len(said), said[0], bool(edge)))
    return cards


def write(table: pa.Table, ranks: Sequence[int], mixed: "Mixed", folder: Path) -> None:
    """Write the chosen rows in the curriculum's order, by which `place` is sorted, and the others with their reasons."""
    chosen = pa.array(mixed.chosen, pa.int64())
    place = pa.field("place", pa.int64())
    write_rows(table, chosen, place, ranks, folder / "kept.parquet")
    left = sorted(mixed.rejected)
    reasons = [named(mixed.rejected[row], table) for row in left]
    write_rows(table, pa.array(left, pa.int64()), pa.field("reject_reason", pa.string()), reasons, folder / "rejected.parquet")


def write_rows(table: pa.Table, rows: pa.Array, field: pa.Field, values: Sequence[Any], path: Path) -> None:
    """Write rows of a table with one more column, some thousands at a time."""
    with pq.ParquetWriter(path, table.schema.append(field), compression="zstd", store_schema=False) as writer:
        for start in range(0, len(rows), CHUNK):
            part = table.take(rows[start : start + CHUNK])
            writer.write_table(part.append_column(field, pa.array(values[start : start + CHUNK], field.type)))


def named(reason: str, table: pa.Table) -> str:
    """A reason in which a row is named by its place, with its id in its stead."""
    head, _, place = reason.rpartition(" ")
    if not reason.startswith("dedup: ") or not place.isdigit():
        return reason
    return f"{head} {table['id'][int(place)]}"


def told(settings: Phase5, folders: dict[str, Path], name: str, table: pa.Table, cards: Sequence["Card"], mixed: "Mixed") -> Row:
    """The manifest's facts."""
    chosen = [cards[place] for place in mixed.chosen]
    phases, boundary = table["phase"].to_pylist(), table["boundary"].to_pylist()
    tokens = table["tokens_in_weights"].to_pylist()
    lean = sum(tokens[place] or 0 for place in mixed.chosen)
    manuals = {phase: manual_tokens(folder) for phase, folder in folders.items()}
    full = lean + sum(manuals.get(phases[place], 0) for place in mixed.chosen)
    others = [card for card in chosen if card.form != "rehearsal"]
    wanted_rows = rows_of(settings)
    reasons = Counter(": ".join(reason.split(": ")[:1]) for reason in mixed.rejected.values())
    short = f"{len(chosen):,} rows could be chosen of the {wanted_rows:,} wanted: the runs hold no more. Make larger runs of the phases (with a model), or a smaller --size."
    return {
        "phase": "phase5",
        "fingerprint": name,
        "seed": settings.seed,
        "runs": {phase: str(folder) for phase, folder in folders.items()},
        "rows": {"planned": len(cards), "kept": len(chosen), "rejected": len(mixed.rejected)},
        "by_kind": {
            phase: {
                "planned": phases.count(phase),
                "kept": sum(phases[card.place] == phase for card in chosen),
                "rejected": sum(phases[place] == phase for place in mixed.rejected),
            }
            for phase in dict.fromkeys(phases)
        },
        "reasons": dict(reasons),
        "splits": dict(Counter(card.split for card in chosen)),
        "levels": {
            level: {"rows": number, "share": round(number / max(len(others), 1), 4), "weight": settings.weights.get(level, 0)}
            for level, number in sorted(Counter(card.level for card in others).items())
        },
        "shares": {
            "multi_turn": share_of(len(chosen), sum(card.turns > 1 for card in chosen)),
            "boundary": share_of(len(chosen), sum(bool(boundary[card.place]) for card in chosen)),
            "rehearsal": share_of(len(chosen), len(chosen) - len(others)),
        },
        "tokens": {"encoding": ENCODING, "full": full, "in_weights": lean},
        "short": short if len(chosen) < wanted_rows else None,
    }


def manual_tokens(run: Path) -> int:
    """How many tokens the manual of a run takes, or its tools."""
    try:
        told: Row = json.loads((run / "manifest.json").read_text(encoding="utf-8")).get("tokens") or {}
    except (OSError, ValueError):
        return 0
    return int(told.get("manual") or told.get("specs") or 0)


if __name__ == "__main__":
    start(main)
