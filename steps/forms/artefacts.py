"""Artefacts that exist, each with the facts that an instruction for it needs."""

import difflib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from knowledge.coding import Case, CodingTask
from knowledge.recipe import Complexity
from knowledge.theme import Cell, Changing, Edit, Theme
from knowledge.units import Category
from steps.forms.python import dedented, described, emptied, function

TRADE = re.compile(r"^(?:[a-z]+(?:\([^)]*\))?!?: |[A-Z]+-\d+:? |\[[^\]]*\] )")


@dataclass(frozen=True)
class Artefact:
    """Something that was made, and what to say to have it made.

    Attributes:
        way: which instructions fit it (see the bank).
        text: the artefact itself.
        unit: where it comes from.
        pasted: what an instruction may show.
        spoken: what an instruction may say in its own words.
        fence: the language of the code fence that it is handed over in; None for none.
        proof: what a check needs to try it.
    """

    way: str
    text: str
    unit: str
    pasted: dict[str, str]
    spoken: dict[str, str] = field(default_factory=dict)
    fence: str | None = ""
    proof: dict[str, Any] = field(default_factory=dict)
    complexity: Complexity = "simple"
    category: Category = "domain"


def of_theme(theme: Theme, rng: random.Random) -> Iterator[Artefact]:
    """The queries, statements, patches, commit subjects and notes of a project."""
    unit = f"theme:{theme.name}"
    tables = created(theme)
    for query in theme.queries:
        hard: Complexity = "moderate" if len(query.tables) > 1 else "simple"
        for way, spoken in (("query", {"wants": rng.choice(query.said)}), ("question", {"question": query.vague})):
            pasted = {"schema": schema(theme, rng, query.tables)}
            yield Artefact(way, f"{query.sql};", f"{unit}#query", pasted, spoken, "sql", {"tables": tables}, hard)
    for change in theme.changes:
        seen = (change.table,) if change.table in theme.tables else tuple(theme.tables)
        proof = {"tables": tables, "holds": change.check}
        yield Artefact("change", f"{change.sql};", f"{unit}#change", {"schema": schema(theme, rng, seen)}, {"wants": rng.choice(change.said)}, "sql", proof)
    log = "\n".join(commit.subject for commit in theme.commits[-6:])
    for edit in theme.edits:
        yield from patched(theme, edit, log, rng)
    for number, commit in enumerate(theme.commits):
        if isinstance(commit, Changing):
            before = theme.files[commit.path].replace(commit.after, commit.before)
            patch = diff(commit.path, before, theme.files[commit.path])
            earlier = "\n".join(other.subject for other in theme.commits[max(0, number - 5) : number])
            if derivable(commit.subject, patch):
                yield Artefact("subject", commit.subject, f"{unit}#{commit.path}", {"diff": patch, "log": earlier}, fence=None)
    for new in theme.new_files:
        lines = new.content.splitlines()
        if new.path.endswith(".md") and lines[0].startswith("# "):
            pasted = {"path": new.path, "notes": "\n".join([lines[0].removeprefix("# "), *lines[1:]])}
            yield Artefact("file", new.content.rstrip(), f"{unit}#{new.path}", pasted, fence="markdown")


def patched(theme: Theme, edit: Edit, log: str, rng: random.Random) -> Iterator[Artefact]:
    """An edit as a patch, and its subject where the patch tells it."""
    before = theme.files[edit.path]
    patch = diff(edit.path, before, before.replace(edit.old, edit.new))
    unit = f"theme:{theme.name}#{edit.path}"
    reason = TRADE.sub("", edit.why).rstrip(".")
    if "\n" not in edit.old + edit.new and "`" not in edit.old + edit.new:
        verb = rng.choice(("becomes", "turns into", "is replaced by", "gives way to"))
        shown = rng.choice((f"{edit.path}\n\n```\n{before.rstrip()}\n```", f"```\n{before.rstrip()}\n```\n({edit.path})", f"--- {edit.path}\n{before.rstrip()}\n---"))
        pasted = {"file": shown, "path": edit.path, "reason": reason, "swap": f"`{edit.old}` {verb} `{edit.new}`"}
        proof = {"path": edit.path, "before": before, "after": before.replace(edit.old, edit.new)}
        yield Artefact("edit", patch, unit, pasted, fence="diff", proof=proof)
    if derivable(edit.why, patch):
        yield Artefact("subject", edit.why, unit, {"diff": patch, "log": log}, fence=None)


def of_task(task: CodingTask) -> Iterator[Artefact]:
    """The tests and functions of a coding task."""
    (test_file, tests), *more = task.tests.items()
    for case in task.cases:
        source = function(tests, case.test) if case.test else None
        if source and not more:
            yield tested(task, test_file, tests, case, source)
    for path, module in task.files.items():
        for name, source, told in described(module):
            stub = module.replace(source, emptied(source))
            pasted = {"stub": f"```python\n# {path}\n{stub.rstrip()}\n```", "name": name}
            whole = module.replace(source, dedented(source)) if stub.count("NotImplementedError") == 1 else ""
            if whole:
                yield Artefact("function", dedented(source), f"task:{task.id}#{name}", pasted, {"does": told}, "python", {"stub": stub}, task.complexity)


def tested(task: CodingTask, path: str, tests: str, case: Case, source: str) -> Artefact:
    """A test, with the file that lacks it."""
    rest = re.sub(r"\n{4,}", "\n\n\n", tests.replace(source, "")).rstrip()
    pasted = {"tests": f"```python\n# {path}\n{rest}\n```", "name": str(case.test), "module": next(iter(task.files))}
    spoken = {"case": case.case, "expect": case.expect}
    return Artefact("test", source, f"task:{task.id}#{case.test}", pasted, spoken, "python", {"rest": rest}, task.complexity)


def diff(path: str, before: str, after: str) -> str:
    """A unified diff with git's paths."""
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")).rstrip("\n")


def derivable(subject: str, patch: str) -> bool:
    """Whether a patch tells what its subject says: two thirds of the weighty words and every number stand in it."""
    words = {word[:4].lower() for word in re.findall(r"[A-Za-z]{4,}", TRADE.sub("", subject))}
    known = patch.lower()
    numbers = re.findall(r"\d+", TRADE.sub("", subject))
    return bool(words) and sum(word in known for word in words) >= 0.66 * len(words) and all(number in known for number in numbers)


def created(theme: Theme) -> list[str]:
    """The statements that make a project's tables, with their rows."""
    statements = []
    for name, table in theme.tables.items():
        statements.append(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in table.columns.items())})")
        statements += [f"INSERT INTO {name} VALUES ({', '.join(map(literal, row))})" for row in table.rows]
    return statements


def literal(cell: Cell) -> str:
    """A cell as SQL."""
    if cell is None:
        return "NULL"
    escaped = str(cell).replace("'", "''")
    return f"'{escaped}'" if isinstance(cell, str) else str(cell)


def schema(theme: Theme, rng: random.Random, needed: tuple[str, ...]) -> str:
    """Tables as people show them: statements, one line each, or a list of columns; at times with others beside."""
    names = list(theme.tables) if rng.random() < 0.4 else [name for name in theme.tables if name in needed]
    match rng.randrange(4):
        case 0:
            parts = [f"CREATE TABLE {name} (\n" + ",\n".join(f"    {column} {kind}" for column, kind in theme.tables[name].columns.items()) + "\n);" for name in names]
            return "```sql\n" + "\n".join(parts) + "\n```"
        case 1:
            return "\n".join(f"{name}({', '.join(theme.tables[name].columns)})" for name in names)
        case 2:
            return "\n".join(f"- {name}: {', '.join(f'{column} {kind.split()[0].lower()}' for column, kind in theme.tables[name].columns.items())}" for name in names)
        case _:
            return "\n\n".join(f"{name}\n" + "\n".join(f"  {column}  {kind}" for column, kind in theme.tables[name].columns.items()) for name in names)
