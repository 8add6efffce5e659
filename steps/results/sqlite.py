"""How the sqlite server's results read."""

import ast
import re
from collections import Counter
from typing import Any

from knowledge.theme import Cell
from steps.worlds.world import reads


def _literal(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    return "'" + cell.replace("'", "''") + "'" if isinstance(cell, str) else str(cell)


def _shown(cell: Cell) -> str:
    if cell is None:
        return "none"
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)


def _listed(text: str) -> list[dict[str, Cell]]:
    try:
        rows = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _error(text: str) -> str:
    found = re.match(r"\s*(?:Database error|Error|Input validation error): (.*)", text, re.DOTALL)
    return found[1].strip().removesuffix(" for read_query") if found else ""


@reads("read_query")
def selected(text: str) -> dict[str, Any]:
    """Rows as dicts, as cells, as SQL literals, as lines of text (`bullets`: joined); `scalar` when there is just one cell."""
    rows = _listed(text)
    cells = [list(row.values()) for row in rows]
    shown = [[_shown(cell) for cell in row] for row in cells]
    lines = [f"{row[0]}: {', '.join(row[1:])}" if len(row) > 1 else row[0] for row in shown if row]
    full = [", ".join(f"{column} {_shown(cell)}" for column, cell in row.items() if cell is not None) for row in rows]
    return {
        "rows": rows,
        "cells": cells,
        "n": len(rows),
        "lines": lines,
        "full": full,
        "columns": list(rows[0]) if rows else [],
        "bullets": "\n".join(f"- {line}" for line in lines),
        "full_bullets": "\n".join(f"- {line}" for line in full),
        "literals": [[_literal(cell) for cell in row] for row in cells],
        "shown": shown,
        "scalar": shown[0][0] if len(shown) == 1 and len(shown[0]) == 1 else "",
        "grid": _grid(rows, shown),
        "problem": _error(text),
    }


def _grid(rows: list[dict[str, Cell]], shown: list[list[str]]) -> str:
    head = [list(rows[0]), ["---"] * len(rows[0])] if rows else []
    return "\n".join(f"| {' | '.join(row)} |" for row in (*head, *shown))


@reads("list_tables")
def tables(text: str) -> dict[str, Any]:
    """Table names; `sizes` is the SQL that counts the rows of each."""
    names = [str(row["name"]) for row in _listed(text) if "name" in row]
    sizes = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM {name}" for name in names)
    return {"names": names, "n": len(names), "listed": _and(names), "sizes": sizes, "problem": _error(text)}


def _and(words: list[str]) -> str:
    return " and ".join(([", ".join(words[:-1])] if words[1:] else []) + words[-1:])


@reads("describe_table")
def described(text: str) -> dict[str, Any]:
    """Column names, types and the key; `definitions` are the columns as a CREATE TABLE would give them."""
    rows = [row for row in _listed(text) if {"name", "type"} <= set(row)]
    names = [str(row["name"]) for row in rows]
    key = next((str(row["name"]) for row in rows if row.get("pk")), "")
    suffix = {name: " PRIMARY KEY" if row.get("pk") else " NOT NULL" if row.get("notnull") else "" for name, row in zip(names, rows, strict=True)}
    typed = [f"{name} {row['type']}" for name, row in zip(names, rows, strict=True)]
    kinds = Counter(str(row["type"]) for row in rows)
    lines = [line + {" PRIMARY KEY": " (primary key)", " NOT NULL": " (not null)"}.get(suffix[name], "") for line, name in zip(typed, names, strict=True)]
    return {
        "names": names,
        "n": len(names),
        "listed": _and(names),
        "key": key,
        "typed": typed,
        "lines": lines,
        "bullets": "\n".join(f"- {line}" for line in lines),
        "definitions": [line + suffix[name] for line, name in zip(typed, names, strict=True)],
        "kinds": _and([f"{n} {kind}" for kind, n in kinds.items()]),
        "required": [name for name, row in zip(names, rows, strict=True) if row.get("notnull")],
        "types": [str(row["type"]) for row in rows],
        "problem": _error(text),
    }


@reads("write_query", "create_table", "append_insight")
def written(text: str) -> dict[str, Any]:
    """How many rows a statement touched, or the error."""
    rows = _listed(text)
    affected = rows[0].get("affected_rows") if rows else None
    return {"affected": affected if isinstance(affected, int) else 0, "problem": _error(text)}
