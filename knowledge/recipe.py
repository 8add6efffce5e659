"""Recipes: authored conversations with holes, from which the embedded teacher composes rows."""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.theme import Frozen

Kind = Literal[
    "one_call",
    "parallel",
    "chain",
    "near_twin",
    "missing_argument",
    "no_tool",
    "real_error",
    "injected_fault",
    "destructive",
    "follow_up",
]
Fault = Literal["timeout", "server_error", "malformed", "permission_denied", "too_large"]
Complexity = Literal["simple", "moderate", "complex"]
Expression = str
Template = str

FOLDER = BANKS / "tools"


class Call(Frozen):
    """One tool call. `arguments` maps each parameter to a Jinja expression over the drawn values and `results`.

    `fails`: whether the real server is expected to answer this call with an error; null where either may happen.
    `fault`: what comes back in place of the server's answer; `reaches`: whether the call took effect all the same.
    """

    tool: str
    arguments: dict[str, Expression] = {}
    fails: bool | None = False
    fault: Fault | None = None
    reaches: bool = False


class Turn(Frozen):
    """What the user asks, what is called for it (steps of parallel calls), and what the assistant then says.

    `ask` and `answer` are phrasing families: Jinja templates over the drawn values; `answer` sees `results` too.
    """

    ask: Annotated[tuple[Template, ...], Field(min_length=3)]
    steps: tuple[tuple[Call, ...], ...] = ()
    answer: Annotated[tuple[Template, ...], Field(min_length=2)]


class Recipe(Frozen):
    """A conversation with holes.

    `draw` maps a name to the kind of value that fills it (see steps/worlds). `clauses` are the first request as
    a bare imperative, to be joined with others. `state` are Jinja expressions over the drawn values, `results`,
    `before` and `after` (what the world holds): all must be true for a write to count. `about` names the
    tools that a recipe without calls belongs to.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    kind: Kind
    complexity: Complexity
    error_case: str = "none"
    twin: str | None = None
    about: tuple[str, ...] = ()
    draw: dict[str, str] = {}
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    clauses: tuple[Template, ...] = ()
    state: tuple[Expression, ...] = ()
    repeatable: bool = False

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the recipe, in order."""
        return tuple(call for turn in self.turns for step in turn.steps for call in step)

    @cached_property
    def tools(self) -> tuple[str, ...]:
        """The tools whose grid cells this recipe can fill."""
        return self.about or tuple(dict.fromkeys(call.tool for call in self.calls))

    @model_validator(mode="after")
    def shaped(self) -> Self:
        """Hold the shape of the conversation against its kind."""
        steps = [len(turn.steps) for turn in self.turns]
        problem = None
        if self.kind in ("one_call", "near_twin") and (len(self.turns) != 1 or len(self.calls) != 1):
            problem = "has exactly one turn and one call"
        elif self.kind == "near_twin" and not self.twin:
            problem = "names its twin"
        elif self.kind == "chain" and (len(self.turns) != 1 or not 2 <= len(self.calls) <= 5 or steps[0] < 2):
            problem = "has one turn and 2 to 5 calls in two or more steps"
        elif self.kind == "no_tool" and self.calls:
            problem = "calls nothing"
        elif self.kind == "missing_argument" and steps[0]:
            problem = "asks back in its first turn, without a call"
        elif self.kind == "real_error" and not any(call.fails for call in self.calls):
            problem = "has a call that fails"
        elif self.kind == "destructive" and len(self.turns) < 2:
            problem = "confirms in its first turn, and acts in a later one"
        elif self.kind == "follow_up" and len(self.turns) < 2:
            problem = "has two turns or more"
        elif self.kind in ("parallel", "injected_fault"):
            problem = "is derived from one_call recipes, never authored"
        elif not self.tools:
            problem = "names what it is about"
        if problem:
            raise ValueError(f"recipe {self.id}: {self.kind} {problem}")
        return self


class Bank(Frozen):
    """The recipes of one server."""

    server: str
    recipes: tuple[Recipe, ...]

    @model_validator(mode="after")
    def unique(self) -> Self:
        """Recipe ids are unique in a server."""
        ids = [recipe.id for recipe in self.recipes]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"{self.server}: recipe ids used twice: {twice}")
        return self


@cache
def load_banks(folder: Path = FOLDER) -> dict[str, Bank]:
    """Read the recipes of every shipped server, by server name.

    Raises:
        ValueError: when a file does not fit, naming it and the key at fault.
    """
    return {bank.server: bank for bank in (parse_bank(path, Bank) for path in sorted(folder.glob("*.yaml")))}
