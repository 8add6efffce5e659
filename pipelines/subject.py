"""What a phase of behaviours shows, and what was read of its sources."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.catalog import HIVE, Catalog, Unreadable, load_catalog
from knowledge.contradictions import Clash, clashes
from knowledge.points import Phase, Point, points_of
from knowledge.system import System, read_system
from knowledge.units import Methodology, Persona, Rule
from pipelines.config import Behaviours
from pipelines.console import Console
from pipelines.folder import Row

Check = Callable[[list[Row]], tuple[dict[str, Any], str | None]]
SHIPPED = {"knowledge/hive": str(HIVE.parent), "knowledge/hive/mcp.json": str(HIVE)}


@dataclass(frozen=True)
class Subject:
    """What a phase shows.

    Attributes:
        name: of the phase, as in `runs/<name>` and `configs/<name>.yaml`.
        title: in the DAG and the help.
        phase: whose points and plays.
        lacking: what to say where a source has none of it.
        proof: further facts of the kept rows, and why they fall short, or None.
    """

    name: str
    title: str
    phase: Phase
    lacking: str
    proof: Check = lambda kept: ({}, None)


@dataclass(frozen=True)
class Known:
    """What was read of the sources.

    Attributes:
        points: what is to be shown, without rules that yield to another.
        clashes: rules that cannot both be kept.
        documents: path to text, of those that points stand in.
    """

    system: System
    catalog: Catalog
    points: tuple[Point, ...]
    clashes: tuple[Clash, ...]

    @property
    def dumped(self) -> str:
        """The points as JSON."""
        return json.dumps([point.model_dump() for point in self.points], ensure_ascii=False)

    @property
    def texts(self) -> dict[str, str]:
        """All documents: path to text."""
        return {path: document.text for path, document in self.system.documents.items()}

    @property
    def documents(self) -> list[str]:
        """The texts that no answer may recite."""
        return list(self.texts.values())

    @property
    def manual(self) -> str:
        """The documents of the points, as an agent is told them today."""
        texts = {document.path: document.text for document in self.system.documents.values()}
        paths = dict.fromkeys(point.path for point in self.points)
        return "\n\n".join(texts[path].strip() for path in paths if path in texts) + "\n"

    @property
    def keys(self) -> dict[str, str]:
        """Of points of the shipped methodology, whose stages can be told by their signs: id to key."""
        from steps.checks.stages import STAGES

        if not any(isinstance(unit, Methodology) and tuple(stage.name for stage in unit.stages) == tuple(STAGES) for unit in self.system.units):
            return {}
        return {point.id: point.key for point in self.points if point.kind == "methodology" or point.scope.startswith("methodology:")}

    @property
    def names(self) -> dict[str, list[str]]:
        """Methods, stages and personas, which are not to be announced."""
        methods = [unit for unit in self.system.units if isinstance(unit, Methodology)]
        personas = [unit for unit in self.system.units if isinstance(unit, Persona)]
        found = {"method": [unit.name for unit in methods], "stage": [stage.name for unit in methods for stage in unit.stages], "persona": [unit.name for unit in personas]}
        return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}


def read(subject: Subject, settings: Behaviours, console: Console) -> Known:
    """Read the sources; say what is contradictory, and what had to be left out.

    Raises:
        Unreadable: when they have nothing of what the phase shows.
    """
    sources = [SHIPPED.get(source, source) for source in settings.sources]
    system = read_system(sources)
    catalog = load_catalog(tuple(SHIPPED.get(source, source) for source in settings.tools), False, settings.limits.start_seconds)
    points = points_of(system.units, subject.phase)
    if not points:
        files = ", ".join(file.path for file in system.files[:6]) or "nothing"
        raise Unreadable(f"{subject.lacking} was looked for in {', '.join(settings.sources)} and not found; read were {files}{' …' if len(system.files) > 6 else ''}.")
    mine = {point.unit for point in points}
    found = tuple(clash for clash in clashes([unit for unit in system.units if isinstance(unit, Rule)]) if {clash.one.id, clash.two.id} & mine)
    yielding = {loser.id for clash in found if (loser := weaker(clash))}
    for clash in found:
        lost = weaker(clash)
        console.note(f"contradiction: {clash.one.source} and {clash.two.source}: {clash.why}" + (f"; {lost.source} yields" if lost else "; neither yields: mend one"))
    if broken := [unit for unit in system.units if isinstance(unit, Rule) and unit.unknown]:
        console.note(f"{len(broken)} rules name tools or files that do not exist, and are left out; the audit lists them")
    return Known(system, catalog, tuple(point for point in points if point.unit not in yielding), found)


def weaker(clash: Clash) -> Rule | None:
    """The rule that gives way: that of the later level, or within a level the general one; None where neither does."""
    one, two = clash.one, clash.two
    if one.level != two.level:
        return max(one, two, key=lambda rule: rule.level)
    if bool(one.scope) != bool(two.scope):
        return two if one.scope else one
    return None
