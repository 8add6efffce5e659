"""The desk: nothing asked twice, caps that hold, failures that pass tried again, and those that do not given up with their reason."""

from collections import Counter
from pathlib import Path

import pytest

from knowledge.costs import Price
from steps.teachers.call import Spent, TeacherFailed
from steps.teachers.database import Database
from steps.teachers.ledger import TABLES
from steps.teachers.teacher import Refused
from tests.provider import Answer, Provider, faults
from tests.unit.steps.teachers.asked import WIRES, Said, answers, question, teacher

PRICE = Price(name="p", provider="p", input=1.0, output=10.0, source="a test").model_dump_json()


def provider(answer: object = lambda body: '{"said": "good"}', **more: object) -> Provider:
    return Provider(answer=answer, models=("teacher-1",), key="test-key", **more)


def once(fault: object) -> object:
    return lambda body, attempt: fault if attempt == 1 else None


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "fault",
    [
        faults.rate_limited(),
        faults.rate_limited(0.01, "seconds"),
        faults.rate_limited(0.01, "ms"),
        faults.status(500),
        faults.status(503),
        faults.status(529),
        faults.reset(),
        faults.cut(20),
        faults.broken_json(),
        faults.html(502),
        faults.html(200),
        faults.no_choices(),
    ],
    ids=lambda fault: fault.name,
)
def test_a_failure_that_passes_costs_a_second_try(fault: object, wire: str, tmp_path: Path) -> None:
    with provider(faults=once(fault)) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        assert answers(model, question()) == [Said(said="good")]
        assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [faults.slow_first_byte(2), faults.stalled(2)], ids=lambda fault: fault.name)
def test_a_server_that_falls_silent_is_asked_again(fault: object, tmp_path: Path) -> None:
    with provider(faults=once(fault)) as server, teacher(server, tmp_path / "l.sqlite", seconds=0.3) as model:
        assert answers(model, question()) == [Said(said="good")]


def test_an_empty_answer_is_asked_for_again(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return None if "cannot be used" in str(body) else faults.empty()

    with provider(faults=plan) as server, teacher(server, tmp_path / "l.sqlite") as model:
        assert answers(model, question()) == [Said(said="good")]


def test_what_keeps_failing_is_given_up_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return faults.status(500) if "three" in str(body) else None

    with provider(faults=plan) as server, teacher(server, tmp_path / "l.sqlite", tries=3) as model:
        one, two, three = answers(model, *(question(word) for word in ("one", "two", "three")))
        assert (one, two) == (Said(said="good"), Said(said="good"))
        assert isinstance(three, Refused) and "mine: 500" in str(three) and "after 3 tries" in str(three)


def test_a_prompt_that_is_too_long_is_its_rows_alone(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return faults.context_overflow() if "long" in str(body) else None

    with provider(faults=plan) as server, teacher(server, tmp_path / "l.sqlite") as model:
        answers(model, question("short"))
        (error,) = answers(model, question("long"))
        assert isinstance(error, Refused) and "context" in str(error) and len(server.seen) == 2


def test_a_server_that_fails_every_call_stops_the_run(tmp_path: Path) -> None:
    with provider(faults=lambda body, attempt: faults.status(500)) as server, teacher(server, tmp_path / "l.sqlite", tries=2) as model:
        found = answers(model, *(question(str(number)) for number in range(30)))
    assert any(isinstance(error, TeacherFailed) for error in found)


def test_a_wait_that_the_server_asks_for_is_kept_by_all(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return faults.rate_limited(0.4, "ms") if attempt == 1 and "first" in str(body) else None

    with provider(faults=plan) as server, teacher(server, tmp_path / "l.sqlite") as model:
        answers(model, question("first"), *(question(str(number)) for number in range(3)))
        answers(model, question("later"))
        again = [seen.at for seen in server.seen if "first" in str(seen.body)]
    assert again[1] - again[0] >= 0.39


def test_the_same_call_is_made_once_at_a_time_and_once_at_all(tmp_path: Path) -> None:
    with provider(latency=0.05) as server:
        with teacher(server, tmp_path / "l.sqlite") as model:
            assert answers(model, *(question() for _ in range(5))) == [Said(said="good")] * 5
        with teacher(server, tmp_path / "l.sqlite", run="test/another") as model:
            assert answers(model, question()) == [Said(said="good")]
        assert len(server.seen) == 1


def test_another_address_model_or_parameter_is_another_call(tmp_path: Path) -> None:
    with Provider(answer=lambda body: '{"said": "good"}', models=("teacher-1", "teacher-2"), key="test-key") as server:
        for fields in ({}, {"model": "teacher-2"}, {"parameters": {"temperature": 0.5}}, {"max_tokens": 5}, {}):
            with teacher(server, tmp_path / "l.sqlite", **fields) as model:
                answers(model, question())
        assert len(server.seen) == 4


def test_the_cap_on_calls_holds_to_the_call(tmp_path: Path) -> None:
    with provider(latency=0.01) as server, teacher(server, tmp_path / "l.sqlite", max_calls=7, concurrency=20) as model:
        found = answers(model, *(question(str(number)) for number in range(20)))
        assert Counter(type(one) for one in found) == {Said: 7, Spent: 13}
        assert len(server.seen) == 7


def test_the_cap_on_dollars_is_never_passed(tmp_path: Path) -> None:
    say = Answer(text='{"said": "good"}', usage={"input": 100, "output": 100})  # 100 x $1 and 100 x $10 a million: $0.0011
    with provider(lambda body: say) as server, teacher(server, tmp_path / "l.sqlite", max_cost=0.012, max_tokens=150, price=PRICE, concurrency=20) as model:
        found = answers(model, *(question(str(number)) for number in range(20)))
    database = Database(str(tmp_path / "l.sqlite"), TABLES)
    calls, dollars, held, reserved = database.run("SELECT calls, dollars, held, reserved FROM runs WHERE run = ?", (model.run,)).fetchone()
    assert dollars <= 0.012 and calls == sum(isinstance(one, Said) for one in found) >= 8, "what others still hold is waited for"
    assert held == 0 and reserved == pytest.approx(0)


def test_a_call_that_failed_for_good_gives_its_place_under_the_cap_back(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return faults.status(500) if "bad" in str(body) else None

    with provider(faults=plan) as server, teacher(server, tmp_path / "l.sqlite", max_calls=2, tries=2) as model:
        assert answers(model, question("one")) == [Said(said="good")]
        assert isinstance(answers(model, question("bad"))[0], Refused)
        assert answers(model, question("two")) == [Said(said="good")]
        assert isinstance(answers(model, question("three"))[0], Spent)


def test_the_ledger_says_what_a_call_took(tmp_path: Path) -> None:
    say = Answer(text='{"said": "good"}', usage={"input": 1000, "cached": 400, "output": 50})
    with provider(lambda body: say, faults=once(faults.status(500))) as server, teacher(server, tmp_path / "l.sqlite", price=PRICE, role="writer") as model:
        answers(model, question())
    row = Database(str(tmp_path / "l.sqlite"), TABLES).run("SELECT role, task, teacher, model, input, cached, output, dollars, tries, way FROM calls").fetchone()
    assert row == ("writer", "ask", model.address, "teacher-1", 1000, 400, 50, pytest.approx(0.0015), 2, "call")


def test_tasks_of_one_role_share_one_pace(tmp_path: Path) -> None:
    with provider(latency=0.05) as server, teacher(server, tmp_path / "l.sqlite", concurrency=3) as one, teacher(server, tmp_path / "l.sqlite", concurrency=3) as two:
        assert one.desk is two.desk
        answers(one, *(question(str(number)) for number in range(9)))
        assert server.in_flight_peak == 3
