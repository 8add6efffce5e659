"""The ledger: every call that a model answered, by what was asked, so that nothing is asked or paid twice."""

import asyncio
import concurrent.futures
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from steps.teachers.call import Reply
from steps.teachers.database import SERVERS, Database, LedgerLost, first_line, shown

TABLES = (
    "CREATE TABLE IF NOT EXISTS calls (digest TEXT PRIMARY KEY, run TEXT, role TEXT, task TEXT, teacher TEXT, model TEXT, reply TEXT, input BIGINT, cached BIGINT, "
    "written BIGINT, output BIGINT, dollars DOUBLE PRECISION, seconds DOUBLE PRECISION, tries INTEGER, way TEXT, at TEXT)",
    "CREATE TABLE IF NOT EXISTS uses (run TEXT, role TEXT, digest TEXT, PRIMARY KEY (run, role, digest))",
    "CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, folder TEXT, at TEXT, calls BIGINT, dollars DOUBLE PRECISION, held BIGINT, reserved DOUBLE PRECISION)",
    "CREATE TABLE IF NOT EXISTS asked (digest TEXT PRIMARY KEY, run TEXT, role TEXT, task TEXT, body TEXT, dollars DOUBLE PRECISION, batch TEXT)",
    "CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, run TEXT, role TEXT, teacher TEXT, state TEXT, calls BIGINT, at TEXT)",
)
ENTRY = ("digest", "run", "role", "task", "teacher", "model", "reply", "input", "cached", "written", "output", "dollars", "seconds", "tries", "way", "at")


@dataclass(frozen=True)
class Entry:
    """An answered call.

    Attributes:
        digest: of the address and the request's body.
        run, role, task: for whom it was made first.
        teacher: the address; `model`: as it was asked for.
        dollars: None where the price is not known.
        seconds: from sending to the answer, of the try that succeeded.
        tries: how often it was sent.
        way: `call` or `batch`.
    """

    digest: str
    run: str
    role: str
    task: str
    teacher: str
    model: str
    reply: Reply
    dollars: float | None
    seconds: float
    tries: int
    way: str = "call"


Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]"]


class Ledger:
    """A ledger that is used from one event loop. Whatever has come since it last looked is one transaction.

    A file is worked on between two turns of the loop, which takes microseconds a call; a server in a thread, since it is farther away.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.database: Database | None = None
        self.jobs: list[Job] = []
        self.thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger") if place.startswith(SERVERS) else None

    async def do(self, job: Callable[..., Any], *about: Any) -> Any:
        """Do a job, which gets the database and what it is about; what it gives is there when it is on disk.

        Raises:
            LedgerLost: when the database cannot be opened or written.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self.jobs.append((job, about, done))
        if len(self.jobs) == 1:
            loop.call_soon(self.work, loop)
        return await done

    def work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do what has come."""
        some, self.jobs = self.jobs, []
        if self.thread is None:
            deliver(some, self.transact(some))
        else:
            self.thread.submit(self.transact, some).add_done_callback(lambda done: loop.call_soon_threadsafe(deliver, some, done.result()))

    def transact(self, some: list[Job]) -> "list[Any] | LedgerLost":
        """All jobs in one transaction: their results, or why there are none."""
        try:
            self.database = self.database or Database(self.place, TABLES)
            with self.database.transaction():
                return [job(self.database, *about) for job, about, _ in some]
        except LedgerLost as error:
            return error
        except Exception as error:
            return LedgerLost(f"the ledger {shown(self.place)} cannot be used: {first_line(error)}")

    async def find(self, digest: str, run: str, role: str) -> Reply | None:
        """The answer to a call that was made before, by whomever; that this run uses it is noted."""
        found: str | None = await self.do(find, digest, run, role)
        return Reply.model_validate_json(found) if found else None

    async def record(self, entry: Entry, held: float | None = None) -> None:
        """Keep an answer, and count it for its run.

        Args:
            held: what was reserved for it, in dollars.
        """
        await self.do(record, entry, held)

    async def reserve(self, run: str, dollars: float, most_dollars: float | None, most_calls: int | None) -> bool:
        """Hold a call's place under the caps, in one step for all processes; False when there is none left."""
        return bool(await self.do(reserve, run, dollars, most_dollars, most_calls))

    async def release(self, run: str, dollars: float) -> None:
        """Give back what was held for a call that was not answered."""
        await self.do(release, run, dollars)


def find(database: Database, digest: str, run: str, role: str) -> str | None:
    """A recorded reply, as JSON; who uses it is noted."""
    found = database.run("SELECT reply FROM calls WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        return None
    database.run("INSERT INTO uses VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (run, role, digest))
    return str(found[0])


def reserve(database: Database, run: str, dollars: float, most_dollars: float | None, most_calls: int | None) -> bool:
    """Hold a call's place under the caps, where there is one."""
    statement = (
        "UPDATE runs SET held = held + 1, reserved = reserved + ? WHERE run = ? AND (CAST(? AS BIGINT) IS NULL OR calls + held < CAST(? AS BIGINT)) "
        "AND (CAST(? AS DOUBLE PRECISION) IS NULL OR dollars + reserved + ? <= CAST(? AS DOUBLE PRECISION))"
    )
    return bool(database.run(statement, (dollars, run, most_calls, most_calls, most_dollars, dollars, most_dollars)).rowcount == 1)


def release(database: Database, run: str, dollars: float) -> None:
    """Let a held place go."""
    database.run("UPDATE runs SET held = held - 1, reserved = reserved - ? WHERE run = ?", (dollars, run))


def record(database: Database, entry: Entry, held: float | None = None) -> None:
    """Write an answer, and count it for its run."""
    usage = entry.reply.usage
    values = {name: getattr(entry, name, None) for name in ENTRY} | {"reply": entry.reply.model_dump_json(exclude_defaults=True), "at": now()}
    values |= {"input": usage.input, "cached": usage.cached, "written": usage.written, "output": usage.output}
    database.run(f"INSERT INTO calls VALUES ({', '.join('?' * len(ENTRY))}) ON CONFLICT DO NOTHING", [values[name] for name in ENTRY])
    database.run("INSERT INTO uses VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (entry.run, entry.role, entry.digest))
    let_go = "" if held is None else ", held = held - 1, reserved = reserved - ?"
    spent = (1, entry.dollars or 0.0, *(() if held is None else (held,)), entry.run)
    database.run(f"UPDATE runs SET calls = calls + ?, dollars = dollars + ?{let_go} WHERE run = ?", spent)


def begin(database: Database, run: str, folder: str) -> None:
    """Enter a run, or take it up again: what a killed one still held is let go, but for calls that are with a provider's batch."""
    database.run("INSERT INTO runs VALUES (?, ?, ?, 0, 0, 0, 0) ON CONFLICT DO NOTHING", (run, folder, now()))
    database.run("UPDATE runs SET held = 0, reserved = 0, folder = ? WHERE run = ?", (folder, run))
    out = "FROM asked JOIN batches ON batch = id WHERE asked.run = ?"
    database.run(f"UPDATE runs SET held = (SELECT count(*) {out}), reserved = (SELECT coalesce(sum(asked.dollars), 0) {out}) WHERE run = ?", (run, run, run))


def deliver(some: list[Job], results: "list[Any] | LedgerLost") -> None:
    """Give each waiting job its result, or the reason why there is none."""
    for number, (_, _, done) in enumerate(some):
        if done.done():
            continue
        if isinstance(results, LedgerLost):
            done.set_exception(results)
        else:
            done.set_result(results[number])


def now() -> str:
    """The time, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def _opened(place: str, process: int) -> Ledger:
    return Ledger(place)


def ledger(place: str) -> Ledger:
    """This process's ledger at a place."""
    return _opened(place, os.getpid())
