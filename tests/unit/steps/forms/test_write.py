"""Forms that a teacher writes."""

import json

from steps.forms.form import Draft
from steps.forms.grounded import GroundedAnswers, WriteGrounded
from steps.teachers.teacher import Refused
from tests.unit.steps.scripted import Scripted

TEXT = "The ferry leaves at 7:15. It carries 40 cars."


def rows() -> list[dict[str, object]]:
    [draft] = GroundedAnswers().asked_of({"ferry.md": TEXT})
    return [draft.row("a", 1)]


def written(answer: object) -> dict[str, object]:
    teacher = Scripted.to(**{"ferry.md": answer})
    teacher._column = "path"
    step = WriteGrounded(name="write", llm=teacher)
    return next(step.process(rows()))[0]


def test_a_teachers_answer_becomes_the_conversation():
    answer = {"question": "When does it leave?", "answer": 'At 7:15: "The ferry leaves at 7:15."', "citations": [{"quote": "The ferry leaves at 7:15."}]}
    row = written(json.dumps(answer))
    assert row["reject_reason"] is None
    assert TEXT in row["requests"][0]
    assert row["messages"][1] == {"role": "assistant", "content": 'At 7:15: "The ferry leaves at 7:15."'}
    assert Draft.model_validate_json(row["script"]).facts["turns"][0]["citations"][0]["start"] == 0


def test_an_invented_quote_is_a_reason():
    answer = {"question": "When does it leave?", "answer": 'At 7:30: "It leaves at 7:30."', "citations": [{"quote": "It leaves at 7:30."}]}
    assert written(json.dumps(answer))["reject_reason"] == "grounded: 'It leaves at 7:30.' does not stand at -1"


def test_a_refusal_and_a_broken_answer_are_reasons():
    assert written(Refused("no"))["reject_reason"] == "write: no"
    assert written("{}")["reject_reason"].startswith("write: question")


def test_rows_of_other_forms_cost_no_question():
    step = WriteGrounded(name="write", llm=Scripted.to())
    other = rows()[0] | {"form": "raft"}
    assert next(step.process([other])) == [other]
