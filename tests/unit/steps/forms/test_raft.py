"""Calls from documents."""

import json
import random

import pytest

from steps.forms.documents import as_manual, as_markdown, as_signatures, kind, slim
from steps.forms.form import Draft
from steps.forms.given import Given
from steps.forms.raft import Called, CallsFromDocuments, optional, shipped

FORM = CallsFromDocuments()
DOCS = [
    {"name": "tide_at", "description": "Height of the tide. In metres.", "parameters": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}},
    {"name": "wind_at", "description": "Wind at a place.", "parameters": {"type": "object", "properties": {}}},
]


def draft(answer: str, tool: str = "tide_at", quote: str = "Height of the tide.") -> Draft:
    docs = [doc | {"quote": doc["description"].split(". ")[0].rstrip(".") + "."} for doc in DOCS]
    facts = {"docs": docs, "shown": "the docs", "tool": tool, "arguments": {"port": "Brest"} if tool else {}, "quote": quote}
    return Draft(form="raft", unit="tool:x#tide_at", family="raft.call.0", split="train", facts=facts).said(("Tide in Brest?\n\nthe docs", answer))


def block(value: object) -> str:
    return f"```json\n{json.dumps(value)}\n```"


def test_a_quotation_and_a_valid_call_pass():
    assert FORM.check(draft('"Height of the tide."\n\n' + block({"name": "tide_at", "arguments": {"port": "Brest"}}))) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('"Height of the tide."', "raft: the answer does not give one call as JSON"),
        ('"Height of the tide."\n\n' + block({"name": "wind_at", "arguments": {}}), "raft: the answer does not give one call as JSON"),
        (block({"name": "tide_at", "arguments": {"port": "Brest"}}), "raft: no quotation of the right document"),
    ],
)
def test_a_wrong_call_or_none_is_refused(answer, reason):
    assert FORM.check(draft(answer)) == reason


def test_a_call_that_breaks_the_schema_is_refused():
    made = draft('"Height of the tide."\n\n' + block({"name": "tide_at", "arguments": {"port": 3}}))
    made.facts["arguments"]["port"] = 3
    assert FORM.check(made) == "raft: the call does not fit the schema"


def test_where_no_document_is_right_a_call_is_refused():
    assert FORM.check(draft('None: "Wind at a place."', "", "")) is None
    assert FORM.check(draft('"Wind at a place."\n\n' + block({"name": "wind_at", "arguments": {}}), "", "")) == "raft: a call, and no document is right"


def test_one_row_in_six_has_no_right_document():
    drafts = FORM.drafts(36, "train", 0)
    assert 3 <= sum(draft.boundary for draft in drafts) <= 9
    assert all(draft.facts["tool"] not in {doc["name"] for doc in draft.facts["docs"]} for draft in drafts if draft.boundary)


def test_documents_say_type_and_need_of_each_parameter():
    tool = shipped().tool("read_text_file")
    assert "- `head` (number, optional): If provided, returns only the first N lines of the file" in as_markdown([tool])
    assert "      path (string, required)" in as_manual([tool])
    assert "def read_text_file(path, tail=None, head=None):" in as_signatures([tool])
    assert kind({"type": "array", "items": {"properties": {"a": {}, "b": {}}}}) == "array of {a, b}"


def test_a_property_called_title_is_no_generated_title():
    assert slim({"title": "Arguments", "properties": {"title": {"type": "string", "title": "Title"}}}) == {"properties": {"title": {"type": "string"}}}


def test_an_optional_argument_is_quoted_too():
    assert optional(shipped().tool("read_text_file"), {"path": "a", "head": 3}) == ' For `head` it says "If provided, returns only the first N lines of the file"'
    assert optional(shipped().tool("read_text_file"), {"path": "a"}) == ""


def test_a_teachers_call_is_held_against_the_users_own_tool():
    open_draft = next(draft for draft in FORM.asked_of(Given(tools=shipped().tools), 99) if draft.facts["tool"] == "describe_table")
    quote = "Get the schema information for a specific table"
    good = Called(need="What columns does bays have?", quote=quote, tool="describe_table", arguments={"table_name": "bays"})
    assert FORM.check(FORM.finish(open_draft, good, random.Random(0))) is None
    bad = good.model_copy(update={"arguments": {}})
    assert FORM.check(FORM.finish(open_draft, bad, random.Random(0))) == "raft: the call does not fit the schema"
