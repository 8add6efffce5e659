"""Batches: posted once, collected when they come, and nothing that failed in one is lost."""

from pathlib import Path

import pytest

from steps.loop import run
from steps.teachers.call import Waiting
from steps.teachers.database import Database
from steps.teachers.ledger import TABLES
from steps.teachers.mail import Mail, chunks, collect, post
from steps.teachers.teacher import Refused
from tests.provider import Provider, faults
from tests.unit.steps.teachers.asked import WIRES, Said, answers, question, teacher


class Died(BaseException):
    """The process is gone."""


def provider(answer: object = lambda body: '{"said": "good"}', **more: object) -> Provider:
    return Provider(answer=answer, models=("teacher-1",), key="test-key", **more)


@pytest.mark.parametrize("wire", WIRES)
def test_calls_leave_in_a_batch_and_come_back_as_answers(wire: str, tmp_path: Path) -> None:
    with provider() as server, teacher(server, tmp_path / "l.sqlite", wire, batch=True) as model:
        assert all(isinstance(one, Waiting) for one in answers(model, question("one"), question("two"), question("one")))
        assert run(post(model)) == 2 and run(post(model)) == 0
        assert run(collect(model)).waiting == 2
        server.finish_batches()
        assert run(collect(model)) == Mail(answered=2)
        assert answers(model, question("one"), question("two")) == [Said(said="good")] * 2
        assert run(collect(model)) == Mail()
    assert Database(str(tmp_path / "l.sqlite"), TABLES).run("SELECT DISTINCT way, tries FROM calls").fetchall() == [("batch", 1)]


@pytest.mark.parametrize("wire", WIRES)
def test_what_failed_in_a_batch_is_asked_alone_and_what_expired_goes_into_the_next(wire: str, tmp_path: Path) -> None:
    with provider() as server, teacher(server, tmp_path / "l.sqlite", wire, batch=True) as model:
        answers(model, *(question(word) for word in ("good", "bad", "late")))
        run(post(model))
        server.finish_batches(fail=lambda id, body: faults.context_overflow() if "bad" in str(body) else None, expire=lambda id: "late" in server_body(tmp_path, id))
        assert run(collect(model)) == Mail(answered=1, failed=1)
        good, bad, late = answers(model, *(question(word) for word in ("good", "bad", "late")))
        assert good == Said(said="good") and isinstance(late, Waiting)
        assert bad == Said(said="good") or isinstance(bad, Refused)
        assert run(post(model)) == 1


def server_body(folder: Path, digest: str) -> str:
    return Database(str(folder / "l.sqlite"), TABLES).run("SELECT body FROM asked WHERE digest = ?", (digest,)).fetchone()[0]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("reached", [True, False])
def test_a_kill_while_posting_posts_nothing_twice(wire: str, reached: bool, tmp_path: Path) -> None:
    """As if the process had died between the provider's answer and the note of it, or before the provider heard of it."""
    with provider() as server, teacher(server, tmp_path / "l.sqlite", wire, batch=True) as model:
        answers(model, question())
        submit = type(model).submit

        async def dies(self: object, client: object, name: str, bodies: dict[str, str]) -> str:
            if reached:
                await submit(self, client, name, bodies)
            raise Died

        type(model).submit = dies
        try:
            with pytest.raises(Died):
                run(post(model))
        finally:
            type(model).submit = submit
        assert run(collect(model)).waiting == 1
        assert run(post(model)) == 0
        posts = [seen for seen in server.seen if seen.method == "POST" and seen.path.endswith("/batches")]
        assert len(posts) == 1
        server.finish_batches()
        assert run(collect(model)) == Mail(answered=1)


def test_heaps_are_as_few_as_number_and_size_allow() -> None:
    calls = [(str(number), "x" * 600) for number in range(7)]
    assert [len(some) for some in chunks(calls, 3, 10**6)] == [3, 3, 1]
    assert [len(some) for some in chunks(calls, 100, 2500)] == [2, 2, 2, 1]
    assert [len(some) for some in chunks([("a", "x" * 9000)], 100, 2500)] == [1]
    assert chunks([], 3, 100) == []
