"""The runner: batch by batch, nothing lost, nothing done twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep, GlobalStep, Step, StepInput
from distilabel.typing import GeneratorStepOutput, StepOutput
from pydantic import PrivateAttr

from pipelines.runner import FIRST, Runner

BATCH = 5


class Count(GeneratorStep):
    """Numbers, as rows."""

    to: int = 12

    @property
    def outputs(self) -> list[str]:
        return ["id"]

    def process(self, offset: int = 0) -> "GeneratorStepOutput":
        yield [{"id": str(number)} for number in range(self.to)], True


class Double(Step):
    """Doubles each number; stops at a row, or loses or swaps rows, where it is told to."""

    stops_at: str = ""
    mischief: str = ""
    _took: list[list[str]] = PrivateAttr(default_factory=list)
    _unloaded: list[str] = PrivateAttr(default_factory=list)

    @property
    def inputs(self) -> list[str]:
        return ["id"]

    @property
    def outputs(self) -> list[str]:
        return ["twice"]

    def process(self, inputs: StepInput) -> "StepOutput":
        self._took.append([row["id"] for row in inputs])
        if self.stops_at in self._took[-1]:
            raise RuntimeError(f"stopped at {self.stops_at}")
        made = [row | {"twice": 2 * int(row["id"]), "text": "a\u2028b\x85c"} for row in inputs]
        yield {"": made, "lose": made[1:], "swap": made[::-1], "twice": [*made, *made[:1]]}[self.mischief]

    def unload(self) -> None:
        self._unloaded.append("yes")


class Sum(GlobalStep):
    """All at once."""

    @property
    def inputs(self) -> list[str]:
        return ["id", "twice"]

    @property
    def outputs(self) -> list[str]:
        return ["sum"]

    def process(self, inputs: StepInput) -> "StepOutput":
        yield [row | {"sum": sum(row["twice"] for row in inputs)} for row in inputs]


def runner(folder: Path, told: list[tuple[str, int, int]] | None = None, **double: Any) -> tuple[Runner, Double]:
    with Pipeline(name="test") as pipeline:
        step = Double(name="double", **double)
        Count(name="count") >> step >> Sum(name="sum")
    return Runner(pipeline, folder, BATCH, lambda *facts: told.append(facts) if told is not None else None), step


def test_rows_come_back_in_order_with_every_column(tmp_path: Path) -> None:
    rows = runner(tmp_path / "work")[0].run()
    assert [(row["id"], row["twice"], row["sum"]) for row in rows] == [(str(n), 2 * n, 132) for n in range(12)]
    assert rows[0]["text"] == "a\u2028b\x85c"


def test_the_first_batch_is_small_and_every_batch_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run, step = runner(tmp_path / "work", told)
    run.run()
    assert [len(batch) for batch in step._took] == [FIRST, 5, 3]
    assert told == [("double", 4, 12), ("double", 9, 12), ("double", 12, 12), ("sum", 12, 12)]
    assert run.first_row is not None and set(run.seconds) == {"count", "double", "sum"}


def test_what_was_finished_before_a_fall_is_not_done_again_and_the_rows_are_the_same(tmp_path: Path) -> None:
    whole = runner(tmp_path / "whole")[0].run()
    first, fallen = runner(tmp_path / "work", stops_at="9")
    with pytest.raises(RuntimeError, match="stopped at 9"):
        first.run()
    assert fallen._unloaded == ["yes"]
    second, step = runner(tmp_path / "work")
    assert second.run() == whole
    assert step._took == [["9", "10", "11"]]
    third, idle = runner(tmp_path / "work")
    assert third.run() == whole and idle._took == [] and idle._unloaded == []


def test_half_a_batch_on_disk_does_not_count(tmp_path: Path) -> None:
    whole = runner(tmp_path / "work")[0].run()
    batch = tmp_path / "work" / "double" / "00001.jsonl"
    batch.rename(batch.with_suffix(".draft"))
    batch.with_suffix(".draft").write_text('{"id": "4", "twi')
    run, step = runner(tmp_path / "work")
    assert run.run() == whole and step._took == [["4", "5", "6", "7", "8"]]


@pytest.mark.parametrize("mischief", ["lose", "swap", "twice"])
def test_a_step_that_loses_swaps_or_invents_rows_stops_the_run(tmp_path: Path, mischief: str) -> None:
    with pytest.raises(RuntimeError, match="step double took 4 rows and gave back"):
        runner(tmp_path / "work", mischief=mischief)[0].run()


def test_a_pipeline_that_lacks_a_column_never_starts(tmp_path: Path) -> None:
    with Pipeline(name="test") as pipeline:
        Count(name="count") >> Sum(name="sum")
    with pytest.raises(ValueError, match="'sum' requires inputs"):
        Runner(pipeline, tmp_path / "work", BATCH, lambda *_: None)
    assert not (tmp_path / "work").exists()


def test_no_rows_are_no_trouble(tmp_path: Path) -> None:
    with Pipeline(name="test") as pipeline:
        Count(name="count", to=0) >> Double(name="double") >> Sum(name="sum")
    assert Runner(pipeline, tmp_path / "work", BATCH, lambda *_: None).run() == []


def test_batches_lie_on_disk_as_json_lines(tmp_path: Path) -> None:
    runner(tmp_path / "work")[0].run()
    names = sorted(path.relative_to(tmp_path / "work").as_posix() for path in (tmp_path / "work").rglob("*") if path.is_file())
    assert names == ["count/00000.jsonl", "double/00000.jsonl", "double/00001.jsonl", "double/00002.jsonl", "sum/00000.jsonl"]
    assert json.loads((tmp_path / "work" / "count" / "00000.jsonl").read_text().split("\n")[0]) == {"id": "0"}
