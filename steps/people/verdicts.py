"""What follows from what people say of a row."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from steps.contracts import Contract

Outcome = Literal["keep", "fix", "reject", "disputed"]
VERDICTS: dict[str, str] = {"keep": "Keep it as it is", "fix": "Good but for something that I correct", "reject": "Leave it out"}
REASONS: dict[str, str] = {
    "wrong_tool": "Wrong tool, or wrong values",
    "not_true": "It says something that nothing backs",
    "not_shown": "What it should show is not there",
    "spoken_of": "It speaks of its rules or its role",
    "of_no_use": "It does not help whoever asked",
    "unnatural_request": "Nobody would ask like this",
    "badly_worded": "Badly worded, or in the wrong tone",
    "breaks_off": "It breaks off, or something is missing",
    "unsafe": "It is unsafe, or gives somebody away",
    "other": "Something else",
}


class Answer(Contract):
    """What one person said of a row.

    Attributes:
        by: their name.
        at: when, ISO 8601.
        status: submitted, draft or discarded.
        ratings: criterion to score.
        corrected: the last answer as it should be; empty where it stays.
        preferred: `one` or `two` of a pair, or `neither`; empty where nothing was said.
    """

    id: str
    by: str
    at: str = ""
    status: str = "submitted"
    verdict: str = ""
    ratings: dict[str, int] = {}
    reasons: tuple[str, ...] = ()
    corrected: str = ""
    preferred: str = ""


def outcome(answers: Sequence[Answer]) -> Outcome:
    """What most people say; `disputed` where as many say otherwise. Who would correct a row does not want it as it is, nor left out."""
    found = Counter(answer.verdict for answer in answers if answer.verdict)
    ranked = found.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return "disputed"
    return ranked[0][0]  # type: ignore[return-value]


def correction(answers: Sequence[Answer], was: str) -> str:
    """The correction that is taken: the last one that changes something."""
    changed = [
        answer for answer in sorted(answers, key=lambda answer: answer.at) if answer.verdict == "fix" and answer.corrected.strip() and answer.corrected.strip() != was.strip()
    ]
    return changed[-1].corrected.strip() if changed else ""


def corrected(messages: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """A conversation whose last answer is another."""
    last = max(place for place, message in enumerate(messages) if message["role"] == "assistant")
    return [message | {"content": text} if place == last else message for place, message in enumerate(messages)]


def last_answer(messages: Sequence[dict[str, Any]]) -> str:
    """What the assistant says last."""
    return next((message["content"] for message in reversed(messages) if message["role"] == "assistant" and message["content"]), "")
