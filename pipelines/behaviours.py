"""What the phases of behaviours (1, 2 and 4) have in common: from a source's points to a verified dataset."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.catalog import HIVE, Catalog, Unreadable, load_catalog
from knowledge.contradictions import Clash, clashes
from knowledge.points import Phase, Point, points_of
from knowledge.system import System, read_system
from knowledge.tokens import ENCODING, count
from knowledge.units import Methodology, Persona, Rule
from pipelines import flags
from pipelines import folder as run_folder
from pipelines.account import account
from pipelines.command import SHORT, command
from pipelines.config import Behaviours, load_settings, shared
from pipelines.console import Console
from pipelines.folder import share_of

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

    from pipelines.estimate import Rehearsal
    from pipelines.team import Team
    from steps.acts import Stage
    from steps.contracts import Act

Row = dict[str, Any]
Check = Callable[[list[Row]], tuple[dict[str, Any], str | None]]
ROLES = ("writer", "responder", "judge")
SAMPLE = 60  # rows that an estimate is made from
DECIDING = {"sources", "tools", "rows", "seed", "near", "rehearsal", "dataset", "forms", "evolve"}
SHIPPED = {"knowledge/hive": str(HIVE.parent), "knowledge/hive/mcp.json": str(HIVE)}


@dataclass(frozen=True)
class Subject:
    """What a phase shows.

    Attributes:
        name: of the phase, as in `runs/<name>` and `configs/<name>.yaml`.
        title: in the DAG and the help.
        phase: whose points and plays.
        lacking: what to say where a source has none of it.
        proof: further facts of the kept rows, and why they fall short, or None.
    """

    name: str
    title: str
    phase: Phase
    lacking: str
    proof: Check = lambda kept: ({}, None)


@dataclass(frozen=True)
class Known:
    """What was read of the sources.

    Attributes:
        points: what is to be shown, without rules that yield to another.
        clashes: rules that cannot both be kept.
        documents: path to text, of those that points stand in.
    """

    system: System
    catalog: Catalog
    points: tuple[Point, ...]
    clashes: tuple[Clash, ...]

    @property
    def dumped(self) -> str:
        """The points as JSON."""
        return json.dumps([point.model_dump() for point in self.points], ensure_ascii=False)

    @property
    def documents(self) -> list[str]:
        """The texts that no answer may recite."""
        return [document.text for document in self.system.documents.values()]

    @property
    def manual(self) -> str:
        """The documents of the points, as an agent is told them today."""
        texts = {document.path: document.text for document in self.system.documents.values()}
        paths = dict.fromkeys(point.path for point in self.points)
        return "\n\n".join(texts[path].strip() for path in paths if path in texts) + "\n"

    @property
    def keys(self) -> dict[str, str]:
        """Of points of the shipped methodology, whose stages can be told by their signs: id to key."""
        from steps.checks.stages import STAGES

        if not any(isinstance(unit, Methodology) and tuple(stage.name for stage in unit.stages) == tuple(STAGES) for unit in self.system.units):
            return {}
        return {point.id: point.key for point in self.points if point.kind == "methodology" or point.scope.startswith("methodology:")}

    @property
    def names(self) -> list[tuple[str, str]]:
        """Methods, stages and personas, which are not to be announced."""
        found: list[tuple[str, str]] = []
        for unit in self.system.units:
            if isinstance(unit, Methodology):
                found += [("method", unit.name), *(("stage", stage.name) for stage in unit.stages)]
            if isinstance(unit, Persona):
                found.append(("persona", unit.name))
        return list(dict.fromkeys(found))


def read(subject: Subject, settings: Behaviours, console: Console) -> Known:
    """Read the sources; say what is contradictory, and what had to be left out.

    Raises:
        Unreadable: when they have nothing of what the phase shows.
    """
    sources = [SHIPPED.get(source, source) for source in settings.sources]
    system = read_system(sources)
    catalog = load_catalog(tuple(SHIPPED.get(source, source) for source in settings.tools), False, settings.limits.start_seconds)
    points = points_of(system.units, subject.phase)
    if not points:
        files = ", ".join(file.path for file in system.files[:6]) or "nothing"
        raise Unreadable(f"{subject.lacking} was looked for in {', '.join(settings.sources)} and not found; read were {files}{' …' if len(system.files) > 6 else ''}.")
    mine = {point.unit for point in points}
    found = tuple(clash for clash in clashes([unit for unit in system.units if isinstance(unit, Rule)]) if {clash.one.id, clash.two.id} & mine)
    yielding = {loser.id for clash in found if (loser := weaker(clash))}
    for clash in found:
        lost = weaker(clash)
        console.note(f"contradiction: {clash.one.source} and {clash.two.source}: {clash.why}" + (f"; {lost.source} yields" if lost else "; neither yields: mend one"))
    if broken := [unit for unit in system.units if isinstance(unit, Rule) and unit.unknown]:
        console.note(f"{len(broken)} rules name tools or files that do not exist, and are left out; the audit lists them")
    return Known(system, catalog, tuple(point for point in points if point.unit not in yielding), found)


def weaker(clash: Clash) -> Rule | None:
    """The rule that gives way: that of the later level, or within a level the general one; None where neither does."""
    one, two = clash.one, clash.two
    if one.level != two.level:
        return max(one, two, key=lambda rule: rule.level)
    if bool(one.scope) != bool(two.scope):
        return two if one.scope else one
    return None


def build(
    subject: Subject, settings: Behaviours, known: Known, team: "Team | Rehearsal", models: bool, only: Sequence["Act"] = (), attempt: int = 0, taken: Sequence[str] = ()
) -> "Pipeline":
    """The DAG of a phase. Pure: nothing is started, read or written.

    Args:
        team: who writes, who responds, and who judges, if anybody.
        models: whether a model does both of the former, so that points without a play can be shown.
        only: cells to make again, one row each, instead of the whole plan.
        attempt: which try it is.
        taken: opening requests that are taken.
    """
    from distilabel.pipeline import Pipeline

    from steps.ask import WriteRequests
    from steps.dedup import MarkDuplicates
    from steps.evolve import Evolve
    from steps.forms.make import MakeForm
    from steps.judge import Judge
    from steps.load_points import LoadPoints
    from steps.plan_acts import PlanActs
    from steps.respond import Respond
    from steps.verify import Verify

    catalog, limits = known.catalog.model_dump_json(), settings.limits
    cells = json.dumps([cell.model_dump() for cell in only])
    rows = settings.rows
    with Pipeline(name=f"{subject.name}-{subject.title}") as pipeline:
        load = LoadPoints(name="load", points=known.dumped)
        plan = PlanActs(
            name="plan",
            phase=subject.phase,
            points=known.dumped,
            catalog=catalog,
            rows=rows,
            seed=settings.seed,
            models=models,
            rehearsal=-int(-rows * settings.rehearsal // 1),
            dataset=settings.dataset,
            forms={name: round(rows * share) for name, share in settings.forms.items()},
            only=cells,
            attempt=attempt,
            known=list(taken),
        )
        forms = MakeForm(name="forms")
        ask = WriteRequests(name="ask", llm=team.teacher("writer"))
        evolve = Evolve(name="evolve", llm=team.teacher("writer"), rounds=settings.evolve)
        respond = Respond(name="respond", llm=team.teacher("responder"), catalog=catalog, slots=limits.slots, start_seconds=limits.start_seconds, call_seconds=limits.call_seconds)
        verify = Verify(name="verify", catalog=catalog, documents=known.documents, names=known.names, keys=known.keys)
        judge = Judge(name="judge", llm=team.judge, points=known.dumped)
        dedup = MarkDuplicates(name="dedup", near=settings.near, known=list(taken), cell=["unit", "behaviour", "complexity", "error_case"])
        load >> plan >> forms >> ask >> evolve >> respond >> verify >> judge >> dedup
    return pipeline


def command_of(subject: Subject, about: str) -> Callable[..., None]:
    """The command of a phase; `about` is its help."""

    def main(
        rows: Annotated[int | None, typer.Option(min=1, help="How many rows to plan. (default: see the phase's YAML in configs/)")] = None,
        seed: Annotated[int | None, typer.Option(help="The same seed and sources give the same bytes. (default: 0)")] = None,
        source: Annotated[list[str] | None, typer.Option(help="A folder, file or archive of an agent system. Repeat to add up. (default: the shipped system)")] = None,
        config: flags.Config = None,
        out: Annotated[Path | None, typer.Option(help=f"The run folder to make. (default: runs/{subject.name}/<fingerprint>)")] = None,
        role: flags.Role = None,
        dataset: Annotated[str | None, typer.Option(help="Where rehearsal comes from: owner/name on the Hub, or a file. (default: the authored conversations)")] = None,
        plan: Annotated[bool, typer.Option("--plan", help="Print the grid and its size; make nothing.")] = False,
        estimate: flags.Estimate = False,
        max_cost: flags.MaxCost = None,
        max_calls: flags.MaxCalls = None,
        concurrency: flags.Concurrency = None,
        batch: flags.Batch = False,
        engine: flags.Engine = None,
        resume: flags.Resume = False,
        quiet: flags.Quiet = False,
        as_json: flags.Json = False,
    ) -> None:
        console = Console(quiet=quiet or as_json)
        with command(console):
            given = shared(role, max_cost, max_calls, concurrency, batch, engine) | {"rows": rows, "seed": seed, "sources": source or None, "dataset": dataset}
            settings = load_settings(Behaviours, config, given, subject.name)
            if plan:
                raise typer.Exit(show_plan(subject, settings, console, as_json))
            if estimate:
                raise typer.Exit(show_estimate(subject, settings, console, as_json))
            raise typer.Exit(run(subject, settings, out, resume, console, as_json))

    main.__doc__ = about
    return main


def start(main: Callable[..., None]) -> None:
    """Run a phase's command line."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    cli.command()(main)
    cli()


def staged(subject: Subject, known: Known, models: bool, console: Console) -> "Stage":
    """The phase's grid; says which points no cell can be made for.

    Raises:
        Unreadable: when there is none at all.
    """
    from steps.plan_acts import stage_of

    made = stage_of(subject.phase, known.dumped, known.catalog.model_dump_json(), models)
    if not made.cells:
        raise Unreadable(
            f"the embedded teacher has plays for the shipped system alone, and none of the {len(known.points)} points read here stands in it. "
            "Bind a model: --role writer=… --role responder=… (configs/base.yaml names them)."
        )
    if made.empty:
        named = ", ".join(f"{known_source(made, name)}" for name in list(made.empty)[:4])
        more = f" and {len(made.empty) - 4} more" if len(made.empty) > 4 else ""
        console.note(f"no cell can be made for {len(made.empty)} of {len(known.points)} points: {named}{more}: {next(iter(made.empty.values()))}")
    return made


def known_source(made: "Stage", name: str) -> str:
    """A point's place in words."""
    point = made.points[name]
    return f"{point.source} ({point.key[:40]})"


def show_plan(subject: Subject, settings: Behaviours, console: Console, as_json: bool) -> int:
    """Print the grid and its size."""
    from pipelines.team import Team
    from steps.scenario import Unplannable
    from steps.scenario import plan as planned

    known = read(subject, settings, console)
    team = Team(settings, "", ROLES)
    made = staged(subject, known, team.writes_and_responds, console)
    whole = round(settings.rows * (1 - settings.rehearsal - sum(settings.forms.values())))
    try:
        console.acts(made, planned(made, whole, settings.seed), settings.rows, as_json)
    except Unplannable as error:
        raise Unreadable(str(error)) from None
    return 0


def show_estimate(subject: Subject, settings: Behaviours, console: Console, as_json: bool) -> int:
    """Rehearse a sample with the embedded teacher, and print what the whole would take of the models."""
    from pipelines.estimate import Rehearsal
    from pipelines.team import Team

    known = read(subject, settings, console)
    team = Team(settings, "", ROLES)
    staged(subject, known, False, console)
    rehearsal = Rehearsal(team)
    sample = settings.model_copy(update={"rows": min(settings.rows, SAMPLE)})
    with console.progress() as progress:
        rehearsal.play(build(subject, sample, known, rehearsal, False), progress)
    console.estimate(rehearsal.estimate(settings.rows), settings.rows, as_json)
    return 0


def run(subject: Subject, settings: Behaviours, out: Path | None, resume: bool, console: Console, as_json: bool) -> int:
    """Make the run folder; the exit code says whether it kept its promise."""
    from pipelines.team import Team

    began = time.monotonic()
    known = read(subject, settings, console)
    team = Team(settings, "", ROLES)
    team.check()
    made = staged(subject, known, team.writes_and_responds, console)
    deciding = settings.model_dump(mode="json", include=DECIDING) | {"teachers": team.deciding()}
    name = run_folder.fingerprint(subject.name, deciding, known.catalog, [f"{point.id} {point.text}" for point in known.points])
    team.bind(f"{subject.name}/{name}")
    target = out or settings.out / subject.name / name
    facts = run_folder.made_before(target, name) if out is None or resume else None
    if facts:
        console.note(f"{target} was made before from the same sources, settings and code.")
        run_folder.leave(target)
    else:
        with run_folder.claimed(target, name, resume) as work:
            facts = made_of(subject, settings, known, made, team, name, work, target, began, console)
            run_folder.finish(work, target)
    console.behaviours(facts, target, as_json)
    if empty := facts["cells"]["empty"]:
        return console.fail(
            f"{len(empty)} cells ended empty after {settings.limits.retries} retries: {', '.join(empty[:5])}. Their rows are in rejected.parquet, with reasons.", SHORT
        )
    return console.fail(facts["short"], SHORT) if facts["short"] else 0


def made_of(
    subject: Subject, settings: Behaviours, known: Known, stage: "Stage", team: "Team", name: str, work: Path, target: Path, began: float, console: Console
) -> dict[str, Any]:
    """Run the DAG until every cell is covered or the retries are spent; write what came of it, and give the manifest's facts."""
    from pipelines.engine import Engine
    from pipelines.rounds import make

    engine = Engine(settings, team, target, console.note)
    models = team.writes_and_responds
    with console.progress() as progress:
        made = make(
            engine,
            lambda only, attempt, taken: build(subject, settings, known, team, models, only, attempt, taken),
            act_of,
            settings.limits.retries,
            work,
            progress,
            began,
        )
    facts = written(subject, settings, known, stage, team, name, made.rows, made.empty, work / "final")
    facts["seconds"] = {"first_row": made.first_row, "all": round(time.monotonic() - began, 2), "steps": made.seconds}
    run_folder.manifest(work / "final", **facts)
    return facts


def act_of(row: Row) -> "Act | None":
    """The row's cell of the grid; None for other forms and rehearsal."""
    from steps.contracts import Act

    return Act(**{key: row[key] for key in Act.model_fields}) if row["form"] == "play" else None


def written(subject: Subject, settings: Behaviours, known: Known, stage: "Stage", team: "Team", name: str, rows: list[Row], empty: list["Act"], folder: Path) -> dict[str, Any]:
    """Write rows and exports; give the manifest's facts."""
    from steps.export import export
    from steps.judge import unjudged

    folder.mkdir(parents=True, exist_ok=True)
    manual = known.manual
    manual_tokens = count(manual)
    kept = sorted((finished(row, stage, team, manual_tokens) for row in rows if not row["reject_reason"]), key=lambda row: row["id"])
    rejected = sorted(({**row, "calls": row["executed"]} for row in rows if row["reject_reason"]), key=lambda row: row["id"])
    if len(kept) + len(rejected) != len({row["id"] for row in rows}):
        raise RuntimeError(f"{len(rows)} rows were planned, and {len(kept)} kept + {len(rejected)} rejected are not as many")
    run_folder.write_rows(kept, rejected, folder, run_folder.ACT)
    (folder / "manual.md").write_text(manual, encoding="utf-8")
    (folder / "points.json").write_text(json.dumps([point.model_dump() for point in known.points], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    export(kept, None, folder / "exports")
    preferences = prefer(kept, folder / "exports" / "preference")
    proof, short = subject.proof(kept)
    full, lean = (sum(row[column] for row in kept) for column in ("tokens_full", "tokens_in_weights"))
    shown_too = {other for row in kept if row["form"] == "play" for other in (row["unit"], *json.loads(row["script"])["beside"])}
    return {
        "phase": subject.name,
        "fingerprint": name,
        "seed": settings.seed,
        "teachers": team.described(),
        "spent": account(settings.ledger, team.run) if team.models else account("", ""),
        "unjudged_rows": unjudged(kept),
        "sources": list(settings.sources),
        "contradictions": [
            {"one": clash.one.source, "two": clash.two.source, "why": clash.why, "yields": lost.source if (lost := weaker(clash)) else None} for clash in known.clashes
        ],
        "rows": {"planned": len(rows), "kept": len(kept), "rejected": len(rejected)},
        "splits": run_folder.counts(kept, "split"),
        "points": {"read": len(known.points), "shown": len(shown_too & {point.id for point in known.points}), "without_a_cell": stage.empty},
        "cells": {
            "allowed": len(stage.cells),
            "covered": len({act for row in kept if (act := act_of(row))}),
            "planned": len({act for row in rows if (act := act_of(row))}),
            "empty": [str(act) for act in empty],
            "unwritten": stage.excluded,
        },
        "by_kind": {
            kind: {"planned": sum(named(row) == kind for row in rows), "kept": sum(named(row) == kind for row in kept), "rejected": sum(named(row) == kind for row in rejected)}
            for kind in sorted({named(row) for row in rows})
        },
        "shares": {
            "multi_turn": share_of(len(kept), sum(len(turns(row)) > 1 for row in kept)),
            "boundary": share_of(len(kept), sum(bool(row["boundary"]) for row in kept)),
            "rehearsal": share_of(len(kept), sum(row["form"] == "rehearsal" for row in kept)),
        },
        "preference_pairs": preferences,
        "reasons": run_folder.reasons(rejected),
        "askers": run_folder.counts(kept, "asker"),
        "tokens": {"encoding": ENCODING, "manual": manual_tokens, "full": full, "in_weights": lean},
        "per_cell": {
            str(key): value for key, value in sorted(run_folder.counts([row for row in kept if row["form"] == "play"], "unit", "behaviour", "complexity", "error_case").items())
        },
        "short": short,
        **proof,
    }


def prefer(kept: Sequence[Row], folder: Path) -> dict[str, Any]:
    """Write kept rows as preference pairs, a file a split, evened by length; how many there are, and whether length tells them apart."""
    from steps.forms.preference import balance, evened, paired

    folder.mkdir(parents=True, exist_ok=True)
    pairs = [(row["split"], found) for row in kept if row["form"] != "rehearsal" and not isinstance(found := paired({**row, "executed": row["calls"]}), str)]
    even = {id(pair) for pair in evened([pair for _, pair in pairs])}
    pairs = [(split, pair) for split, pair in pairs if id(pair) in even]
    for split in ("train", "validation", "test"):
        lines = (json.dumps(pair.model_dump(), ensure_ascii=False) + "\n" for here, pair in pairs if here == split)
        (folder / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    if not pairs:
        return {"pairs": 0}
    told = balance([pair for _, pair in pairs])
    return {"pairs": told.pairs, "length_ratio": round(told.ratio, 3), "chosen_longer": round(told.longer, 3)}


def named(row: Row) -> str:
    """What a row is counted as."""
    return str(row["behaviour"] if row["form"] == "play" else row["form"])


def turns(row: Row) -> list[Any]:
    """The user's turns."""
    return [message for message in row["messages"] if message["role"] == "user"]


def finished(row: Row, stage: "Stage", team: "Team", manual_tokens: int) -> Row:
    """A kept row with its passport and token counts (o200k, of the chat's text)."""
    text = count("\n".join(str(message.get("content") or "") + json.dumps(message.get("tool_calls") or "") for message in row["messages"]))
    script = json.loads(row["script"])
    ids = [row["unit"], *script.get("beside", ())]
    units = [{"id": point.id, "source": point.source, "digest": point.digest} for name in ids if (point := stage.points.get(name))]
    passport = {"units": units or [{"id": row["unit"]}], "script": script, "teachers": team.described(), "code": run_folder.package_digest()[:16]}
    return row | {
        "executed": row["executed"] not in (None, "", "[]"),
        "calls": row["executed"] or "[]",
        "tokens_in_weights": text,
        "tokens_full": text + manual_tokens,
        "passport": json.dumps(passport, ensure_ascii=False),
    }
