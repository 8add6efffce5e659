"""The grid: every cell that a tool allows, and why not the others."""

import pytest

from knowledge.catalog import Catalog
from knowledge.servers import Server
from knowledge.theme import load_themes
from knowledge.units import Tool
from steps.grid import FAULT_LEVELS, LEVELS, NOTHING_AUTHORED, grid, runs
from tests.unit.shipped import grid_of, shipped

KEEP = Tool(name="keep", called="keep", server="s", description="Keep a note.", input_schema={"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
CELLS_A_TOOL = sum(len(levels) for kind, levels in LEVELS.items() if kind != "injected_fault") + sum(map(len, FAULT_LEVELS.values()))


def test_every_cell_is_allowed_or_has_a_reason_and_never_both() -> None:
    made = grid_of("time", "memory")
    assert not made.cells.keys() & made.excluded.keys()
    assert all(made.cells.values()) and all(made.excluded.values())
    for tool in made.catalog.tools:
        of_tool = [cell for cell in (*made.cells, *made.excluded) if cell.tool == tool.name and cell.kind != "real_error"]
        assert len(of_tool) == len(set(of_tool)) == CELLS_A_TOOL - len(LEVELS["real_error"])
        assert {cell.kind for cell in (*made.cells, *made.excluded) if cell.tool == tool.name} == set(LEVELS)


def test_each_fault_has_a_cell_of_its_own() -> None:
    made = grid_of("time")
    assert {cell.error_case for cell in made.cells if cell.kind == "injected_fault" and cell.tool == "get_current_time"} == set(FAULT_LEVELS)


def test_a_tool_that_only_reads_has_nothing_destructive_and_says_so() -> None:
    made = grid_of("time")
    cells = [cell for cell in made.excluded if cell.kind == "destructive"]
    assert len(cells) == 2 * len(LEVELS["destructive"])
    assert {made.excluded[cell] for cell in cells} == {NOTHING_AUTHORED["destructive"]}


def test_offline_what_needs_results_is_left_out_with_that_reason() -> None:
    made = grid_of("time", offline=True)
    assert {made.excluded[cell] for cell in made.excluded if cell.kind == "chain"} == {"it needs results, and calls to this tool are not executed"}
    assert {cell.kind for cell in made.cells} == {"one_call", "parallel", "near_twin", "missing_argument", "no_tool"}


def test_recipes_of_a_tool_that_is_not_there_are_left_out() -> None:
    whole = shipped("time")
    half = Catalog(tools=tuple(tool for tool in whole.tools if tool.name != "convert_time"), servers=whole.servers)
    made = grid(half, load_themes())
    called = {call.tool for recipes in made.cells.values() for recipe in recipes for call in recipe.calls}
    assert called == {"get_current_time"}
    assert any(cell.kind == "near_twin" for cell in grid_of("time").cells if cell.tool == "get_current_time")
    assert not any(recipe.twin == "convert_time" for recipes in made.cells.values() for recipe in recipes)


def test_an_unknown_server_gets_its_recipes_from_schemas() -> None:
    made = grid(Catalog(tools=(KEEP,)), load_themes())
    assert {cell.kind for cell in made.cells} == {"one_call", "parallel", "missing_argument", "no_tool"}
    assert made.executes == {"keep": False}


def test_without_banks_shipped_servers_are_strangers() -> None:
    ids = {recipe.id for recipes in grid_of("time", banks=False).cells.values() for recipe in recipes}
    assert ids and all(name.startswith(("get-current-time-", "convert-time-")) for name in ids)


def test_a_parameter_that_no_value_is_found_for_excludes_the_cell_by_name() -> None:
    odd = KEEP.model_copy(update={"input_schema": {"type": "object", "properties": {"text": {"type": "integer", "minimum": 5, "maximum": 4}}, "required": ["text"]}})
    made = grid(Catalog(tools=(odd,)), load_themes())
    assert {why for cell, why in made.excluded.items() if cell.kind == "one_call"} == {"it lacks a number for `text`"}


@pytest.mark.parametrize(
    ("server", "read_only", "writes", "executed"),
    [
        (None, True, True, False),
        (Server(name="s", command="x", shipped=True), False, False, True),
        (Server(name="s", command="uvx", args=("thing==1",)), False, False, True),
        (Server(name="s", command="x", args=("/home/rosa",)), False, False, False),
        (Server(name="s", command="x", args=("/home/rosa",)), True, False, True),
        (Server(name="s", command="x", args=("/home/rosa",)), False, True, True),
        (Server(name="s", url="https://s.example/mcp"), False, False, False),
        (Server(name="s", url="https://s.example/mcp"), True, False, True),
    ],
    ids=str,
)
def test_a_call_is_run_where_it_can_do_no_harm(server: Server | None, read_only: bool, writes: bool, executed: bool) -> None:
    tool = KEEP.model_copy(update={"annotations": {"readOnlyHint": read_only}})
    assert runs(tool, Catalog(tools=(tool,), servers={"s": server} if server else {}), writes) is executed
