"""Read a server's tool listing, live or saved, into Tool units."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from knowledge.document import Document
from knowledge.readers.reading import Around, Part, Reading
from knowledge.spans import line_of
from knowledge.units import Tool

FORMAT = "MCP"
SERVERS = re.compile(r'"mcpServers"\s*:\s*\{\s*"')


class Unreadable(ValueError):
    """A source cannot be read; the message names it and says what to do."""


def claims(document: Document, around: Around) -> bool:
    """JSON with `mcpServers`, or with a list of tools."""
    return document.suffix == ".json" and (
        bool(SERVERS.search(document.text)) or '"inputSchema"' in document.text or (document.whole and ('"tools"' in document.text or '"mcpServers"' in document.text))
    )


def read(document: Document, around: Around) -> Reading:
    """The tools of a saved list. The servers of an `.mcp.json` are the system's to read: it asks before it starts any."""
    if SERVERS.search(document.text):
        return Reading("servers")
    try:
        tools = saved(document.text, Path(document.path))
    except Unreadable as error:
        return Reading("tool list", warnings=[(document.at(1), str(error).removeprefix(document.path).removeprefix(":").strip())])
    return Reading("tool list", list(tools), [part_of(tool) for tool in tools])


def part_of(tool: Tool) -> Part:
    """A tool as an agent is told of it: compact JSON, the name with the server's before it."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"mcp__{tool.server}__{tool.called}")
    told = {"name": name, "description": tool.description, "input_schema": tool.input_schema or {"type": "object", "properties": {}}}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Part(name=tool.called, residency="resident", level="L2", category="tool", server=tool.server, text=text, source=tool.source)


def saved(text: str, path: Path) -> tuple[Tool, ...]:
    """The tools of a saved `tools/list` answer: `{"tools": […]}`, a whole JSON-RPC answer, or a bare list.

    Raises:
        Unreadable: when it is none of these, is cut off, or lists nothing.
    """
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        place = f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"{path} is not complete JSON{place}. Save the server's tools/list answer again.") from None
    if isinstance(value, dict) and isinstance(value.get("result"), dict):
        value = value["result"]
    entries = value.get("tools") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise Unreadable(f"{path} holds no tool list. Give a JSON object with `tools` (a server's tools/list answer) or with `mcpServers`.")
    server = (path if path.parent.name else path.absolute()).parent.name if path.stem in ("tools_list", "tools") else path.stem
    return tools_of(entries, re.sub(r"[^\w-]", "-", server) or "saved", str(path), text)


def tools_of(entries: list[Any], server: str, source: str, text: str | None = None) -> tuple[Tool, ...]:
    """Tool units of the entries of one server's listing, in its order.

    Args:
        text: the document that the entries were read from, to find their lines in.

    Raises:
        Unreadable: when there are none, one has no name, a name comes twice, or a schema is no JSON Schema of an object.
    """
    if not entries:
        raise Unreadable(f"server {server} ({source}) lists no tools, so there is nothing to learn from it. Check the server, or leave it out.")
    found: dict[str, Tool] = {}
    for number, entry in enumerate(map(sound, entries), 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            raise Unreadable(f"{source}: tool {number} of server {server} has no name. Mend the list, or leave the server out.")
        if name in found:
            raise Unreadable(f"{source}: the tool {name} of server {server} is listed twice. Mend the list, or leave the server out.")
        schema = entry.get("inputSchema") or entry.get("input_schema") or {"type": "object", "properties": {}}
        if fault := fault_of(schema):
            raise Unreadable(f"{source}: the input schema of {server}'s tool {name} {fault}. Mend it, or leave the server out.")
        described, output, annotations = (entry.get(key) for key in ("description", "outputSchema", "annotations"))
        found[name] = Tool(
            name=re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64],
            called=name,
            server=server,
            description=described if isinstance(described, str) else "",
            input_schema=schema,
            output_schema=output if isinstance(output, dict) else None,
            annotations=annotations if isinstance(annotations, dict) else {},
            source=f"{source}:{line_of(text, name, 'name')}" if text else source,
        )
    return tuple(found.values())


def sound(thing: Any) -> Any:
    """A JSON value without halves of characters, which no file can hold."""
    if isinstance(thing, str):
        return thing.encode("utf-8", "replace").decode()
    if isinstance(thing, dict):
        return {sound(key): sound(value) for key, value in thing.items()}
    return [sound(value) for value in thing] if isinstance(thing, list) else thing


def fault_of(schema: Any) -> str | None:
    """Why something is no schema that arguments can be made for; None when it is one."""
    if not isinstance(schema, dict):
        return f"is no JSON object but {str(schema)[:40]!r}"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = ".".join(map(str, error.absolute_path))
        return f"is not valid JSON Schema ({f'{place}: ' if place else ''}{error.message[:120]})"
    except RecursionError:
        return "is nested too deeply"
    if schema.get("type", "object") != "object":
        return f"must be of the type object, and is of {str(schema['type'])[:40]!r}"
    for reference in references(schema):
        if not reaches(schema, reference):
            return f"refers to {reference}, which it does not hold"
    return None


def references(thing: Any) -> Iterator[str]:
    """Every `$ref` within a schema."""
    if isinstance(thing, dict):
        if isinstance(thing.get("$ref"), str):
            yield thing["$ref"]
        for value in thing.values():
            yield from references(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from references(value)


def reaches(schema: dict[str, Any], reference: str) -> bool:
    """Whether a reference leads to something within the schema; other documents are never fetched."""
    try:
        Registry().with_resource("", DRAFT202012.create_resource(schema)).resolver().lookup(reference)
    except (Unresolvable, ValueError):
        return False
    return True
