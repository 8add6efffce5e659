"""Bring rows of a run to people."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from knowledge.catalog import Unreadable
from knowledge.rubrics import load_rubrics
from pipelines.argilla import shape
from pipelines.argilla.desk import Desk, different
from pipelines.command import Stopped
from pipelines.finished import folders_of, read_manifest
from steps.filters.flag import opening
from steps.people.conversation import conversation, plain, shortened
from steps.people.sample import blind, sampled
from steps.people.verdicts import last_answer

Row = dict[str, Any]
UNCERTAIN = 0.3  # the share of a sample that checks or judge were unsure of, at most
FLAGS = {"checks": "not_true", "endings": "breaks_off", "secrets": "unsafe", "personal": "unsafe", "orders": "unsafe", "personas": "badly_worded"}
MODEL = "wordllama"


class Pushed(NamedTuple):
    """What a push did.

    Attributes:
        new: how many rows were sent.
        there: how many of the sample were there before.
        control: how many of the new ones are shown without suggestions.
    """

    name: str
    url: str
    new: int
    there: int
    control: int


def push(run: Path, desk: Desk, size: int, overlap: int, control: float, name: str = "") -> Pushed:
    """Send a sample of a run's rows to the dataset of its phase; what is there stays untouched.

    Raises:
        Unreadable: when the run cannot be read.
        Stopped: when there is a dataset of that name with another shape, or the server refuses a row.
    """
    from steps.embeddings import Missing, embedded

    manifest = read_manifest(run)
    rows = read(run)
    flags = flagged(run)
    chosen = sampled(rows, size, doubtful(rows, flags), UNCERTAIN)
    if not chosen:
        raise Unreadable(f"{run} has no row to show.")
    asked = shape.criteria(rows)
    try:
        vectors: list[list[float]] = embedded([opening(row) for row in chosen], MODEL).tolist()
    except Missing:
        vectors = []
    wanted = shape.settings(desk.client, asked, sorted({str(row.get("category") or "tool") for row in rows}), overlap, len(vectors[0]) if vectors else 0)
    title = name or f"finetune-{manifest['phase']}"
    dataset = desk.dataset(title)
    if dataset is None:
        import argilla as rg

        dataset = rg.Dataset(name=title, workspace=desk.workspace, settings=wanted, client=desk.client)
        dataset.create()
    elif wrong := different(dataset, wanted):
        raise Stopped(f"there is a dataset {title} of another shape on the server: {wrong[0]}. Give another --name, or delete it there after pulling it.")
    there = desk.ids(dataset)
    questions = {question.name: str(question.id) for question in dataset.settings.questions}
    texts = points(run, manifest)
    new = [(row, vector) for row, vector in zip(chosen, vectors or [[]] * len(chosen), strict=True) if row["id"] not in there]
    desk.push(dataset, [record(row, vector, texts, flags.get(row["id"], []), questions, blind(row["id"], control)) for row, vector in new])
    return Pushed(title, str(desk.client.api_url), len(new), len(chosen) - len(new), sum(blind(row["id"], control) for row, _ in new))


def read(run: Path) -> list[Row]:
    """The kept rows, and the rejected ones that have a conversation; with their reason.

    Raises:
        Unreadable: when they cannot be read.
    """
    try:
        kept, rejected = (pq.read_table(run / f"{name}.parquet").to_pylist() for name in ("kept", "rejected"))
    except OSError as error:
        raise Unreadable(f"the rows of {run} cannot be read: {error}") from None
    rejected = [row | {"passport": json.dumps({"script": json.loads(row.get("script") or "{}")})} for row in rejected]
    shown = [row for row in rejected if row["messages"] and row["messages"][-1]["role"] == "assistant" and row["messages"][-1]["content"]]
    return [*(row | {"reject_reason": ""} for row in kept if row.get("form") != "rehearsal"), *shown]


def flagged(run: Path) -> dict[str, list[Row]]:
    """What the gate's filters said of each row."""
    found: dict[str, list[Row]] = {}
    if (run / "quality" / "flags.parquet").is_file():
        for flag in pq.read_table(run / "quality" / "flags.parquet").to_pylist():
            found.setdefault(flag["id"], []).append(flag)
    return found


def doubtful(rows: Sequence[Row], flags: Mapping[str, Any]) -> set[str]:
    """The rows that a filter flagged, that were rejected, or that the judge scored at a floor."""
    floors = {name: one.floor for name, one in load_rubrics().named().items()}
    at_floor = {row["id"] for row in rows for one in verdicts(row) if one["by"] == "judge" and one["score"] is not None and one["score"] <= floors.get(one["criterion"], 0) < 3}
    return at_floor | {row["id"] for row in rows if row["id"] in flags or row["reject_reason"]}


def verdicts(row: Mapping[str, Any]) -> list[Row]:
    """What judge and stand-ins said of a row."""
    return json.loads(row.get("verdicts") or "[]")  # type: ignore[no-any-return]


def points(run: Path, manifest: Row) -> dict[str, Row]:
    """What the units of a run say, with their place, by id; tools by their name."""
    found: dict[str, Row] = {}
    for folder in folders_of(run, manifest).values():
        for name in ("points.json", "tools.json"):
            if (folder / name).is_file():
                for one in json.loads((folder / name).read_text(encoding="utf-8")):
                    found[one.get("id") or one["name"]] = one
                    if name == "tools.json":
                        found[f"{one['server']}.{one['name']}"] = one
    return found


def record(row: Mapping[str, Any], vector: Sequence[float], texts: Mapping[str, Row], flags: Sequence[Row], questions: Mapping[str, str], hidden: bool) -> Row:
    """A row as a record of the server.

    Args:
        hidden: without remarks and suggestions, but for the answer to be corrected.
    """
    own = last_answer(row["messages"])
    judged = [one for one in verdicts(row) if one["score"] is not None]
    suggestions: dict[str, tuple[Any, float | None, str]] = {"corrected": (own, None, "row")} if own else {}
    if not hidden:
        bad = bool(flags or row["reject_reason"])
        suggestions["verdict"] = ("reject" if bad else "keep", None, "checks")
        suggestions |= {one["criterion"]: (one["score"], None, one["by"]) for one in judged if one["criterion"] in questions}
        if reasons := sorted({FLAGS[flag["filter"]] for flag in flags if flag["filter"] in FLAGS}):
            suggestions["reasons"] = (reasons, None, "gate")
    pair = json.loads(row.get("preference") or "{}")
    other = pair.get("rejected") or ""
    fields = {
        "conversation": conversation(row["messages"]),
        "shows": shows(row, texts),
        "remarks": "" if hidden else remarks(row, flags, judged),
        "other": plain(shortened(other, 3000)),
    }
    scores = [one["score"] for one in judged if one["by"] == "judge"]
    return {
        "external_id": row["id"],
        "fields": {name: value for name, value in fields.items() if value},
        "metadata": metadata(row, flags, hidden) | ({"score": sum(scores) / len(scores)} if scores else {}),
        "vectors": {shape.VECTOR: list(vector)} if vector else {},
        "suggestions": [
            {"question_id": questions[name], "value": value, "agent": agent, "type": "model", **({"score": score} if score is not None else {})}
            for name, (value, score, agent) in suggestions.items()
            if name in questions
        ],
    }


def shows(row: Mapping[str, Any], texts: Mapping[str, Row]) -> str:
    """What a row should show, with the place where it is written."""
    tool = f"{row.get('server')}.{row.get('tool')}" if row.get("tool") else ""
    known = [texts[name] for name in dict.fromkeys(filter(None, [row.get("unit"), tool])) if name in texts]
    kind = str(row.get("behaviour") or row.get("kind") or "").replace("_", " ")
    lines = [f"{plain(shortened(said(one), 1500))}\n\n*{one['source']}*" for one in known]
    return "\n\n".join([*lines, f"Here: {kind}, {row.get('complexity')}, {str(row.get('error_case') or 'none').replace('_', ' ')}" if kind else ""]).strip()


def said(unit: Mapping[str, Any]) -> str:
    """What a unit says."""
    return str(unit.get("text") or f"Tool **{unit.get('name')}**: {unit.get('description')}")


def remarks(row: Mapping[str, Any], flags: Sequence[Row], judged: Sequence[Row]) -> str:
    """Why checks or judge stopped at a row, in Markdown."""
    lines = [f"- {flag['reason']}" + (f": `{flag['text'][:160]}`" if flag["text"] else "") for flag in flags]
    lines += [f"- rejected: {row['reject_reason']}"] if row["reject_reason"] else []
    lines += [
        f"- {one['criterion'].replace('_', ' ')}: {one['score']} ({one['by']})" + (f", since “{one['evidence'][:160]}”" if one.get("evidence") else "")
        for one in judged
        if one["by"] == "judge"
    ]
    return plain("\n".join(lines))


def metadata(row: Mapping[str, Any], flags: Sequence[Row], hidden: bool) -> Row:
    """What annotators can filter by; only what a row has."""
    script = json.loads(row.get("passport") or "{}").get("script") or {}
    found = {
        "split": row["split"],
        "level": row.get("level") or "L2",
        "category": row.get("category") or "tool",
        "cell": "/".join(str(row[name]) for name in ("behaviour", "kind", "complexity", "error_case") if row.get(name)),
        "tool": row.get("tool"),
        "persona": script.get("persona"),
        "reason": "none" if hidden else str(row["reject_reason"]).partition(": ")[0] or (flags[0]["filter"] if flags else "none"),
        "control": "yes" if hidden else "no",
    }
    return {name: value for name, value in found.items() if value}
