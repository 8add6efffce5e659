"""Forms that a teacher writes."""

import json

from steps.forms.form import Draft
from steps.forms.given import Given
from steps.forms.grounded import GroundedAnswers
from steps.forms.make import MakeForm, draft_rows
from steps.teachers.teacher import Refused
from tests.unit.steps.scripted import Scripted

TEXT = "The ferry leaves at 7:15. It carries 40 cars."


def rows() -> list[dict[str, object]]:
    [draft] = GroundedAnswers().asked_of(Given(documents={"ferry.md": TEXT}), 1)
    return [draft.row("a", 1)]


def written(answer: object) -> dict[str, object]:
    teacher = Scripted.to(**{"ferry.md": answer})
    teacher._column = "path"
    step = MakeForm(name="forms", llm=teacher)
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
    assert written(Refused("no"))["reject_reason"] == "forms: no"
    assert written("{}")["reject_reason"].startswith("forms: question")


def test_rows_of_other_forms_cost_no_question():
    step = MakeForm(name="forms", llm=Scripted.to())
    other = rows()[0] | {"form": "rehearsal"}
    assert next(step.process([other])) == [other]


def test_without_a_teacher_a_draft_that_waits_for_one_is_a_reason():
    assert next(MakeForm(name="forms").process(rows()))[0]["reject_reason"].startswith("forms: forms/grounded: the embedded teacher drafts forms from the shipped banks")


def test_few_passages_are_dealt_to_the_splits_in_their_shares_each_to_one():
    given = Given(documents={f"{number}.md": f"Text {number}." for number in range(10)})
    made = draft_rows({("grounded", "train"): 16, ("grounded", "validation"): 2, ("grounded", "test"): 2}, 0, given)
    assert [sum(row["split"] == split for row in made) for split in ("train", "validation", "test")] == [8, 1, 1]
    assert len({row["unit"] for row in made}) == 10
