"""Coding tasks: what an assistant is asked to build, with a reference solution whose tests pass, and mistakes that make them fail."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.recipe import Complexity
from knowledge.theme import Split

FOLDER = BANKS / "coding"


class Entry(BaseModel):
    """A part of a task; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(Entry):
    """Something that a careful engineer would ask, and what to assume without an answer."""

    ask: str
    default: str


class Component(Entry):
    """A part of the solution: its name, what it does, and the file it is in."""

    name: str
    does: str
    file: str


class Decision(Entry):
    """A choice, what it was preferred to, and why."""

    choose: str
    over: str
    because: str


class Risk(Entry):
    """What may go wrong, how one would notice, and what to do about it."""

    risk: str
    shows: str
    mitigation: str


class Case(Entry):
    """A case to try, what should come of it, and the test that covers it; none where no test does."""

    case: str
    expect: str
    test: str | None


class Bug(Entry):
    """A mistake that is made at first: `before` in a file of the solution becomes `after`, and the tests named fail."""

    name: str
    file: str
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    fails: tuple[str, ...] = Field(min_length=1)
    symptom: str
    diagnosis: str
    mend: str


class Extension(Entry):
    """What the user asks next, and what changes then."""

    ask: str
    note: str


class CodingTask(Entry):
    """One task.

    Attributes:
        asks: ways in which users ask for it, each complete in itself.
        files: the reference solution, by file name; Python, standard library only.
        tests: test files by name; they run with pytest, beside the solution.
        bugs: each makes exactly the tests fail that it names.
    """

    id: str = Field(pattern=r"[a-z0-9]+(-[a-z0-9]+)*")
    title: str
    domain: str
    complexity: Complexity
    split: Split
    asks: tuple[str, ...] = Field(min_length=6)
    requirements: tuple[str, ...] = Field(min_length=3)
    questions: tuple[Asked, ...]
    components: tuple[Component, ...] = Field(min_length=1)
    decisions: tuple[Decision, ...] = Field(min_length=1)
    risks: tuple[Risk, ...] = Field(min_length=1)
    steps: tuple[str, ...] = Field(min_length=2)
    files: dict[str, str] = Field(min_length=1)
    tests: dict[str, str] = Field(min_length=1)
    cases: tuple[Case, ...] = Field(min_length=1)
    bugs: tuple[Bug, ...] = Field(min_length=1)
    operation: tuple[str, ...] = Field(min_length=1)
    review: tuple[str, ...] = Field(min_length=1)
    extension: Extension

    @model_validator(mode="after")
    def fits(self) -> "CodingTask":
        """Hold the parts against one another: files, tests and what bugs replace exist.

        Raises:
            ValueError: naming the part that does not fit.
        """
        for component in self.components:
            if component.file not in self.files:
                raise ValueError(f"component {component.name} is in {component.file}, which the solution does not have")
        tested = "\n".join(self.tests.values())
        for bug in self.bugs:
            if self.files.get(bug.file, "").count(bug.before) != 1:
                raise ValueError(f"bug {bug.name!r}: what it replaces must stand in {bug.file} exactly once")
            if bug.after.strip() and self.broken(bug)[bug.file].count(bug.after) != 1:
                raise ValueError(f"bug {bug.name!r}: what it puts there must stand in {bug.file} exactly once, or nobody can point at it; take more of the line")
            if missing := [name for name in bug.fails if f"def {name}(" not in tested]:
                raise ValueError(f"bug {bug.name!r} names the test {missing[0]}, which does not exist")
        for case in self.cases:
            if case.test and f"def {case.test}(" not in tested:
                raise ValueError(f"case {case.case!r} names the test {case.test}, which does not exist")
        return self

    def broken(self, bug: Bug) -> dict[str, str]:
        """The solution with a bug in it."""
        return self.files | {bug.file: self.files[bug.file].replace(bug.before, bug.after)}


@cache
def load_tasks(folder: Path = FOLDER) -> tuple[CodingTask, ...]:
    """All tasks, by id.

    Raises:
        ValueError: when one does not fit, naming the file and the key.
    """
    tasks = tuple(parse_bank(path, CodingTask) for path in sorted(folder.glob("*.yaml")))
    for path, task in zip(sorted(folder.glob("*.yaml")), tasks, strict=True):
        if path.stem != task.id:
            raise ValueError(f"{path.name}: the id is {task.id}, and must be the file's name")
    return tasks
