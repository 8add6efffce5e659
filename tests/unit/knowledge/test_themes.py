"""Every theme is consistent, and everything that it says of its database is true."""

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from knowledge.bank import parse_bank
from knowledge.theme import FOLDER, Theme, load_themes

THEMES = sorted(FOLDER.glob("*.yaml"))


def database(theme: Theme) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for name, table in theme.tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
        connection.execute(f"CREATE TABLE {name} ({columns})")
        holes = ", ".join("?" * len(table.columns))
        connection.executemany(f"INSERT INTO {name} VALUES ({holes})", table.rows)
    return connection


@pytest.fixture(params=THEMES, ids=lambda path: path.stem)
def theme(request: pytest.FixtureRequest) -> Theme:
    path: Path = request.param
    read = parse_bank(path, Theme)
    assert read.name == path.stem
    return read


def test_each_question_to_the_database_has_an_answer(theme: Theme) -> None:
    connection = database(theme)
    for query in theme.queries:
        assert query.sql.lstrip().upper().startswith("SELECT"), query.sql
        rows = connection.execute(query.sql).fetchall()
        assert 1 <= len(rows) <= 8, f"{query.sql}: {len(rows)} rows"
        assert set(query.tables) <= set(theme.tables), query.tables


def test_each_question_names_what_its_sql_needs(theme: Theme) -> None:
    """A request grounds every literal, table and column of its SQL, in words a person would use."""
    for statement in (*theme.queries, *theme.changes):
        literals = re.findall(r"'((?:[^']|'')*)'", statement.sql)
        for said in statement.said:
            for literal in literals:
                assert literal.replace("''", "'").lower() in said.lower(), f"{said!r} lacks {literal!r}"
            for number in re.findall(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w.'])", re.sub(r"'(?:[^']|'')*'", "", statement.sql)):
                assert number in said, f"{said!r} lacks {number}"


def test_each_change_is_seen_by_its_check_and_by_nothing_else(theme: Theme) -> None:
    for change in theme.changes:
        connection = database(theme)
        if change.verb != "create":
            assert not connection.execute(change.check).fetchall(), f"already true: {change.check}"
        connection.execute(change.sql)
        assert connection.execute(change.check).fetchall(), f"not seen: {change.check}"


def test_each_theme_offers_every_verb(theme: Theme) -> None:
    verbs = Counter(change.verb for change in theme.changes)
    assert all(verbs[verb] >= 2 for verb in ("insert", "update", "delete", "create")), verbs


def test_no_two_splits_share_a_value() -> None:
    """Files, branches, people, entities, tables and pages of one split occur in no other."""
    owner: dict[str, str] = {}
    for theme in load_themes():
        values = [
            theme.name, theme.branch, *theme.branches, *theme.new_branches, *theme.tables, *theme.new_folders,
            *(path for path in theme.files if path != "README.md"), *(new.path for new in theme.new_files),
            *(entity.name for entity in (*theme.entities, *theme.new_entities)), *(page.path for page in theme.pages),
            *(edit.why for edit in theme.edits), *(commit.subject for commit in theme.commits),
        ]  # fmt: skip
        for value in values:
            assert owner.setdefault(value, theme.split) == theme.split, f"{theme.name}: {value!r} is in {owner[value]} too"
