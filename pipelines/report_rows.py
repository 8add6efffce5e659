"""The rows of a report, packed: blocks that the page unpacks when they are asked for, and one index of all rows."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipelines.report_data import GONE, REJECTED, Row, Run, columns, head, parsed
from pipelines.report_marks import clusters, fitting, of_rows, points

BLOCK = 300  # rows a block: more do not get smaller, and take longer to open
OPENING = 160  # characters of the opening request that the index holds
FILTERS = {
    "phase": "phase",
    "split": "split",
    "level": "level",
    "category": "category",
    "server": "server",
    "tool": "tool",
    "kind": "kind",
    "behaviour": "behaviour",
    "boundary": "boundary",
    "form": "form",
    "complexity": "complexity",
    "error_case": "error case",
    "asker": "asker",
    "executed": "calls ran",
    "unit": "unit",
}
LARGE = ("calls", "passport", "verdicts", "evolution", "preference", "script")


@dataclass(frozen=True)
class Packed:
    """The rows as the page is given them.

    Attributes:
        index: what lists and filters need of all rows, one list a column, compressed.
        blocks: rows, one JSON object a line, some hundred a block, compressed.
        keys: the name by which a row is linked to, in the order of the index: kept, rejected, gone.
        sources: `file:line` of each unit.
        flagged: the first row with a flag of each id that has one; its name to link to.
        number: how many rows have a flag.
        loose: how many flags belong to no row that was found.
    """

    index: str
    blocks: Sequence[str]
    keys: Sequence[str]
    sources: Mapping[str, str]
    flagged: Mapping[str, str]
    number: int
    loose: int


def pack(run: Run, gone: pa.Table | None = None, changes: Sequence[str] = (), before: Mapping[int, Any] | None = None) -> Packed:
    """Pack the rows of a run.

    Args:
        gone: rows of the run that this one is compared with and that are not in it.
        changes: for each kept row, whether it is `new`, `changed` or `the same`; empty where nothing is compared.
        before: for a kept row, by its place, the messages that it had in the other run.
    """
    tables = [run.kept, run.rejected, *([gone] if gone is not None else [])]
    status = [state for state, table in enumerate(tables) for _ in range(table.num_rows)]
    facts = gathered(tables, ("id", "family", "theme", "reject_reason", *FILTERS))
    keys = named(facts["id"], facts["phase"], status)
    flagged, loose = of_rows(run, facts["id"], status)
    places = [0] * len(status)
    opens, scores = [""] * len(status), [()] * len(status)  # type: list[str], list[Sequence[str]]
    sources: dict[str, str] = {}
    blocks: list[str] = []
    first = 0
    for table in tables:
        order = sorted(range(table.num_rows), key=lambda at: (*likeness(facts, first + at), at))
        for start in range(0, len(order), BLOCK):
            lines = []
            for offset, row in enumerate(table.take(order[start : start + BLOCK]).to_pylist()):
                at = first + order[start + offset]
                places[at] = len(blocks) * BLOCK + offset
                opens[at], scores[at] = shortened(opening(row)), scored(row)
                if before and at in before:
                    row["before"] = before[at]
                slimmed = slim(row)
                sources |= {unit: place for unit, place in located(slimmed) if unit not in sources}
                lines.append(dumped(slimmed))
                if at in flagged:
                    flagged[at] = fitting(flagged[at], row)
            blocks.append(squeezed("\n".join(lines)))
        first += table.num_rows
    flagged = {at: found for at, found in sorted(flagged.items()) if found}
    every = filters(facts, status, changes)
    if run.map:
        every.append(coded("cluster", clusters(run, facts["id"])))
    index = {
        "keys": keys,
        "kept": run.kept.num_rows,
        "rejected": run.rejected.num_rows,
        "places": places,
        "opens": opens,
        "columns": every,
        "several": [several("flag", [[flag["filter"] for flag in flagged.get(at, ())] for at in range(len(keys))]), several("score", scores)],
        "flags": flagged,
        "map": points(run),
        "block": BLOCK,
        "texts": {unit: run.texts[unit] for unit in dict.fromkeys([*facts["unit"], *sources]) if unit in run.texts},
    }
    return Packed(squeezed(dumped(index)), blocks, keys, sources, {str(facts["id"][at]): keys[at] for at in reversed(flagged)}, len(flagged), loose)


def likeness(facts: Mapping[str, Sequence[Any]], at: int) -> tuple[str, str, str]:
    """What a row shares with those that it should lie beside, for what repeats within 32 kB packs well: a fifth less than unsorted."""
    unit = facts["unit"][at] or facts["tool"][at]
    return str(unit or ""), str(facts["family"][at] or "").partition(".")[0], str(facts["theme"][at] or "").partition(":")[0]


def gathered(tables: Sequence[pa.Table], wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns of all tables, one after the other."""
    each = [columns(table, wanted) for table in tables]
    return {name: [value for one in each for value in one[name]] for name in wanted}


def named(ids: Sequence[Any], phases: Sequence[str | None], status: Sequence[int]) -> list[str]:
    """A name for each row that no other has: its id, with its phase in a run of several, and a number where that is not enough."""
    seen: Counter[str] = Counter()
    found = []
    for name, phase, state in zip(ids, phases, status, strict=True):
        key = ("gone/" if state == GONE else "") + (f"{phase}/{name}" if phase else str(name))
        seen[key] += 1
        found.append(key if seen[key] == 1 else f"{key}~{seen[key]}")
    return found


def opening(row: Row) -> str:
    """What the user asks first; of a row that was rejected before its conversation, what was asked."""
    said = [message["content"] for message in row["messages"] or () if message["role"] == "user" and message["content"]]
    return " ".join(str((said or row.get("requests") or [""])[0]).split())


def shortened(text: str) -> str:
    """A text as the index holds it."""
    return text if len(text) <= OPENING else f"{text[: OPENING - 1]}…"


def scored(row: Row) -> list[str]:
    """The verdicts that have a score, in words: `of use = 2`."""
    found = parsed(row.get("verdicts"), [])
    known = [verdict for verdict in found if isinstance(verdict, dict)] if isinstance(found, list) else []
    return [f"{str(verdict.get('criterion')).replace('_', ' ')} = {verdict['score']}" for verdict in known if verdict.get("score") is not None]


def located(row: Row) -> list[tuple[str, str]]:
    """The units of a row's passport and their `file:line`."""
    passport = row.get("passport")
    units = passport.get("units") if isinstance(passport, dict) else None
    return [(str(unit.get("id")), str(unit["source"])) for unit in units if isinstance(unit, dict) and unit.get("source")] if isinstance(units, list) else []


def slim(row: Row) -> Row:
    """A row without what is empty or said twice: a call's arguments and result stand in its messages."""
    made = {name: parsed(value) if name in LARGE and isinstance(value, str) else value for name, value in row.items() if value not in (None, "", "[]", "{}", [])}
    made["messages"] = [{name: value for name, value in message.items() if value} for message in row["messages"] or ()]
    results = {message.get("tool_call_id"): message.get("content") for message in made["messages"] if message.get("role") == "tool"}
    calls = made.get("calls")
    if isinstance(calls, list) and all(isinstance(call, dict) for call in calls):
        made["calls"] = [
            {name: value for name, value in call.items() if not (call.get("id") in results and (name == "arguments" or (name == "text" and value == results[call["id"]])))}
            for call in calls
        ]
    return made


def filters(facts: Mapping[str, Sequence[Any]], status: Sequence[int], changes: Sequence[str]) -> list[Row]:
    """The columns that rows can be filtered by; those with one value tell nothing, but for what names a cell."""
    found = {title: facts[name] for name, title in FILTERS.items()}
    found["reason"] = [head(reason) if state == REJECTED else None for reason, state in zip(facts["reject_reason"], status, strict=True)]
    if changes:
        found["change"] = [*changes, *[None] * (len(status) - len(changes))]
    made = [coded(name, values) for name, values in found.items()]
    return [one for one in made if len(one["values"]) > 1 or (one["values"] and one["name"] in ("reason", "change", "unit", "tool", "kind", "complexity", "error case"))]


def coded(name: str, values: Sequence[Any]) -> Row:
    """A column by number: its different values, and for each row which of them, -1 where it has none."""
    words = [None if value is None or value == "" else ("yes" if value else "no") if isinstance(value, bool) else str(value) for value in values]
    known = sorted({word for word in words if word is not None})
    code = {word: number for number, word in enumerate(known)}
    return {"name": name, "values": known, "at": [-1 if word is None else code[word] for word in words]}


def several(name: str, found: Sequence[Sequence[str]]) -> Row:
    """A column of which a row may have several values, by number; only rows that have one."""
    known = sorted({word for words in found for word in words})
    code = {word: number for number, word in enumerate(known)}
    return {"name": name, "values": known, "at": {at: sorted({code[word] for word in words}) for at, words in enumerate(found) if words}}


def dumped(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def squeezed(text: str) -> str:
    """Text compressed (zlib) and written in 85 characters, of which none means anything in HTML; a character that UTF-8 has not becomes `?`."""
    return base64.b85encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode().translate(SAFE)


SAFE = str.maketrans("<>&", ",.:")
