"""Filters of finished rows, each with the faults that it must see and what it must leave alone."""

import json
import random
from typing import Any

import pytest

from steps.filters.balance import Balance
from steps.filters.duplicates import Duplicates
from steps.filters.earlier import Earlier
from steps.filters.endings import Endings, cut_off
from steps.filters.flag import Filter
from steps.filters.leaks import Benchmarks, Splits
from steps.filters.orders import Orders
from steps.filters.privacy import Personal, Secrets, iban, luhn, personal
from tests.planted import FAULTS, planted

TOPICS = "ledger kettle harbour meadow printer violin glacier orchard tunnel lantern compass bakery saddle anchor chimney ferry pigeon quarry thistle walnut".split()
ANYWHERE = [name for name, (seen_by, _) in FAULTS.items() if seen_by not in ("checks", "personas", "paraphrases")]  # the others need rows that ran
MAKE: dict[str, Filter] = {one.name: one for one in (Duplicates(), Splits(), Secrets(), Personal(), Orders(), Endings())}


def row(number: int, split: str = "train") -> dict[str, Any]:
    rng = random.Random(number)
    words = " ".join(rng.choices(TOPICS, k=14))
    messages = [
        {"role": "user", "content": f"{words.capitalize()}: sort them by what they cost in number {number}, please.", "tool_calls": None, "tool_call_id": None},
        {"role": "assistant", "content": f"Sorted: {' '.join(rng.choices(TOPICS, k=9))}. Nothing else changed.", "tool_calls": None, "tool_call_id": None},
    ]
    passport = f'{{"script": {{"values": {{"place": "{rng.choice(TOPICS)}-{split}-{number}"}}}}}}'
    return {"id": f"r{number}", "split": split, "family": f"{split}.{number}", "form": "play", "messages": messages, "passport": passport, "executed": True}


ROWS = [row(number, "test" if number % 10 == 9 else "train") for number in range(300)]


def test_good_rows_are_left_alone() -> None:
    assert [flag for one in MAKE.values() for flag in one.flags(ROWS)] == []


@pytest.mark.parametrize("fault", ANYWHERE)
def test_every_planted_fault_is_seen_by_its_filter(fault: str) -> None:
    made, faults = planted(ROWS, 5 * len(ANYWHERE), only=ANYWHERE)
    mine = {name for name, planted_fault in faults.items() if planted_fault == fault}
    seen = {flag.id for flag in MAKE[FAULTS[fault][0]].flags(made)}
    assert len(mine) == 5 and mine <= seen


def test_what_was_not_planted_is_not_seen() -> None:
    made, faults = planted(ROWS, 5 * len(ANYWHERE), only=ANYWHERE)
    assert {flag.id for one in MAKE.values() for flag in one.flags(made)} <= set(faults)


def test_a_secret_is_not_written_into_its_flag() -> None:
    made, faults = planted(ROWS, len(ANYWHERE), only=ANYWHERE)
    [flag] = [flag for flag in Secrets().flags(made) if faults[flag.id] == "a_key"]
    assert set(flag.text) == {"*"} and "ghp_" not in flag.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        "Write to mara@example.com, desk@pier.example. or ops@mail.test",
        "+2025-06-03",
        "+@pytest.mark.parametrize('x', [1])",
        "Ring 555 0123 or +1 555 0199 0142",
        "order 4539148803436468 and 0000 0000 0000 0000",
        "10.0.0.12, 192.0.2.7, 203.0.113.9 and version 1.2.3.4.5",
        "npm i left-pad@1.3.0 undici@6.19.2",
    ],
)
def test_what_reaches_nobody_is_not_personal(text: str) -> None:
    assert list(personal(text)) == []


def test_check_digits() -> None:
    assert luhn("4539148803436467") and not luhn("4539148803436468") and not luhn("4444444444444448") and not luhn("4000000000000002")
    assert iban("DE89370400440532013000") and not iban("DE89370400440532013001")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("All is done.", None),
        ("Dear Ms Lind,\n\nit arrives on Monday.\n\nKind regards,", None),
        ("```python\nx = 1\n```", None),
        ("The three files are a.py, b.py,", "its last sentence breaks off"),
        ("I looked at the", "its last sentence breaks off"),
        ("```\nx = 1", "its last block of code is not closed"),
        ("  ", "it does not end in an answer"),
    ],
)
def test_endings(last: str, reason: str | None) -> None:
    one = row(1)
    one["messages"][-1]["content"] = last
    assert cut_off(one) == reason


def test_a_listing_may_be_passed_on_as_it_was_cut() -> None:
    one = row(1)
    result = {"role": "tool", "content": "3: a = (\n4:     'left',\n5:     'right')", "tool_calls": None, "tool_call_id": "x"}
    one["messages"] = [
        one["messages"][0],
        {"role": "assistant", "content": None, "tool_calls": [{"id": "x"}]},
        result,
        one["messages"][1] | {"content": "3: a = (\n4:     'left',"},
    ]
    assert cut_off(one) is None
    heading = {**result, "content": "# Diet cards\n# Where our food comes from\n"}
    one["messages"] = [*one["messages"][:2], heading, one["messages"][3] | {"content": "They are:\n- Diet cards\n- Where our food comes from"}]
    assert cut_off(one) is None


def test_a_row_that_was_not_run_may_end_with_its_call() -> None:
    one = row(1)
    one["messages"][-1] = {"role": "assistant", "content": "", "tool_calls": [{"id": "a", "function": {"name": "x", "arguments": "{}"}}], "tool_call_id": None}
    assert cut_off(one) == "it ends in a call that was not run" and cut_off(one | {"executed": False}) is None
    assert cut_off({"messages": []}) == "there is no conversation"


def test_rows_above_a_share_are_flagged_after_it_is_full() -> None:
    rows = [one | {"asker": "terse" if number % 2 else f"a{number % 20}"} for number, one in enumerate(ROWS)]
    flags = list(Balance({"asker": 0.25}).flags(rows))
    assert len(flags) == 150 - 75 and {flag.text for flag in flags} == {"terse"} and flags[0].figure == 0.5
    assert list(Balance({"asker": 0.01}).flags(rows[:8])) == []
    assert list(Balance({"asker": 0.25}).flags([one | {"asker": f"a{number % 3}"} for number, one in enumerate(ROWS)])) == []


def test_orders_may_stand_in_rows_that_teach_to_leave_them_alone() -> None:
    made, faults = planted(ROWS, len(ANYWHERE), only=ANYWHERE)
    made = [one | {"unit": "rule:orders"} for one in made]
    seen = {faults[flag.id] for flag in Orders(frozenset({"rule:orders"})).flags(made)}
    assert seen == {"invisible_characters"}


def test_thirteen_words_of_a_benchmark_are_seen_with_their_place() -> None:
    text = ROWS[4]["messages"][0]["content"]
    [flag] = Benchmarks([("held.jsonl:3", f"Question: {text}"), ("held.jsonl:4", "Something else that stands in no row of this set at all, ever.")]).flags(ROWS)
    assert (flag.id, flag.other) == ("r4", "held.jsonl:3") and flag.figure >= 5


def test_a_third_row_between_two_hides_no_leak() -> None:
    words = "please move the quarterly invoices of the northern depot into the archive folder and tell me which of them had no date".split()
    one, two, three = " ".join(words), " ".join([*words[:-1], "stamp"]), " ".join([*words[:-3], "two", "stamps"])
    made = [
        ROWS[0] | {"id": name, "split": split, "family": name, "messages": [{"role": "user", "content": text, "tool_calls": None}], "passport": "{}"}
        for name, split, text in (("o", "test", one), ("a", "train", three), ("b", "train", two))
    ]
    assert [(flag.id, flag.other) for flag in Splits(0.85).flags(made)] == [("b", "o")]
    earlier = [flag.id for flag in Earlier({"v1": made[:1]}, 0.85, "", 0.7).flags(made[1:])]
    assert earlier == ["b"]


def test_what_a_schema_lists_belongs_to_every_split() -> None:
    passport = json.dumps({"script": {"values": {"place": "New York"}}})
    made = [ROWS[place] | {"id": str(place), "split": split, "family": str(place), "passport": passport} for place, split in enumerate(("test", "train"))]
    assert [flag.text for flag in Splits(0.9).flags(made)] == ['"New York"']
    assert list(Splits(0.9, frozenset({"New York"})).flags(made)) == []
