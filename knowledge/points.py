"""Points: what of an agent system can be shown one at a time: a rule, a stage, a duty, a pattern, a command."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from knowledge.units import AnyUnit, Command, Level, Methodology, Pattern, Persona, Rule, fingerprint

Phase = Literal["system_prompt", "methodology", "agents", "whole"]


class Point(BaseModel):
    """One thing to show.

    Attributes:
        id: the unit's, and what of it.
        key: how plays name it.
        text: what a model is told of it.
        document: the file, without the name of its source.
        statement: whether it is a sentence; else it is a whole, known by its digest.
        digest: of what is said.
        scope: whose it is: see knowledge.units.Rule.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    unit: str
    key: str
    text: str
    kind: str
    level: Level
    category: str
    source: str
    statement: bool
    digest: str
    scope: str = ""

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.source.rsplit(":", 1)[0]


def points_of(units: Iterable[AnyUnit], phase: Phase) -> tuple[Point, ...]:
    """What a phase has to show of some units, each id once."""
    found: dict[str, Point] = {}
    for unit in units:
        for point in parts(unit):
            if (mine := phase_of(unit)) == phase or (mine and phase == "whole"):
                found.setdefault(point.id, point)
    return tuple(found.values())


def phase_of(unit: AnyUnit) -> Phase | None:
    """The phase that shows a unit; None for tools and templates, and for rules that name what does not exist."""
    if isinstance(unit, Methodology):
        return "methodology"
    if isinstance(unit, (Persona, Command)):
        return "agents"
    if isinstance(unit, Pattern):
        return "system_prompt"
    if isinstance(unit, Rule) and not unit.unknown:
        owner = unit.scope.partition(":")[0]
        return "methodology" if owner == "methodology" else "agents" if owner in ("persona", "command", "skill") else "system_prompt"
    return None


def parts(unit: AnyUnit) -> Iterator[Point]:
    """What of a unit can be shown."""
    about: dict[str, Any] = {"unit": unit.id, "kind": unit.kind, "level": unit.level, "category": unit.category}
    whole: dict[str, Any] = {**about, "source": unit.source, "statement": False, "digest": unit.digest}
    if isinstance(unit, Rule):
        yield Point(**{**whole, "statement": True}, id=unit.id, key=unit.sentence, text=unit.text, scope=unit.scope)
        return
    if isinstance(unit, Methodology):
        yield Point(**whole, id=unit.id, key=f"method {unit.name}", text=unit.text)
        for stage in unit.stages:
            told = [stage.name, stage.action, stage.condition, *(part.text for part in (*stage.steps, *stage.shows, *stage.done_when, *stage.back))]
            yield Point(**{**whole, "source": stage.source or unit.source}, id=f"{unit.id}/{stage.name}", key=f"stage {stage.name}", text="\n".join(filter(None, told)))
        return
    if isinstance(unit, Persona):
        yield Point(**whole, id=unit.id, key=f"persona {unit.name}", text=unit.text)
        said = (*unit.duties, *unit.hand_overs, *unit.declines)
        for part in said:
            yield Point(
                **{**whole, "statement": True, "source": part.source},
                id=f"{unit.id}/{fingerprint(part.text)[:8]}",
                key=part.text,
                text=f"{unit.role or unit.name}\n{part.text}",
                scope=f"persona:{unit.name}",
            )
        return
    if isinstance(unit, Command):
        yield Point(**whole, id=unit.id, key=unit.name if unit.name.startswith("/") else f"/{unit.name}", text=unit.text)
    if isinstance(unit, Pattern):
        yield Point(**whole, id=unit.id, key=f"pattern {unit.name}", text=unit.text)


@cache
def shipped_points(phase: Phase) -> tuple[Point, ...]:
    """The points of the shipped system, which plays are written for."""
    from knowledge.system import read_system

    return points_of(read_system([str(Path(__file__).parent / "hive")]).units, phase)
