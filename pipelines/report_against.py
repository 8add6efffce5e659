"""What has changed from one run to another."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipelines.report_data import Run, columns

MATCHED = "the same cell and the same opening request, whatever the id"
CELL = ("phase", "server", "tool", "kind", "unit", "behaviour", "boundary", "form", "complexity", "error_case")
SHOWN = ("tool", "unit", "kind", "behaviour", "complexity", "error_case")


@dataclass(frozen=True)
class Change:
    """What has changed from another run to this one.

    Attributes:
        changes: for each kept row of this run: `new`, `changed` or `the same`.
        before: for a changed row, by its place, the messages it had.
        gone: the other run's kept rows that have no match.
        counts: rows by what became of them: new, changed, the same, gone.
        units, cells: what only this run has, and what only the other has; a cell with its rows.
        measures: name, this run's value, the other's; None where one has none.
        gates: name, this run's figure and verdict, the other's.
    """

    changes: Sequence[str]
    before: Mapping[int, Any]
    gone: pa.Table
    counts: Mapping[str, int]
    units: tuple[Sequence[str], Sequence[str]]
    cells: tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]
    measures: Sequence[tuple[str, float | None, float | None]]
    gates: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]]


def compare(run: Run, other: Run) -> Change:
    """Compare the kept rows, measures and gates of two runs; rows match by their cell and opening request."""
    shared = [name for name in CELL if name in run.kept.column_names and name in other.kept.column_names]
    mine, theirs = keys(run.kept, shared), keys(other.kept, shared)
    waiting: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, key in reversed(list(enumerate(theirs))):
        waiting[key].append(at)
    partners = [waiting[key].pop() if waiting.get(key) else None for key in mine]
    there = [at for at in partners if at is not None]
    old = dict(zip(there, other.kept.column("messages").take(there).to_pylist(), strict=True)) if there else {}
    changes, before = [], {}
    for at, (messages, partner) in enumerate(zip(run.kept.column("messages").to_pylist(), partners, strict=True)):
        if partner is None:
            changes.append("new")
            continue
        changed = said(messages) != said(old[partner])
        changes.append("changed" if changed else "the same")
        if changed:
            before[at] = [{name: value for name, value in message.items() if value} for message in old[partner]]
    taken = set(there)
    gone = other.kept.take(pa.array([at for at in range(other.kept.num_rows) if at not in taken], pa.int64()))
    counted = Counter(changes)
    return Change(
        changes,
        before,
        gone,
        {name: counted[name] for name in ("new", "changed", "the same")} | {"gone": gone.num_rows},
        apart(units(run), units(other)),
        differing(cells(run, shared), cells(other, shared)),
        beside(run, other),
        gates(run, other),
    )


def keys(rows: pa.Table, shared: Sequence[str]) -> list[tuple[str, ...]]:
    """The cell and the opening request of each row."""
    cell = columns(rows, shared)
    asked = [next((message["content"] for message in messages or () if message["role"] == "user" and message["content"]), "") for messages in rows.column("messages").to_pylist()]
    return [(*map(str, parts), request) for *parts, request in zip(*cell.values(), asked, strict=True)]


def said(messages: Sequence[Mapping[str, Any]] | None) -> str:
    """A conversation without the ids of its calls, which are drawn anew in each run."""
    return json.dumps(
        [
            [message["role"], message["content"], [[call["function"]["name"], call["function"]["arguments"]] for call in message.get("tool_calls") or ()]]
            for message in messages or ()
        ]
    )


def units(run: Run) -> list[str]:
    """The units that kept rows show, in their order."""
    found = columns(run.kept, ("unit", "tool"))
    return list(dict.fromkeys(str(unit or tool) for unit, tool in zip(found["unit"], found["tool"], strict=True) if unit or tool))


def cells(run: Run, shared: Sequence[str]) -> Counter[str]:
    """Rows by cell, in words."""
    parts = columns(run.kept, [name for name in SHOWN if name in shared])
    return Counter(" · ".join(str(part).replace("_", " ") for part in row if part) for row in zip(*parts.values(), strict=True))


def apart(mine: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is only in the first, and only in the second."""
    return [one for one in mine if one not in set(theirs)], [one for one in theirs if one not in set(mine)]


def differing(mine: Counter[str], theirs: Counter[str]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The cells that only one of two runs has, with their rows."""
    return sorted((cell, number) for cell, number in mine.items() if cell not in theirs), sorted((cell, number) for cell, number in theirs.items() if cell not in mine)


def beside(run: Run, other: Run) -> list[tuple[str, float | None, float | None]]:
    """The measures of two runs, side by side, in the order of the first."""
    mine, theirs = ({str(one.get("name")): one.get("value") for one in (each.measures or {}).get("measures", ())} for each in (run, other))
    return [(name, mine.get(name), theirs.get(name)) for name in dict.fromkeys([*mine, *theirs])]


def gates(run: Run, other: Run) -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The gates of two runs, side by side, in the order of the first."""
    mine, theirs = ({str(one.get("name")): one for one in (each.gate or {}).get("gates", ())} for each in (run, other))
    return [(name, mine.get(name, {}), theirs.get(name, {})) for name in dict.fromkeys([*mine, *theirs])]
