"""Recipes for servers that nobody has seen."""

import json
import random
import re
import tarfile
from functools import cache
from pathlib import Path

import pytest

from knowledge.catalog import Catalog
from knowledge.readers.listing import saved
from knowledge.theme import load_themes
from knowledge.units import Tool
from steps.checks.leaks import names_nothing
from steps.generic import deeds, holes, nearest, recipes_for, telling
from steps.render import bare, fill
from steps.script import script
from steps.teachers.composer import call, values_of
from steps.worlds.world import World
from tests.unit.conversation import row
from tests.unit.shipped import shipped

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "claude-flow-2.7.47.tar.gz"
WORLD = World(next(theme for theme in load_themes() if theme.split == "train"), 1)


def tool(name: str, description: str = "", annotations: dict | None = None, required: str = "", **properties: object) -> Tool:
    return Tool(name=name, called=name, server="s", description=description, annotations=annotations or {},
                input_schema={"type": "object", "properties": properties, "required": required.split()})  # fmt: skip


TEXT = {"type": "string"}
STRANGERS = (
    tool("swarm_init", "Initialize swarm with topology and configuration", required="topology",
         topology={"type": "string", "enum": ["mesh", "ring"]}, maxAgents={"type": "number", "default": 8}),
    tool("agent_spawn", "Create specialized AI agents", required="type", type=TEXT, capabilities={"type": "array"}),
    tool("agent_list", "List active agents & capabilities", swarmId=TEXT),
    tool("memory_usage", "Store/retrieve persistent memory with TTL and namespacing", required="action key", action={"enum": ["store", "retrieve"]}, key=TEXT, value=TEXT),
    tool("neural_train", "Train neural patterns with WASM SIMD acceleration", required="pattern_type training_data",
         pattern_type={"enum": ["a", "b"]}, training_data=TEXT, epochs={"type": "integer", "minimum": 1}),
    tool("config_manage", "Configuration management", required="action config", action=TEXT, config={"type": "object"}),
    tool("bare_bones"),
    tool("dropTable", "Drops a table.", {"destructiveHint": True}, required="table", table=TEXT),
    tool("load_balance", "Distribute tasks efficiently",
         tasks={"type": "array", "items": {"type": "object", "properties": {"id": TEXT, "weight": {"type": "number"}}, "required": ["id"]}}),
    tool("run-ref", "Runs it.", required="at", at={"anyOf": [{"$ref": "#/$defs/p"}, {"type": "null"}]}).model_copy(
        update={"input_schema": {"type": "object", "properties": {"at": {"anyOf": [{"$ref": "#/$defs/p"}, {"type": "null"}]}}, "required": ["at"], "$defs": {"p": TEXT}}}
    ),
)  # fmt: skip


def everything_said(strangers: tuple[Tool, ...]) -> list[tuple[Tool, str]]:
    """Every phrasing of every recipe, with its holes filled."""
    catalog = Catalog(tools=strangers)
    said = []
    for one in strangers:
        for recipe in recipes_for(one, strangers):
            made = script(recipe, WORLD, "train", random.Random(recipe.id), catalog)
            context = {**values_of(made), "world": WORLD}
            for text in {text for turn in recipe.turns for text in turn.ask} | set(recipe.clauses):
                said.append((one, bare(fill(text, context, random.Random(0)))))
    return said


@pytest.mark.parametrize("one", STRANGERS, ids=lambda one: one.name)
def test_a_stranger_gets_every_kind_that_its_schema_allows(one: Tool) -> None:
    kinds = {recipe.kind for recipe in recipes_for(one, STRANGERS)}
    assert {"one_call", "no_tool"} <= kinds
    assert ("destructive" in kinds) == one.destructive
    assert ({"missing_argument", "follow_up"} <= kinds) == any(telling(one.parameters[name]) for name in one.required)
    assert {recipe.complexity for recipe in recipes_for(one, STRANGERS) if recipe.kind == "one_call"} == {"simple", "moderate", "complex"}


def test_no_phrasing_names_a_tool_or_a_parameter() -> None:
    catalog = Catalog(tools=STRANGERS)
    said = everything_said(STRANGERS)
    assert len(said) > 300
    for one, text in said:
        assert names_nothing(row(f"> {text}", catalog=catalog)) is None, (one.name, text)
        assert "{" not in text.replace("{}", "") and "None" not in text, (one.name, text)


def test_a_recipes_calls_keep_the_schema() -> None:
    catalog = Catalog(tools=STRANGERS)
    for one in STRANGERS:
        for recipe in recipes_for(one, STRANGERS):
            made = script(recipe, WORLD, "train", random.Random(recipe.id), catalog)
            for step in (step for beat in made.beats for step in beat.steps):
                arguments = call(step[0], "row", 0, {**values_of(made), "results": []}).arguments
                assert set(one.required) <= set(arguments) <= set(one.parameters)


def test_more_complex_calls_name_more_optional_parameters() -> None:
    many = tool("keep", "Keep.", required="a", a=TEXT, b=TEXT, c=TEXT, d=TEXT)
    assert [len(holes(many, optional)[1]) for optional in (0, 2, 3)] == [1, 3, 4]


@pytest.mark.parametrize(
    ("one", "deed"),
    [
        (tool("swarm_init", "Initialize swarm with topology and configuration"), "set up the swarm"),
        (tool("agent_list", "List active agents & capabilities"), "list the active agents & capabilities"),
        (tool("getUsers", "Retrieves all users."), "get the users"),
        (tool("delete_row"), "delete the row"),
        (tool("weather"), "take care of the weather"),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_a_deed_is_said_in_plain_imperatives(one: Tool, deed: str) -> None:
    assert deed in deeds(one)
    assert not any(re.search(r"[_A-Z]", text) for text in deeds(one))


@pytest.mark.parametrize(
    ("schema", "tells"),
    [(TEXT, True), ({}, True), ({"type": "integer"}, True), ({"type": "boolean"}, False), ({"type": "string", "default": "a"}, False), ({"enum": ["a"]}, False),
     ({"const": 1}, False), (True, False)],
)  # fmt: skip
def test_only_the_user_can_know_a_text_or_number_without_choices(schema: object, tells: bool) -> None:
    assert telling(schema) is tells


def test_the_nearest_sibling_shares_most_words_and_none_is_near_without_a_shared_word() -> None:
    assert nearest(STRANGERS[1], STRANGERS).name == "agent_list"
    assert nearest(tool("weather"), STRANGERS) is None


def test_the_shipped_servers_can_be_strangers_too() -> None:
    for one, text in everything_said(shipped("git", "time", "sqlite").tools):
        assert one.name not in text, text


@cache
def claude_flow() -> tuple[Tool, ...]:
    with tarfile.open(CORPUS) as archive:
        member = next(member for member in archive if member.name.endswith("/tools_list.json"))
        return saved(archive.extractfile(member).read().decode(), Path(member.name))


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")
def test_ninety_tools_of_claude_flow_all_get_recipes_that_name_none_of_them() -> None:
    tools = claude_flow()
    assert len(tools) == 90
    names = {name for one in tools for name in (one.name, *one.parameters) if re.search(r"[_A-Z]", name)}
    for one, text in everything_said(tools[::4]):
        assert not names & set(re.findall(r"[A-Za-z]\w*", text)), (one.name, text)
    assert all({"one_call", "no_tool"} <= {recipe.kind for recipe in recipes_for(one, tools)} for one in tools)
    json.dumps([recipe.model_dump() for recipe in recipes_for(tools[0], tools)])
