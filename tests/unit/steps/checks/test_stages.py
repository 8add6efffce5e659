"""Which stages a conversation shows, by their signs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from steps.checks.stages import STAGES, in_order, stage_kept, stages_shown

TEXTS = yaml.safe_load((Path(__file__).parent / "stages.yaml").read_text(encoding="utf-8"))


def talk(*turns: tuple[str, str]) -> list[dict[str, Any]]:
    """A conversation of requests and answers."""
    return [message for asked, said in turns for message in ({"role": "user", "content": asked}, {"role": "assistant", "content": said})]


def shown(entry: str | dict[str, str]) -> tuple[str, ...]:
    """What a text of the bank shows."""
    asked, said = ("Go on.", entry) if isinstance(entry, str) else (entry["asked"], entry["said"])
    return stages_shown(talk((asked, said)))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_seen_by_its_signs_and_not_by_its_name(stage: str) -> None:
    shows, names = TEXTS["shows"][stage], TEXTS["names"][stage]
    assert (len(shows), len(names)) == (20, 20)
    missed = [entry for entry in shows if stage not in shown(entry)]
    invented = [entry for entry in names if stage in shown(entry)]
    assert len(missed) + len(invented) <= 1, (missed, invented)


def test_of_all_texts_at_least_95_percent_are_told_right() -> None:
    right = [stage in shown(entry) for stage in STAGES for entry in TEXTS["shows"][stage]]
    right += [not shown(entry) for stage in STAGES for entry in TEXTS["names"][stage]]
    assert sum(right) / len(right) >= 0.95


PLAN = "- `clamp.py`, `clamp(value, low, high)`: must refuse low > high\n- `gauge.py` uses it; checked with 120 of 100"
CODE = "```python\ndef clamp(value, low, high):\n    if low > high:\n        raise ValueError(low)\n    return max(low, min(value, high))\n```\nTry `clamp(5, 0, 3)`."
HOOK = "`gauge.py` calls `clamp` now; its own comparison is gone."
RUN = "7 passed, `test_bounds` among them."


def test_the_four_stages_are_shown_in_their_order() -> None:
    talked = talk(("Build it.", PLAN), ("Go.", CODE), ("Connect it.", HOOK), ("Run it.", RUN))
    assert stages_shown(talked) == ("Break down", "Make", "Apply", "Debug")
    assert stage_kept("in_order", "method bmad", talked) is None


def test_a_stage_that_comes_too_late_is_a_reason() -> None:
    talked = talk(("Build it.", CODE), ("And the parts?", PLAN), ("Run it.", RUN))
    assert stage_kept("in_order", "method bmad", talked) == "stages: Make → Break down → Debug instead of all four in order"


def test_an_edit_that_connects_is_shown_by_the_call_and_the_words() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "edit_file", "arguments": '{"path": "gauge.py", "edits": []}'}}
    talked: list[dict[str, Any]] = [
        {"role": "user", "content": "Use clamp in the gauge."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
        {"role": "assistant", "content": "The gauge calls it."},
    ]
    assert stages_shown(talked) == ("Apply",)


def test_a_cell_of_a_stage_that_is_not_shown_is_a_reason() -> None:
    assert stage_kept("stage", "stage Debug", talk(("Build it.", PLAN))) == "stages: Debug is not shown"
    assert stage_kept("stage", "stage Break down", talk(("Build it.", PLAN))) is None


def test_a_small_request_that_is_broken_down_is_a_reason() -> None:
    assert stage_kept("no_ceremony", "method bmad", talk(("Set the limit to 5.", PLAN))) == "stages: a small request is broken down"
    assert stage_kept("no_ceremony", "method bmad", talk(("Set the limit to 5.", "`LIMIT = 5` in `a.py`."))) is None


def test_work_that_goes_back_shows_the_stage_it_goes_back_to() -> None:
    talked = talk(("Write it.", "The rows have no time, so it cannot be written."), ("Right, then?", PLAN))
    assert stage_kept("goes_back", "stage Make", talked) is None
    assert stage_kept("goes_back", "stage Make", talked[:2]) == "stages: Break down is not shown"


def test_a_rule_of_the_method_asks_for_no_stage() -> None:
    assert stage_kept("stage", "When the request is a question, answer it without any of the stages.", talk(("Why?", "Because."))) is None


@pytest.mark.parametrize(
    ("stages", "kept"),
    [(STAGES, True), (("Break down", "Make", "Debug", "Make", "Apply", "Debug"), True), (STAGES[:3], False), (tuple(reversed(STAGES)), False)],
)
def test_other_stages_may_come_between(stages: tuple[str, ...], kept: bool) -> None:
    assert in_order(stages) is kept
