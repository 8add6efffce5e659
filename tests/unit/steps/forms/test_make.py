"""Rows of forms, drafted and filled in."""

from steps.forms.make import MakeForm, draft_rows


def make() -> MakeForm:
    return MakeForm(name="make")


def test_a_drafted_row_gets_its_conversation():
    [planned] = draft_rows({("reasoning", "train"): 1}, 7)
    [row] = next(make().process([planned]))
    assert (planned["id"], planned["requests"], planned["messages"]) == ("reasoning-train-7-0", None, None)
    assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
    assert (row["requests"], row["reject_reason"]) == ([row["messages"][0]["content"]], None)


def test_rows_of_no_form_and_rejected_rows_pass_untouched():
    play = {"form": "play", "script": "{}", "requests": ["hi"], "messages": None, "reject_reason": None}
    rejected = {"form": "raft", "script": "{}", "requests": None, "messages": None, "reject_reason": "plan: no"}
    assert next(make().process([play, rejected])) == [play, rejected]


def test_a_row_that_fails_its_forms_check_is_marked():
    [planned] = draft_rows({("reasoning", "train"): 1}, 7)
    spoilt = planned | {"script": planned["script"].replace('"said":"', '"said":"about ')}
    [row] = next(make().process([spoilt]))
    assert row["reject_reason"].startswith("reasoning: the reply does not say")


def test_rows_are_counted_by_form_and_split():
    rows = draft_rows({("grounded", "train"): 4, ("reasoning", "test"): 3}, 0)
    assert [(row["form"], row["split"]) for row in rows] == [("grounded", "train")] * 4 + [("reasoning", "test")] * 3
    assert len({row["id"] for row in rows}) == 7
