"""Rubrics: what a row is judged by, one criterion at a time."""

from functools import cache
from typing import Annotated

from pydantic import Field, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.theme import Frozen

FILE = BANKS / "rubrics.yaml"
ANY = "any"


class Criterion(Frozen):
    """One thing to judge.

    Attributes:
        asks: the question.
        scale: each score with what it means.
        floor: the lowest score that a row is kept with.
        stand_in: the deterministic check that decides it where it can; empty where none can.
    """

    name: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    asks: str
    scale: Annotated[dict[int, str], Field(min_length=2)]
    floor: int
    stand_in: str = ""

    @model_validator(mode="after")
    def reachable(self) -> "Criterion":
        """The floor is one of the scores, and not the lowest: else nothing could fail."""
        if self.floor not in self.scale or self.floor == min(self.scale):
            raise ValueError(f"criterion {self.name}: the floor is a score above the lowest; the scores are {', '.join(map(str, sorted(self.scale)))}")
        return self


class Rubrics(Frozen):
    """The bank: criteria by category; those under `any` hold for every row.

    Attributes:
        forms: criteria of rows of a form, which stand in the place of their category's.
    """

    categories: dict[str, tuple[Criterion, ...]]
    forms: dict[str, tuple[Criterion, ...]] = {}

    def of(self, category: str, form: str = "") -> tuple[Criterion, ...]:
        """The criteria of a row: of its form where that has some, else of its category, and those of every row."""
        return (*(self.forms.get(form) or self.categories.get(category, ())), *self.categories.get(ANY, ()))

    def named(self) -> dict[str, Criterion]:
        """Every criterion by its name; one of a category where a form has another of that name."""
        return {criterion.name: criterion for criteria in (*self.forms.values(), *self.categories.values()) for criterion in criteria}


@cache
def load_rubrics() -> Rubrics:
    """The shipped bank.

    Raises:
        ValueError: when it does not fit, naming file and key.
    """
    return parse_bank(FILE, Rubrics)
