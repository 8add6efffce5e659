"""The first two steps, each alone: tools in, planned rows out."""

import json

from steps.contracts import Cell, Script
from steps.load import LoadTools
from steps.plan import Plan
from tests.unit.shipped import grid_of, shipped

CATALOG = shipped("time")
DUMPED = CATALOG.model_dump_json()


def loaded() -> list[dict]:
    step = LoadTools(name="load", catalog=DUMPED)
    step.load()
    ((rows, last),) = list(step.process())
    assert last is True
    return rows


def planned(**dials: object) -> list[dict]:
    step = Plan(name="plan", catalog=DUMPED, **dials)
    step.load()
    return next(step.process(loaded()))


def test_every_tool_is_loaded_with_its_whole_unit() -> None:
    rows = loaded()
    assert [row["unit"] for row in rows] == ["time.get_current_time", "time.convert_time"]
    assert json.loads(rows[0]["spec"]) == CATALOG.tools[0].model_dump()


def test_a_planned_row_is_flat_and_has_the_promised_columns() -> None:
    rows = planned(rows=50)
    assert len(rows) == 50
    assert all(set(row) == set(Plan(name="plan", catalog=DUMPED, rows=1).outputs) for row in rows)
    assert all(not isinstance(value, dict | list) for row in rows for value in row.values())
    assert all(row["family"] == Script.model_validate_json(row["script"]).beats[0].family for row in rows)


def test_the_seed_alone_decides_the_rows() -> None:
    assert planned(rows=30, seed=4) == planned(rows=30, seed=4) != planned(rows=30, seed=5)


def test_named_cells_are_planned_again_one_row_each() -> None:
    cells = list(grid_of("time").cells)[:2]
    rows = planned(rows=30, only=json.dumps([cell.model_dump() for cell in cells]), attempt=1)
    assert [Cell(**{name: row[name] for name in Cell.model_fields}) for row in rows] == cells


def test_offline_rows_say_that_they_are_not_executed() -> None:
    assert {json.loads(row["script"])["executes"] for row in planned(rows=30, offline=True)} == {False}
