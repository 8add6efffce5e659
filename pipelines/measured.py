"""The measures of a finished run."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipelines import folder as run_folder
from pipelines.finished import Row

if TYPE_CHECKING:
    from steps.measures import Measure


def measured(manifest: Row, rows: Sequence[Row], rejected: Sequence[Row], model: str, missing: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The measures of a run, as `quality/measures.json` holds them; and the map of its requests.

    Args:
        model: what tells what texts mean; empty leaves out what needs it.
        missing: why there is none, though one is set.
    """
    from knowledge.tokens import count
    from steps.filters.flag import opening, said
    from steps.measures import histogram, quantiles, share, variety

    requests, answers = [opening(row) for row in rows], [next(reversed(said(row, "assistant")), "") for row in rows]
    turns = [len(said(row, "user")) for row in rows]
    calls = [sum(len(message.get("tool_calls") or ()) for message in row["messages"]) for row in rows]
    tokens = [count("\n".join(said(row))) for row in rows]
    figures = [
        *variety(requests, answers),
        share("multi-turn", sum(number > 1 for number in turns), len(rows), "Rows in which the user speaks more than once."),
        share("boundary", sum(bool(row.get("boundary")) for row in rows), len(rows), "Rows in which what looks as if it applied does not, or gives way."),
        share("rehearsal", sum(row.get("form") == "rehearsal" for row in rows), len(rows), "Rows of a general instruct mix."),
        share("rows that ran", sum(bool(row.get("executed")) for row in rows), len(rows), "Rows whose tool calls really ran."),
        share("rows that a judge saw", sum('"by": "judge"' in (row.get("verdicts") or "") for row in rows), len(rows), "Rows with at least one verdict of a model."),
    ]
    meant, groups, places = by_meaning(rows, requests, model) if model and not missing else ([], [], [])
    reasons = Counter(str(row["reject_reason"]).partition(": ")[::2] for row in rejected)
    cells = Counter((str(row.get("unit") or row.get("tool") or ""), str(row["complexity"]), str(row["error_case"])) for row in rows if row.get("form") in (None, "play"))
    told = {
        "measures": [one._asdict() for one in (*figures, *meant)],
        "distributions": {name: quantiles(numbers) | {"histogram": histogram(numbers)} for name, numbers in (("tokens", tokens), ("turns", turns), ("tools", calls))},
        "funnel": [{"stage": stage, "reason": reason[:80], "rows": number} for (stage, reason), number in reasons.most_common()],
        "coverage": [{"unit": unit, "complexity": level, "error_case": case, "rows": number} for (unit, level, case), number in sorted(cells.items())],
        "splits": run_folder.counts(list(rows), "split"),
        "scores": scores(rows),
        "clusters": groups,
        "skipped": {"semantic": missing} if missing else {},
        "cost": (manifest.get("spent") or {}).get("dollars"),
    }
    return told, places


def by_meaning(rows: Sequence[Row], requests: Sequence[str], model: str) -> tuple[list["Measure"], list[dict[str, Any]], list[dict[str, Any]]]:
    """What needs to know what requests mean: measures, clusters, and the map."""
    from steps.embeddings import embedded
    from steps.learnable import clusters, distances, learnability, spread

    vectors = embedded(requests, model)
    named = [row | {"persona": ((json.loads(row["passport"] or "{}").get("script") or {}).get("persona"))} for row in rows]
    places, groups = clusters(rows, requests, vectors)
    return [*learnability(named, vectors), spread(vectors), *distances(rows, vectors)], groups, places


def scores(rows: Sequence[Row]) -> dict[str, list[tuple[int, int]]]:
    """How often each score of each criterion was given; unscored verdicts are left out."""
    found: dict[str, Counter[int]] = {}
    for row in rows:
        for verdict in json.loads(row.get("verdicts") or "[]"):
            if verdict["score"] is not None:
                found.setdefault(verdict["criterion"], Counter())[verdict["score"]] += 1
    return {name: sorted(counts.items()) for name, counts in sorted(found.items())}
