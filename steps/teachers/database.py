"""A database that several processes share: one SQLite file, or a PostgreSQL server."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 60  # seconds that a writer waits for the others
SERVERS = ("postgresql://", "postgres://")
TURN = int.from_bytes(b"ledger")  # the number of the lock under which a server's tables are made


class LedgerLost(RuntimeError):
    """The ledger cannot be opened, read or written; the message says which and why."""


class Database:
    """A connection for one thread.

    Args:
        place: the path of an SQLite file, which is made where there is none, or a `postgresql://` address.
        tables: the statements that make the tables.

    Raises:
        LedgerLost: when it cannot be opened, or is something else.
    """

    def __init__(self, place: str, tables: Sequence[str]) -> None:
        self.place, self.server = place, place.startswith(SERVERS)
        self.errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
        try:
            self.connection: Any = self.connect()
            with self.transaction():
                if self.server:  # CREATE TABLE IF NOT EXISTS fails in a server when two run at once
                    self.run("SELECT pg_advisory_xact_lock(?)", (TURN,))
                for statement in tables:
                    self.run(statement)
        except self.errors as error:
            raise LedgerLost(f"the ledger {shown(place)} cannot be opened: {first_line(error)}") from None

    def connect(self) -> Any:
        """Open the connection; transactions are ours to begin and end."""
        if self.server:
            try:
                import psycopg
            except ImportError:
                raise LedgerLost("a ledger on PostgreSQL needs the package psycopg: install requirements/postgres.txt.") from None
            self.errors = (psycopg.Error, OSError)
            return psycopg.connect(self.place, autocommit=True, connect_timeout=10)
        Path(self.place).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.place, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint=16000")  # 64 MB: digests scatter over all pages, and a page is written back once
        return connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; SQLite takes its one writer's place at once."""
        self.connection.execute("BEGIN" if self.server else "BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def run(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement, with a `?` for each value; the cursor comes back."""
        return self.connection.execute(statement.replace("?", "%s"), values) if self.server else self.connection.execute(statement, values)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def shown(place: str) -> str:
    """The place without what it holds of a password."""
    parts = urlsplit(place)
    return parts._replace(netloc=f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}", query="").geturl() if place.startswith(SERVERS) else place


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
