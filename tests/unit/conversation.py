"""Write a finished row down as a conversation: `> user`, `< assistant`, and a list of calls with their results."""

import dataclasses
import json
from typing import Any

from knowledge.catalog import Catalog
from knowledge.recipe import Call
from knowledge.units import Tool
from steps.checks.row import Row
from steps.contracts import Beat, Executed, Script
from steps.worlds.world import Value

SYSTEM = "You are a coding assistant working in the user's terminal.\nWorking directory: /home/dev/tide-herald\nNow: Wednesday 2025-03-12 14:20 UTC"


def parameters(required: str = "", **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
TOOLS = (
    Tool(name="read_file", called="read_file", server="files", description="Read the complete contents of a file from the file system as text with one encoding.",
         annotations={"readOnlyHint": True},
         input_schema=parameters("path", path={"type": "string", "description": "where the one file that is to be read stands below home"}, head_lines=NUMBER)),
    Tool(name="read_old", called="read_old", server="files", input_schema=parameters("path", path=TEXT), annotations={"readOnlyHint": True}),
    Tool(name="list_folder", called="list_folder", server="files", input_schema=parameters("path", path=TEXT), annotations={"readOnlyHint": True}),
    Tool(name="write_file", called="write_file", server="files", input_schema=parameters("path content", path=TEXT, content=TEXT), annotations={"destructiveHint": True}),
    Tool(name="delete_file", called="delete_file", server="files", input_schema=parameters("path", path=TEXT), annotations={"destructiveHint": True}),
    Tool(name="git_log", called="git_log", server="git", annotations={"readOnlyHint": True},
         input_schema=parameters("", maxCount={"type": "integer", "default": 10, "maximum": 100}, since={"type": "string", "format": "date"}, author=TEXT,
                                 order={"type": "string", "enum": ["newest", "oldest"]}, kind={"type": "string", "description": "'local' or 'remote'; e.g. 'origin'"})),
    Tool(name="read_query", called="read_query", server="sqlite", input_schema=parameters("query", query=TEXT), annotations={"readOnlyHint": True}),
    Tool(name="now", called="now", server="time", input_schema=parameters("timezone", timezone=TEXT, time=TEXT), annotations={"readOnlyHint": True}),
    Tool(name="add_notes", called="add_notes", server="memory",
         input_schema=parameters("notes", notes={"type": "array", "items": parameters("about text", about=TEXT, text=TEXT, tags={"type": "array", "items": TEXT})})),
    Tool(name="forget", called="forget", server="memory", input_schema={"type": "object", "additionalProperties": True}),
    Tool(name="ping", called="ping", server="memory", input_schema={"type": "object", "properties": {}}),
)  # fmt: skip
CATALOG = Catalog(tools=TOOLS)


def done(tool: str, text: str = "ok", error: bool = False, by: str = "server", **arguments: Any) -> Executed:
    return Executed(id="", tool=tool, server="", arguments=arguments, text=text, error=error, shape="is_error" if error else "ok", by=by)


def row(*lines: str | list[Executed], kind: str = "one_call", tool: str | None = None, planned: list[list[list[str]]] | None = None, twin: str | None = None,
        fault: tuple[str, int] | None = None, executes: bool = True, values: dict[str, Value] | None = None, state: tuple[str, ...] = (),
        catalog: Catalog = CATALOG) -> Row:  # fmt: skip
    """A row whose script says what the conversation does, unless `planned` (tools by turn and step) says otherwise."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}]
    executed: list[Executed] = []
    steps: list[list[list[str]]] = []
    for line in lines:
        if isinstance(line, str):
            messages.append({"role": {">": "user", "<": "assistant"}[line[0]], "content": line[2:]})
            steps += [[]] if line[0] == ">" else []
            continue
        calls = [one.model_copy(update={"id": f"call_{len(executed) + index}"}) for index, one in enumerate(line)]
        made = [{"id": one.id, "type": "function", "function": {"name": one.tool, "arguments": json.dumps(one.arguments)}} for one in calls]
        messages.append({"role": "assistant", "content": None, "tool_calls": made})
        messages += [{"role": "tool", "tool_call_id": one.id, "content": one.text} for one in calls if one.by != "nobody"]
        executed += calls
        if real := [one.tool for one in calls if one.by != "fault"]:
            steps[-1].append(real)
    wanted = steps if planned is None else planned
    beats = tuple(Beat(ask="", family="f.0.0", answer="", steps=tuple(tuple(Call(tool=name) for name in step) for step in turn)) for turn in wanted)
    script = Script(beats=beats, twin=twin, fault=fault, executes=executes, values={name: value.dump() for name, value in (values or {}).items()})
    first = tool or (executed[0].tool if executed else "read_file")
    return Row(kind, "simple", first, "none", messages, executed, script, list(state), catalog)


def but(made: Row, **changes: Any) -> Row:
    """The same row with other columns."""
    return dataclasses.replace(made, **changes)
