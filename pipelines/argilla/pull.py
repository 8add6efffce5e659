"""Bring back what people said: answers, agreement, and a layer over the run that says what became of each row."""

import fcntl
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.rubrics import load_rubrics
from pipelines import against
from pipelines import folder as run_folder
from pipelines.argilla.desk import Desk, values_of
from pipelines.argilla.push import read
from pipelines.command import Stopped
from pipelines.finished import folders_of, read_manifest
from pipelines.layer import FILE, TOLD
from steps.people.agreement import alpha
from steps.people.verdicts import Answer, corrected, correction, last_answer, outcome

if TYPE_CHECKING:
    import argilla as rg

Row = dict[str, Any]
LABELS = "labels.jsonl"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("messages", pa.list_(run_folder.MESSAGE)),
        ("people", pa.int64()),
        ("answers", pa.string()),
    ]
)


def pull(run: Path, desk: Desk, name: str = "") -> Row:
    """Read the answers to a run's rows, and write `review.parquet`, `review.json` and `quality/labels.jsonl` into its folder.

    Returns:
        what `review.json` holds.

    Raises:
        Unreadable: when the run cannot be read.
        Stopped: when there is no such dataset, or another pull is at it.
    """
    manifest = read_manifest(run)
    title = name or f"finetune-{manifest['phase']}"
    dataset = desk.dataset(title)
    if dataset is None:
        raise Stopped(f"there is no dataset {title} on the server. `python -m pipelines.review push {run}` makes it.")
    with alone(run):
        rows = {row["id"]: row for row in read(run)}
        answers = list(answers_of(desk, dataset))
        known = [answer for answer in answers if answer.id in rows]
        layer = layered(rows, known, run, manifest)
        table = pa.Table.from_pylist(layer, schema=SCHEMA)
        draft = run / f".{FILE}"
        pq.write_table(table, draft, compression="zstd", store_schema=False)
        draft.replace(run / FILE)
        told = summary(title, known, layer, len({answer.id for answer in answers} - rows.keys()))
        run_folder.write(run / TOLD, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        run_folder.write(run / "quality" / LABELS, "".join(json.dumps(label, ensure_ascii=False) + "\n" for label in labels(known)))
    return told


def answers_of(desk: Desk, dataset: "rg.Dataset") -> Iterator[Answer]:
    """What people said of each record; a question that was deleted is not among it."""
    people = desk.people()
    criteria = load_rubrics().named()
    for record in desk.records(dataset, "responses"):
        for response in record.get("responses") or ():
            said = values_of(response)
            yield Answer(
                id=str(record["external_id"]),
                by=people.get(response["user_id"], response["user_id"]),
                at=str(response.get("updated_at") or response.get("inserted_at") or ""),
                status=response["status"],
                verdict=str(said.get("verdict") or ""),
                ratings={question: int(value) for question, value in said.items() if question in criteria},
                reasons=tuple(said.get("reasons") or ()),
                corrected=str(said.get("corrected") or ""),
                preferred=str(said.get("preferred") or ""),
            )


def layered(rows: Mapping[str, Row], answers: Sequence[Answer], run: Path, manifest: Row) -> list[Row]:
    """What became of each row that somebody answered: keep, fix with its new conversation, reject, or disputed. A correction is held against the same checks as any row."""
    mine: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.status == "submitted":
            mine[answer.id].append(answer)
    folders = folders_of(run, manifest)
    verifiers, values = against.verifiers(folders), against.values(folders)
    found = []
    for name, said in sorted(mine.items()):
        row, what, messages, reason = rows[name], outcome(said), None, ""
        if what == "fix":
            messages, reason = fixed(row, said, verifiers, values, next(iter(folders)))
            what = "fix" if messages else "reject" if reason else "disputed"
        if what == "reject":
            reason = reason or ", ".join(why for why, _ in Counter(why for answer in said for why in answer.reasons).most_common(3)) or "no reason was given"
        found.append(
            {
                "id": name,
                "outcome": what,
                "reason": reason,
                "messages": messages,
                "people": len(said),
                "answers": json.dumps([one.model_dump() for one in said], ensure_ascii=False),
            }
        )
    return found


def fixed(row: Row, said: Sequence[Answer], verifiers: Mapping[str, Any], values: Mapping[str, str], phase: str) -> tuple[list[Row] | None, str]:
    """The corrected conversation; or None and the check that it fails, which is empty where nobody changed anything."""
    from steps.filters.checks import Checks

    text = correction(said, last_answer(row["messages"]))
    if not text:
        return None, ""
    messages = corrected(row["messages"], text)
    flags = list(Checks(verifiers, values, phase).flags([row | {"messages": messages}]))
    return (None, f"the correction fails a check: {flags[0].reason}") if flags else (messages, "")


def labels(answers: Iterable[Answer]) -> Iterator[Row]:
    """What `python -m pipelines.calibrate` reads: the row as a whole, and each criterion that was rated."""
    floors = {name: one.floor for name, one in load_rubrics().named().items()}
    for answer in answers:
        if answer.status != "submitted":
            continue
        if answer.verdict:
            yield {"id": answer.id, "good": answer.verdict == "keep", "by": answer.by}
        for name, score in sorted(answer.ratings.items()):
            yield {"id": answer.id, "criterion": name, "good": score >= floors[name], "by": answer.by}


def summary(name: str, answers: Sequence[Answer], layer: Sequence[Row], strangers: int) -> Row:
    """Who said how much, how far they agree, on which rows they do not, and a sentence for the card."""
    submitted = [answer for answer in answers if answer.status == "submitted"]
    by_row: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for answer in submitted:
        for question, value in (("verdict", answer.verdict), *((criterion, str(score)) for criterion, score in answer.ratings.items()), ("preferred", answer.preferred)):
            if value:
                by_row[question][answer.id].append(value)
    agreement = {question: alpha(said)._asdict() for question, said in sorted(by_row.items())}
    counts = Counter(row["outcome"] for row in layer)
    people = Counter(answer.by for answer in submitted)
    found = agreement.get("verdict") or {"n": 0, "value": None}
    agreed = (
        f"; of the {found['n']} that several answered, their agreement is α = {found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})" if found["value"] is not None else ""
    )
    parts = ", ".join(f"{counts[what]} {words}" for what, words in (("keep", "kept"), ("fix", "corrected"), ("reject", "left out"), ("disputed", "disputed")) if counts[what])
    return {
        "dataset": name,
        "rows": len(layer),
        "outcomes": dict(counts),
        "people": dict(people.most_common()),
        "drafts": sum(answer.status == "draft" for answer in answers),
        "discarded": sum(answer.status == "discarded" for answer in answers),
        "strangers": strangers,
        "agreement": agreement,
        "disagreements": [{"id": row, "said": said} for row, said in sorted(by_row["verdict"].items()) if len(set(said)) > 1],
        "preferred": dict(Counter(answer.preferred for answer in submitted if answer.preferred)),
        "says": f"{len(layer)} rows were reviewed by {len(people)} {'person' if len(people) == 1 else 'people'}: {parts}{agreed}."
        if layer
        else "No person has reviewed these rows.",
    }


@contextmanager
def alone(run: Path) -> Iterator[None]:
    """Hold the run's layer.

    Raises:
        Stopped: when another pull does.
    """
    with (run / ".review.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stopped(f"another pull is writing to {run}. Wait for it, and try again.") from None
        yield
