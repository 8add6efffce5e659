"""The runner: row by row, nothing lost, nothing done twice."""

import asyncio
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep, GlobalStep, Step, StepInput
from distilabel.typing import GeneratorStepOutput, StepOutput
from pydantic import PrivateAttr

from pipelines.runner import Runner
from steps.contracts import Contract
from steps.task import ContractTask
from steps.teachers.call import Spent, TeacherFailed, Waiting
from steps.teachers.teacher import Question, Teacher

BATCH = 5


class Numbered(Contract):
    id: str


class Waited(Contract):
    waited: bool


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
        step = Double(name="double", input_batch_size=BATCH, **double)
        Count(name="count") >> step >> Sum(name="sum")
    return Runner(pipeline, folder, lambda *facts: told.append(facts) if told is not None else None), step


def test_rows_come_back_in_order_with_every_column(tmp_path: Path) -> None:
    rows = runner(tmp_path / "work")[0].run()
    assert [(row["id"], row["twice"], row["sum"]) for row in rows] == [(str(n), 2 * n, 132) for n in range(12)]
    assert rows[0]["text"] == "a\u2028b\x85c"


def test_a_step_of_distilabels_own_takes_what_came_while_it_was_busy_and_every_row_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run, step = runner(tmp_path / "work", told)
    run.run()
    assert sorted(int(row) for batch in step._took for row in batch) == list(range(12))
    assert max(map(len, step._took)) <= BATCH
    assert told == [*(("double", done, 12) for done in range(1, 13)), ("sum", 12, 12)]
    assert run.first_row is not None and set(run.seconds) == {"count", "double", "sum"}


def test_what_was_finished_before_a_fall_is_not_done_again_and_the_rows_are_the_same(tmp_path: Path) -> None:
    whole = runner(tmp_path / "whole")[0].run()
    first, fallen = runner(tmp_path / "work", stops_at="9")
    with pytest.raises(RuntimeError, match="stopped at 9"):
        first.run()
    assert fallen._unloaded == ["yes"]
    done = {row for batch in fallen._took[:-1] for row in batch}
    second, step = runner(tmp_path / "work")
    assert second.run() == whole
    assert done and sorted(row for batch in step._took for row in batch) == sorted({str(number) for number in range(12)} - done)
    third, idle = runner(tmp_path / "work")
    assert third.run() == whole and idle._took == [] and idle._unloaded == []


def test_a_line_that_a_kill_cut_off_does_not_count(tmp_path: Path) -> None:
    whole = runner(tmp_path / "work")[0].run()
    (tmp_path / "work" / "sum.jsonl").unlink()
    journal = tmp_path / "work" / "double.jsonl"
    lines = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join(lines[:7]) + b"\n" + lines[7][:9])
    run, step = runner(tmp_path / "work")
    assert run.run() == whole
    assert sorted(row for batch in step._took for row in batch) == sorted(str(int(line.split(b"\t")[0])) for line in lines[7:12])


@pytest.mark.parametrize("mischief", ["lose", "swap", "twice"])
def test_a_step_that_loses_swaps_or_invents_rows_stops_the_run(tmp_path: Path, mischief: str) -> None:
    with pytest.raises(RuntimeError, match=r"step double took \d rows and gave back"):
        runner(tmp_path / "work", mischief=mischief)[0].run()


def test_a_pipeline_that_lacks_a_column_never_starts(tmp_path: Path) -> None:
    with Pipeline(name="test") as pipeline:
        Count(name="count") >> Sum(name="sum")
    with pytest.raises(ValueError, match="'sum' requires inputs"):
        Runner(pipeline, tmp_path / "work", lambda *_: None)
    assert not (tmp_path / "work").exists()


def test_no_rows_are_no_trouble(tmp_path: Path) -> None:
    with Pipeline(name="test") as pipeline:
        Count(name="count", to=0) >> Double(name="double") >> Sum(name="sum")
    assert Runner(pipeline, tmp_path / "work", lambda *_: None).run() == []


def test_rows_lie_on_disk_as_json_lines(tmp_path: Path) -> None:
    runner(tmp_path / "work")[0].run()
    assert sorted(path.name for path in (tmp_path / "work").rglob("*")) == ["count.jsonl", "double.jsonl", "sum.jsonl"]
    assert json.loads((tmp_path / "work" / "count.jsonl").read_text().split("\n")[0]) == {"id": "0"}
    number, row = (tmp_path / "work" / "double.jsonl").read_text().split("\n")[0].split("\t")
    assert json.loads(row)["id"] == number


class Wait(ContractTask[Numbered, Waited]):
    """Answers rows by a teacher; each waits until the teacher lets it go."""

    reads = Numbered
    writes = Waited
    prompt = "wait.jinja2"
    folder: ClassVar[Path] = Path(__file__).parent


class Doorman(Teacher):
    """Lets rows go from the last to the first, so many at a time; one may bring an error."""

    many: int = 4
    error_at: str = ""
    _inside: set[str] = PrivateAttr(default_factory=set)
    _most: int = PrivateAttr(default=0)
    _error: Exception | None = PrivateAttr(default=None)
    _done: list[str] = PrivateAttr(default_factory=list)

    @property
    def model_name(self) -> str:
        return "doorman"

    @property
    def in_flight(self) -> int:
        return self.many

    async def answer(self, question: Question) -> Waited:
        row = question.facts["id"]
        self._inside.add(row)
        self._most = max(self._most, len(self._inside))
        await asyncio.sleep(0.02 if int(row) % 2 else 0.001)
        self._inside.discard(row)
        if row == self.error_at and self._error:
            raise self._error
        self._done.append(row)
        return Waited(waited=True)


def streaming(folder: Path, doorman: Doorman, rows: int = 12) -> Runner:
    with Pipeline(name="test") as pipeline:
        Count(name="count", to=rows) >> Wait(name="wait", llm=doorman)
    return Runner(pipeline, folder, lambda *_: None)


def test_rows_overtake_each_other_and_come_back_in_order(tmp_path: Path) -> None:
    doorman = Doorman()
    rows = streaming(tmp_path / "work", doorman).run()
    assert [row["id"] for row in rows] == [str(number) for number in range(12)]
    assert doorman._done != [row["id"] for row in rows]


def test_no_more_rows_are_in_flight_than_the_steps_can_take(tmp_path: Path) -> None:
    doorman = Doorman(many=3)
    streaming(tmp_path / "work", doorman).run()
    assert doorman._most == 3


@pytest.mark.parametrize("error", [Spent(), Waiting(), TeacherFailed("gone"), RuntimeError("a bug")])
def test_a_row_that_cannot_go_on_leaves_the_finished_ones_on_disk(tmp_path: Path, error: Exception) -> None:
    doorman = Doorman(error_at="6")
    doorman._error = error
    with pytest.raises(type(error)):
        streaming(tmp_path / "work", doorman).run()
    again = Doorman()
    assert [row["waited"] for row in streaming(tmp_path / "work", again).run()] == [True] * 12
    assert "6" in again._done and not set(again._done) & set(doorman._done)
    if isinstance(error, Waiting):
        assert again._done == ["6"], "rows that need not wait go on"


def test_a_reached_cap_lets_no_new_row_in_and_lets_those_in_flight_end(tmp_path: Path) -> None:
    doorman = Doorman(error_at="2")
    doorman._error = Spent()
    with pytest.raises(Spent):
        streaming(tmp_path / "work", doorman).run()
    assert {"0", "1", "3"} <= set(doorman._done) and len(doorman._done) <= 6
