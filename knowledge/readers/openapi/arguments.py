"""What an operation takes and what it comes back with, an object each."""

import re
from collections.abc import Iterator
from typing import Any

from knowledge.readers.openapi.keywords import KEPT, flat, unique
from knowledge.readers.openapi.names import distinct
from knowledge.readers.openapi.references import References
from knowledge.readers.openapi.schemas import Schemas
from knowledge.readers.openapi.security import secret
from knowledge.readers.values import items, mapping, text_of

PLACES = ("path", "query", "header", "cookie", "querystring")
PASSED = {"accept", "content-type", "authorization"}  # headers that a client sets itself
JSON = re.compile(r"(?i)^(?:application/(?:[\w.+-]+\+)?json|text/json)\b")
FORMS = re.compile(r"(?i)^(?:application/x-www-form-urlencoded|multipart/form-data)\b")
SPREAD = {"type", "properties", "required", "additionalProperties", "minProperties", "maxProperties", *KEPT}  # what a body may have whose properties are arguments


def parameters(references: References, operation: dict[str, Any], item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters of an operation: those of its path, then its own, which go before them; keys and what a client sets itself are left out."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in [*items(item.get("parameters")), *items(operation.get("parameters"))]:
        parameter = mapping(references.resolved(entry))
        name, place = text_of(parameter.get("name")), text_of(parameter.get("in"))
        if name and place in PLACES:
            found[place, name] = parameter
    keys = secret(references)
    for (place, name), parameter in found.items():
        if (place, name.lower()) not in keys and not (place == "header" and name.lower() in PASSED):
            yield parameter


def input_schema(schemas: Schemas, operation: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """One object: the parameters, and the properties of a JSON or form body; `body` for a body of another shape, or with names that the parameters have."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in parameters(schemas, operation, item):
        name = distinct(text_of(parameter["name"]), set(properties), word=text_of(parameter["in"]))
        media = next(iter(mapping(parameter.get("content")).values()), None)
        own = mapping(media).get("schema") if media is not None else parameter.get("schema")
        schema = schemas.schema(own if own is not None else {})
        properties[name] = described(schema, parameter, [*schemas.examples(parameter), *schemas.examples(mapping(media))])
        if parameter.get("required") is True or parameter["in"] == "path":
            required.append(name)
    told: dict[str, Any] = {}
    body = mapping(schemas.resolved(operation.get("requestBody")))
    if kind := media_of(mapping(body.get("content"))):
        media = mapping(mapping(body.get("content")).get(kind))
        schema = flat(schemas.schema(media.get("schema"))) if JSON.match(kind) or FORMS.match(kind) or "schema" in media else {"type": "string", "description": kind}
        own = mapping(schema.get("properties"))
        if own and schema.get("type", "object") == "object" and schema.keys() <= SPREAD and not own.keys() & properties.keys():
            shown = [example for example in [*schemas.examples(media), *items(schema.get("examples"))] if isinstance(example, dict)]
            properties |= {name: shown_in(part, [example[name] for example in shown if name in example]) for name, part in own.items()}
            required += [name for name in items(schema.get("required")) if body.get("required") is True and name not in required]
            told |= {"additionalProperties": schema["additionalProperties"]} if "additionalProperties" in schema else {}
            if text := text_of(body.get("description")) or text_of(schema.get("description")):
                told["description"] = text
        else:
            name = distinct("body", set(properties))
            properties[name] = described(schema, body, schemas.examples(media))
            required += [name] if body.get("required") is True else []
    return {"type": "object", "properties": properties, **told} | ({"required": required} if required else {})


def output_schema(schemas: Schemas, operation: dict[str, Any]) -> dict[str, Any]:
    """The JSON object that a call comes back with when all went well; empty where it is no object, or none is described."""
    answers = mapping(operation.get("responses"))
    code = next((code for code in ("200", "201", *sorted(answers), "2XX", "2xx") if code in answers and re.fullmatch(r"2(?:\d\d|XX|xx)", code)), "")
    content = mapping(mapping(schemas.resolved(answers.get(code))).get("content"))
    kind = next((kind for kind in content if JSON.match(kind)), "")
    shape = mapping(content.get(kind)).get("schema")
    if not isinstance(shape, dict):
        return {}
    schemas.answer = True
    schema = flat(schemas.schema(shape))
    return schema if schema.get("type") == "object" or ("properties" in schema and "type" not in schema) else {}


def described(schema: Any, told: dict[str, Any], shown: list[Any]) -> Any:
    """A schema with the description, the examples and the mark of the parameter or body that it is of."""
    if not isinstance(schema, dict):
        schema = {} if schema is True else {"not": {}}
    out = {**schema}
    if text := text_of(told.get("description")):
        out["description"] = text
    if shown:
        out["examples"] = unique(shown)
    if told.get("deprecated") is True:
        out["deprecated"] = True
    return out


def shown_in(schema: Any, shown: list[Any]) -> Any:
    """A property with what the examples of its object show of it, where it is simple and has none of its own."""
    return {**schema, "examples": unique(shown)} if shown and isinstance(schema, dict) and not {"examples", "properties"} & schema.keys() else schema


def media_of(content: dict[str, Any]) -> str:
    """The kind of body that is told of: JSON, else a form, else the first."""
    return next((kind for pattern in (JSON, FORMS) for kind in content if pattern.match(kind)), next(iter(content), ""))
