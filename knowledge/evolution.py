"""Operators of evolution: how a request is made harder, or turned to a neighbouring need."""

import re
from functools import cache, cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.theme import Frozen

Place = Literal["before", "after", "between", "question", "order", "frame"]
CHECKS = (
    "max_words",
    "max_paragraphs",
    "max_code_blocks",
    "no_bullets",
    "no_headings",
    "no_bold",
    "no_table",
    "no_exclamation",
    "no_emoji",
    "in_english",
)
FILE = BANKS / "evolution.yaml"


class Check(Frozen):
    """Something that is asked of the form of an answer, and can be decided; `of` is its number, where it has one."""

    name: str
    of: int = 0


class Operator(Frozen):
    """One way to evolve a request.

    Attributes:
        tells: what a model is told to do.
        breadth: it turns to a neighbouring need, instead of making the same one harder.
        before: sentences that fit before any request, and ask for nothing; `{a|b}` is either.
        after: the same, after it.
        between: the same, between two sentences of it.
        question: the same, after a question.
        order: the same, after anything else.
        frame: the whole with the old request as `{request}`.
    """

    tells: str
    breadth: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()

    @cached_property
    def families(self) -> tuple[tuple[Place, str], ...]:
        """All sentences with their places, the places mixed, always in the same order."""
        lists: dict[Place, tuple[str, ...]] = {place: getattr(self, place) for place in get_args(Place)}
        placed = [((number + 0.5) / len(texts), place, text) for place, texts in lists.items() for number, text in enumerate(texts)]
        return tuple((place, text) for _, place, text in sorted(placed))


class Constraint(Frozen):
    """Something a user may ask of the form of an answer.

    Attributes:
        check: how it is decided; see steps/constraints.py.
        of: numbers to choose from; the words show it as `{of}`.
        means: what a model is told it means.
        unless: it is not asked where the request matches this.
        says: how it is put into words.
    """

    check: str
    of: tuple[int, ...] = ()
    means: str
    unless: str = ""
    says: Annotated[tuple[str, ...], Field(min_length=3)]

    @field_validator("check")
    @classmethod
    def known(cls, name: str) -> str:
        """A constraint that nobody can decide is an error of the bank."""
        if name not in CHECKS:
            raise ValueError(f"no check is called {name!r}; there are {', '.join(CHECKS)}")
        return name

    @field_validator("unless")
    @classmethod
    def compiles(cls, pattern: str) -> str:
        """The pattern must be one."""
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no pattern: {error}") from error
        return pattern

    @model_validator(mode="after")
    def numbered(self) -> Self:
        """Words show a number if and only if there are numbers."""
        if wrong := next((text for text in (*self.says, self.means) if ("{of}" in text) != bool(self.of)), None):
            raise ValueError(f"constraint {self.check}: {wrong!r} {'lacks' if self.of else 'has'} {{of}}")
        return self


class Evolution(Frozen):
    """The bank: operators by name, and the constraints that one of them adds."""

    operators: dict[str, Operator]
    shaped: str
    constraints: Annotated[tuple[Constraint, ...], Field(min_length=3)]

    @model_validator(mode="after")
    def framed(self) -> Self:
        """A frame, and nothing else, shows the request."""
        placed = ((name, place, text) for name, operator in self.operators.items() for place, text in operator.families)
        if wrong := next((f"operator {name}: {place}: {text!r}" for name, place, text in placed if ("{request}" in text) != (place == "frame")), None):
            raise ValueError(f"{wrong}: a frame, and nothing else, holds {{request}}")
        return self


@cache
def load_evolution() -> Evolution:
    """The shipped bank.

    Raises:
        ValueError: when it does not fit, naming file and key.
    """
    return parse_bank(FILE, Evolution)
