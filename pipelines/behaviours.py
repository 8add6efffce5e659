"""What the phases of behaviours (1, 2 and 4) have in common: from a source's points to a verified dataset."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.catalog import Unreadable
from pipelines import flags
from pipelines import folder as run_folder
from pipelines.command import SHORT, command
from pipelines.config import Behaviours, load_settings, shared
from pipelines.console import Console
from pipelines.shown import act_of, written
from pipelines.subject import Known, Subject, read

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

    from pipelines.estimate import Rehearsal
    from pipelines.team import Team
    from steps.acts import Stage
    from steps.contracts import Act

ROLES = ("writer", "responder", "judge")
SAMPLE = 60  # rows that an estimate is made from
DECIDING = {"sources", "tools", "rows", "seed", "near", "rehearsal", "dataset", "forms", "evolve"}


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
    from steps.forms.given import Given
    from steps.forms.make import MakeForm
    from steps.judge import Judge
    from steps.load_points import LoadPoints
    from steps.pairs import Prefer
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
            given=Given(documents=known.texts, tools=known.catalog.tools).model_dump_json() if settings.forms and team.writes else "",
        )
        forms = MakeForm(name="forms", llm=team.teacher("writer"))
        ask = WriteRequests(name="ask", llm=team.teacher("writer"))
        evolve = Evolve(name="evolve", llm=team.teacher("writer"), rounds=settings.evolve)
        respond = Respond(name="respond", llm=team.teacher("responder"), catalog=catalog, slots=limits.slots, start_seconds=limits.start_seconds, call_seconds=limits.call_seconds)
        verify = Verify(name="verify", catalog=catalog, documents=known.documents, names=known.names, keys=known.keys)
        judge = Judge(name="judge", llm=team.judge, points=known.dumped, floors=team.floors)
        prefer = Prefer(name="prefer", llm=team.judge)
        dedup = MarkDuplicates(name="dedup", near=settings.near, known=list(taken), cell=["unit", "behaviour", "complexity", "error_case"])
        load >> plan >> forms >> ask >> evolve >> respond >> verify >> judge >> prefer >> dedup
    return pipeline


def command_of(subject: Subject, about: str) -> Callable[..., None]:
    """The command of a phase; `about` is its help."""

    def main(
        rows: Annotated[int | None, typer.Option(min=1, help="How many rows to plan. (default: see the phase's YAML in configs/)")] = None,
        seed: Annotated[int | None, typer.Option(help="The same seed and sources give the same bytes. (default: 0)")] = None,
        source: flags.System = None,
        config: flags.Config = None,
        out: Annotated[Path | None, typer.Option(help=f"The run folder to make. (default: runs/{subject.name}/<fingerprint>)")] = None,
        role: flags.Role = None,
        dataset: flags.Dataset = None,
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
    from pipelines.gate import at_the_end
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
    code = console.fail(facts["short"], SHORT) if facts["short"] else 0
    if empty := facts["cells"]["empty"]:
        few = ", ".join(empty[:5])
        code = console.fail(f"{len(empty)} cells ended empty after {settings.limits.retries} retries: {few}. Their rows are in rejected.parquet, with reasons.", SHORT)
    return at_the_end(target, settings, console, code)


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
            settings.near,
        )
    facts = written(subject, settings, known, stage, team, name, made.rows, made.empty, work / "final")
    facts["seconds"] = {"first_row": made.first_row, "all": round(time.monotonic() - began, 2), "steps": made.seconds}
    run_folder.manifest(work / "final", **facts)
    return facts
