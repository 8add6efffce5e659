"""What small things are done to: rows, lists, texts and relations of a project."""

import csv
import io
import json
import random
import re
from typing import Any

from knowledge.theme import Table, Theme

Material = dict[str, Any]
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def table(theme: Theme, rng: random.Random) -> Material:
    """Some rows of a table as CSV."""
    name = rng.choice(sorted(theme.tables))
    found = theme.tables[name]
    picked = sorted(rng.sample(range(len(found.rows)), min(len(found.rows), rng.choice((5, 6, 7, 8)))))
    rows = [["" if cell is None else str(cell) for cell in found.rows[place]] for place in picked]
    return {"table": name, "noun": name.replace("_", " "), "header": list(found.columns), "rows": rows, "text": written([list(found.columns), *rows])}


def measured(theme: Theme, rng: random.Random) -> Material | None:
    """Rows of a table with a column of different numbers, which is not its key."""
    name = rng.choice(sorted(theme.tables))
    columns = [column for place, column in enumerate(theme.tables[name].columns) if place and numeric(theme.tables[name], place)]
    if not columns:
        return None
    made = table(theme, rng)
    while made["table"] != name:
        made = table(theme, rng)
    column = rng.choice(columns)
    values = [number(cell) for cell in cells(made, column)]
    if len(set(values)) < len(values):
        return None
    return made | {"column": column, "limit": sorted(values)[len(values) // 2 - 1]}


def grouped(theme: Theme, rng: random.Random) -> Material | None:
    """Rows of a table with a column whose values repeat."""
    made = table(theme, rng)
    columns = [name for name in made["header"][1:] if 1 < len(set(cells(made, name))) <= 4 and "" not in cells(made, name) and not DATE.match(cells(made, name)[0])]
    return made | {"column": rng.choice(columns)} if columns else None


def dated(theme: Theme, rng: random.Random) -> Material | None:
    """The dates of a column."""
    made = table(theme, rng)
    for name in made["header"]:
        days = [cell[:10] for cell in cells(made, name) if DATE.fullmatch(cell[:10])]
        if len(set(days)) >= 3:
            return {"noun": made["noun"], "days": list(dict.fromkeys(days)), "text": "\n".join(dict.fromkeys(days))}
    return None


def record(theme: Theme, rng: random.Random) -> Material:
    """One row as an object."""
    made = table(theme, rng)
    name, rows = made["table"], theme.tables[made["table"]].rows
    entry = dict(zip(made["header"], rng.choice(rows), strict=True))
    return {"entry": entry, "prefix": name.split("_")[0].upper(), "text": json.dumps(entry, indent=2, ensure_ascii=False)}


def columns(theme: Theme, rng: random.Random) -> Material:
    """A table's columns with their types."""
    name = rng.choice(sorted(theme.tables))
    fields = dict(theme.tables[name].columns)
    return {"table": name, "fields": fields, "text": "\n".join(f"{field}: {kind}" for field, kind in fields.items())}


def listing(items: list[str], noun: str = "entries") -> Material:
    """Things, one a line."""
    return {"items": items, "noun": noun, "text": "\n".join(items)}


def people(theme: Theme, rng: random.Random) -> Material:
    """The people of a project."""
    return listing(rng.sample(theme.people, len(theme.people)), "people")


def titles(theme: Theme, rng: random.Random) -> Material:
    """The titles of a project's pages."""
    return listing(rng.sample([page.title for page in theme.pages], len(theme.pages)), "titles")


def paths(theme: Theme, rng: random.Random) -> Material:
    """The files of a project."""
    return listing(rng.sample(sorted(theme.files), len(theme.files)), "files")


def sentences(theme: Theme, rng: random.Random) -> Material | None:
    """The sentences of two paragraphs of a page."""
    text = " ".join(rng.sample(rng.choice(theme.pages).paragraphs, 2))
    items = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    return listing(items) | {"text": text} if len(items) > 2 else None


def triples(theme: Theme, rng: random.Random) -> Material:
    """Relations of the project, with bars between their parts."""
    picked = rng.sample(theme.relations, rng.choice((4, 5, 6)))
    parts = [[edge.source, edge.kind, edge.target] for edge in picked]
    return {"triples": parts, "text": "\n".join(" | ".join(part) for part in parts)}


def twice(theme: Theme, rng: random.Random) -> Material:
    """Values with repeats."""
    names = [entity.name for entity in rng.sample(theme.entities, 5)]
    return listing(rng.sample([*names, *rng.sample(names, 2), names[0]], 8), "names")


def copied(theme: Theme, rng: random.Random) -> Material:
    """A list, and a copy that lacks some of it."""
    names = [entity.name for entity in rng.sample(theme.entities, 7)]
    lost = set(rng.sample(names, rng.choice((2, 3))))
    copy = rng.sample([name for name in names if name not in lost], 7 - len(lost))
    return {"items": names, "copy": copy, "noun": "names", "text": "A:\n" + "\n".join(names) + "\n\nB:\n" + "\n".join(copy)}


def written(rows: list[list[str]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().rstrip()


def numeric(found: Table, place: int) -> bool:
    """Whether a column holds numbers alone."""
    return all(isinstance(row[place], int | float) for row in found.rows)


def number(text: str) -> int | float:
    """A cell's number."""
    return float(text) if "." in text else int(text)


def cells(made: Material, column: str) -> list[str]:
    """A column."""
    place = made["header"].index(column)
    return [row[place] for row in made["rows"]]
