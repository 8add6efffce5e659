"""The catalog: sources joined, names unique."""

import json
from pathlib import Path

import pytest

from knowledge.catalog import HIVE, Unreadable, distinct, load_catalog
from knowledge.readers.listing import saved
from knowledge.units import Tool


def listing(folder: Path, name: str, *tools: str, **schema: object) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"tools": [{"name": tool, "inputSchema": {"type": "object", "properties": schema}} for tool in tools]}), encoding="utf-8")
    return str(path)


def tool(server: str, name: str) -> Tool:
    return Tool(name=name, called=name, server=server)


def test_two_servers_with_one_tool_name_get_names_of_their_own_and_keep_what_the_server_calls_it() -> None:
    made = distinct([tool("one", "search"), tool("two", "search"), tool("two", "other")])
    assert [(each.name, each.called, each.server) for each in made] == [("one__search", "search", "one"), ("two__search", "search", "two"), ("other", "other", "two")]


def test_made_up_names_are_unique_valid_and_short() -> None:
    made = distinct([tool("a.b", "x" * 64), tool("a b", "x" * 64), tool("c", "a_b__" + "x" * 59)])
    names = [each.name for each in made]
    assert len(set(names)) == 3 and all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in names)


def test_sources_add_up_and_a_repeated_one_adds_nothing(tmp_path: Path) -> None:
    one, two = listing(tmp_path, "one", "search"), listing(tmp_path, "two", "search", "other")
    catalog = load_catalog([one, two, one], offline=True)
    assert [each.id for each in catalog.tools] == ["one.search", "two.search", "two.other"]
    assert catalog.has("one__search") and not catalog.has("search") and catalog.tool("other").server == "two"
    with pytest.raises(KeyError):
        catalog.tool("search")


def test_the_shipped_servers_are_known_offline_and_nothing_is_started() -> None:
    catalog = load_catalog([str(HIVE)], offline=True)
    assert {each.server for each in catalog.tools} == {"git", "time", "sqlite", "fetch", "filesystem", "memory"}
    assert catalog.servers == {} and catalog.left_out == {}
    assert all(each.source.startswith("knowledge/hive/tools/") for each in catalog.tools)


def test_a_row_never_learns_where_a_source_lay(tmp_path: Path) -> None:
    catalog = load_catalog([listing(tmp_path, "one", "search")], offline=True)
    assert catalog.tools[0].source == "one.json:1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"tools": [{"name": "a"', "is not complete JSON"),
        ('{"tool": []}', "holds no tool list"),
        ('{"tools": []}', "lists no tools"),
        ('{"tools": [{"title": "a"}]}', "has no name"),
        ('{"tools": [{"name": "a"}, {"name": "a"}]}', "is listed twice"),
        ('{"tools": [{"name": "a", "inputSchema": {"type": "objekt"}}]}', "not valid JSON Schema"),
        ('{"tools": [{"name": "a", "inputSchema": {"type": "array"}}]}', "must be of the type object"),
        ('{"tools": [{"name": "a", "inputSchema": {"properties": {"x": {"$ref": "#/$defs/y"}}}}]}', "refers to #/\\$defs/y"),
    ],
)
def test_a_broken_list_is_named_with_what_to_do(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Unreadable, match=said) as refused:
        load_catalog([str(path)], offline=True)
    assert "mine" in str(refused.value) and str(refused.value).endswith(".")


@pytest.mark.parametrize("source", ["https://tools.example/mcp", "mine.mcp.json"])
def test_live_sources_are_refused_offline(tmp_path: Path, source: str) -> None:
    if not source.startswith("https"):
        path = tmp_path / source
        path.write_text('{"mcpServers": {"a": {"command": "x"}}}', encoding="utf-8")
        source = str(path)
    with pytest.raises(Unreadable, match="--offline"):
        load_catalog([source], offline=True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"nowhere\.json cannot be read: No such file"):
        load_catalog([str(tmp_path / "nowhere.json")], offline=True)


@pytest.mark.parametrize("wrap", [lambda tools: {"tools": tools}, lambda tools: tools, lambda tools: {"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}}])
def test_a_saved_list_comes_in_three_forms(wrap) -> None:
    schema = {"type": "object", "properties": {"a": {}}, "required": ["a", "ghost"]}
    tool = {"name": "get.sum", "description": "Add. Then stop.", "inputSchema": schema, "annotations": {"readOnlyHint": True}}
    text = json.dumps(wrap([tool]), indent=1)
    (made,) = saved(text, Path("somewhere/math/tools_list.json"))
    assert (made.name, made.called, made.server, made.summary, made.required, made.read_only, made.harmless) == ("get_sum", "get.sum", "math", "Add.", ("a",), True, True)
    assert made.source.startswith("somewhere/math/tools_list.json:")
