"""The keywords of JSON Schema 2020-12: which of OpenAPI's they are, and how these are written there."""

import json
import re
from typing import Any

from knowledge.readers.values import items, mapping

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")
ANNOTATIONS = {"title", "description", "default", "deprecated", "example", "examples", "readOnly", "writeOnly", "nullable"}
KEPT = ("title", "description", "examples", "default", "deprecated")


def simple_type(value: dict[str, Any]) -> dict[str, Any]:
    """The type of a schema, where it has one or shows one by its keywords."""
    kinds = types_of(value.get("type"))
    if kinds:
        return {"type": kinds[0] if len(kinds) == 1 else kinds}
    return {"type": "object"} if "properties" in value else {}


def types_of(value: Any) -> list[str]:
    """The types that JSON Schema knows, each once."""
    return [kind for kind in unique(value if isinstance(value, list) else [value]) if isinstance(kind, str) and kind in TYPES]


def bounds(value: dict[str, Any]) -> dict[str, Any]:
    """The limits of numbers, texts and lists; a limit that version 3.0 marks as exclusive by a truth becomes an exclusive one."""
    out: dict[str, Any] = {key: value[key] for key in NUMBERS if is_number(value.get(key))}
    for key, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if value.get(exclusive) is True and key in out:
            out[exclusive] = out.pop(key)
    if is_number(value.get("multipleOf")) and value["multipleOf"] > 0:
        out["multipleOf"] = value["multipleOf"]
    return out | {key: value[key] for key in COUNTS if isinstance(value.get(key), int) and not isinstance(value[key], bool) and value[key] >= 0}


def is_number(value: Any) -> bool:
    """Whether a value is a number, and no truth."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_pattern(text: str) -> bool:
    """Whether a regular expression is one that Python can use too."""
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def alone(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that is made of one other and only describes it, as that other one with its words."""
    parts = schema.get("allOf")
    if (
        isinstance(parts, list)
        and len(parts) == 1
        and isinstance(parts[0], dict)
        and schema.keys() - {"allOf", "type"} <= ANNOTATIONS
        and schema.get("type") in (None, parts[0].get("type"))
    ):
        return {**parts[0], **{key: value for key, value in schema.items() if key != "allOf"}}
    return schema


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that takes null too."""
    if "type" in schema:
        kinds = types_of(schema["type"])
        out = {**schema, "type": [*kinds, *([] if "null" in kinds else ["null"])]}
        if "enum" in out and None not in out["enum"]:
            out["enum"] = [*out["enum"], None]
        return out
    if not schema.keys() - ANNOTATIONS:
        return schema
    told = {key: value for key, value in schema.items() if key in KEPT}
    return {**told, "anyOf": [{key: value for key, value in schema.items() if key not in told}, {"type": "null"}]}


def flat(schema: Any) -> dict[str, Any]:
    """An object that is made of several others as one object, where nothing but their properties has to be put together."""
    if not isinstance(schema, dict) or not isinstance(schema.get("allOf"), list):
        return mapping(schema)
    parts = [*map(flat, schema["allOf"]), {key: value for key, value in schema.items() if key != "allOf"}]
    plain = all(part.get("type", "object") == "object" and part.keys() <= {"type", "properties", "required", *KEPT} for part in parts)
    if not plain or not any("properties" in part for part in parts):
        return schema
    out: dict[str, Any] = {"type": "object"}
    properties: dict[str, Any] = {}
    required: list[Any] = []
    for part in parts:
        for name, value in mapping(part.get("properties")).items():
            if name in properties and properties[name] != value:
                return schema
            properties[name] = value
        required += items(part.get("required"))
        out |= {key: part[key] for key in KEPT if key in part}
    return {**out, "properties": properties} | ({"required": unique(required)} if required else {})


def unique(values: list[Any]) -> list[Any]:
    """Values without repetitions, in order; `1` and `true` are two."""
    return list({json.dumps(value, sort_keys=True, ensure_ascii=False): value for value in reversed(values)}.values())[::-1]


def refers(value: Any) -> bool:
    """Whether a value holds a reference, which would be taken for one of the schema."""
    if isinstance(value, dict):
        return isinstance(value.get("$ref"), str) or any(map(refers, value.values()))
    return isinstance(value, list) and any(map(refers, value))
