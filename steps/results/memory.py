"""How the memory server's results read."""

import json
import re
from collections import Counter
from typing import Any

from steps.worlds.memory import entries, listed, the, upper
from steps.worlds.world import reads

UNCOUNTED = frozenset("equipment storage software hardware staff data furniture machinery infrastructure material stock livestock".split())


def many(count: int, kind: str) -> str:
    """`2 gateways`, `3 people`, `1 hive`."""
    if kind == "person":
        return f"{count} {'person' if count == 1 else 'people'}"
    if count == 1 or kind.split()[-1] in UNCOUNTED:
        return f"{count} {kind}"
    ending = "ies" if re.search("[^aeiou]y$", kind) else "es" if re.search("(s|x|ch|sh)$", kind) else "s"
    return f"{count} {kind[:-1] if ending == 'ies' else kind}{ending}"


def sentence(source: str, kind: str, target: str) -> str:
    """A relation as a sentence."""
    return f"{the(source)} {kind} {the(target)}"


def parsed(text: str) -> Any:
    """The JSON of a result, or nothing."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def ties(raw: Any) -> list[dict[str, str]]:
    """The relations of a result, as templates speak of them."""
    return [
        {
            "source": r["from"],
            "kind": r["relationType"],
            "target": r["to"],
            "text": (full := sentence(r["from"], r["relationType"], r["to"])),
            "Text": upper(full),
        }
        for r in raw
        if isinstance(r, dict) and "relationType" in r
    ]


@reads("read_graph", "search_nodes", "open_nodes", "create_entities", "create_relations")
def graph(text: str) -> dict[str, Any]:
    """Entities, relations (also as the server takes them: edges), names, kinds, partners, and who has most relations."""
    raw = parsed(text)
    nodes = raw.get("entities", []) if isinstance(raw, dict) else raw if isinstance(raw, list) else []
    bonds = raw.get("relations", []) if isinstance(raw, dict) else raw if isinstance(raw, list) else []
    entities, relations = entries(nodes), ties(bonds)
    names = [e["name"] for e in entities]
    degree = Counter(end for r in relations for end in (r["source"], r["target"]))
    kinds = Counter(e["kind"] for e in entities)
    ranked = sorted(names, key=lambda name: -degree[name])
    ends = dict.fromkeys(end for r in relations for end in (r["source"], r["target"]))
    return {
        "entities": entities,
        "relations": relations,
        "edges": [{"from": r["source"], "to": r["target"], "relationType": r["kind"]} for r in relations],
        "names": names,
        "kinds": [{"kind": kind, "count": count, "names": [e["name"] for e in entities if e["kind"] == kind]} for kind, count in kinds.most_common()],
        "breakdown": listed(many(count, kind) for kind, count in kinds.most_common()),
        "partners": [end for end in ends if end not in names],
        "busiest": ranked[0] if ranked else "",
        "busiest_links": degree[ranked[0]] if ranked else 0,
        "unlinked": [name for name in names if not degree[name]],
        "note_count": sum(e["count"] for e in entities),
        "thin": [e["name"] for e in entities if e["count"] == 1],
    }


@reads("add_observations")
def additions(text: str) -> dict[str, Any]:
    """`added`: per entity, the observations that are new."""
    raw = parsed(text)
    items = [item for item in raw if isinstance(item, dict) and "entityName" in item] if isinstance(raw, list) else []
    return {"added": [{"entity": i["entityName"], "notes": i.get("addedObservations", []), "the": the(i["entityName"])} for i in items]}


@reads("delete_entities", "delete_observations", "delete_relations")
def deletions(text: str) -> dict[str, Any]:
    """`done`: whether the server says so (it does even when there was nothing to delete)."""
    return {"done": "success" in text}
