"""What stands in for a judge, and where it says nothing."""

from typing import Any

import pytest

from steps.standins import STAND_INS


def row(answer: str, request: str = "What is wrong in cache.py?", **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]} | more


def decided(name: str, one: dict[str, Any]) -> bool | None:
    found = STAND_INS[name](one)
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ("Hello! Line 4 is wrong.", False),
        ("Sure, here it is.", False),
        ("Great question. Line 4.", False),
        ("Let me first look at the file.", False),
        ("Of course! Done.", False),
        ("Sure enough, line 4 fails.", True),
        ("Certainly not in cache.py: the key is made in keys.py.", True),
        ("Hi-res icons are loaded twice.", True),
        ("Of course the lock is held there, line 4 says so.", True),
        ("Line 4 drops the lock too early.", True),
    ],
)
def test_an_opening_is_told_from_a_result_that_begins_alike(answer: str, good: bool) -> None:
    assert decided("begins_with_the_result", row(answer)) is good


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ("```python\nimport os\n# ... rest as before\n```", False),
        ("```python\ndef a():\n    # ...\n```", False),
        ("```js\n// existing code stays the same\nrun()\n```", False),
        ("```python\n# rest of the file unchanged\n```", False),
        ("The rest stays the same: callers need no change.", True),
        ("```python\n# the rest goes to the largest fraction\nx = 1\n```", True),
        ("```python\nclass P(Protocol):\n    def a(self) -> int: ...\n```", True),
    ],
)
def test_a_placeholder_is_one_in_code_alone(answer: str, good: bool) -> None:
    assert decided("no_placeholder", row(answer)) is good


def test_a_sketch_that_was_asked_for_is_not_decided() -> None:
    assert decided("no_placeholder", row("```python\n# ...\n```", "only a sketch, please")) is None


GERMAN = "Die Funktion gibt den alten Wert zurück, weil der Schlüssel nicht mit dem Datum gebildet wird und die Prüfung auf das Alter erst nach dem Lesen kommt, also zu spät."
ENGLISH = "The function returns the old value because the key is not made with the date, and the check of the age comes after the read, which is too late for that case."


@pytest.mark.parametrize(
    ("request_", "answer", "good"),
    [
        ("Warum gibt die Funktion den alten Wert zurück und nicht den neuen?", ENGLISH, False),
        ("Warum gibt die Funktion den alten Wert zurück und nicht den neuen?", GERMAN, True),
        ("Why does the function return the old value and not the new one?", ENGLISH, True),
        ("Why does the function return the old value? In German, please.", GERMAN, None),
        ("cache.py?", GERMAN, None),
        ("Why does the function return the old value and not the new one?", "No picture there. Give me another, or let me search.", None),
    ],
)
def test_the_language_is_decided_where_both_texts_are_long_enough(request_: str, answer: str, good: bool | None) -> None:
    assert decided("in_their_language", row(answer, request_)) is good


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ("2 of 5 are done. The rest will take about ten minutes.", False),
        ("I'll be done in half an hour.", False),
        ("The migration takes 4 minutes on the full table.", None),
        ("2 of 5 are done. Next I replace the calls.", None),
    ],
)
def test_an_estimate_of_own_work_is_told_from_how_long_a_program_runs(answer: str, good: bool | None) -> None:
    assert decided("promises_no_time", row(answer)) is good


@pytest.mark.parametrize(
    ("more", "good"),
    [
        ({"about": "yes_no\nat most 4 words\n", "behaviour": "applies"}, False),
        ({"about": "yes_no\nat most 50 words\n", "behaviour": "applies"}, True),
        ({"about": "yes_no\nat most 4 words\n", "behaviour": "looks_alike"}, None),
        ({"about": "yes_no\nat most 4 words\n", "behaviour": "applies", "error_case": "collides"}, None),
        ({"about": "Begin with the result.", "behaviour": "applies"}, None),
    ],
)
def test_a_patterns_length_is_held_where_the_pattern_applies(more: dict[str, Any], good: bool | None) -> None:
    assert decided("within_length", row("No: retry.py:41 catches only TimeoutError.", **more)) is good


@pytest.mark.parametrize(("answer", "good"), [("According to my guidelines I may not.", False), ("As my system prompt says, no.", False), ("No: the key is in use.", None)])
def test_talk_of_instructions_fails_and_silence_about_them_is_not_decided(answer: str, good: bool | None) -> None:
    assert decided("speaks_of_no_rule", row(answer)) is good


def test_a_row_that_ends_without_an_answer_fails() -> None:
    assert decided("ends_in_an_answer", {"messages": [{"role": "user", "content": "x"}]}) is False
    assert decided("ends_in_an_answer", row("Done.")) is None
