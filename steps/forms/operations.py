"""The operations of the self-instruct seeds: what each is done to, and its result."""

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml

from knowledge.theme import Table, Theme

Material = dict[str, Any]
Finder = Callable[[Theme, random.Random], Material | None]
Worker = Callable[[Material], str]
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


def ranked(made: Material) -> list[list[str]]:
    """The rows by their column, largest first."""
    place = made["header"].index(made["column"])
    return sorted(made["rows"], key=lambda row: -number(row[place]))


def barred(made: Material) -> str:
    """A Markdown table."""
    lines = [made["header"], ["---"] * len(made["header"]), *made["rows"]]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def tallied(values: list[str]) -> str:
    """How often each value occurs."""
    return "\n".join(f"{value}: {often}" for value, often in sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def added(made: Material) -> str:
    """The sum of a column, and over how many values."""
    values = [number(cell) for cell in cells(made, made["column"])]
    return f"{round(sum(values), 4):g}".replace("e+06", "000000") if sum(values) < 1e5 else str(round(sum(values), 4))


def inserted(made: Material) -> str:
    """Statements that insert the rows."""

    def literal(cell: str) -> str:
        quoted = cell.replace("'", "''")
        return "NULL" if cell == "" else cell if re.fullmatch(r"-?\d+(\.\d+)?", cell) else f"'{quoted}'"

    fields = ", ".join(made["header"])
    return "\n".join(f"INSERT INTO {made['table']} ({fields}) VALUES ({', '.join(map(literal, row))});" for row in made["rows"])


def nested(made: Material) -> str:
    """An indented outline of paths; folders before files, both by name."""
    root: dict[str, Any] = {}
    for path in made["items"]:
        at = root
        for step in path.split("/"):
            at = at.setdefault(step, {})

    def lines(folder: dict[str, Any], depth: int) -> list[str]:
        out = []
        for name, inside in sorted(folder.items(), key=lambda pair: (not pair[1], pair[0])):
            out.append(f"{'  ' * depth}{name}{'/' if inside else ''}")
            out += lines(inside, depth + 1)
        return out

    return "\n".join(lines(root, 0))


def suffix(path: str) -> str:
    """What comes after the last dot of a file's name."""
    name = path.rsplit("/", 1)[-1]
    return f".{name.rsplit('.', 1)[1]}" if "." in name else "none"


def graph(made: Material) -> str:
    """Mermaid source."""
    ids: dict[str, str] = {}
    for source, _, target in made["triples"]:
        for name in (source, target):
            ids.setdefault(name, f"n{len(ids) + 1}")
    nodes = [f'    {mark}["{name}"]' for name, mark in ids.items()]
    return "\n".join(["graph LR", *nodes, *(f"    {ids[source]} -- {verb} --> {ids[target]}" for source, verb, target in made["triples"])])


def spanned(made: Material) -> str:
    """First and last date, and the days between."""
    first, last = min(made["days"]), max(made["days"])
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    return f"{first} to {last}, {days} {'day' if days == 1 else 'days'} apart"


def padded(made: Material) -> str:
    """Columns in line."""
    lines = [made["header"], *made["rows"]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(made["header"]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def extremes(made: Material) -> str:
    """The rows with the smallest and the largest value, by their first column."""
    ordered, place = ranked(made), made["header"].index(made["column"])
    low, high = ordered[-1], ordered[0]
    return f"Lowest: {low[0]} ({low[place]}). Highest: {high[0]} ({high[place]})."


def kebab(title: str) -> str:
    """A title as a file name."""
    return "-".join(re.findall(r"[\w]+", title.lower().replace("'", ""))) + ".md"


def above(made: Material) -> str:
    """The rows above the limit, with the header."""
    place = made["header"].index(made["column"])
    return written([made["header"], *(row for row in made["rows"] if number(row[place]) > made["limit"])])


def objects(made: Material) -> str:
    """The rows as objects."""
    return json.dumps([dict(zip(made["header"], row, strict=True)) for row in made["rows"]], indent=2, ensure_ascii=False)


def declared(made: Material) -> str:
    """A CREATE TABLE statement."""
    return f"CREATE TABLE {made['table']} (\n" + ",\n".join(f"    {field} {kind}" for field, kind in made["fields"].items()) + "\n);"


def exported(made: Material) -> str:
    """Lines of a dotenv file."""
    return "\n".join(f'{made["prefix"]}_{key.upper()}="{"" if value is None else value}"' for key, value in made["entry"].items())


OPERATIONS: dict[str, tuple[Finder, Worker]] = {
    "markdown": (table, barred),
    "json": (table, objects),
    "sort": (measured, lambda made: written([made["header"], *ranked(made)])),
    "tally": (grouped, lambda made: tallied(cells(made, made["column"]))),
    "total": (measured, lambda made: f"{added(made)}, over {len(made['rows'])} values"),
    "above": (measured, above),
    "inserts": (table, inserted),
    "initials": (people, lambda made: "\n".join(f"{name}: {''.join(word[0] for word in re.split(r'[ -]', name)).upper()}" for name in made["items"])),
    "slugs": (titles, lambda made: "\n".join(kebab(title) for title in made["items"])),
    "checklist": (sentences, lambda made: "\n".join(f"- [ ] {item}" for item in made["items"])),
    "tree": (paths, nested),
    "suffixes": (paths, lambda made: tallied([suffix(path) for path in made["items"]])),
    "mermaid": (triples, graph),
    "prose": (triples, lambda made: "\n".join(f"{source[0].upper()}{source[1:]} {verb} {target}." for source, verb, target in made["triples"])),
    "weekday": (dated, lambda made: "\n".join(f"{day} ({date.fromisoformat(day):%A})" for day in made["days"])),
    "span": (dated, spanned),
    "missing": (copied, lambda made: "\n".join(name for name in made["items"] if name not in made["copy"])),
    "unique": (twice, lambda made: "\n".join(dict.fromkeys(made["items"]))),
    "create": (columns, declared),
    "yaml": (record, lambda made: yaml.safe_dump(made["entry"], sort_keys=False, allow_unicode=True, width=10_000).rstrip()),
    "env": (record, exported),
    "align": (table, padded),
    "transpose": (table, lambda made: written([list(line) for line in zip(made["header"], *made["rows"], strict=True)])),
    "extremes": (measured, extremes),
}
