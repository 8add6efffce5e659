"""The file of the search engine: documents, their words and their vectors. The server and its worker share it."""

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .index import REST, Index, dumps, merge, nested, properties
from .words import spaced

TABLES = """
CREATE TABLE IF NOT EXISTS indices (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, mappings TEXT, settings TEXT);
CREATE TABLE IF NOT EXISTS documents (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, id TEXT, source TEXT, UNIQUE (name, id));
CREATE TABLE IF NOT EXISTS bodies (seq INTEGER PRIMARY KEY, fields TEXT);
CREATE TABLE IF NOT EXISTS vectors (seq INTEGER, kind TEXT, value BLOB, PRIMARY KEY (seq, kind)) WITHOUT ROWID;
"""
BUSY_SECONDS = 60
_open = threading.local()
_writing = threading.Lock()


class Absent(LookupError):
    """There is no such index."""


class Present(ValueError):
    """There is such an index already."""


class Storage:
    """Indices of documents in one SQLite file.

    A document's fields lie apart from the rest of it, so that a filter reads little; their words are in an FTS5 table of each index.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; a forked process opens its own."""
        key = (os.getpid(), str(self.path))
        if getattr(_open, "key", None) != key:
            _open.connection, _open.key = self._connect(), key
        return _open.connection  # type: ignore[no-any-return]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.connection().execute(sql, tuple(values)).fetchall()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change the file: all of it or nothing."""
        connection = self.connection()
        with _writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def index(self, name: str) -> Index:
        """What is known of an index.

        Raises:
            Absent: when it is not there.
        """
        found = self.rows("SELECT number, mappings, settings FROM indices WHERE name = ?", (name,))
        if not found:
            raise Absent(f"there is no index {name}")
        return Index(found[0][0], name, json.loads(found[0][1]), json.loads(found[0][2]))

    def names(self) -> list[str]:
        """The indices that are there."""
        return [name for (name,) in self.rows("SELECT name FROM indices ORDER BY number")]

    def create(self, name: str, mappings: dict[str, Any], settings: dict[str, Any]) -> None:
        """Make an index.

        Raises:
            Present: when it is there already.
        """
        whole = {**mappings, "properties": properties(mappings.get("properties", {}))}
        with self.change() as connection:
            try:
                number = connection.execute("INSERT INTO indices (name, mappings, settings) VALUES (?, ?, ?)", (name, dumps(whole), dumps(settings))).lastrowid
            except sqlite3.IntegrityError:
                raise Present(f"there is an index {name} already") from None
            made = Index(number or 0, name, whole, settings)
            columns = ", ".join(f"c{place}" for place in range(len(made.columns)))
            connection.execute(f"CREATE VIRTUAL TABLE {made.table} USING fts5({columns}, content='', tokenize='unicode61 remove_diacritics 0')")

    def extend(self, name: str, flat: dict[str, Any]) -> None:
        """Add properties to an index's mapping; fields that it does not have are searched with the rest."""
        with self.change() as connection:
            mappings = self.index(name).mappings
            merge(mappings, {"properties": properties(flat)})
            connection.execute("UPDATE indices SET mappings = ? WHERE name = ?", (dumps(mappings), name))

    def drop(self, name: str) -> None:
        """Remove an index, if it is there."""
        with self.change() as connection:
            for (number,) in connection.execute("SELECT number FROM indices WHERE name = ?", (name,)).fetchall():
                connection.execute(f"DROP TABLE {Index(number, name, {}, {}).table}")
                for table in ("bodies", "vectors"):
                    connection.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM documents WHERE name = ?)", (name,))
                connection.execute("DELETE FROM documents WHERE name = ?", (name,))
                connection.execute("DELETE FROM indices WHERE name = ?", (name,))

    def put(self, name: str, documents: dict[str, dict[str, Any]]) -> None:
        """Write whole documents, each over the one of its id."""
        with self.change():
            index = self.index(name)
            for key, document in documents.items():
                self._write(index, key, nested(document))

    def alter(self, name: str, key: str, how: Callable[[dict[str, Any]], None]) -> bool:
        """Change a document's source; whether it is there. Fields and vectors may be put into it, and are not in it before."""
        with self.change() as connection:
            found = connection.execute("SELECT source FROM documents WHERE name = ? AND id = ?", (name, key)).fetchone()
            if found is None:
                return False
            document = json.loads(found[0])
            how(document)
            self._write(self.index(name), key, document)
            return True

    def remove(self, name: str, keys: Sequence[str]) -> None:
        """Delete documents; those that are not there are no matter."""
        with self.change() as connection:
            index = self.index(name)
            for key in keys:
                found = connection.execute("DELETE FROM documents WHERE name = ? AND id = ? RETURNING seq", (name, key)).fetchone()
                if found is not None:
                    self._forget_words(index, found[0])
                    connection.execute("DELETE FROM vectors WHERE seq = ?", found)

    def _write(self, index: Index, key: str, document: dict[str, Any]) -> None:
        fields, vectors = document.pop("fields", None), document.pop("vectors", None)
        insert = "INSERT INTO documents (name, id, source) VALUES (?, ?, ?) ON CONFLICT (name, id) DO UPDATE SET source = excluded.source RETURNING seq"
        (seq,) = self.connection().execute(insert, (index.name, key, dumps(document))).fetchone()
        if fields is not None:
            kept = dumps({name: value for name, value in fields.items() if name not in index.excluded})
            self._forget_words(index, seq)
            self.connection().execute("INSERT INTO bodies (seq, fields) VALUES (?, ?)", (seq, kept))
            self._words(index, seq, kept, "")
        for kind, value in (vectors or {}).items():
            self.connection().execute("INSERT OR REPLACE INTO vectors (seq, kind, value) VALUES (?, ?, ?)", (seq, kind, np.asarray(value, dtype=np.float32).tobytes()))

    def _forget_words(self, index: Index, seq: int) -> None:
        found = self.connection().execute("DELETE FROM bodies WHERE seq = ? RETURNING fields", (seq,)).fetchone()
        if found is not None:
            self._words(index, seq, found[0], "delete")

    def _words(self, index: Index, seq: int, kept: str, command: str) -> None:
        """Write a document's words, or take back those that were written: FTS5 keeps no text, so it must be told again."""
        fields = json.loads(kept)
        texts = [spaced(words(fields.get(name))) for name in index.columns[:-1]]
        texts.append(spaced(" ".join(words(value) for name, value in fields.items() if name not in index.columns or name == REST)))
        columns = ["rowid", *(f"c{place}" for place in range(len(texts)))]
        values: list[Any] = [seq, *texts]
        if command:
            columns, values = [index.table, *columns], [command, *values]
        self.connection().execute(f"INSERT INTO {index.table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(values))})", values)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.create_function("chance", 2, chance, deterministic=True)
        connection.executescript(TABLES)
        return connection


def discard(path: Path) -> None:
    """Delete an index file, with what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def words(value: Any) -> str:
    """The text of a field: a chat's messages without who says them, or the text itself."""
    if isinstance(value, list):
        return "\n".join(str(turn.get("content", "")) if isinstance(turn, dict) else str(turn) for turn in value)
    return "" if value is None else str(value)


def chance(seed: str, seq: int) -> float:
    """A number from 0 to 1 that a seed gives a document, always the same."""
    return zlib.crc32(f"{seed}:{seq}".encode()) / 2**32
