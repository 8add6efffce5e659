"""Duplicates: exact, near, and the last row of a cell."""

from typing import Any

import pytest

from steps.dedup import MarkDuplicates, folded, grams


def row(id_: str, request: str, cell: str = "a", reason: str | None = None) -> dict[str, Any]:
    return {"id": id_, "requests": [request, "and then?"], "tool": cell, "kind": "one_call", "complexity": "simple", "error_case": "none", "reject_reason": reason}


def marked(*rows: dict[str, Any], near: float = 0.8, known: tuple[str, ...] = ()) -> list[tuple[float | None, str | None]]:
    step = MarkDuplicates(name="dedup", near=near, known=list(known))
    step.load()
    made = next(step.process(list(rows)))
    assert [one["id"] for one in made] == [one["id"] for one in rows]
    return [(one["near"], one["reject_reason"]) for one in made]


def test_the_first_row_stays_and_its_exact_repeat_goes() -> None:
    assert marked(row("1", "Read the notes."), row("2", "what time is it"), row("3", "read  the NOTES!")) == [(0.0, None), (0.0, None), (1.0, "dedup: same request as 1")]


def test_a_near_repeat_goes_from_the_threshold_on() -> None:
    first, second = "show me the last ten commits", "show me the last ten commit"
    one, other = grams(folded(first)), grams(folded(second))
    likeness = len(one & other) / len(one | other)
    assert round(likeness, 2) == 0.96
    assert marked(row("1", first), row("2", second), near=likeness)[1] == (round(likeness, 4), "dedup: 0.96 like 1")
    assert marked(row("1", first), row("2", second), near=likeness + 1e-9)[1] == (round(likeness, 4), None)


def test_a_cells_only_row_stays_although_it_is_near_and_goes_when_it_is_exact() -> None:
    first, near = row("1", "show me the last ten commits", "a"), row("2", "show me the last ten commit", "b")
    assert marked(first, near)[1][1] is None
    assert marked(first, row("2", "show me the last ten commits", "b"))[1][1] == "dedup: same request as 1"


def test_a_rejected_row_passes_by_and_is_nobodys_original() -> None:
    assert marked(row("1", "read the notes", reason="ask: x"), row("2", "read the notes")) == [(None, "ask: x"), (0.0, None)]


def test_a_row_that_was_found_near_is_nobodys_original_either() -> None:
    rows = row("1", "show me the last ten commits"), row("2", "show me the last ten commit"), row("3", "show me the last ten commi")
    assert marked(*rows, near=0.93)[1][1] == "dedup: 0.96 like 1"
    assert marked(*rows, near=0.93)[2][1] is None


def test_a_request_of_an_earlier_round_is_taken() -> None:
    assert marked(row("1", "Read the notes"), known=("read the notes?",)) == [(0.0, "dedup: same request as a row kept before")]


@pytest.mark.parametrize("text", ["", "a", "ok?"])
def test_the_shortest_requests_can_be_compared(text: str) -> None:
    assert len(grams(folded(text))) == 1
