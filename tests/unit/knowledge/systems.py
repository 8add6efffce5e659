"""What the tests of readers and systems share: the invented systems, and a look at the places of what is read."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from knowledge.system import System, read_system
from knowledge.units import AnyUnit, Methodology, Placed, Rule, Statement

SYSTEMS = Path(__file__).parents[2] / "fixtures" / "systems"


@cache
def system(name: str) -> System:
    """One of the invented systems, read once: nothing may be changed in it."""
    return read_system([str(SYSTEMS / name)])


def source(folder: Path, files: dict[str, str]) -> str:
    """A folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder)


def reading(folder: Path, files: dict[str, str]) -> System:
    """What these files say."""
    return read_system([source(folder, files)])


def units(of: System, path: str) -> list[AnyUnit]:
    """The units of one file."""
    return [unit for unit in of.units if unit.path == path]


def rules(of: System, path: str) -> list[tuple[int, str, str]]:
    """Line, modality and sentence of the rules of one file."""
    return [(unit.line, unit.modality, unit.sentence) for unit in units(of, path) if isinstance(unit, Rule)]


def same(of: System, path: str, *fields: str) -> set[tuple[object, ...]]:
    """What the rules of one file have in these fields."""
    return {tuple(getattr(unit, field) for field in fields) for unit in units(of, path) if isinstance(unit, Rule)}


def parts(of: System, path: str) -> list[tuple[str, str, str, str, str]]:
    """Name, residency, level, category and text of the parts of one file."""
    return [(part.name, part.residency, part.level, part.category, part.text) for part in of.parts if part.path == path]


def text(of: System, path: str) -> str:
    """The text of one file."""
    return of.documents[path].text


def said(statements: tuple[Statement, ...]) -> list[tuple[int, str]]:
    """Line and words of statements."""
    return [(statement.line, statement.text) for statement in statements]


def placed(unit: AnyUnit) -> Iterator[tuple[Placed, str]]:
    """A unit and everything in it, with the words that stand at its place; none for what spans a file, a heading or an entry."""
    yield unit, unit.sentence if isinstance(unit, Rule) else ""
    stages = unit.stages if isinstance(unit, Methodology) else ()
    for stage in stages:
        yield stage, ""
    for holder in (unit, *stages):
        for value in vars(holder).values():
            yield from ((part, part.text) for part in value if isinstance(part, Statement)) if isinstance(value, tuple) else ()


def misplaced(of: System) -> list[str]:
    """What does not stand where it says, or on another line."""
    wrong = []
    for unit in of.units:
        for part, words in placed(unit):
            if part.end:
                document = of.documents[part.path]
                found = document.text[part.start : part.end]
                exact = found == words if isinstance(part, Rule | Statement) else words in found
                wrong += [] if exact and document.line(part.start) == part.line else [f"{part.source}: {words!r} is {found!r} on line {document.line(part.start)}"]
    return wrong
