"""Tools as units: what is read off a spec."""

import pytest

from knowledge.spans import line_of
from knowledge.tokens import count
from knowledge.units import Tool


def tool(name: str = "t", **more: object) -> Tool:
    return Tool(name=name, called=name, server="s", **more)


@pytest.mark.parametrize(
    ("name", "annotations", "harmless"),
    [
        ("read_file", {}, True), ("getUser", {}, True), ("list", {}, True), ("write_file", {}, False), ("getaway", {}, False), ("readme", {}, False),
        ("read_file", {"destructiveHint": True}, False), ("purge", {"readOnlyHint": True}, True),
    ],
)  # fmt: skip
def test_a_tool_is_harmless_when_declared_or_when_nothing_is_declared_and_its_name_says_so(name: str, annotations: dict, harmless: bool) -> None:
    assert tool(name, annotations=annotations).harmless is harmless


def test_only_a_declaration_makes_a_tool_destructive_and_reading_overrules_it() -> None:
    assert tool("delete_all").destructive is False
    assert tool(annotations={"destructiveHint": True}).destructive is True
    assert tool(annotations={"destructiveHint": True, "readOnlyHint": True}).destructive is False


def test_the_digest_changes_with_what_a_model_is_told_and_with_nothing_else() -> None:
    assert tool(description="a").digest != tool(description="b").digest
    assert tool(source="x.json:1").digest == tool(source="y.json:2").digest


def test_a_spec_without_description_or_schema_is_still_a_spec() -> None:
    assert tool().spec == {"type": "function", "function": {"name": "t", "parameters": {"type": "object", "properties": {}}}}


def test_special_tokens_in_a_text_count_as_text() -> None:
    assert count("<|endoftext|>") > 1 and count("") == 0


def test_a_name_is_found_on_its_line() -> None:
    assert (line_of('{\n "a": 1,\n "b": 2}', "b"), line_of("{}", "b")) == (3, 1)
