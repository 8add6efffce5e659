"""Calls that wait for a provider's batch: wanted, posted, collected. The ledger remembers them, so that a run can leave and come back."""

from collections.abc import Iterable

from steps.teachers.database import Database
from steps.teachers.ledger import Entry, now, record, release

FAILED = "failed"


def want(database: Database, digest: str, run: str, role: str, task: str, body: str, dollars: float) -> bool:
    """Note a call that is to go into the next batch, if it is in none yet; False when a batch has failed on it, so that it is to be asked alone.

    A call that another run wanted and did not post is this run's to post; for one that is in another run's batch, this run waits too.

    Args:
        dollars: the most that it can cost.
    """
    database.run("INSERT INTO uses VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (run, role, digest))
    mine = "ON CONFLICT (digest) DO UPDATE SET run = excluded.run, role = excluded.role, dollars = excluded.dollars WHERE asked.batch IS NULL"
    database.run(f"INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, NULL) {mine}", (digest, run, role, task, body, dollars))
    return bool(database.run("SELECT coalesce(batch, '') FROM asked WHERE digest = ?", (digest,)).fetchone()[0] != FAILED)


def wanted(database: Database, run: str, role: str) -> list[tuple[str, str, float]]:
    """A role's calls that are in no batch yet: digest, body and the most that it can cost, in the order of their digests."""
    query = "SELECT digest, body, dollars FROM asked WHERE run = ? AND role = ? AND batch IS NULL ORDER BY digest"
    found: list[tuple[str, str, float]] = database.run(query, (run, role)).fetchall()
    return found


def intend(database: Database, batch: str, run: str, role: str, teacher: str, digests: Iterable[str]) -> None:
    """Put calls into a batch that is about to be posted under a name of our own: a run that dies now finds it again by that name."""
    some = list(digests)
    database.run("INSERT INTO batches VALUES (?, ?, ?, ?, 'posting', ?, ?) ON CONFLICT DO NOTHING", (batch, run, role, teacher, len(some), now()))
    for digest in some:
        database.run("UPDATE asked SET batch = ? WHERE digest = ?", (batch, digest))


def posted(database: Database, batch: str, id: str) -> None:
    """Give a batch the provider's own name."""
    database.run("UPDATE asked SET batch = ? WHERE batch = ?", (id, batch))
    database.run("UPDATE batches SET id = ?, state = 'posted' WHERE id = ?", (id, batch))


def unfinished(database: Database, run: str, role: str) -> list[tuple[str, str, int, str, str]]:
    """The batches that are not collected and hold what a role waits for: id, state (`posting` or `posted`), calls, and whose run and role they are."""
    query = (
        "SELECT DISTINCT id, state, calls, batches.run, batches.role, batches.at FROM batches JOIN asked ON batch = id JOIN uses ON uses.digest = asked.digest "
        "WHERE uses.run = ? AND uses.role = ? AND state != 'collected' ORDER BY batches.at, id"
    )
    return [(id, state, calls, whose, part) for id, state, calls, whose, part, _ in database.run(query, (run, role)).fetchall()]


def contents(database: Database, batch: str) -> dict[str, tuple[str, str]]:
    """The calls of a batch: digest to task and body."""
    return {digest: (task, body) for digest, task, body in database.run("SELECT digest, task, body FROM asked WHERE batch = ? ORDER BY digest", (batch,)).fetchall()}


def close(database: Database, batch: str, answered: Iterable[Entry], failed: Iterable[str]) -> None:
    """End a batch with its answers. Calls that failed in it are asked alone next time; others that it did not answer, since it expired, go into the next one."""
    held = {digest: (run, dollars) for digest, run, dollars in database.run("SELECT digest, run, dollars FROM asked WHERE batch = ?", (batch,)).fetchall()}
    for entry in answered:
        record(database, entry, held.pop(entry.digest, (entry.run, None))[1])
    for run, dollars in held.values():
        release(database, run, dollars)
    for digest in failed:
        database.run("UPDATE asked SET batch = ? WHERE digest = ?", (FAILED, digest))
    database.run("DELETE FROM asked WHERE batch = ? AND digest IN (SELECT digest FROM calls)", (batch,))
    database.run("UPDATE asked SET batch = NULL WHERE batch = ?", (batch,))
    database.run("UPDATE batches SET state = 'collected' WHERE id = ?", (batch,))
