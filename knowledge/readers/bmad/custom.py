"""A skill's `customize.toml`: an agent's menu, and the rules of what is set there."""

from pathlib import PurePosixPath
from posixpath import relpath
from typing import Any

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.readers.bmad.places import SKILL
from knowledge.readers.bmad.tables import Tables
from knowledge.readers.reading import Around, Reading, rules, whole
from knowledge.readers.values import items, line_of_words, mapping
from knowledge.units import Category, Command, Level


def kind_of(tables: Tables | None) -> tuple[Level, Category]:
    """Level and category of a skill: those of a persona where its settings hold an agent."""
    return ("L3", "persona") if tables and tables.agent else ("L4", "skill")


def read_custom(document: Document, around: Around, name: str) -> Reading:
    """The menu of an agent as commands, and the rules of what is set. Role, manner and principles are the Persona's."""
    tables = Tables(document)
    level, category = kind_of(tables)
    reading = Reading("skill settings", parts=[whole(document, "on demand", level, category)], warnings=tables.warnings)
    for entry in map(mapping, items(tables.agent.get("menu"))):
        code, prompt, called, described = (line_of_words(entry.get(key)) for key in ("code", "prompt", "skill", "description"))
        if not code:
            continue
        at = tables.find(str(entry.get("code")))
        place: Any = document.place(*at) if at else {"source": document.at(1)}
        more = {"agent": name} | ({"skill": called} if called else {})
        unit = Command(level="L3", category="command", called_by="agent", name=code, description=described, effect=prompt or described, extra=more, **place)
        reading.units.append(unit)
        if called:
            target = next((path for path in around.documents if path.endswith(f"/{called}/{SKILL}")), "")
            reading.mentions.append((unit.source, "file", relpath(target, PurePosixPath(document.path).parent) if target else f"../{called}/{SKILL}"))
    rest = {key: {inner: part for inner, part in mapping(table).items() if inner != "menu"} for key, table in tables.value.items()}
    reading.units += rules(document, directives(list(tables.segments(rest, ()))), level, category, f"{category}:{name}")
    return reading
