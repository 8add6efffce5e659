"""Choices: phrasing families by split, values that differ, one script a recipe."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.recipe import Call, Recipe, Turn
from knowledge.theme import load_themes
from steps.script import choose, draw_values, part, script
from steps.worlds.world import Exhausted, World
from tests.unit.shipped import shipped

SPLITS = ("train", "validation", "test")
WORLD = World(next(theme for theme in load_themes() if theme.split == "train"), 3)
CATALOG = shipped("time")
ASKS = tuple(f"ask {number} {{{{ a }}}}" for number in range(12))
TURN = Turn(ask=ASKS, steps=((Call(tool="convert_time", arguments={"source_timezone": "a", "time": "'09:00'", "target_timezone": "b"}),),), answer=("x", "y"))
RECIPE = Recipe(id="two-places", kind="one_call", complexity="simple", draw={"a": "place", "b": "place"}, turns=(TURN,), clauses=ASKS, state=("after == before",))


@given(st.integers(3, 60))
def test_splits_share_no_family_and_leave_none_out(count: int) -> None:
    parts = [part(["f"] * count, split) for split in SPLITS]
    assert sorted(index for each in parts for index in each) == list(range(count))
    assert len(parts[0]) >= len(parts[1]) == len(parts[2]) >= 1


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_families_all_go_to_training(count: int) -> None:
    assert part(["f"] * count, "train") == tuple(range(count))
    for split in ("validation", "test"):
        with pytest.raises(Exhausted, match=f"phrasing families for {split}"):
            part(["f"] * count, split)


def test_a_family_is_chosen_from_the_splits_own() -> None:
    assert {choose(ASKS, "validation", random.Random(seed))[0] for seed in range(50)} == {8, 9}


def test_two_holes_of_one_kind_get_different_values() -> None:
    for seed in range(40):
        values = draw_values(RECIPE.draw, WORLD, random.Random(seed), CATALOG)
        assert values["a"].value != values["b"].value


def test_where_there_are_not_enough_values_that_is_said() -> None:
    many = RECIPE.model_copy(update={"draw": {f"n{number}": "schema:convert_time:time" for number in range(400)}})
    with pytest.raises(Exhausted, match="different values of kind schema:convert_time:time"):
        draw_values(many.draw, WORLD, random.Random(0), CATALOG)


def test_a_script_is_a_recipe_with_every_choice_made() -> None:
    made = script(RECIPE, WORLD, "train", random.Random(1), CATALOG)
    assert made == script(RECIPE, WORLD, "train", random.Random(1), CATALOG)
    (beat,) = made.beats
    assert beat.ask in ASKS[:8] and beat.family == f"two-places.0.{ASKS.index(beat.ask)}" and beat.answer in ("x", "y")
    assert set(made.values) == {"a", "b"} and made.servers == ("time",) and made.clause in ASKS
    assert [condition.text for condition in made.state] == ["after == before"] and made.executes and made.fault is None
