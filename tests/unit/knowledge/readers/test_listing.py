"""Saved tool lists and `.mcp.json`, as part of a system."""

import json
from pathlib import Path

import pytest

from knowledge.document import make_document
from knowledge.readers import listing
from knowledge.readers.reading import Around
from knowledge.system import read_system
from knowledge.units import Tool
from tests.unit.knowledge.systems import reading, source, system

TOOL = {"name": "roll", "description": "Roll dice.", "inputSchema": {"type": "object", "properties": {}}}


def claimed(path: str, text: str, whole: bool = False) -> bool:
    return listing.claims(make_document(path, text, len(text), whole), Around({}))


def test_a_saved_answer_is_tools_at_their_lines() -> None:
    found = system("mcp")
    assert [(unit.server, unit.called, unit.name, unit.source, unit.destructive, unit.read_only) for unit in found.tools] == [
        ("mcp", "fire.kiln", "fire_kiln", "mcp/tools_list.json:7", True, False),
        ("mcp", "list_glazes", "list_glazes", "mcp/tools_list.json:16", False, True),
    ]
    assert [(file.path, file.format, file.units) for file in found.files] == [("mcp/tools_list.json", "MCP", 2)]


def test_a_tool_is_sent_as_compact_json_under_a_name_that_an_api_takes() -> None:
    assert [(part.name, part.residency, part.level, part.category, part.server, part.source, part.text) for part in system("mcp").parts] == [
        (
            "fire.kiln",
            "resident",
            "L2",
            "tool",
            "mcp",
            "mcp/tools_list.json:7",
            '{"name":"mcp__mcp__fire_kiln","description":"Fire the kiln. It takes a night.","input_schema":{"type":"object","properties":'
            '{"degrees":{"type":"integer","description":"How hot.","maximum":1300}},"required":["degrees"]}}',
        ),
        (
            "list_glazes",
            "resident",
            "L2",
            "tool",
            "mcp",
            "mcp/tools_list.json:16",
            '{"name":"mcp__mcp__list_glazes","description":"List the glazes.","input_schema":{"type":"object","properties":{}}}',
        ),
    ]


def test_a_tool_without_a_schema_is_sent_with_an_empty_one() -> None:
    assert listing.part_of(Tool(name="a", called="a", server="s")).text == '{"name":"mcp__s__a","description":"","input_schema":{"type":"object","properties":{}}}'


def test_a_tools_line_is_that_of_its_name_and_not_of_a_parameter_called_so(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"weather": {"type": "string"}}}
    entries = [TOOL | {"name": "tide", "inputSchema": schema}, TOOL | {"name": "weather"}, TOOL | {"name": "flöte"}]
    found = reading(tmp_path / "s", {"sea.json": json.dumps({"tools": entries}, indent=1, ensure_ascii=False)})
    lines = json.dumps({"tools": entries}, indent=1, ensure_ascii=False).split("\n")
    assert [lines[unit.line - 1].strip() for unit in found.tools] == ['"name": "tide",', '"name": "weather",', '"name": "flöte",']


@pytest.mark.parametrize(
    ("path", "text", "whole", "taken"),
    [
        ("s/.mcp.json", '{"mcpServers": {"a": {}}}', False, True),
        ("s/docs/example.json", '{"mcpServers": {}}', False, False),
        ("mine.json", '{"mcpServers": {}}', True, True),
        ("s/tools.json", json.dumps([TOOL]), False, True),
        ("s/package.json", '{"tools": []}', False, False),
        ("list.json", '{"tools": []}', True, True),
        ("s/notes.md", '{"mcpServers": {"a": {}}} "inputSchema"', False, False),
    ],
)
def test_lists_and_servers_are_known_by_their_keys(path: str, text: str, whole: bool, taken: bool) -> None:
    assert claimed(path, text, whole) is taken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"tools": [{"name": "a", "inputSchema"', "is not complete JSON (Expecting ':' delimiter, line 1). Save the server's tools/list answer again."),
        ('{"inputSchema": {}}', "holds no tool list. Give a JSON object with `tools` (a server's tools/list answer) or with `mcpServers`."),
        (json.dumps([TOOL, TOOL]), "the tool roll of server sea is listed twice. Mend the list, or leave the server out."),
    ],
)
def test_a_list_that_cannot_be_used_is_named_and_the_rest_is_read(tmp_path: Path, text: str, words: str) -> None:
    found = reading(tmp_path / "s", {"sea.json": text, "AGENTS.md": "Never guess.\n"})
    assert (found.warnings, [unit.kind for unit in found.units]) == ([("s/sea.json:1", words)], ["rule"])


def test_servers_that_cannot_be_launched_are_named(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {".mcp.json": '{"mcpServers": {"a": {"args": []}}}'})
    assert found.warnings == [("s/.mcp.json:1", "its servers cannot be used: server a has neither `command` nor `url`. Add one, or take it out")]


def test_the_same_list_twice_counts_once_and_another_of_that_server_under_another_name(tmp_path: Path) -> None:
    one, other = json.dumps([TOOL]), json.dumps([TOOL | {"description": "Roll two dice."}])
    found = read_system([source(tmp_path / name, {"dice.json": text}) for name, text in (("a", one), ("b", one), ("c", other))])
    assert [(unit.server, unit.name, unit.description) for unit in found.tools] == [("dice", "dice__roll", "Roll dice."), ("dice-2", "dice-2__roll", "Roll two dice.")]
    assert [(part.server, part.source) for part in found.parts] == [("dice", "a/dice.json:1"), ("dice-2", "c/dice.json:1")]
    assert found.notes == [
        "the tools of dice in b/dice.json are the same in another list; they count once",
        "the tools of dice in c/dice.json are those of dice-2 here: another list has other tools of that name",
    ]
