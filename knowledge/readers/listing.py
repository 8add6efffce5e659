"""Read a server's tool listing, live or saved, into Tool units."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from knowledge.spans import line_of
from knowledge.units import Tool


class Unreadable(ValueError):
    """A source cannot be read; the message names it and says what to do."""


def saved(text: str, path: Path) -> tuple[Tool, ...]:
    """The tools of a saved `tools/list` answer: `{"tools": […]}`, a whole JSON-RPC answer, or a bare list.

    Raises:
        Unreadable: when it is none of these, is cut off, or lists nothing.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{path} is not complete JSON ({error.msg}, line {error.lineno}). Save the server's tools/list answer again.") from None
    if isinstance(value, dict) and isinstance(value.get("result"), dict):
        value = value["result"]
    entries = value.get("tools") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise Unreadable(f"{path} holds no tool list: expected a JSON object with `tools`, or `mcpServers`.")
    server = path.parent.name if path.stem == "tools_list" else path.stem
    return tools_of(entries, re.sub(r"[^\w-]", "-", server) or "saved", str(path), text)


def tools_of(entries: list[Any], server: str, source: str, text: str | None = None) -> tuple[Tool, ...]:
    """Tool units of the entries of one server's listing, in its order.

    Args:
        text: the document that the entries were read from, to find their lines in.

    Raises:
        Unreadable: when there are none, one has no name, a name comes twice, or a schema is no JSON Schema.
    """
    if not entries:
        raise Unreadable(f"{source} lists no tools, so there is nothing to learn from it. Check the server, or leave it out.")
    found: dict[str, Tool] = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            raise Unreadable(f"{source}: entry {number} has no name.")
        if name in found:
            raise Unreadable(f"{source}: the tool {name} is listed twice.")
        schema = entry.get("inputSchema") or entry.get("input_schema") or {"type": "object", "properties": {}}
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise Unreadable(f"{source}: the input schema of {name} is not valid JSON Schema: {error.message[:120]}.") from None
        found[name] = Tool(
            name=re.sub(r"[^\w-]", "_", name)[:64],
            called=name,
            server=server,
            description=entry.get("description") or "",
            input_schema=schema,
            output_schema=entry.get("outputSchema"),
            annotations=entry.get("annotations") or {},
            source=f"{source}:{line_of(text, name)}" if text else source,
        )
    return tuple(found.values())
