"""The one base of every teacher's task, through the task that writes requests."""

import json
from typing import Any

import pytest

from knowledge.theme import load_themes
from steps.ask import WriteRequests
from steps.contracts import Beat, Requests, Script
from steps.task import fault
from tests.unit.steps.scripted import Refused, Scripted

THEME = f"{load_themes()[0].name}:1"
BEAT = Beat(ask="x", family="f.0.0", answer="y")


def row(id_: str, turns: int = 1, reason: str | None = None) -> dict[str, Any]:
    return {"id": id_, "seed": 1, "theme": THEME, "asker": "plain", "script": Script(beats=(BEAT,) * turns).model_dump_json(), "reject_reason": reason, "kind": "one_call"}


def written(teacher: Scripted, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    step = WriteRequests(name="ask", llm=teacher)
    step.load()
    return next(step.process(list(rows)))


def said(*requests: str) -> Requests:
    return Requests(requests=requests)


def test_an_answer_becomes_the_rows_column_and_the_other_columns_stay() -> None:
    assert written(Scripted.to(a=said("read it")), row("a")) == [row("a") | {"requests": ["read it"]}]


def test_a_rejected_row_passes_by_without_a_call() -> None:
    teacher = Scripted.to()
    assert written(teacher, row("a", reason="plan: x")) == [row("a", reason="plan: x") | {"requests": None}]
    assert teacher.asked == []


def test_one_rows_refusal_does_not_touch_its_neighbours() -> None:
    made = written(Scripted.to(a=said("one"), b=Refused("too tired"), c=said("three")), row("a"), row("b"), row("c"))
    assert [(one["requests"], one["reject_reason"]) for one in made] == [(["one"], None), (None, "ask: too tired"), (["three"], None)]


@pytest.mark.parametrize(
    ("answer", "turns", "reason"),
    [
        (said("one"), 2, "ask: 1 of 2 turns"),
        (said("one", "two", "three"), 2, "ask: 3 of 2 turns"),
        (said("one", " \n"), 2, "ask: turn 2 is empty"),
        ("nonsense", 1, "ask: answer: Invalid JSON"),
        ('{"request": "one"}', 1, "ask: requests: Field required"),
        ('{"requests": "one"}', 1, "ask: requests: Input should be a valid array"),
        ('{"requests": [1]}', 1, "ask: requests.0: Input should be a valid string"),
        ('{"requests": ["one"], "note": ""}', 1, "ask: note: Extra inputs are not permitted"),
    ],
)
def test_an_answer_that_breaks_the_contract_becomes_a_reason(answer: Any, turns: int, reason: str) -> None:
    (made,) = written(Scripted.to(a=answer), row("a", turns))
    assert made["reject_reason"].startswith(reason)
    assert "\n" not in made["reject_reason"]


def test_a_fault_of_ours_is_no_reason_but_stops_the_run() -> None:
    with pytest.raises(AssertionError, match="unscripted question about row b"):
        written(Scripted.to(a=said("one")), row("a"), row("b"))


def test_the_teacher_gets_facts_prompt_and_contract() -> None:
    teacher = Scripted.to(a=said("one"))
    written(teacher, row("a"))
    (question,) = teacher.asked
    assert question.task == "ask" and question.answer is Requests
    assert set(question.facts) == {"id", "seed", "theme", "asker", "script"}
    assert [message["role"] for message in question.messages] == ["system", "user"]
    assert question.messages[1]["content"] == "Who asks: types full sentences, no frills\nTurn 1: x"


def test_the_prompts_text_is_part_of_the_steps_signature() -> None:
    task = WriteRequests(name="ask", llm=Scripted())
    assert "You write what a user types" in json.dumps(task.dump())


def test_a_raw_answer_is_parsed_by_the_contract_and_the_prompt_is_rendered_from_the_row() -> None:
    task = WriteRequests(name="ask", llm=Scripted())
    assert task.format_output('{"requests": ["a"]}') == {"requests": ["a"]}
    assert task.format_input(row("a")) == task.format_input(row("a"))
    with pytest.raises(ValueError, match="Invalid JSON"):
        task.format_output(None)


def test_a_reason_names_the_task_and_is_one_line() -> None:
    assert fault("act", RuntimeError("server git went away")) == "act: server git went away"
