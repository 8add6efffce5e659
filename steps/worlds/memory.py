"""The project's knowledge graph: made, and read back."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from steps.worlds.world import World

FILE = "memory.jsonl"


def make(world: World, home: Path) -> None:
    """Write the graph in the server's own file form, an entity or relation a line."""
    nodes = [{"type": "entity", "name": e.name, "entityType": e.kind, "observations": list(e.observations)} for e in world.theme.entities]
    edges = [{"type": "relation", "from": r.source, "to": r.target, "relationType": r.kind} for r in world.theme.relations]
    lines = (json.dumps(entry, ensure_ascii=False) for entry in (*nodes, *edges))
    (home / FILE).write_text("\n".join(lines), encoding="utf-8")


def state(world: World, home: Path) -> dict[str, Any]:
    """`entities`: name to kind and observations; `relations`: [source, kind, target], sorted."""
    entries = [json.loads(line) for line in (home / FILE).read_text(encoding="utf-8").splitlines() if line]
    nodes = {e["name"]: {"kind": e["entityType"], "observations": e["observations"]} for e in entries if e["type"] == "entity"}
    edges = sorted([e["from"], e["relationType"], e["to"]] for e in entries if e["type"] == "relation")
    return {"entities": nodes, "relations": edges}


def the(name: str) -> str:
    """The name in a sentence: `the letter tray`, but `tally-core`, `net R1`, `Mette Aasland`."""
    words = name.split()
    return f"the {name}" if len(words) > 1 and re.fullmatch(r"[a-z][a-z-]*", words[-1]) else name


def upper(text: str) -> str:
    """The text with a capital at its start, unless it starts with an identifier such as `tally-core`."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+( |$)", text) else text


def an(word: str) -> str:
    """The word with its indefinite article."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(parts)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def entries(raw: Any) -> list[dict[str, Any]]:
    """The entities of a result, as templates speak of them."""
    return [
        {
            "name": e["name"],
            "kind": e["entityType"],
            "notes": e["observations"],
            "listed": listed(e["observations"]),
            "semi": "; ".join(e["observations"]),
            "line": f"{e['name']} ({e['entityType']}): {'; '.join(e['observations']) or 'no notes'}",
            "count": len(e["observations"]),
            "the": the(e["name"]),
            "The": upper(the(e["name"])),
            "akind": an(e["entityType"]),
        }
        for e in raw
        if isinstance(e, dict) and "entityType" in e
    ]
