"""Nothing is recited, and nothing announced."""

from typing import Any

import pytest

from knowledge.catalog import Catalog
from steps.checks.row import Row
from steps.checks.shown import announces_nothing, recites_no_document, runs
from steps.contracts import Script

NAMES = (("method", "bmad"), ("stage", "Break down"), ("stage", "Make"), ("stage", "Debug"), ("persona", "architect"), ("persona", "qa"))
RULE = "Before you edit a file, read the part that you will change, unless the user quoted the exact text to replace."


def row(answer: str, asked: str = "go on", **fields: Any) -> Row:
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    about: dict[str, Any] = {"kind": "", "complexity": "simple", "tool": "", "error_case": "none", "messages": messages, "executed": [], "state": []}
    return Row(**about, script=Script(beats=()), catalog=Catalog(tools=()), documents=runs([RULE]), names=NAMES, **fields)


def test_twelve_words_of_a_document_are_recited_and_eleven_are_not() -> None:
    words = RULE.replace(",", "").rstrip(".").split()
    assert recites_no_document(row("Well: " + " ".join(words[2:14]) + "!")) == f"recites: {' '.join(words[2:14]).lower()}"
    assert recites_no_document(row("Well: " + " ".join(words[2:13]))) is None


def test_what_the_user_quoted_may_be_quoted_back() -> None:
    assert recites_no_document(row(RULE, asked=f"Where does this stand? {RULE}")) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Following BMAD, I begin with the parts.",
        "## Break down\n- parse the line",
        "Step 1: Break down\nFirst the parser.",
        "1. Make: the parser",
        "We are in the debug stage now.",
        "Stage: Debug",
        "As an Architect agent, I would split it.",
        "As the architect I'd split it.",
        "I'm QA, so I tried the edges.",
        "Speaking as QA: it is not ready.",
    ],
)
def test_an_announcement_is_found(answer: str) -> None:
    reason = announces_nothing(row(answer))
    assert reason is not None and reason.startswith("announces: ")


@pytest.mark.parametrize(
    "answer",
    [
        "I'd break down the job by file size.",
        "Make the parser strict: a second colon is an error.",
        "Debug logging is on in the second worker.",
        "That decision is the Architect's; I need the load first.",
        "As the architect said, the queue has one writer.",
        "QA has the two failing inputs.",
        "Run `make` before the tests.",
    ],
)
def test_ordinary_words_are_no_announcement(answer: str) -> None:
    assert announces_nothing(row(answer)) is None
