"""Which cells of the grid have rows: the heat map of a report."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.report_data import Row, Run, columns

LEVELS = ("simple", "moderate", "complex")


def coverage(run: Run, sources: Mapping[str, str]) -> Row:
    """The kept rows by unit (or tool) and column, grouped by the document (or server) that they come from.

    Returns:
        `columns`: their titles and what rows to filter by; `groups`: name, units (id, label, source) and the rows of each cell; `most`: of any group's cell.
    """
    tools = "tool" in run.kept.column_names and "unit" not in run.kept.column_names
    facts = columns(run.kept, ("tool", "server", "kind") if tools else ("unit", "category", "complexity", "error_case"))
    unit, family, *rest = facts.values()
    often = Counter(str(cases[-1]) for cases in zip(*rest, strict=True))
    heads = sorted(set(zip(*rest, strict=True)), key=lambda head: rank(head, often))
    at = {head: number for number, head in enumerate(heads)}
    counts = Counter(zip(unit, zip(*rest, strict=True), strict=True))
    groups: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for name, kind in sorted(set(zip(map(str, unit), map(str, family), strict=True))):
        groups[kind if tools else document(name, kind)][name] = [0] * len(heads)
    rows_of = {name: cells for units in groups.values() for name, cells in units.items()}
    for (name, head), number in counts.items():
        rows_of[str(name)][at[head]] = number
    made = [
        {"name": group, "units": [{"id": name, "label": label(name, run.texts, sources), "source": sources.get(name, ""), "cells": cells} for name, cells in units.items()]}
        for group, units in sorted(groups.items(), key=lambda one: ("/" not in one[0], one[0]))
    ]
    titles = [
        {"title": ", ".join(spoken(part) for part in reversed(head)), "filter": dict(zip(("kind",) if tools else ("complexity", "error case"), map(str, head), strict=True))}
        for head in heads
    ]
    most = max((sum(column) for units in groups.values() for column in zip(*units.values(), strict=True)), default=0)
    return {"by": "tool" if tools else "unit", "columns": titles, "groups": made, "most": most, "cells": len(counts)}


def rank(head: Sequence[Any], often: Mapping[str, int]) -> tuple[Any, ...]:
    """What goes well first, then what fails most often; within that, simple before complex."""
    *levels, case = head
    return (case != "none", -often[str(case)] if levels else 0, str(case), *(LEVELS.index(level) if level in LEVELS else len(LEVELS) for level in levels))


def document(unit: str, category: str) -> str:
    """The document of a unit, or its category where it has none."""
    path, mark, _ = unit.partition("#")
    return path.partition(":")[2] or path if mark and "/" in path else category


def label(unit: str, texts: Mapping[str, str], sources: Mapping[str, str]) -> str:
    """What a unit says, in few words; where that is not known, its name and its line."""
    if text := texts.get(unit):
        line = text.strip().partition("\n")[0]
        return line if len(line) <= 110 else f"{line[:107].rstrip()}…"
    name = unit.rpartition("#")[2] or unit
    line = sources.get(unit, "").rpartition(":")[2]
    return f"{name.rpartition(':')[2] or name} (line {line})" if line and "#" in unit else name.rpartition(":")[2] or name


def spoken(part: Any) -> str:
    """A value of a column in words."""
    return "no error" if part == "none" else str(part).replace("_", " ")


def empty(run: Run) -> list[str]:
    """The planned cells that ended without a row, as the manifest names them."""
    cells = run.manifest.get("cells")
    return [str(cell) for cell in (cells.get("empty") or ())] if isinstance(cells, dict) else []
