"""Plays: authored conversations that show a behaviour, from which the embedded teacher composes rows."""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.recipe import Call, Complexity, Expression, Template, Turn
from knowledge.theme import Frozen

Behaviour = Literal[
    "applies",  # the rule applies, and is kept
    "looks_alike",  # it looks as if it applied, and does not
    "yields",  # it meets another that wins
    "holds",  # it is kept over turns: after drift, correction or pressure
    "free",  # no rule bites at all
    "stage",  # one stage of a methodology alone
    "in_order",  # all stages in order
    "skips",  # the user asks to skip one
    "goes_back",  # a later stage sends the work back to an earlier one
    "no_ceremony",  # too small for stages
    "duty",  # a persona at its own work
    "hands_over",  # a persona leaves its work to another
    "picks_up",  # a persona goes on with what another left
    "declines",  # a persona leaves another's work to it
    "changes_role",  # the persona changes within a conversation
    "whole",  # a persona, in the methodology, with tools, under a rule
]
ErrorCase = Literal["none", "user_errs", "environment_fails", "collides", "pressure"]
BOUNDARY: frozenset[str] = frozenset({"looks_alike", "yields", "skips", "no_ceremony", "declines", "free"})
FOLDER = BANKS / "plays"


class Play(Frozen):
    """A conversation with holes.

    Attributes:
        shows: what of the document it shows: the opening words of a sentence, or `stage Make`, `pattern pushback`, `/fix`,
            `persona qa`, `method bmad`. The first is the cell's; the others are shown beside it.
        persona: who the assistant is, where it is somebody.
        setting: the world: a theme's project, or the workbench of a coding task.
        draw: a name to the kind of value that fills it (see steps/draws).
        scenes: facts to choose one of; templates see it as `scene`.
        files: what also lies in the project folder, by path; templates. Or an expression for such a mapping.
        state: what must be true at the end, over the values, `results`, `before` and `after`.
        violations: what the assistant would most likely say in the last turn if it did not keep to it; templates.
        fixed: the first request must stay as it is.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    shows: Annotated[tuple[str, ...], Field(min_length=1)]
    behaviour: Behaviour
    complexity: Complexity
    error_case: ErrorCase = "none"
    persona: str = ""
    setting: Literal["project", "task"] = "project"
    draw: dict[str, str] = {}
    scenes: tuple[dict[str, Any], ...] = ()
    files: dict[str, Template] | Expression = {}
    turns: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=8)]
    state: tuple[Expression, ...] = ()
    violations: Annotated[tuple[Template, ...], Field(min_length=1)]
    fixed: bool = False

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call, in order."""
        return tuple(call for turn in self.turns for step in turn.steps for call in step)

    @model_validator(mode="after")
    def shaped(self) -> Self:
        """Hold the shape of the conversation against what it is to show."""
        if self.behaviour in ("holds", "changes_role", "goes_back") and len(self.turns) < 2:
            raise ValueError(f"play {self.id}: {self.behaviour} takes two turns or more")
        if self.behaviour == "yields" and (len(self.shows) < 2 or self.error_case != "collides"):
            raise ValueError(f"play {self.id}: yields names the sentence that gives way and the one that wins, and its error_case is collides")
        if kept := sorted({name for scene in self.scenes for name in scene} & {"value", "said", "facts", "dump", "parse"}):
            raise ValueError(f"play {self.id}: a scene cannot have a key {kept[0]!r}; name it otherwise")
        if self.setting == "project" and len(self.scenes) + len(self.draw) == 0:
            raise ValueError(f"play {self.id}: without a drawn value or scenes, all its rows would be the same")
        return self


class Plays(Frozen):
    """The plays of one document."""

    document: str
    plays: tuple[Play, ...]

    @model_validator(mode="after")
    def unique(self) -> Self:
        """Ids are unique in a bank."""
        ids = [play.id for play in self.plays]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"{self.document}: play ids used twice: {twice}")
        return self


@cache
def load_plays(phase: str, folder: Path = FOLDER) -> tuple[Plays, ...]:
    """The banks of a phase, by file name.

    Raises:
        ValueError: when a file does not fit, naming it and the key at fault.
    """
    return tuple(parse_bank(path, Plays) for path in sorted((folder / phase).glob("*.yaml")))
