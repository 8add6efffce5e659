"""The project's database: made, and read back."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from steps.worlds.world import Value, World, draw, pick

FILE = "data.db"


def make(world: World, home: Path) -> None:
    """Write the database file, with the theme's tables."""
    with closing(sqlite3.connect(home / FILE)) as connection, connection:
        _fill(world, connection)


def state(world: World, home: Path) -> dict[str, Any]:
    """`tables`: name to its rows, in stored order; `columns`: name to its column names; `checks`: each change's check, whether it holds."""
    with closing(sqlite3.connect(home / FILE)) as connection:
        return _state(connection) | {"checks": {change.check: _holds(connection, change.check) for change in world.theme.changes}}


def _fill(world: World, connection: sqlite3.Connection) -> None:
    for name, table in world.theme.tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
        connection.execute(f"CREATE TABLE {name} ({columns})")
        holes = ", ".join("?" * len(table.columns))
        connection.executemany(f"INSERT INTO {name} VALUES ({holes})", table.rows)


def _state(connection: sqlite3.Connection) -> dict[str, Any]:
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    cursors = {name: connection.execute(f'SELECT * FROM "{name}"') for name in names}
    columns = {name: [column[0] for column in cursor.description] for name, cursor in cursors.items()}
    return {"tables": {name: [list(row) for row in cursor] for name, cursor in cursors.items()}, "columns": columns}


def _holds(connection: sqlite3.Connection, check: str) -> bool:
    try:
        return bool(connection.execute(check).fetchall())
    except sqlite3.Error:
        return False


def _words(name: str) -> str:
    return name.replace("_", " ")


@draw
def table(world: World, rng: random.Random) -> Value:
    """A table of the database."""
    name = pick(rng, list(world.theme.tables), "table")
    drop = f"DROP TABLE {name}"
    facts = {"name": name, "words": _words(name), "drop": drop, "all": f"SELECT * FROM {name}", "size": f"SELECT COUNT(*) FROM {name}"}
    return Value(name, (name, name, _words(name)), facts)
