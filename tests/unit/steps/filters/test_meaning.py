"""What is put otherwise: among the rows, against an earlier version, against a benchmark."""

import copy
import json
from typing import Any

import pytest

from pipelines.bars import FLAGGED, judged
from pipelines.config import load_gates
from steps.filters import paraphrases
from steps.filters.earlier import Earlier
from steps.filters.leaks import Benchmarks
from steps.filters.paraphrases import LEAKS, Paraphrases
from tests.unit.steps.filters.test_filters import ROWS

ASKS = ("Remove the note called shopping, it is old.", "Please delete my shopping note, it's old.")


def row(name: str, ask: str, title: str = "shopping", split: str = "train", **more: Any) -> dict[str, Any]:
    made = copy.deepcopy(ROWS[0])
    made["messages"][0]["content"], made["messages"][1]["content"] = ask, f"The note {title} is gone."
    calls = json.dumps([{"tool": "delete_note", "arguments": {"title": title}}])
    return made | {"id": name, "split": split, "calls": calls, "verdicts": "[]"} | more


def seen(*rows: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(flag.id, flag.reason, flag.other) for flag in Paraphrases("wordllama", 0.7).flags(rows)]


def test_the_same_done_and_asked_in_other_words_is_seen() -> None:
    assert seen(row("a", ASKS[0]), row("b", ASKS[1])) == [("b", "another row, put otherwise", "a")]


def test_the_same_words_about_another_thing_are_not() -> None:
    assert seen(row("a", ASKS[0]), row("b", ASKS[0].replace("shopping", "garden"), "garden")) == []
    assert seen(row("a", ASKS[0]), row("b", "Which notes are there, and is one about the ferry?")) == []


def test_a_training_row_that_puts_a_held_out_one_otherwise_leaks() -> None:
    assert seen(row("a", ASKS[0]), row("b", ASKS[1], split="test")) == [("a", LEAKS, "b")]


def test_the_better_judged_row_stays() -> None:
    scored = json.dumps([{"criterion": "of_use", "score": 3, "floor": 2, "by": "judge"}])
    assert [one[0] for one in seen(row("a", ASKS[0]), row("b", ASKS[1], verdicts=scored))] == ["a"]


def test_no_rows_one_row_and_rows_without_a_request_are_fine() -> None:
    silent = row("a", "") | {"messages": []}
    assert seen() == seen(row("a", ASKS[0])) == seen(silent, silent | {"id": "b"}) == []


def test_an_earlier_version_has_it_exactly_nearly_or_put_otherwise() -> None:
    old = [row("0", ASKS[0]), *ROWS[:5]]
    new = [row("1", ASKS[1]), ROWS[3] | {"id": "2"}, ROWS[7]]
    flags = {flag.id: flag for flag in Earlier({"v1": old}, 0.8, "wordllama", 0.7).flags(new)}
    assert {name: flag.other for name, flag in flags.items()} == {"1": "v1: 0", "2": f"v1: {ROWS[3]['id']}"}
    assert flags["2"].figure == 1 and [flag.id for flag in Earlier({"v1": old}, 0.8, "", 0.7).flags(new)] == ["2"]


def test_a_benchmark_is_seen_by_what_it_means() -> None:
    texts = [("held.jsonl:1", "Kindly delete the shopping note; it is an old one."), ("held.jsonl:2", "Prove that the square root of two is irrational.")]
    [flag] = Benchmarks(texts, "wordllama").flags([row("a", ASKS[1]), *ROWS[:20]])
    assert (flag.id, flag.other) == ("a", "held.jsonl:1") and 0.75 <= flag.figure < 1
    assert list(Benchmarks(texts).flags([row("a", ASKS[1])])) == []


def test_a_benchmark_needs_the_model_that_is_set() -> None:
    gates, looked = load_gates(None), {counted.filter for counted in FLAGGED.values()}
    [one] = [gate for gate in judged(gates, {}, ROWS, [], [], looked, "it is not installed") if gate.name == "rows of a benchmark"]
    assert (one.passed, one.why) == (False, "it is not installed")
    [one] = [gate for gate in judged(gates, {}, ROWS, [], [], looked - {"benchmarks"}, "it is not installed") if gate.name == "rows of a benchmark"]
    assert one.passed is None


def test_one_large_group_is_compared_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [row(str(number), ASKS[number % 2]) for number in range(40)]
    whole = seen(*made)
    monkeypatch.setattr(paraphrases, "AT_ONCE", 100)
    assert seen(*made) == whole and len(whole) == 39 and {other for *_, other in whole} == {"0"}
