"""Templates and expressions: holes are marked, and what cannot be filled is named."""

import random

import pytest

from steps.render import CLOSE, OPEN, Unfillable, bare, evaluate, fill, outside
from steps.worlds.world import Value

PORT = Value("Europe/Lisbon", ("Lisbon",), {"river": "Tagus"})


def hole(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}"


def test_each_filled_hole_stands_between_marks() -> None:
    assert fill("time in {{ p }}, on the {{ p.river }}?", {"p": PORT}, random.Random(0)) == f"time in {hole('Lisbon')}, on the {hole('Tagus')}?"


def test_marks_are_taken_off_at_the_end() -> None:
    assert bare(f"time in {hole('Lisbon')}?") == "time in Lisbon?"


def test_one_of_the_natural_forms_is_shown_by_seed() -> None:
    number = Value(3, ("3", "three"))
    shown = {bare(fill("{{ n }}", {"n": number}, random.Random(seed))) for seed in range(20)}
    assert shown == {"3", "three"}
    assert fill("{{ n }}", {"n": number}, random.Random(7)) == fill("{{ n }}", {"n": number}, random.Random(7))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello {{ nobody }}", "'nobody' is undefined"),
        ("{{ p.sea }}", "'steps.worlds.world.Value object' has no attribute 'sea'"),
        ("{{ results[3] }}", "list object has no element 3"),
        ("{{ results[0].x.y }}", "has no attribute 'x'"),
        ("{% if %}", "Expected an expression"),
    ],
)
def test_what_cannot_be_filled_names_the_template(text: str, said: str) -> None:
    with pytest.raises(Unfillable) as refused:
        fill(text, {"p": PORT, "results": [1]}, random.Random(0))
    assert repr(text) in str(refused.value) and said in str(refused.value)


@pytest.mark.parametrize("text", ["nobody", "p.sea", "results[3]", "results[0].x.y", "[1, nobody]", "'a' ~ nobody", "p ["])
def test_an_expression_that_has_no_value_names_itself(text: str) -> None:
    with pytest.raises(Unfillable):
        evaluate(text, {"p": PORT, "results": [1]})


def test_an_expression_gives_json_values_and_drawn_values_go_in_as_such() -> None:
    assert evaluate("[{'zone': p, 'n': results[0] + 1}]", {"p": PORT, "results": [1]}) == [{"zone": "Europe/Lisbon", "n": 2}]


def test_changes_stay_outside_of_filled_holes() -> None:
    assert outside(f"read {hole('Notes.md')} Now", str.lower) == f"read {hole('Notes.md')} now"
