"""Rows cut into shards, and joined again."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.shards import counted, cut, joined, shards


def table(units: int, each: int = 10, changed: int = -1) -> pa.Table:
    rows = [
        {
            "id": f"{unit:03d}-{number}",
            "split": ("train", "validation", "test")[number % 10 // 8 + number % 10 // 9],
            "unit": f"rule {unit}",
            "text": f"{unit} {number} {'!' * (unit == changed)}",
        }
        for unit in range(units)
        for number in range(each)
    ]
    return pa.Table.from_pylist(rows)


def test_every_row_lies_in_one_shard_of_its_split_and_the_whole_is_joined_again(tmp_path: Path) -> None:
    rows = table(60)
    made = cut(rows, "phase1", tmp_path, counted(rows, {}))
    assert sum(shard.rows for shard in made) == rows.num_rows and len({shard.path for shard in made}) == len(made)
    assert joined([tmp_path / shard.path for shard in reversed(made)], "id") == rows.sort_by("id")
    for shard in made:
        split = shard.path.partition("/")[2].partition("-")[0]
        assert set(joined([tmp_path / shard.path], "id")["split"].to_pylist()) == {split}


def test_a_changed_unit_touches_a_shard_of_each_split(tmp_path: Path) -> None:
    one, two = table(60), table(60, changed=7)
    shards_one, shards_two = (cut(rows, "phase1", tmp_path / str(number), counted(rows, {})) for number, rows in enumerate((one, two)))
    differ = {shard.path for shard in shards_two} - {b.path for a, b in zip(shards_one, shards_two, strict=True) if a == b}
    assert 1 <= len(differ) <= 3 and len(shards_one) > 20


@pytest.mark.parametrize(
    ("rows", "before", "count"), [(0, 0, 1), (7, 0, 1), (16, 0, 2), (800, 0, 64), (100_000, 0, 128), (800, 32, 32), (800, 16, 64), (800, 128, 128), (60, 64, 4)]
)
def test_the_number_of_shards_stays_until_it_no_longer_fits(rows: int, before: int, count: int) -> None:
    assert shards(rows, before) == count
