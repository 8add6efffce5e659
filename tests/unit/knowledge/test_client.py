"""Three shapes of error, and what only looks like one."""

import json
from typing import Any

import mcp_types
import pytest

from knowledge.client import MOST_TEXT, Outcome, holds_error, outcome_of, said


def result(*parts: Any, is_error: bool = False, structured: Any = None) -> mcp_types.CallToolResult:
    content = [mcp_types.TextContent(type="text", text=part) if isinstance(part, str) else part for part in parts]
    return mcp_types.CallToolResult(content=content, is_error=is_error, structured_content=structured)


def test_an_ordinary_result_is_no_error() -> None:
    assert outcome_of(result("3 commits")) == Outcome("3 commits", False, "ok")


def test_a_flagged_result_is_an_error_whatever_it_says() -> None:
    assert outcome_of(result("all is well", is_error=True)) == Outcome("all is well", True, "is_error")


@pytest.mark.parametrize(
    "text",
    [
        "Error: no such table: tugs",
        "error (404): not found",
        "Database error: near FROM: syntax error",
        "  Exception: boom",
        "Failed to fetch https://tide.example",
        "Traceback (most recent call last):\n  File",
        "Access denied - path outside allowed directories",
        '{"error": "no such key"}',
        '{"success": false, "message": "locked"}',
        '{"ok": false}',
        '{"status": "Error", "code": 7}',
        '{"error": {"code": -32000}}',
    ],
)
def test_an_error_inside_an_ordinary_result_is_found(text: str) -> None:
    assert outcome_of(result(text)) == Outcome(text, True, "error_inside")


@pytest.mark.parametrize(
    "text",
    [
        "Errors and how to handle them\n=============================\n",
        "# Errors: a chapter\n",
        "Error handling in three steps",
        "errors.log\nfailures.log",
        "Failures: none",
        "failed-logins.csv",
        "Exceptional service",
        "Exceptions:\n- none",
        "The last build failed to start.",
        "There was no error: good.",
        '{"error": null, "rows": 3}',
        '{"error": "", "rows": 3}',
        '{"error": false}',
        '{"errors": [], "error_count": 4}',
        '{"error_count": 12}',
        '{"success": true}',
        '{"status": "ok", "last_error": "disk full"}',
        '[{"error": "an old entry"}]',
        '{"error": "cut in ha',
        "Traceback is a word",
        "",
    ],
)
def test_what_only_looks_like_an_error_is_none(text: str) -> None:
    assert not holds_error(text)


def test_parts_are_joined_and_what_is_no_text_stands_in_brackets() -> None:
    picture = mcp_types.ImageContent(type="image", data="aGVsbG8h", mime_type="image/png")
    assert outcome_of(result("one", picture, "two")).text == "one\n[image image/png, 6 bytes]\ntwo"


def test_structured_content_serves_where_there_is_no_text() -> None:
    assert json.loads(outcome_of(result(structured={"é": [1]})).text) == {"é": [1]}
    assert outcome_of(result(structured={"error": "gone"})).shape == "error_inside"


def test_an_oversized_result_is_cut_and_says_so() -> None:
    text = outcome_of(result("x" * (MOST_TEXT + 7))).text
    assert text == "x" * MOST_TEXT + "\n[7 more characters left out]"


def test_an_error_is_told_in_one_line_from_its_deepest_cause() -> None:
    assert said(ExceptionGroup("many", [ExceptionGroup("more", [OSError("disk full\nand more")])])) == "disk full"
    assert said(TimeoutError()) == "TimeoutError"
