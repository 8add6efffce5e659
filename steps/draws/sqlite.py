"""Values drawn from the project's database."""

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from knowledge.theme import Cell, Change, Query, Table
from steps.results.sqlite import _literal, _shown
from steps.worlds.sqlite import _fill, _state, _words
from steps.worlds.world import Exhausted, Value, World, draw, pick

UNITS = {"on", "at", "no", "mm", "cm", "g", "kg", "km", "m", "ms", "mb", "eur", "id", "qty", "pct", "by", "min", "s", "h", "c"}
LABELS = ("id", "no", "code", "number", "level", "position", "used", "year", "score", "primary", "row", "seat")
ASKING = ("how", "what", "which", "who", "where", "when")


def _after(world: World, *statements: str) -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _fill(world, connection)
        for statement in statements:
            connection.execute(statement)
        return _state(connection)


def _rows(world: World, sql: str) -> list[tuple[Cell, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _fill(world, connection)
        return connection.execute(sql).fetchall()


def _values(table: Table, column: str) -> list[Cell]:
    at = list(table.columns).index(column)
    return [row[at] for row in table.rows]


def _key(table: Table) -> str:
    """The column that names a row: the primary key, else a first column without repeats, else none."""
    for column, kind in table.columns.items():
        if "PRIMARY KEY" in kind.upper():
            return column
    first = next(iter(table.columns))
    return first if len(set(_values(table, first))) == len(table.rows) else ""


def _keyed(world: World) -> list[tuple[str, Table, str]]:
    return [(name, table, key) for name, table in world.theme.tables.items() if (key := _key(table))]


def _groups(world: World, name: str) -> Iterator[tuple[str, Counter[str]]]:
    """Text columns that sort a table's rows into a few groups; never a key of this or another table, nor a date."""
    table = world.theme.tables[name]
    elsewhere = {_key(other) for other in world.theme.tables.values()}
    for column, kind in table.columns.items():
        counts = Counter(cell for cell in _values(table, column) if isinstance(cell, str))
        dated = any(re.match(r"\d{4}-\d\d|\d\d:\d\d", cell) for cell in counts)
        if kind.upper().startswith("TEXT") and column not in elsewhere and not dated and 2 <= len(counts) <= 6 and max(counts.values()) > 1:
            yield column, counts


def _measures(table: Table) -> Iterator[str]:
    """Numeric columns that measure something."""
    for column, kind in table.columns.items():
        cells = [cell for cell in _values(table, column) if cell is not None]
        numeric = kind.upper().startswith(("INTEGER", "REAL", "NUMERIC", "INT", "FLOAT"))
        if numeric and column != _key(table) and column.split("_")[-1] not in LABELS and len(set(cells)) >= 3:
            yield column


def _named(world: World, sql: str, tables: tuple[str, ...]) -> list[str]:
    """The columns of these tables that a statement names."""
    words = set(re.findall(r"\w+", sql))
    return [column for table in tables for column in world.theme.tables[table].columns if column in words]


def _question(world: World, query: Query) -> Value:
    said = tuple(said for said in query.said if not said.lower().startswith(ASKING)) or query.said
    facts = {"vague": query.vague, "asked": query.vague[0].lower() + query.vague[1:], "table": query.tables[0], "also": query.tables[-1]}
    return Value(query.sql, said, facts | {"columns": _named(world, query.sql, query.tables)})


@draw
def db_question(world: World, rng: random.Random) -> Value:
    """A question to the database that names tables and columns; `vague` and `asked` ask the same without."""
    return _question(world, pick(rng, world.theme.queries, "db_question"))


@draw
def db_single(world: World, rng: random.Random) -> Value:
    """A question about one table."""
    return _question(world, pick(rng, [query for query in world.theme.queries if len(query.tables) == 1], "db_single"))


@draw
def db_joined(world: World, rng: random.Random) -> Value:
    """A question that needs two tables: `table` and `also`."""
    return _question(world, pick(rng, [query for query in world.theme.queries if len(query.tables) == 2], "db_joined"))


@draw
def lone_column(world: World, rng: random.Random) -> Value:
    """A column that just one of exactly three tables has: `table`, and its type `kind`."""
    tables = world.theme.tables if len(world.theme.tables) == 3 else {}
    counts = Counter(column for table in tables.values() for column in table.columns)
    found = [(name, column) for name, table in tables.items() for column in table.columns if counts[column] == 1]
    name, column = pick(rng, found, "lone_column")
    return Value(column, (column,), {"name": column, "table": name, "kind": tables[name].columns[column].split()[0]})


@draw
def hinted_table(world: World, rng: random.Random) -> Value:
    """A table; `hint` says in the singular what it holds, and is never its name."""
    name = pick(rng, [name for name in world.theme.tables if "_" in name or name.endswith("s")], "hinted_table")
    words = _words(name)
    hint = f"{words[:-3]}y" if words.endswith("ies") else words[: -2 if words.endswith(("xes", "sses", "ches", "shes")) else -1] if words.endswith("s") else words
    return Value(name, (hint,), {"name": name, "hint": hint})


@draw
def absent_table(world: World, rng: random.Random) -> Value:
    """A table that the project talks of but that does not exist yet."""
    name = pick(rng, [change.table for change in world.theme.changes if change.verb == "create"], "absent_table")
    return Value(name, (name,), {"size": f"SELECT COUNT(*) FROM {name}", "all": f"SELECT * FROM {name}"})


@draw
def misnamed_table(world: World, rng: random.Random) -> Value:
    """A table's name as somebody misremembers it: `right` is the name it has."""
    names = {name: name.removesuffix("s") if name.endswith("s") else f"{name}s" for name in world.theme.tables}
    right = pick(rng, [name for name, wrong in names.items() if wrong not in names], "misnamed_table")
    wrong = names[right]
    facts = {"right": right, "size": f"SELECT COUNT(*) FROM {wrong}", "right_size": f"SELECT COUNT(*) FROM {right}"}
    return Value(wrong, (wrong,), facts)


@draw
def misnamed_column(world: World, rng: random.Random) -> Value:
    """A figure over a column whose name somebody has not quite right: the SQL fails, `mended` does not."""
    found = []
    for name, table in world.theme.tables.items():
        for column in table.columns:
            parts = column.split("_")
            wrong = ["".join(parts[:-1] if parts[-1] in UNITS and len("".join(parts[:-1])) > 3 else parts)]
            measured = column in _measures(table)
            found += [(name, column, short, measured) for short in wrong if len(parts) > 1 and short not in table.columns and column != _key(table)]
    measured_ones = [each for each in found if each[3]]
    name, column, short, measured = pick(rng, measured_ones or found, "misnamed_column")
    function, word = rng.choice((("AVG(", "average"), ("MAX(", "highest"), ("MIN(", "lowest")) if measured else (("COUNT(DISTINCT ", "number of different"),))
    said = (f"the {word} {short} in {name}", f"the {word} {short} over all {_words(name)}", f"the {word} {short} across {name}")
    facts = {"table": name, "column": column, "short": short, "word": word, "mended": f"SELECT {function}{column}) FROM {name}"}
    return Value(f"SELECT {function}{short}) FROM {name}", said, facts)


@draw
def hyphenated_table(world: World, rng: random.Random) -> Value:
    """A table's name with a hyphen, which the server cannot parse: `right` is the name it has."""
    tables = list(world.theme.tables)
    right = pick(rng, [name for name in tables if "_" in name] or tables, "hyphenated_table")
    wrong = right.replace("_", "-") if "_" in right else f"{right}-table"
    return Value(wrong, (wrong,), {"right": right, "size": f"SELECT COUNT(*) FROM {right}"})


@draw
def db_cell(world: World, rng: random.Random) -> Value:
    """One field of one row, found by the row's key."""
    name, table, key = pick(rng, _keyed(world), "db_cell")
    row = rng.choice(table.rows)
    columns = list(table.columns)
    column = pick(rng, [c for c, cell in zip(columns, row, strict=True) if c != key and cell is not None], "db_cell")
    at = row[columns.index(key)]
    said = (
        f"the {column} of {key} {at} in {name}",
        f"the {column} for {key} {at} from {name}",
        f"the {_words(column)} of {_words(key)} {at} in {_words(name)}",
    )
    where = f"FROM {name} WHERE {key} = {_literal(at)}"
    facts = {"table": name, "column": column, "key": key, "at": str(at), "row": f"SELECT * {where}"}
    return Value(f"SELECT {column} {where}", said, facts)


@draw
def tally(world: World, rng: random.Random) -> Value:
    """A count of a table's rows per value of a column, the most frequent first."""
    found = [
        (name, column)
        for name, table in world.theme.tables.items()
        for column, counts in _groups(world, name)
        if None not in _values(table, column) and len({n for _, n in counts.most_common(2)}) == 2 and len(counts.most_common(1)[0][0]) > 2
    ]
    name, column = pick(rng, found, "tally")
    said = (
        f"the number of {name} per {column}, biggest first",
        f"a count of {_words(name)} by {_words(column)}, most frequent first",
        f"{name} counted per {column}, in descending order",
    )
    facts = {"table": name, "column": column, "words": _words(name), "by": _words(column)}
    return Value(f"SELECT {column}, COUNT(*) FROM {name} GROUP BY {column} ORDER BY COUNT(*) DESC", said, facts)


@draw
def filtered_count(world: World, rng: random.Random) -> Value:
    """How many rows of a table have one value in a column. `rows` is the SQL that shows them."""
    found = [(name, column, cell) for name, table in world.theme.tables.items() for column, counts in _groups(world, name) for cell in sorted(counts)]
    name, column, cell = pick(rng, found, "filtered_count")
    said = (
        f"the number of {name} with {column} {cell}",
        f"a count of the {_words(name)} where {_words(column)} is {cell}",
        f"the number of rows in {name} whose {column} is '{cell}'",
    )
    where = f"FROM {name} WHERE {column} = {_literal(cell)}"
    return Value(f"SELECT COUNT(*) {where}", said, {"table": name, "column": column, "at": cell, "rows": f"SELECT * {where}"})


@draw
def db_stat(world: World, rng: random.Random) -> Value:
    """The average, highest or lowest value of a measured column."""
    name, column = pick(rng, [(name, column) for name, table in world.theme.tables.items() for column in _measures(table)], "db_stat")
    function, word, other = rng.choice((("AVG", "average", "mean"), ("MAX", "highest", "largest"), ("MIN", "lowest", "smallest")))
    said = (f"the {word} {column} in {name}", f"the {other} {_words(column)} over all {_words(name)}", f"the {word} {column} across {name}")
    facts = {"table": name, "column": column, "word": word, "words": _words(column)}
    return Value(f"SELECT {function}({column}) FROM {name}", said, facts)


@draw
def long_stat(world: World, rng: random.Random) -> Value:
    """A db_stat whose result has three digits or more."""
    for _ in range(30):
        value = db_stat(world, rng)
        if re.search(r"\d{3}", _shown(_rows(world, value.value)[0][0])):
            return value
    raise Exhausted("long_stat")


@draw
def first_rows(world: World, rng: random.Random) -> Value:
    """The first few rows of a table."""
    name = pick(rng, list(world.theme.tables), "first_rows")
    number = {"train": (2, 3, 5), "validation": (4,), "test": (6,)}[world.split]
    shown = rng.choice(number)
    spelled = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}[shown]
    said = (f"the first {shown} rows of {name}", f"the first {spelled} rows of {_words(name)}", f"{shown} rows from the top of {name}")
    return Value(f"SELECT * FROM {name} LIMIT {shown}", said, {"table": name, "number": shown})


def _tops(world: World) -> Iterator[tuple[str, str, str, tuple[Cell, ...]]]:
    """Table, key and measure for which one row stands alone at the top; and that row."""
    for name, table, key in _keyed(world):
        for measure in _measures(table):
            cells = sorted((cell for cell in _values(table, measure) if isinstance(cell, int | float)), reverse=True)
            if cells[0] != cells[1]:
                yield name, key, measure, table.rows[_values(table, measure).index(cells[0])]


def _top(name: str, key: str, measure: str, facts: dict[str, Any]) -> Value:
    said = (
        f"the {key} in {name} with the highest {measure}",
        f"the {_words(key)} of the row in {_words(name)} with the largest {_words(measure)}",
        f"the top {key} in {name} by {measure}",
    )
    sql = f"SELECT {key}, {measure} FROM {name} ORDER BY {measure} DESC LIMIT 1"
    return Value(sql, said, {"table": name, "key": key, "measure": measure} | facts)


@draw
def top_row(world: World, rng: random.Random) -> Value:
    """The row with the highest value of a measured column (`measure`), by its key. `whole` starts the SELECT of all of it."""
    name, key, measure, _ = pick(rng, list(_tops(world)), "top_row")
    return _top(name, key, measure, {"whole": f"SELECT * FROM {name} WHERE {key} = "})


def _top_change(world: World, rng: random.Random, length: int) -> Value:
    """The row with the highest value of a measured column, and a change of a field of it.

    `change` starts the UPDATE, up to the key's value. `target` and `new` are the field and its new value.
    The key's value has a word of this length or more.
    """
    found = []
    for name, key, measure, row in _tops(world):
        for target, counts in _groups(world, name):
            held = row[list(world.theme.tables[name].columns).index(target)]
            telling = max(map(len, re.findall(r"\w+", str(row[list(world.theme.tables[name].columns).index(key)])))) >= length
            found += [(name, key, measure, row, target, cell) for cell in sorted(counts) if cell != held and target != key and telling]
    name, key, measure, row, target, new = pick(rng, found, "top_change")
    change = f"UPDATE {name} SET {target} = {_literal(new)} WHERE {key} = "
    at = row[list(world.theme.tables[name].columns).index(key)]
    facts = {"target": target, "new": new, "change": change, "whole": f"SELECT * FROM {name} WHERE {key} = "}
    return _top(name, key, measure, facts | {"expected": _after(world, change + _literal(at))["tables"][name]})


@draw
def top_change(world: World, rng: random.Random) -> Value:
    """The row with the highest value of a measured column, and a change of a field of it (see _top_change)."""
    return _top_change(world, rng, 1)


@draw
def traced_top_change(world: World, rng: random.Random) -> Value:
    """A top_change whose key is long enough to be traced from one call to the next."""
    return _top_change(world, rng, 3)


@draw
def row_copy(world: World, rng: random.Random) -> Value:
    """A row to add that equals another one except for its key: `key`, `old` and `new` (as SQL: `literal`)."""
    found = [(name, table, key) for name, table, key in _keyed(world) if next(iter(table.columns)) == key]
    name, table, key = pick(rng, found, "row_copy")
    held = _values(table, key)
    bumped = {old: _bump(old, held) for old in held if isinstance(old, str | int)}
    old = pick(rng, [old for old, new in bumped.items() if new is not None], "row_copy")
    new = bumped[old]
    row = next(row for row in table.rows if row[0] == old)
    insert = f"INSERT INTO {name} VALUES ({', '.join(map(_literal, (new, *row[1:])))})"
    said = (
        f"{key} {new}, otherwise the same as {old}",
        f"a copy of {key} {old} as {new}",
        f"{_words(key)} {new} with everything else like {old}",
    )
    facts = {
        "table": name,
        "key": key,
        "old": str(old),
        "new": str(new),
        "literal": _literal(new),
        "expected": _after(world, insert)["tables"][name],
    }
    return Value(f"SELECT * FROM {name} WHERE {key} = {_literal(old)}", said, facts)


def _bump(cell: str | int, held: list[Cell]) -> str | int | None:
    """The next free key after this one."""
    if isinstance(cell, int):
        return max(other for other in held if isinstance(other, int)) + 1
    if not (end := re.search(r"\d+$", cell)):
        return None if " " in cell or f"{cell}-2" in held else f"{cell}-2"
    number = int(end[0])
    while (new := cell[: end.start()] + str(number).zfill(len(end[0]))) in held:
        number += 1
    return new


def _change(world: World, change: Change) -> Value:
    facts: dict[str, Any] = {"check": change.check, "table": change.table, "expected": _after(world, change.sql)["tables"][change.table]}
    facts["size"] = f"SELECT COUNT(*) FROM {change.table}"
    if insert := re.fullmatch(r"\s*INSERT INTO \w+ \(([^)]*)\) VALUES \((.*)\);?\s*", change.sql, re.IGNORECASE):
        columns = [column.strip() for column in insert[1].split(",")]
        cells = re.findall(r"'(?:[^']|'')*'|[^,\s][^,]*", insert[2])
        plain = [cell.strip().strip("'").replace("''", "'") for cell in cells]
        pairs = [(column, cell) for column, cell in zip(columns, plain, strict=True) if cell != "NULL"]
        facts["columns"] = columns
        facts |= {"listing": ", ".join(f"{column} {cell}" for column, cell in pairs), "cells": ", ".join(cell for _, cell in pairs)}
        facts |= {
            "column": pairs[0][0],
            "cell": pairs[0][1],
            "back": f"SELECT * FROM {change.table} WHERE {columns[0]} = {cells[0].strip()}",
        }
        if len(pairs) > 1:
            facts["last"] = f"SELECT * FROM {change.table} WHERE {columns[0]} = {cells[0].strip()} AND {columns[1]} = {cells[1].strip()}"
    if where := re.search(r"\sWHERE\s.*$", change.sql, re.IGNORECASE | re.DOTALL):
        facts["preview"] = f"SELECT * FROM {change.table}{where[0]}"
        facts["matched"] = len(_rows(world, facts["preview"]))
    return Value(change.sql, change.said, facts)


@draw
def row_insert(world: World, rng: random.Random) -> Value:
    """A row to add. `listing`: its fields with their columns; `cells`: without."""
    found = [change for change in world.theme.changes if change.verb == "insert" and " VALUES (" in change.sql and change.sql.count("(") == 2]
    return _change(world, pick(rng, found, "row_insert"))


@draw
def row_update(world: World, rng: random.Random) -> Value:
    """A correction of rows. `preview` is the SQL that shows what it will touch."""
    found = [change for change in world.theme.changes if change.verb == "update" and " WHERE " in change.sql.upper()]
    return _change(world, pick(rng, found, "row_update"))


@draw
def row_delete(world: World, rng: random.Random) -> Value:
    """A deletion of rows. `preview` is the SQL that shows what will go."""
    found = [change for change in world.theme.changes if change.verb == "delete" and " WHERE " in change.sql.upper()]
    return _change(world, pick(rng, found, "row_delete"))


@draw
def bulk_delete(world: World, rng: random.Random) -> Value:
    """A deletion of several rows that share a value. `one` starts the DELETE of a single one, up to its key's value."""
    found = []
    for name, table, key in _keyed(world):
        if next(iter(table.columns)) == key:
            found += [(name, key, column, cell) for column, counts in _groups(world, name) for cell, n in sorted(counts.items()) if 2 <= n <= 4]
    name, key, column, cell = pick(rng, found, "bulk_delete")
    where = f"FROM {name} WHERE {column} = {_literal(cell)}"
    said = (
        f"delete the {name} with {column} {cell}",
        f"remove every row of {name} where {column} is {cell}",
        f"clear out all {_words(name)} whose {_words(column)} is {cell}",
    )
    rows = _rows(world, f"SELECT * {where}")
    one = f"DELETE FROM {name} WHERE {key} = "
    facts = {"table": name, "key": key, "column": column, "at": cell, "preview": f"SELECT * {where}", "one": one, "first": str(rows[0][0])}
    facts |= {
        "expected": _after(world, f"DELETE {where}")["tables"][name],
        "expected_one": _after(world, one + _literal(rows[0][0]))["tables"][name],
    }
    return Value(f"DELETE {where}", said, facts)


@draw
def mass_update(world: World, rng: random.Random) -> Value:
    """One value for a column in every row of a table. `narrow` does so for the rows with `other` only; `counts` shows what is there."""
    found = [
        (name, column, cell, other)
        for name, table in world.theme.tables.items()
        for column, counts in _groups(world, name)
        for cell in sorted(counts)
        for other in sorted(counts)
        if other != cell and column != _key(table)
    ]
    name, column, cell, other = pick(rng, found, "mass_update")
    sql = f"UPDATE {name} SET {column} = {_literal(cell)}"
    narrow = f"{sql} WHERE {column} = {_literal(other)}"
    said = (
        f"set {column} to {cell} for every row in {name}",
        f"make the {column} {cell} throughout {name}",
        f"put {cell} as {_words(column)} in all {_words(name)}",
    )
    facts = {"table": name, "column": column, "at": cell, "other": other, "narrow": narrow}
    facts["counts"] = f"SELECT {column}, COUNT(*) FROM {name} GROUP BY {column}"
    facts |= {"expected": _after(world, sql)["tables"][name], "expected_narrow": _after(world, narrow)["tables"][name]}
    return Value(sql, said, facts)


@draw
def duplicate_row(world: World, rng: random.Random) -> Value:
    """A row to add whose key is taken: the server refuses it. `held` is the SQL that shows the row that has the key."""
    name, table, key = pick(rng, [found for found in _keyed(world) if "PRIMARY KEY" in found[1].columns[found[2]].upper()], "duplicate_row")
    columns = list(table.columns)
    mine, other = rng.sample(table.rows, 2)
    taken = mine[columns.index(key)]
    row = [taken if column == key else cell for column, cell in zip(columns, other, strict=True)]
    pairs = [(column, cell) for column, cell in zip(columns, row, strict=True) if cell is not None]
    sql = f"INSERT INTO {name} ({', '.join(c for c, _ in pairs)}) VALUES ({', '.join(_literal(cell) for _, cell in pairs)})"
    listing = ", ".join(f"{column} {cell}" for column, cell in pairs)
    said = (f"add a row to {name} with {listing}", f"insert into {name}: {listing}", f"put {listing} into {_words(name)}")
    facts = {
        "table": name,
        "key": key,
        "taken": str(taken),
        "listing": listing,
        "held": f"SELECT * FROM {name} WHERE {key} = {_literal(taken)}",
    }
    return Value(sql, said, facts)


@draw
def new_table(world: World, rng: random.Random) -> Value:
    """A table to create. `listing` gives its columns."""
    change = pick(rng, [change for change in world.theme.changes if change.verb == "create"], "new_table")
    after = _after(world, change.sql)
    body = re.search(r"\((.*)\)", change.sql, re.DOTALL)
    columns = [" ".join(part.split()) for part in body[1].split(",")] if body else []
    listing = ", ".join(f"{column.split()[0]} {' '.join(column.split()[1:]).lower()}".strip() for column in columns)
    facts = {"table": change.table, "check": change.check, "names": after["columns"][change.table], "listing": listing}
    facts["described"] = listing.replace("integer primary key", "integer as primary key").replace("text primary key", "text as primary key")
    return Value(change.sql, change.said, facts)


@draw
def table_again(world: World, rng: random.Random) -> Value:
    """A table to create whose name is taken: the server refuses it."""
    name = pick(rng, list(world.theme.tables), "table_again")
    columns = [(column, kind.split()[0]) for column, kind in list(world.theme.tables[name].columns.items())[:3]]
    listing = ", ".join(f"{column} {kind.lower()}" for column, kind in columns)
    said = (
        f"create a table {name} with {listing}",
        f"make a {name} table: {listing}",
        f"set up {name} as a table with the columns {listing}",
    )
    return Value(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns)})", said, {"table": name, "listing": listing})


@draw
def table_twin(world: World, rng: random.Random) -> Value:
    """The name for an empty table with the columns of an existing one, `table`. `fill` copies the rows over."""
    source = pick(rng, list(world.theme.tables), "table_twin")
    suffix = rng.choice({"train": ("archive", "backup", "copy"), "validation": ("old", "staging"), "test": ("history", "scratch")}[world.split])
    name = f"{source}_{suffix}"
    rows = [list(row) for row in _rows(world, f"SELECT * FROM {source}")]
    return Value(name, (name,), {"table": source, "fill": f"INSERT INTO {name} SELECT * FROM {source}", "rows": rows})


@draw
def insight(world: World, rng: random.Random) -> Value:
    """A finding to put on record."""
    text = pick(rng, world.theme.insights, "insight").text
    return Value(text, (text,), {"bare": text.rstrip(".")})


@draw
def cte_query(world: World, rng: random.Random) -> Value:
    """A pasted WITH query, which the server refuses. `mended` asks the same as a SELECT."""
    found = [(name, column, cell) for name, table in world.theme.tables.items() for column, counts in _groups(world, name) for cell in sorted(counts)]
    name, column, cell = pick(rng, found, "cte_query")
    inner = f"SELECT * FROM {name} WHERE {column} = {_literal(cell)}"
    sql = f"WITH picked AS ({inner}) SELECT COUNT(*) FROM picked"
    return Value(sql, (sql,), {"table": name, "column": column, "at": cell, "mended": f"SELECT COUNT(*) FROM ({inner})"})
