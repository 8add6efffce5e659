"""Derived scripts: parallel calls are independent, faults strike as planned, what is not run ends early."""

import random
from collections import Counter
from string import Formatter
from typing import get_args

import pytest

from knowledge.faults import load_faults
from knowledge.recipe import Fault, Recipe
from knowledge.theme import load_themes
from steps.derive import UNCHANGED, faulted, frames, parallel, scoped, unexecuted
from steps.render import bare, evaluate, fill
from steps.script import script
from steps.teachers.composer import request, values_of
from steps.worlds.world import Exhausted, World
from tests.unit.shipped import grid_of, shipped

CATALOG = shipped("time", "memory")
GRID = grid_of("time", "memory")
WORLDS = [World(theme, seed) for theme in load_themes() if theme.split == "train" for seed in (1, 2)]
READING = next(recipe for recipe in GRID.singles if recipe.id == "now-in-city")


def side_by_side(tool: str, complexity: str = "moderate"):
    for seed, world in enumerate(WORLDS[:40]):
        try:
            own = [recipe for recipe in GRID.singles if recipe.calls[0].tool == tool and recipe.clauses]
            yield parallel(tool, complexity, own, GRID.singles, world, "train", random.Random(seed), CATALOG, GRID.safe), world
        except Exhausted:
            continue


@pytest.mark.parametrize(("complexity", "count"), [("moderate", 2), ("complex", 3)])
def test_parallel_calls_stand_in_one_step_of_one_turn_and_the_tool_is_among_them(complexity: str, count: int) -> None:
    made = list(side_by_side("convert_time", complexity))
    assert len(made) > 10
    for one, _ in made:
        ((step,),) = [beat.steps for beat in one.beats]
        assert len(step) == count and "convert_time" in {call.tool for call in step}


@pytest.mark.parametrize("tool", ["get_current_time", "create_entities"])
def test_parallel_calls_are_independent(tool: str) -> None:
    """No argument needs a result, no two calls are the same, and one that writes stands beside readers of other servers or its like."""
    shapes = Counter()
    for one, _ in side_by_side(tool, "complex"):
        (step,) = one.beats[0].steps
        arguments = [(call.tool, {name: evaluate(text, values_of(one)) for name, text in call.arguments.items()}) for call in step]
        assert all(arguments.count(each) == 1 for each in arguments)
        writers = [call.tool for call in step if not CATALOG.tool(call.tool).harmless]
        if len(writers) == 1:
            assert all(CATALOG.tool(call.tool).server != CATALOG.tool(writers[0]).server for call in step if call.tool != writers[0])
        else:
            assert set(writers) <= {tool}
        shapes[len(writers)] += 1
    assert sum(shapes.values()) > 10


def test_each_part_of_a_joined_request_speaks_of_its_own_values() -> None:
    one, world = next(side_by_side("get_current_time"))
    text = bare(request(one, 0, world, random.Random(0)))
    assert "{" not in text and "p0_" not in text and text == text.strip()
    assert len(one.values) >= 2 and all(name.startswith(("p0_", "p1_")) for name in one.values)


@pytest.mark.parametrize(("count", "holes"), [("two", "ab"), ("three", "abc")])
def test_there_are_twelve_ways_or_more_to_join_and_each_has_every_hole_once(count: str, holes: str) -> None:
    assert len(set(frames()[count])) >= 12
    assert all(sorted(name for _, name, _, _ in Formatter().parse(frame) if name) == list(holes) for frame in frames()[count])


def test_where_nothing_can_stand_beside_a_call_that_is_said() -> None:
    alone = READING.model_copy(update={"repeatable": False, "draw": {}, "turns": READING.turns})
    with pytest.raises(Exhausted, match="2 independent calls with get_current_time"):
        parallel("get_current_time", "moderate", (alone,), (alone,), WORLDS[0], "train", random.Random(0), CATALOG, GRID.safe)


def test_a_template_is_scoped_to_its_own_values_and_results() -> None:
    text = scoped("{{ p.city }}: {{ results[0] }} and {{ results | length }}", READING, "p1_", 1)
    context = {"p1_p": values_of(script(READING, WORLDS[0], "train", random.Random(0), CATALOG))["p"], "results": ["first", "second", "third"]}
    assert bare(fill(text, context, random.Random(0))).endswith(": second and 1")


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_simple_fault_strikes_once_and_another_as_often_as_it_is_tried(fault: Fault) -> None:
    plain = script(READING, WORLDS[0], "train", random.Random(0), CATALOG)
    once = faulted(fault, "simple", READING, WORLDS[0], "train", random.Random(0), CATALOG)
    assert once == plain.model_copy(update={"fault": (fault, 1)})
    stays = faulted(fault, "moderate", READING, WORLDS[0], "train", random.Random(0), CATALOG)
    assert (stays.fault, stays.state, stays.values) == ((fault, load_faults()[fault].tries), (UNCHANGED,), plain.values)
    assert stays.clause.lower() in stays.beats[0].ask.lower()  # what cannot be done is said in the words of the request
    assert (stays.beats[0].steps, stays.beats[0].answer) == (plain.beats[0].steps, plain.beats[0].answer)


def test_what_nobody_runs_ends_at_its_first_calls() -> None:
    chain = next(recipe for recipes in GRID.cells.values() for recipe in recipes if recipe.kind == "chain" and len(recipe.turns[0].steps) > 1)
    asked = next(recipe for recipes in GRID.cells.values() for recipe in recipes if recipe.kind == "missing_argument" and len(recipe.turns) > 1)
    declined = next(recipe for recipes in GRID.cells.values() for recipe in recipes if recipe.kind == "no_tool")

    def ends(recipe: Recipe) -> list[int]:
        for seed, world in enumerate(WORLDS):
            try:
                made = unexecuted(script(recipe, world, "train", random.Random(seed), CATALOG))
            except Exhausted:
                continue
            assert (made.executes, made.state, made.servers) == (False, (), ())
            return [len(beat.steps) for beat in made.beats]
        raise AssertionError(f"{recipe.id} fits no world")

    assert ends(chain) == [1]
    assert ends(asked) == [0, 1]
    assert ends(declined) == [0] * len(declined.turns)
