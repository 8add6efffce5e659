"""A tool's parameters as Vertex AI takes them.

Source: Vertex AI API reference, `Schema` ("a select subset of an OpenAPI 3.0 schema object").
"""

from functools import lru_cache
from typing import Any

import orjson

TYPES = {"string", "number", "integer", "boolean", "array", "object"}
KEPT = "title description format default enum minItems maxItems minimum maximum minLength maxLength pattern minProperties maxProperties required nullable example".split()


def schema(given: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema as Vertex's Schema has it: one type, in capitals, `nullable` for null, and the keys that it knows."""
    out = {key: given[key] for key in KEPT if key in given}
    kinds = given["type"] if isinstance(given.get("type"), list) else [given["type"]] if "type" in given else []
    either = [option for option in (given.get("anyOf") or given.get("oneOf") or ()) if isinstance(option, dict)]
    if "null" in kinds or any(option.get("type") == "null" for option in either):
        out["nullable"] = True
    real = [kind for kind in kinds if kind != "null"]
    options = [option for option in either if option.get("type") != "null"]
    if "const" in given:
        out["enum"] = [given["const"]]
    if "enum" in out and all(isinstance(value, str) or value is None for value in out["enum"]):
        out["enum"] = [value for value in out["enum"] if value is not None]
    else:
        out.pop("enum", None)  # which it has of texts alone
    if len(options) == 1:
        return schema(options[0]) | out
    if len(real) == 1:
        out["type"] = real[0].upper()
    elif real or options:
        out["anyOf"] = [schema(option) for option in options] or [{"type": kind.upper()} for kind in real]
    else:
        out["type"] = "OBJECT" if "properties" in given else "STRING"
    if "properties" in given:
        out["properties"] = {name: schema(value) if isinstance(value, dict) else {"type": "STRING"} for name, value in given["properties"].items()}
    if isinstance(given.get("items"), dict):
        out["items"] = schema(given["items"])
    elif out.get("type") == "ARRAY":
        out["items"] = {"type": "STRING"}
    return out


@lru_cache(maxsize=1_000)
def unknown(raw: bytes) -> str | None:
    """What Vertex's Schema does not know in a schema, given as JSON: the same tools stand in every line."""
    return foreign(orjson.loads(raw))


def foreign(found: dict[str, Any]) -> str | None:
    """What Vertex's Schema does not know in a schema."""
    unknown = sorted(set(found) - {*KEPT, "type", "properties", "items", "anyOf"})
    if unknown:
        return f"there is no {unknown[0]} in Vertex's Schema"
    if "type" in found and found["type"].lower() not in TYPES:
        return f"{found['type']} is no type"
    inner = [*found.get("properties", {}).values(), *([found["items"]] if "items" in found else []), *found.get("anyOf", ())]
    return next((rule for one in inner if (rule := foreign(one))), None)
