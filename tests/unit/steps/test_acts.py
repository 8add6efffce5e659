"""The grid of behaviours: what plays fill, what a model is asked for, and scripts made of plays."""

import random

import pytest

from knowledge.play import Play, Plays
from knowledge.points import shipped_points
from knowledge.theme import load_themes
from steps.acts import CASES, cast, fits, keyed, shown_here, stage
from steps.contracts import Act
from steps.scenario import Unplannable, plan
from steps.worlds.bench import bench, benches, tasks
from steps.worlds.themes import world_of
from steps.worlds.world import Exhausted, World
from tests.unit.shipped import shipped

POINTS = shipped_points("system_prompt")
CATALOG = shipped("filesystem", "git")
TURN = {"ask": ["one {{ scene.x }}", "two {{ scene.x }}", "three {{ scene.x }}", "four {{ scene.x }}"], "answer": ["yes {{ scene.x }}", "no"]}


def play(**fields: object) -> Play:
    about = {
        "id": "one",
        "shows": ["Leave out greetings"],
        "behaviour": "applies",
        "complexity": "simple",
        "scenes": [{"x": "sun"}, {"x": "moon"}],
        "turns": [TURN],
        "violations": ["hello"],
    }
    return Play.model_validate(about | fields)


def staged(*plays: Play, points: tuple = POINTS, models: bool = False):
    return stage("system_prompt", points, CATALOG, load_themes(), [Plays(document="core.md", plays=plays)], models)


def greeting() -> str:
    return next(point.id for point in POINTS if point.key.startswith("Leave out greetings"))


def test_a_play_fills_the_cell_of_the_point_that_it_shows_and_the_others_are_named() -> None:
    made = staged(play())
    assert list(made.cells) == [Act(unit=greeting(), behaviour="applies", complexity="simple", error_case="none")]
    assert len(made.empty) == len(POINTS) - 1 and greeting() not in made.empty
    assert all("a model can" in why for why in made.empty.values())


def test_a_sentence_that_was_edited_has_no_play_any_more() -> None:
    edited = tuple(point.model_copy(update={"key": point.key + " Always.", "digest": "x"}) if point.id == greeting() else point for point in POINTS)
    assert not staged(play(), points=edited).cells and greeting() in staged(play(), points=edited).empty


def test_a_play_whose_tool_is_not_there_fills_nothing() -> None:
    turn = {**TURN, "steps": [[{"tool": "read_query", "arguments": {"query": "'SELECT 1'"}}]]}
    assert not staged(play(turns=[turn])).cells


def test_opening_words_that_fit_several_sentences_are_refused() -> None:
    keys = shown_here(POINTS, "system_prompt")
    assert keyed("Leave out greetings", keys) and keyed("No such sentence", keys) is None
    with pytest.raises(ValueError, match=r"opens \d+ sentences; quote more"):
        keyed("When", keys)


def test_with_models_every_cell_of_the_table_is_asked_for_and_scripts_are_briefs() -> None:
    made = staged(models=True)
    assert len(made.cells) == len(POINTS) * sum(map(len, CASES["system_prompt"].values())) and not made.empty
    act = Act(unit=greeting(), behaviour="holds", complexity="complex", error_case="pressure")
    script = made.script(act, world_of("aisle-tally:1"), "train", random.Random(0), {})
    assert "Leave out greetings" in script.brief and "pushes back" in script.brief and len(script.beats) == 3


def test_stages_duties_and_hand_overs_get_the_behaviours_that_they_can_show() -> None:
    agents = {point.key: point for point in shipped_points("agents")}
    over = next(point for key, point in agents.items() if key.startswith("To **QA**"))
    duty = agents["Name each component with the one thing that it owns."]
    assert fits(over, "hands_over") and not fits(duty, "hands_over") and fits(duty, "duty") and not fits(duty, "changes_role") and fits(agents["persona qa"], "changes_role")
    method = {point.key: point for point in shipped_points("methodology")}
    assert fits(method["method bmad"], "in_order") and not fits(method["stage Make"], "in_order") and fits(method["stage Make"], "goes_back")


def test_the_same_seed_casts_the_same_script_and_files_are_filled_from_the_scene() -> None:
    one = play(files={"notes/{{ scene.x }}.txt": "the {{ scene.x }} is up"})
    scripts = [cast(one, world_of("aisle-tally:1"), "train", random.Random(3), CATALOG, shown_here(POINTS, "system_prompt")) for _ in range(2)]
    assert scripts[0] == scripts[1]
    ((path, text),) = scripts[0].files.items()
    assert (path, text) in {("notes/sun.txt", "the sun is up\n"), ("notes/moon.txt", "the moon is up\n")}
    assert scripts[0].violations == ("hello",)


def test_a_plan_stops_short_where_the_plays_have_nothing_new_to_say() -> None:
    made = staged(play())
    rows = plan(made, 400, 0)
    assert 4 <= len(rows) < 400 and len({row.id for row in rows}) == len(rows)
    assert len({str(row.script.values) for row in rows}) == 2


def test_a_play_that_cannot_be_filled_at_all_fails_the_plan_and_names_the_cell() -> None:
    made = staged(play(scenes=[], draw={"task": "task"}))
    with pytest.raises(Unplannable, match="cannot be filled: no coding task in a theme's project"):
        plan(made, 5, 0)


def test_a_workbench_is_an_empty_project_of_its_tasks_split() -> None:
    assert {theme.name for split in ("train", "validation", "test") for theme in benches(split)} == set(tasks())
    world = world_of("lru-cache-ttl:7")
    assert world == World(bench("lru-cache-ttl"), 7) and not world.theme.files and world.split == tasks()["lru-cache-ttl"].split
    assert world.project == "/home/dev/lru-cache-ttl" and world.clock.year > 2000


def test_a_task_is_drawn_on_its_bench_alone() -> None:
    made = play(
        setting="task", scenes=[], draw={"task": "task"}, files="task.files", turns=[{"ask": ["{{ task.title }} a", "b", "c", "d"], "answer": ["{{ task.code[task.main] }}", "x"]}]
    )
    script = cast(made, world_of("lru-cache-ttl:7"), "train", random.Random(0), CATALOG, shown_here(POINTS, "system_prompt"))
    assert script.files == tasks()["lru-cache-ttl"].files
    with pytest.raises(Exhausted):
        cast(made, world_of("aisle-tally:1"), "train", random.Random(0), CATALOG, shown_here(POINTS, "system_prompt"))
