"""A recipe's shape is held against its kind."""

import pytest

from knowledge.faults import load_faults
from knowledge.recipe import Bank, Recipe, load_banks

CALL = {"tool": "read_file", "arguments": {"path": "f"}}
ASK = {"ask": ["a", "b", "c"], "answer": ["x", "y"]}
ACT = ASK | {"steps": [[CALL]]}
TWO = ASK | {"steps": [[CALL], [CALL]]}


def recipe(kind: str, *turns: dict, **more: object) -> Recipe:
    return Recipe.model_validate({"id": "r", "kind": kind, "complexity": "simple", "turns": turns} | more)


@pytest.mark.parametrize(
    ("kind", "turns", "more"),
    [
        ("one_call", [ACT], {}), ("near_twin", [ACT], {"twin": "read_old"}), ("chain", [TWO], {}), ("no_tool", [ASK], {"about": ["t"]}), ("missing_argument", [ASK, ACT], {}),
        ("real_error", [ASK | {"steps": [[CALL | {"fails": True}]]}], {}), ("destructive", [ASK, ACT], {}), ("follow_up", [ACT, ACT], {}),
    ],
)  # fmt: skip
def test_a_well_shaped_recipe_is_taken(kind: str, turns: list[dict], more: dict) -> None:
    assert recipe(kind, *turns, **more).tools


@pytest.mark.parametrize(
    ("kind", "turns", "more", "said"),
    [
        ("one_call", [TWO], {}, "has exactly one turn and one call"),
        ("one_call", [ACT, ASK], {}, "has exactly one turn and one call"),
        ("near_twin", [ACT], {}, "names its twin"),
        ("chain", [ASK | {"steps": [[CALL, CALL]]}], {}, "has one turn and 2 to 5 calls in two or more steps"),
        ("chain", [ASK | {"steps": [[CALL]] * 6}], {}, "has one turn and 2 to 5 calls in two or more steps"),
        ("no_tool", [ACT], {}, "calls nothing"),
        ("no_tool", [ASK], {}, "names what it is about"),
        ("missing_argument", [ACT], {}, "asks back in its first turn"),
        ("real_error", [ACT], {}, "has a call that fails"),
        ("destructive", [ACT], {}, "confirms in its first turn"),
        ("follow_up", [ACT], {}, "has two turns or more"),
        ("parallel", [ACT], {}, "is derived from one_call recipes"),
        ("injected_fault", [ACT], {}, "is derived from one_call recipes"),
    ],
)
def test_a_badly_shaped_recipe_is_refused_by_name(kind: str, turns: list[dict], more: dict, said: str) -> None:
    with pytest.raises(ValueError, match=f"recipe r: {kind} {said}"):
        recipe(kind, *turns, **more)


def test_too_few_phrasings_and_unknown_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3 items"):
        recipe("one_call", ACT | {"ask": ["a", "b"]})
    with pytest.raises(ValueError, match="Extra inputs"):
        recipe("one_call", ACT, colour="red")


def test_recipe_ids_are_unique_in_a_server() -> None:
    with pytest.raises(ValueError, match=r"recipe ids used twice: \['r'\]"):
        Bank(server="s", recipes=(recipe("one_call", ACT), recipe("one_call", ACT)))


def test_every_shipped_tool_has_twelve_phrasings_or_more_of_a_single_call() -> None:
    for bank in load_banks().values():
        families: dict[str, int] = {}
        for one in bank.recipes:
            if one.kind == "one_call":
                families[one.calls[0].tool] = families.get(one.calls[0].tool, 0) + len(one.turns[0].ask)
        assert families and all(count >= 12 for count in families.values()), (bank.server, families)


def test_every_fault_is_tried_at_least_once_and_says_all_that_is_needed() -> None:
    assert set(load_faults()) == {"timeout", "server_error", "malformed", "permission_denied", "too_large"}
    for name, fault in load_faults().items():
        assert fault.tries >= 1, name
        assert all("{{ clause }}" in text for text in fault.gave_up) and all("{{ answer }}" in text for text in fault.recovered), name
