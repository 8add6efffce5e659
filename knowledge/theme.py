"""Themes: the small, invented projects that fixture worlds are made from."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.bank import BANKS, parse_bank

Split = Literal["train", "validation", "test"]
Cell = str | int | float | None

FOLDER = BANKS / "themes"


class Frozen(BaseModel):
    """A bank entry: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Adding(Frozen):
    """A commit that adds files (or first puts them under version control)."""

    subject: str
    adds: Annotated[tuple[str, ...], Field(min_length=1)]


class Changing(Frozen):
    """A commit that changed one line: before it, the file held `before` where it now holds `after`."""

    subject: str
    path: str
    before: str
    after: str


class Edit(Frozen):
    """A change not made yet: replace `old`, which stands exactly once in the file, by `new`.

    `why` is a commit subject that would describe it.
    """

    path: str
    old: str
    new: str
    why: str


class NewFile(Frozen):
    """A file that does not exist yet, with its few lines of content. `why`: a commit subject for it."""

    path: str
    content: str
    why: str


class Table(Frozen):
    """A database table. `columns` maps a name to its SQL type and constraints."""

    columns: dict[str, str]
    rows: Annotated[tuple[tuple[Cell, ...], ...], Field(min_length=4)]


class Query(Frozen):
    """A question to the database. `said` names each table, column and value of `sql` in plain words.

    `vague` asks the same without naming columns, for a request that must look at the schema first.
    """

    said: Annotated[tuple[str, ...], Field(min_length=2)]
    vague: str
    tables: tuple[str, ...]
    sql: str


class Change(Frozen):
    """A statement that writes. `said` finishes the sentence "please …", naming each value.

    `check` is a SELECT that yields at least one row if and only if the change was made.
    """

    said: Annotated[tuple[str, ...], Field(min_length=2)]
    sql: str
    check: str
    table: str
    verb: Literal["insert", "update", "delete", "create"]


class Insight(Frozen):
    """A finding that somebody wants on record, as one sentence."""

    text: str


class Entity(Frozen):
    """A node of the knowledge graph."""

    name: str
    kind: str
    observations: Annotated[tuple[str, ...], Field(min_length=1)]


class Relation(Frozen):
    """An edge of the knowledge graph, in the active voice (`maintains`, `depends on`)."""

    source: str
    kind: str
    target: str


class Fact(Frozen):
    """Something new about an existing entity, as one short clause."""

    entity: str
    text: str


class Page(Frozen):
    """A page of the project's web site: plain paragraphs of Markdown, facts that can be asked for."""

    path: str
    title: str
    paragraphs: Annotated[tuple[str, ...], Field(min_length=4)]
    questions: Annotated[tuple[str, ...], Field(min_length=2)]


class Theme(Frozen):
    """One invented project: its files, history, database, knowledge graph and web pages.

    Raises:
        ValueError: when parts contradict each other (an edit whose old text is not in the file, a
            relation to an unknown entity), naming the part.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$")]
    split: Split
    about: str
    day: date
    people: Annotated[tuple[str, ...], Field(min_length=3)]
    branch: str
    branches: Annotated[tuple[str, ...], Field(min_length=3)]
    new_branches: Annotated[tuple[str, ...], Field(min_length=4)]
    files: dict[str, str]
    commits: Annotated[tuple[Adding | Changing, ...], Field(min_length=7)]
    edits: Annotated[tuple[Edit, ...], Field(min_length=6)]
    new_files: Annotated[tuple[NewFile, ...], Field(min_length=4)]
    new_folders: Annotated[tuple[str, ...], Field(min_length=4)]
    tables: dict[str, Table]
    queries: Annotated[tuple[Query, ...], Field(min_length=6)]
    changes: Annotated[tuple[Change, ...], Field(min_length=8)]
    insights: Annotated[tuple[Insight, ...], Field(min_length=4)]
    entities: Annotated[tuple[Entity, ...], Field(min_length=7)]
    relations: Annotated[tuple[Relation, ...], Field(min_length=6)]
    new_entities: Annotated[tuple[Entity, ...], Field(min_length=4)]
    new_relations: Annotated[tuple[Relation, ...], Field(min_length=4)]
    new_facts: Annotated[tuple[Fact, ...], Field(min_length=6)]
    pages: Annotated[tuple[Page, ...], Field(min_length=3)]

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """Hold the parts against each other."""
        added = [path for commit in self.commits if isinstance(commit, Adding) for path in commit.adds]
        if sorted(added) != sorted(self.files):
            raise ValueError(f"{self.name}: commits add {sorted(set(added) ^ set(self.files))} not once each")
        seen: set[str] = set()
        for commit in self.commits:
            if isinstance(commit, Adding):
                seen.update(commit.adds)
            elif commit.path not in seen or self.files[commit.path].count(commit.after) != 1:
                raise ValueError(f"{self.name}: commit {commit.subject!r}: {commit.after!r} not once in {commit.path}")
        for edit in self.edits:
            if self.files.get(edit.path, "").count(edit.old) != 1:
                raise ValueError(f"{self.name}: edit {edit.why!r}: {edit.old!r} not once in {edit.path}")
        if clash := {new.path for new in self.new_files} & set(self.files):
            raise ValueError(f"{self.name}: new files exist already: {sorted(clash)}")
        for table, content in self.tables.items():
            if any(len(row) != len(content.columns) for row in content.rows):
                raise ValueError(f"{self.name}: table {table}: a row has not {len(content.columns)} cells")
        known = {entity.name for entity in self.entities}
        named = {end for relation in (*self.relations, *self.new_relations) for end in (relation.source, relation.target)}
        named |= {fact.entity for fact in self.new_facts}
        if unknown := named - known:
            raise ValueError(f"{self.name}: no entity {sorted(unknown)}")
        return self


@cache
def load_themes(folder: Path = FOLDER) -> tuple[Theme, ...]:
    """Read every theme of a folder, by file name.

    Raises:
        ValueError: when a file does not parse, naming it.
    """
    return tuple(parse_bank(path, Theme) for path in sorted(folder.glob("*.yaml")))
