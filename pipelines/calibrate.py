"""Set the judge's floors by what people say: `python -m pipelines.calibrate RUN --labels FILE`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from pydantic import ValidationError

from knowledge.catalog import Unreadable
from knowledge.rubrics import load_rubrics
from pipelines import flags
from pipelines import folder as run_folder
from pipelines.command import SHORT, command, start
from pipelines.console import Console

if TYPE_CHECKING:
    from steps.calibration import Label

Scores = dict[str, dict[str, int | None]]
SHARES = {"precision": "good of those it keeps", "false_keep": "bad ones that it keeps", "false_reject": "good ones that it rejects"}


def main(
    run: Annotated[Path, typer.Argument(help="A run folder whose rows a judge has scored: runs/<phase>/<fingerprint>.")],
    labels: Annotated[Path, typer.Option(help='What people say, a JSON object a line: {"id": "4fe0c1a97d23", "criterion": "of_use", "good": true, "by": "ana"}.')],
    precision: Annotated[float, typer.Option(min=0.5, max=1, help="The share of good rows among those that a criterion keeps.")] = 0.9,
    out: Annotated[Path | None, typer.Option(help="The file to write. (default: quality/calibration.json in the run folder)")] = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Choose each criterion's floor by people's labels, and say how far the judge agrees with them. Exit code 1 when a labelled criterion has no floor that is good enough."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        told = calibration(run, labels, precision)
        path = out or run / "quality" / "calibration.json"
        run_folder.write(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        show(told, path, console, as_json)
        short = [f"{one['criterion']}: {one['says']}" for one in told["criteria"] if not one["chosen"]]
        raise typer.Exit(console.fail(f"no floor could be chosen for {len(short)} of {len(told['criteria'])} criteria: {'; '.join(short)}.", SHORT) if short else 0)


def calibration(run: Path, path: Path, target: float) -> dict[str, Any]:
    """What is written: where it comes from, how people agree, and each labelled criterion.

    Raises:
        Unreadable: when the run or the labels cannot be read, or do not belong together.
    """
    from steps.calibration import between, calibrated, kappa, majority

    labels = read_labels(path)
    scores, kept = read_scores(run)
    known = [label for label in labels if label.id in kept]
    strangers = sorted({label.id for label in labels} - kept.keys())
    if not known:
        raise Unreadable(f"none of the {len(strangers)} rows labelled in {path} is in {run}: the first is {strangers[0]!r}. Labels name rows by their id.")
    named = load_rubrics().named()
    if unknown := sorted({label.criterion for label in known} - {"", *named}):
        there = ", ".join(sorted(scores)) or "none"
        raise Unreadable(f"{path}: there is no criterion {unknown[0]!r}; this run's rows were judged by {there}. Leave it out to label the row as a whole.")
    found = [
        calibrated(name, named[name].floor, list(named[name].scale), scores.get(name, {}), [label for label in known if label.criterion == name], target)
        for name in sorted({label.criterion for label in known} - {""})
    ]
    people, disputed = majority(label for label in known if not label.criterion)
    return {
        "run": str(run),
        "labels": {"file": path.name, "read": len(labels), "rows": len({label.id for label in known}), "unknown": strangers},
        "people": {"names": sorted({label.by for label in known}), "kappa": asdict(between(known))},
        "precision": target,
        "whole": {"disputed": disputed, "kappa": asdict(kappa([(kept[row], good) for row, good in sorted(people.items())]))},
        "criteria": [asdict(one) for one in found],
    }


def read_labels(path: Path) -> "list[Label]":
    """People's labels, a line each.

    Raises:
        Unreadable: naming the line that is none.
    """
    from steps.calibration import Label

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Unreadable(f"the labels {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"the labels {path} are no text (UTF-8).") from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Label.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            fault = ": ".join([*map(str, first["loc"]), first["msg"][:1].lower() + first["msg"][1:]])
            raise Unreadable(f"{path}, line {number}: {fault}. A label has id and good (true or false), and may have criterion and by.") from None
    if not found:
        raise Unreadable(f"{path} holds no label.")
    return found


def read_scores(run: Path) -> tuple[Scores, dict[str, bool]]:
    """The scores of a run by criterion and row, of kept and rejected rows; and which rows the judge would keep.

    Raises:
        Unreadable: when the folder is no finished run, or one without a judge's step.
    """
    scores: Scores = {}
    kept: dict[str, bool] = {}
    for name in ("kept", "rejected"):
        try:
            rows = pq.read_table(run / f"{name}.parquet", columns=["id", "verdicts"]).to_pylist()
        except (OSError, pa.ArrowException):
            raise Unreadable(f"{run} is no finished run of a phase that is judged: {name}.parquet has no verdicts that can be read.") from None
        for row in rows:
            verdicts = json.loads(row["verdicts"] or "[]")
            kept[row["id"]] = all(one["score"] is None or one["score"] >= one["floor"] for one in verdicts)
            for one in verdicts:
                scores.setdefault(one["criterion"], {})[row["id"]] = one["score"]
    return scores, kept


def show(told: dict[str, Any], path: Path, console: Console, as_json: bool) -> None:
    """Print the criteria with their floors."""
    if as_json:
        typer.echo(json.dumps({**told, "file": str(path)}, ensure_ascii=False))
        return
    if console.quiet:
        return
    labels = told["labels"]
    if labels["unknown"]:
        console.note(f"{len(labels['unknown'])} labelled rows are not in the run, and were left out: {', '.join(labels['unknown'][:3])}")
    for one in told["criteria"]:
        floor = "floor " + (f"{one['was']} → {one['floor']}" if one["floor"] != one["was"] else f"{one['floor']}, as it was")
        console.out.print(f"[bold]{one['criterion']}[/bold]: {floor}" + (f" ({one['says']})" if one["says"] else ""), soft_wrap=True)
        for name, words in SHARES.items():
            console.out.print(f"  {words:<28}{share(one[name])}", soft_wrap=True)
        console.out.print(f"  {'agrees with people':<28}{agreed(one['kappa'])}", soft_wrap=True)
        if one["abstained"] or one["disputed"]:
            console.out.print(f"  {'left out':<28}{one['abstained']} without a score, {one['disputed']} on which people are divided", soft_wrap=True)
    people = told["people"]
    console.out.print(f"people    {len(people['names'])} labelled {labels['rows']} rows; they agree with one another: {agreed(people['kappa'])}", soft_wrap=True)
    console.out.print(f"judge     agrees with them about the row as a whole: {agreed(told['whole']['kappa'])}", soft_wrap=True)
    console.out.print(f"file      {path}; a phase takes its floors with `calibration: {path}` in a file given with --config", soft_wrap=True)


def share(one: dict[str, Any]) -> str:
    """A share with n and interval."""
    return f"{one['value']:.0%} of {one['n']} ({one['low']:.0%}–{one['high']:.0%})" if one["n"] else "–"


def agreed(one: dict[str, Any]) -> str:
    """An agreement with n and interval."""
    if one["value"] is None:
        return f"not known (n = {one['n']})"
    return f"{one['value']:.2f} ({one['low']:.2f}–{one['high']:.2f}, n = {one['n']})"


def read_floors(path: str) -> dict[str, int]:
    """The floors of a calibration's file, by criterion; none without a file.

    Raises:
        Unreadable: when it is no such file, or holds a floor that the rubrics do not have.
    """
    if not path:
        return {}
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        floors: dict[str, int] = {one["criterion"]: one["floor"] for one in told["criteria"] if one["chosen"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise Unreadable(f"`calibration: {path}` is no file of python -m pipelines.calibrate that can be read.") from None
    named = load_rubrics().named()
    for name, floor in floors.items():
        if name not in named or floor not in named[name].scale:
            raise Unreadable(f"`calibration: {path}` sets {name} to {floor}, which the rubrics do not have; calibrate again.")
    return floors


def described(path: str, floors: dict[str, int], judged: int, rows: int) -> dict[str, Any]:
    """What a run says of its thresholds: the file, its floors, and a sentence for the report and the card."""
    if not judged:
        return {"file": None, "floors": {}, "says": f"No judge has seen the {rows} rows."}
    if not path:
        return {"file": None, "floors": {}, "says": f"A judge has seen {judged} of {rows} rows; its thresholds are uncalibrated: no labels of people stand behind them."}
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    behind = f"labels of {told['labels']['rows']} rows by {len(told['people']['names'])} people"
    return {"file": path, "floors": floors, "says": f"A judge has seen {judged} of {rows} rows; {len(floors)} of its thresholds rest on {behind}."}


def of_run(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is said of a finished run's thresholds."""
    judged = sum('"by": "judge"' in (row.get("verdicts") or "") for row in rows)
    return manifest.get("calibration") or described("", {}, judged, len(rows))


if __name__ == "__main__":
    start(main)
