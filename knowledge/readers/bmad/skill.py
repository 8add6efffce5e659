"""A skill of version 6, and the pages in its folder."""

from pathlib import PurePosixPath
from typing import Any

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.readers.bmad.custom import kind_of, read_custom
from knowledge.readers.bmad.places import CUSTOM, PROSE, SKILL
from knowledge.readers.bmad.steps import STEP, goal, goal_of, methodologies
from knowledge.readers.bmad.tables import Tables
from knowledge.readers.bmad.template import page_template
from knowledge.readers.reading import Around, Reading, first_sentence, header_warnings, page_of, rules, whole
from knowledge.readers.values import line_of_words
from knowledge.units import Command, Persona

SAID = ("role", "communication_style", "style", "principles", "core_principles", "menu", "description")


def read_skill(document: Document, around: Around, folder: str) -> Reading:
    """A file of a skill: SKILL.md is a Persona where `customize.toml` has an `[agent]`, else a Command that the model chooses; the rest is read on demand."""
    front = around.documents[f"{folder}/{SKILL}"]
    name = line_of_words(front.header.values.get("name")) or PurePosixPath(folder).name
    if document.path == f"{folder}/{CUSTOM}":
        return read_custom(document, around, name)
    if document.suffix not in PROSE:
        return Reading("skill file", parts=[whole(document, "on demand", "L4", "skill")])
    return read_front(document, around, folder, name) if document.path == front.path else read_page(document, around, folder, name)


def read_front(document: Document, around: Around, folder: str, name: str) -> Reading:
    """The SKILL.md itself."""
    page = page_of(document)
    custom = around.documents.get(f"{folder}/{CUSTOM}")
    tables = Tables(custom) if custom else None
    level, category = kind_of(tables)
    described = line_of_words(document.header.values.get("description")) or first_sentence(page)
    reading = Reading(category, warnings=header_warnings(document))
    aim = None
    if tables and tables.agent:
        reading.units = [persona(document, tables, name, described)]
    else:
        aim = goal_of(page)
        effect = goal(page) or first_sentence(page) or described
        place: Any = document.place(0, len(document.text))
        reading.units = [Command(level=level, category=category, called_by="model", name=name, description=described, effect=effect, **place)]
        if f"{folder}/workflow.md" not in around.documents:
            reading.units += methodologies(document, around, folder, name, described)
    told = [directive for directive in directives(page.segments, described=True) if directive.segment is not aim]
    reading.units += rules(document, told, level, category, f"{category}:{name}")
    reading.parts = [whole(document, "resident", level, category, name, f"- {name}: {described}"), whole(document, "on demand", level, category, name, document.body)]
    return reading


def persona(document: Document, tables: Tables, name: str, described: str) -> Persona:
    """The Persona whose words stand in a skill's settings."""
    agent = tables.agent
    return Persona(
        level="L3",
        category="persona",
        name=name,
        description=described,
        role=line_of_words(agent.get("role")),
        duties=tables.statements(agent.get("principles") or agent.get("core_principles")),
        tone=tables.statements(agent.get("communication_style") or agent.get("style")),
        extra={key: value for key, value in agent.items() if key not in SAID and value not in ("", [], {}) and not key.startswith(("activation_", "persistent_"))},
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )


def read_page(document: Document, around: Around, folder: str, name: str) -> Reading:
    """Another page in the folder: a template, or rules; a `workflow.md` also names the methodology of the step files."""
    if "template" in document.inner.stem or document.inner.parent.name == "templates":
        return page_template(document)
    page = page_of(document)
    aim = goal_of(page) if document.name == "workflow.md" or STEP.match(document.inner.stem) else None  # it is said by the methodology
    told = [directive for directive in directives(page.segments) if directive.segment is not aim]
    reading = Reading("skill file", [*rules(document, told, "L4", "skill", f"skill:{name}")], [whole(document, "on demand", "L4", "skill")], header_warnings(document))
    if document.path == f"{folder}/workflow.md":
        reading.units = [*methodologies(document, around, folder, name, goal(page)), *reading.units]
    return reading
