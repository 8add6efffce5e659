"""A world: one theme, one seed, one moment. And the registry of what can be made, drawn and read in it."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from knowledge.theme import Edit, NewFile, Split, Theme

HOME = "/home/dev"
T = TypeVar("T")


class Exhausted(LookupError):
    """A world has nothing (left) of the kind that was asked for; the message names it."""


@dataclass(frozen=True, eq=False)
class World:
    """Everything that a row's fixture holds, before any call ran.

    Attributes:
        theme: the invented project.
        seed: decides all that the theme leaves open.
    """

    theme: Theme
    seed: int

    def __eq__(self, other: object) -> bool:
        """A theme and a seed are the whole world."""
        return isinstance(other, World) and (self.theme.name, self.seed) == (other.theme.name, other.seed)

    def __hash__(self) -> int:
        """By theme and seed."""
        return hash((self.theme.name, self.seed))

    @property
    def split(self) -> Split:
        """The split that the theme belongs to."""
        return self.theme.split

    @property
    def home(self) -> str:
        """The virtual home folder, as rows show it."""
        return HOME

    @property
    def project(self) -> str:
        """The virtual project folder: the working directory of the conversation."""
        return f"{HOME}/{self.theme.name}"

    @property
    def site(self) -> str:
        """The virtual address of the project's web site."""
        return f"https://{self.theme.name}.example"

    @cached_property
    def clock(self) -> datetime:
        """The moment at which the conversation happens (UTC, to the minute)."""
        rng = random.Random(f"clock {self.theme.name} {self.seed}")
        day = self.theme.day + timedelta(days=rng.randrange(21))
        return datetime.combine(day, time(rng.randrange(7, 20), rng.randrange(60)), UTC)

    @cached_property
    def pending(self) -> "Pending":
        """The uncommitted work in the repository: which changes are staged, unstaged and untracked."""
        rng = random.Random(f"pending {self.theme.name} {self.seed}")
        edits = rng.sample(self.theme.edits, len(self.theme.edits))
        one_a_file = list({edit.path: edit for edit in edits}.values())[:4]
        cut = len(one_a_file) // 2
        return Pending(tuple(one_a_file[:cut]), tuple(one_a_file[cut:]), tuple(rng.sample(self.theme.new_files, 1)))

    @cached_property
    def branch(self) -> str:
        """The branch that is checked out in the repository: the default branch, or now and then another."""
        rng = random.Random(f"branch {self.theme.name} {self.seed}")
        return self.theme.branch if rng.random() < 0.6 else rng.choice(self.theme.branches)


@dataclass(frozen=True)
class Pending:
    """Uncommitted work. A file has at most one of the edits."""

    staged: tuple[Edit, ...]
    unstaged: tuple[Edit, ...]
    untracked: tuple[NewFile, ...]


@dataclass(frozen=True)
class Value:
    """A drawn value: what goes into the call, how people say it, and facts about it that templates may use.

    Attributes:
        value: the JSON value of the argument.
        said: natural forms; a template's `{{ name }}` shows one of them, by seed.
        facts: further attributes, `{{ name.fact }}`; each is shown as it is.
    """

    value: Any
    said: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def dump(self) -> str:
        """This value as JSON, to travel in a column."""
        return json.dumps({"value": self.value, "said": self.said, "facts": self.facts}, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str) -> "Value":
        """The inverse of `dump`."""
        raw = json.loads(text)
        return cls(raw["value"], tuple(raw["said"]), raw["facts"])


Draw = Callable[[World, random.Random], Value]
Reader = Callable[[str], dict[str, Any]]
Maker = Callable[[World, Path], None]
State = Callable[[World, Path], dict[str, Any]]

DRAWS: dict[str, Draw] = {}
READERS: dict[str, Reader] = {}


def draw(function: Draw) -> Draw:
    """Register a kind of value under the function's name, for `draw:` in recipes.

    Raises:
        ValueError: when another fixture has a kind of that name.
    """
    if function.__name__ in DRAWS:
        raise ValueError(f"two kinds of value are called {function.__name__}")
    DRAWS[function.__name__] = function
    return function


def reads(*tools: str) -> Callable[[Reader], Reader]:
    """Register how the text results of these tools are read into facts for answers and later arguments."""

    def register(function: Reader) -> Reader:
        for tool in tools:
            READERS[tool] = function
        return function

    return register


def pick(rng: random.Random, things: Sequence[T], what: str) -> T:
    """One of the things.

    Raises:
        Exhausted: when there are none.
    """
    if not things:
        raise Exhausted(what)
    return rng.choice(things)
