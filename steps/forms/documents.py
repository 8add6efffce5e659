"""Tools' documents as people paste them."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from knowledge.units import Tool


def documented(tools: Sequence[Tool], rng: random.Random) -> str:
    """The documents of tools, all in one of six layouts."""
    layout = rng.choice((as_json, as_lines, as_markdown, as_manual, as_yaml, as_signatures))
    return layout(tools)


def as_json(tools: Sequence[Tool]) -> str:
    """The list that a server gives."""
    entries = [{"name": tool.name, "description": tool.description, "parameters": slim(tool.input_schema)} for tool in tools]
    return f"```json\n{json.dumps(entries, indent=2, ensure_ascii=False)}\n```"


def as_lines(tools: Sequence[Tool]) -> str:
    """One JSON object a line."""
    return "\n".join(json.dumps({"name": tool.name, "description": tool.description, "input_schema": slim(tool.input_schema)}, ensure_ascii=False) for tool in tools)


def as_markdown(tools: Sequence[Tool]) -> str:
    """A section a tool, its parameters as a list."""
    return "\n\n".join(f"### {tool.name}\n\n{tool.description}\n\n" + ("\n".join(f"- `{line}" for line in parameters(tool, "`")) or "No parameters.") for tool in tools)


def as_manual(tools: Sequence[Tool]) -> str:
    """A page of a manual."""
    return "\n\n".join(f"{tool.name.upper()}\n    {tool.description}\n" + "\n".join(f"      {line}" for line in parameters(tool, "")) for tool in tools).rstrip()


def as_yaml(tools: Sequence[Tool]) -> str:
    """YAML, as in a configuration file."""
    entries = {tool.name: {"description": tool.description, "parameters": slim(tool.input_schema).get("properties", {})} for tool in tools}
    return f"```yaml\n{yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=10_000).rstrip()}\n```"


def as_signatures(tools: Sequence[Tool]) -> str:
    """Stubs of functions."""
    stubs = []
    for tool in tools:
        required = (tool.input_schema or {}).get("required", [])
        names = sorted(slim(tool.input_schema).get("properties", {}), key=lambda name, needed=required: name not in needed)  # type: ignore[misc]
        signature = ", ".join(name if name in required else f"{name}=None" for name in names)
        stubs.append(f'def {tool.name}({signature}):\n    """{tool.description}"""')
    return "```python\n" + "\n\n".join(stubs) + "\n```"


def parameters(tool: Tool, mark: str) -> Iterator[str]:
    """A line for each parameter: name, type, whether it is needed, what the document says."""
    schema = tool.input_schema or {}
    for name, about in schema.get("properties", {}).items():
        needed = "required" if name in schema.get("required", []) else "optional"
        said = f": {about['description']}" if about.get("description") else ""
        yield f"{name}{mark} ({kind(about)}, {needed}){said}"


def kind(schema: dict[str, Any]) -> str:
    """A parameter's type in short."""
    if schema.get("type") == "array":
        inner = schema.get("items", {})
        inside = f"{{{', '.join(inner.get('properties', {}))}}}" if inner.get("properties") else inner.get("type", "any")
        return f"array of {inside}"
    return str(schema.get("type") or " or ".join(str(option.get("type")) for option in schema.get("anyOf", [])) or "any")


def slim(schema: Any) -> dict[str, Any]:
    """A schema without the titles that generators put in."""
    if not isinstance(schema, dict):
        return {"type": "object", "properties": {}}
    return {key: strip(value) for key, value in schema.items() if key not in ("title", "$schema")}


def strip(value: Any) -> Any:
    """The same without the titles of what is inside; a property called `title` stays."""
    if isinstance(value, list):
        return [strip(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {key: strip(part) for key, part in value.items() if not (key == "title" and isinstance(part, str))}
