"""Calls that wait for a provider's batch: wanted, posted, collected. The ledger remembers them, so that a run can leave and come back."""

from collections.abc import Iterable

from steps.teachers.database import Database
from steps.teachers.ledger import Entry, now, record

FAILED = "failed"


def want(database: Database, digest: str, run: str, role: str, task: str, body: str) -> bool:
    """Note a call that is to go into the next batch, if it is in none yet; False when a batch has failed on it, so that it is to be asked alone."""
    database.run("INSERT INTO asked VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING", (digest, run, role, task, body))
    return bool(database.run("SELECT coalesce(batch, '') FROM asked WHERE digest = ?", (digest,)).fetchone()[0] != FAILED)


def wanted(database: Database, run: str, role: str) -> list[tuple[str, str]]:
    """A role's calls that are in no batch yet: digest and body, in the order of their digests."""
    found: list[tuple[str, str]] = database.run("SELECT digest, body FROM asked WHERE run = ? AND role = ? AND batch IS NULL ORDER BY digest", (run, role)).fetchall()
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


def unfinished(database: Database, run: str, role: str) -> list[tuple[str, str, int]]:
    """A role's batches that are not collected: id, state (`posting` or `posted`), calls."""
    found: list[tuple[str, str, int]] = database.run(
        "SELECT id, state, calls FROM batches WHERE run = ? AND role = ? AND state != 'collected' ORDER BY at, id", (run, role)
    ).fetchall()
    return found


def contents(database: Database, batch: str) -> dict[str, tuple[str, str]]:
    """The calls of a batch: digest to task and body."""
    return {digest: (task, body) for digest, task, body in database.run("SELECT digest, task, body FROM asked WHERE batch = ? ORDER BY digest", (batch,)).fetchall()}


def close(database: Database, batch: str, answered: Iterable[Entry], failed: Iterable[str]) -> None:
    """End a batch with its answers. Calls that failed in it are asked alone next time; others that it did not answer, since it expired, go into the next one."""
    for entry in answered:
        record(database, entry)
    for digest in failed:
        database.run("UPDATE asked SET batch = ? WHERE digest = ?", (FAILED, digest))
    database.run("DELETE FROM asked WHERE batch = ? AND digest IN (SELECT digest FROM calls)", (batch,))
    database.run("UPDATE asked SET batch = NULL WHERE batch = ?", (batch,))
    database.run("UPDATE batches SET state = 'collected' WHERE id = ?", (batch,))
