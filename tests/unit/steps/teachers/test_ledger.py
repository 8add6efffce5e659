"""The ledger: what is recorded stays, for every process, and what cannot be used says so."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from steps.teachers.call import Made, Reply, Usage
from steps.teachers.database import Database, LedgerLost, shown
from steps.teachers.ledger import TABLES, Entry, Ledger, begin

REPLY = Reply(text="hé\u2028llo", calls=(Made(id="1", name="git_log", arguments="{}"),), stop="calls", model="m-1", usage=Usage(input=5, cached=2, output=3))
MANY = """
import asyncio, sys
from steps.teachers.call import Reply, Usage
from steps.teachers.ledger import Entry, Ledger, begin

async def main(place, who):
    ledger = Ledger(place)
    await ledger.do(begin, "r", "f")
    for number in range(60):
        mine = Entry(f"{who}-{number}", "r", "writer", "ask", "a", "m", Reply(text="x", usage=Usage(output=1)), 0.5, 0.1, 1)
        both = Entry(f"both-{number}", "r", "writer", "ask", "a", "m", Reply(text="x", usage=Usage(output=1)), 0.5, 0.1, 1)
        await asyncio.gather(ledger.record(mine), ledger.record(both), ledger.find(f"both-{number}", "r", "judge"))

asyncio.run(main(*sys.argv[1:]))
"""


def entry(digest: str = "d", **fields: object) -> Entry:
    known = {"run": "r", "role": "writer", "task": "ask", "teacher": "http://a", "model": "m", "reply": REPLY, "dollars": 0.25, "seconds": 0.1, "tries": 1}
    return Entry(digest, **known | fields)


def played(place: Path, *works: object) -> list[object]:
    async def play() -> list[object]:
        ledger = Ledger(str(place))
        return [await work(ledger) for work in works]

    return asyncio.run(play())


def test_a_reply_comes_back_as_it_was_in_another_process_too(tmp_path: Path) -> None:
    played(tmp_path / "new" / "l.sqlite", lambda ledger: ledger.record(entry()))
    assert played(tmp_path / "new" / "l.sqlite", lambda ledger: ledger.find("d", "r2", "judge"), lambda ledger: ledger.find("e", "r2", "judge")) == [REPLY, None]
    database = Database(str(tmp_path / "new" / "l.sqlite"), TABLES)
    assert database.run("SELECT run, role FROM uses ORDER BY run").fetchall() == [("r", "writer"), ("r2", "judge")]


def test_the_first_answer_stands_and_both_are_counted(tmp_path: Path) -> None:
    other = REPLY.model_copy(update={"text": "another"})
    place = tmp_path / "l.sqlite"
    works = [
        lambda ledger: ledger.do(begin, "r", "f"),
        lambda ledger: ledger.record(entry()),
        lambda ledger: ledger.record(entry(reply=other)),
        lambda ledger: ledger.find("d", "r", "writer"),
    ]
    assert played(place, *works)[-1] == REPLY
    assert Database(str(place), TABLES).run("SELECT calls, dollars FROM runs").fetchone() == (2, 0.5)


def test_what_a_killed_run_held_is_let_go_when_it_begins_again(tmp_path: Path) -> None:
    works = [lambda ledger: ledger.do(begin, "r", "f"), lambda ledger: ledger.reserve("r", 1.0, 1.5, None), lambda ledger: ledger.reserve("r", 1.0, 1.5, None)]
    again = [lambda ledger: ledger.do(begin, "r", "f"), lambda ledger: ledger.reserve("r", 1.0, 1.5, None)]
    assert played(tmp_path / "l.sqlite", *works)[1:] == [True, False]
    assert played(tmp_path / "l.sqlite", *again)[1:] == [True]


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    place = str(tmp_path / "l.sqlite")
    running = [subprocess.Popen([sys.executable, "-c", MANY, place, str(who)]) for who in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    database = Database(place, TABLES)
    assert database.run("SELECT count(*) FROM calls").fetchone() == (60 * 4,)
    assert database.run("SELECT calls, dollars FROM runs").fetchone() == (360, 180.0)


@pytest.mark.parametrize("content", [b"this is no database, and long enough to be read as one" * 9, json.dumps({"a": 1}).encode() * 60])
def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "l.sqlite").write_bytes(content)
    with pytest.raises(LedgerLost, match=r"the ledger .*l\.sqlite cannot be opened: file is not a database"):
        played(tmp_path / "l.sqlite", lambda ledger: ledger.find("d", "r", "writer"))


def test_a_folder_in_its_place_and_a_server_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerLost, match="cannot be opened"):
        Database(str(tmp_path), TABLES)
    with pytest.raises(LedgerLost, match=r"postgresql://127\.0\.0\.1:1/x cannot be opened") as lost:
        Database("postgresql://me:secret@127.0.0.1:1/x", TABLES)
    assert "secret" not in str(lost.value)


def test_a_ledger_that_is_lost_on_the_way_is_said_to_be(tmp_path: Path) -> None:
    place = tmp_path / "l.sqlite"

    async def play() -> None:
        ledger = Ledger(str(place))
        await ledger.record(entry())
        with sqlite3.connect(place) as other:
            other.execute("DROP TABLE calls")
        with pytest.raises(LedgerLost, match="cannot be used: no such table: calls"):
            await ledger.record(entry("e"))

    asyncio.run(play())


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("postgresql://me:secret@host:5432/db?password=secret") == "postgresql://host:5432/db"
    assert shown("runs/ledger.sqlite") == "runs/ledger.sqlite"
