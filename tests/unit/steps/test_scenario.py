"""The plan: every cell covered, splits apart, everything from the seed."""

import dataclasses
from collections import Counter, defaultdict

import pytest

from knowledge.catalog import Catalog
from knowledge.recipe import Recipe, Turn
from knowledge.theme import load_themes
from steps.contracts import Cell
from steps.grid import Grid
from steps.scenario import Unplannable, dealt, named, numbered, ordered, owned, plan
from steps.teachers.askers import load_askers
from steps.teachers.composer import values_of
from steps.worlds.world import Value
from tests.unit.shipped import grid_of, planned, shipped

SERVERS = ("time", "memory")


def test_every_cell_is_covered_and_there_are_as_many_rows_as_asked_for() -> None:
    rows = planned(*SERVERS, rows=400)
    assert len(rows) == 400 and len({row.id for row in rows}) == 400
    assert {row.cell for row in rows} == set(grid_of(*SERVERS).cells)


def test_fewer_rows_than_cells_give_a_spread_over_all_kinds() -> None:
    rows = planned(*SERVERS, rows=40)
    kinds = Counter(row.cell.kind for row in rows)
    assert len(rows) == len({row.cell for row in rows}) == 40
    assert set(kinds) == {cell.kind for cell in grid_of(*SERVERS).cells}
    assert max(kinds.values()) - min(kinds.values()) <= 1


def test_rows_beyond_the_first_round_favour_single_calls() -> None:
    kinds = Counter(cell.kind for cell in ordered(grid_of(*SERVERS), 800, 0))
    share = Counter(cell.kind for cell in grid_of(*SERVERS).cells)
    assert kinds["one_call"] / share["one_call"] > 1.5 * kinds["chain"] / share["chain"]


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:

    first = [row.model_dump() for row in planned(*SERVERS, rows=60)]
    assert first == [row.model_dump() for row in plan(grid_of(*SERVERS), 60, 0)]
    assert first != [row.model_dump() for row in plan(grid_of(*SERVERS), 60, 1)]


def test_no_phrasing_family_stands_in_two_splits() -> None:
    owner: dict[str, str] = {}
    rows = planned(*SERVERS, rows=600)
    assert {row.split for row in rows} == {"train", "validation", "test"}
    for row in rows:
        for beat in row.script.beats:
            if not beat.family.startswith("parallel."):
                assert owner.setdefault(beat.family, row.split) == row.split


def test_no_drawn_value_stands_in_two_splits() -> None:
    owner: dict[str, set[str]] = defaultdict(set)
    for row in planned(*SERVERS, rows=600):
        for value in values_of(row.script).values():
            owner[str(value.value)].add(row.split)
    shared = {value for value, splits in owner.items() if len(splits) > 1 and len(value) > 6}
    specs = str([tool.spec for tool in shipped(*SERVERS).tools])
    assert {value for value in shared if value not in specs} == set()


def test_themes_belong_to_splits() -> None:
    split = {theme.name: theme.split for theme in load_themes()}
    assert all(split[row.theme.split(":")[0]] == row.split for row in planned(*SERVERS, rows=400))


def test_each_split_has_a_tenth_and_each_tool_and_kind_a_training_row() -> None:
    order = ordered(grid_of(*SERVERS), 600, 0)
    splits = dealt(order, numbered(order), 0)
    assert Counter(splits) == {"train": 480, "validation": 60, "test": 60}
    trained = {(cell.tool, cell.kind) for cell, split in zip(order, splits, strict=True) if split == "train"}
    assert trained == {(cell.tool, cell.kind) for cell in order}


def test_every_asker_asks() -> None:
    assert {row.asker for row in planned(*SERVERS, rows=400)} == set(load_askers())


def test_a_cell_less_leaves_the_rows_of_all_others_as_they_are() -> None:
    made = grid_of(*SERVERS)
    gone = list(made.cells)[5]
    fewer = dataclasses.replace(made, cells={cell: recipes for cell, recipes in made.cells.items() if cell != gone})
    rows, others = ({row.id: row for row in plan(one, 600, 0)} for one in (made, fewer))
    both = [name for name in rows.keys() & others.keys() if rows[name].cell != gone]
    assert len(both) > 590 and sum(rows[name] != others[name] for name in both) <= 12


def test_no_scenario_is_planned_twice() -> None:
    seen = Counter(str(([beat.family for beat in row.script.beats], sorted(row.script.values.items()), row.asker)) for row in planned(*SERVERS, rows=600))
    assert seen.most_common(1)[0][1] == 1


def test_a_retry_plans_the_named_cells_alone_and_otherwise() -> None:
    made = grid_of(*SERVERS)
    cells = list(made.cells)[:3]
    first, second = (plan(made, 400, 0, cells, attempt) for attempt in (1, 2))
    assert [row.cell for row in first] == [row.cell for row in second] == cells
    assert [row.id for row in first] == [f"{named(cell, 1)}-retry1" for cell in cells]
    assert {row.split for row in first} == {"train"}
    assert [row.script for row in first] != [row.script for row in second]


def test_offline_scripts_end_with_their_first_calls_and_name_no_server() -> None:
    rows = planned("time", rows=60, offline=True)
    assert not any(row.script.executes or row.script.servers or row.script.state for row in rows)
    assert all(len(beat.steps) <= 1 for row in rows for beat in row.script.beats)
    assert all(not beat.steps for row in rows for beat in row.script.beats[:-1])


def test_an_empty_grid_cannot_be_planned() -> None:
    with pytest.raises(Unplannable, match="there is nothing to plan"):
        plan(Grid(Catalog(tools=()), {}, {}, {}), 10, 0)


def test_a_cell_whose_phrasings_are_used_up_is_named() -> None:
    cell = Cell(tool="convert_time", server="time", kind="no_tool", complexity="simple", error_case="none")
    recipe = Recipe(id="one", kind="no_tool", complexity="simple", about=("convert_time",), turns=(Turn(ask=("a", "b", "c"), answer=("x", "y")),))
    made = Grid(shipped("time"), {cell: (recipe,)}, {}, {"convert_time": True}, themes=load_themes())
    assert len(plan(made, 5, 0)) == 5
    with pytest.raises(Unplannable, match=r"the cell time.convert_time/no_tool/simple/none cannot be filled: every scenario of it is taken\."):
        plan(made, 60, 0)


def test_a_value_belongs_to_the_split_that_drew_it_first() -> None:
    row = next(row for row in planned(*SERVERS, rows=60) if any(call.tool == "open_nodes" for beat in row.script.beats for step in beat.steps for call in step))
    made = row.script.model_copy(update={"values": {"who": Value("Hana Kovářová", ("Hana",)).dump(), "few": Value(7, ("7",)).dump()}})
    owner: dict[str, str] = {}
    assert owned(made, "train", shipped(*SERVERS), owner) and owned(made, "train", shipped(*SERVERS), owner)
    assert not owned(made, "test", shipped(*SERVERS), owner)
    short = made.model_copy(update={"values": {"few": Value(7, ("7",)).dump()}})
    assert owned(short, "test", shipped(*SERVERS), owner)


def test_a_cell_is_one_word() -> None:
    assert str(Cell(tool="now", server="time", kind="one_call", complexity="simple", error_case="none")) == "time.now/one_call/simple/none"
