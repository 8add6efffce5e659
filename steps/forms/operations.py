"""The operations of the self-instruct seeds: what each of them makes of its material."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml

from knowledge.theme import Theme
from steps.forms.materials import Material, cells, columns, copied, dated, grouped, measured, number, paths, people, record, sentences, table, titles, triples, twice, written

Finder = Callable[[Theme, random.Random], Material | None]
Worker = Callable[[Material], str]


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
