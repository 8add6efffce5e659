"""JSON schemas that answers are held to: what a provider finds wrong in one."""

from collections.abc import Iterator
from typing import Any

OPENAI_BANS = (
    "allOf oneOf not if then else default minLength maxLength dependentRequired dependentSchemas patternProperties unevaluatedProperties propertyNames "
    "minProperties maxProperties unevaluatedItems contains minContains maxContains uniqueItems"
).split()
OPENAI_DEPTH = 10
ANTHROPIC_BANS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems minProperties maxProperties".split()


def openai_complaint(schema: dict[str, Any]) -> str | None:
    """What OpenAI says of a schema with `strict`, None where it takes it."""
    if schema.get("type") != "object":
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    return next(_openai(schema, (), schema, 1), None)


def _openai(node: dict[str, Any], where: tuple[str, ...], root: dict[str, Any], depth: int) -> Iterator[str]:
    context = f"In context={where}, "
    if "$ref" in node:
        if more := set(node) - {"$ref"}:
            yield f"{context}$ref cannot have keywords {more}."
        if target(root, node["$ref"]) is None:
            yield f"{context}reference to component '{node['$ref']}' which was not found in the schema."
        return
    yield from (f"{context}'{key}' is not permitted." for key in OPENAI_BANS if key in node)
    if depth > OPENAI_DEPTH:
        yield f"{context}schema exceeds {OPENAI_DEPTH} levels of nesting."
    if "type" not in node and not {"anyOf", "enum", "const"} & set(node):
        yield f"{context}schema must have a 'type' key."
    if has(node, "object"):
        if node.get("additionalProperties") is not False:
            yield f"{context}'additionalProperties' is required to be supplied and to be false."
        names, required = node.get("properties") or {}, node.get("required") or []
        if lost := [name for name in names if name not in required]:
            yield f"{context}'required' is required to be supplied and to be an array including every key in properties. Missing '{lost[0]}'."
        if extra := [name for name in required if name not in names]:
            yield f"{context}'required' is required to be supplied and to be an array including every key in properties. Extra required key '{extra[0]}' supplied."
    if has(node, "array") and "items" not in node:
        yield f"{context}array schema missing items."
    for step, child in children(node):
        yield from _openai(child, (*where, *step), root, depth + ("properties" in step))


def anthropic_complaint(schema: dict[str, Any]) -> str | None:
    """What Anthropic says of an output format's schema, None where it takes it."""
    return next(_anthropic(schema, schema, ()), None)


def _anthropic(node: dict[str, Any], root: dict[str, Any], within: tuple[str, ...]) -> Iterator[str]:
    if "$ref" in node:
        name = node["$ref"]
        found = target(root, name)
        if found is None:
            yield f"Reference '{name}' was not found in the schema"
        elif name in within:
            yield f"Circular reference detected in schema definitions: {' -> '.join([*within, name])}"
        else:
            yield from _anthropic(found, root, (*within, name))
        return
    kind = node.get("type", "")
    if "oneOf" in node or "not" in node:
        yield f"Schema type '{'oneOf' if 'oneOf' in node else 'not'}' is not supported"
    if not kind and not {"anyOf", "allOf", "enum", "const"} & set(node):
        yield "Schema must have a 'type', 'anyOf', 'allOf', 'enum' or 'const'"
    if banned := [key for key in ANTHROPIC_BANS if key in node]:
        yield f"For '{kind}' type, properties {', '.join(banned)} are not supported"
    if node.get("minItems", 0) not in (0, 1):
        yield "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    if has(node, "object") and node.get("additionalProperties") is not False:
        yield "For 'object' type, 'additionalProperties' must be explicitly set to false"
    for step, child in children(node):
        if step[0] not in ("$defs", "definitions"):
            yield from _anthropic(child, root, within)


def has(node: dict[str, Any], kind: str) -> bool:
    """Whether a schema's type is, or may be, of a kind."""
    return kind in ([node.get("type")] if isinstance(node.get("type"), str) else node.get("type") or [])


def children(node: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The schemas in a schema, each with the way to it."""
    for group in ("properties", "$defs", "definitions"):
        yield from (((group, name), child) for name, child in (node.get(group) or {}).items() if isinstance(child, dict))
    for group in ("anyOf", "allOf"):
        yield from (((group, str(place)), child) for place, child in enumerate(node.get(group) or ()) if isinstance(child, dict))
    if isinstance(node.get("items"), dict):
        yield ("items",), node["items"]


def target(root: dict[str, Any], reference: str) -> dict[str, Any] | None:
    """What a reference within a schema points to."""
    node: Any = root
    if not reference.startswith("#"):
        return None
    for step in reference.removeprefix("#").strip("/").split("/"):
        node = node if not step else node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None
