"""BMAD-METHOD: version 4 (agents with a YAML block, tasks, templates, workflows, checklists) and version 6 (skills with a customize.toml)."""

from knowledge.document import Document
from knowledge.readers.bmad.agent import read_agent
from knowledge.readers.bmad.places import PROSE, YAML, found, home, skill_of
from knowledge.readers.bmad.sheet import sheet_of
from knowledge.readers.bmad.skill import read_skill
from knowledge.readers.bmad.steps import read_flow
from knowledge.readers.bmad.task import read_task
from knowledge.readers.bmad.team import read_team
from knowledge.readers.bmad.template import page_template, read_template
from knowledge.readers.bmad.workflow import read_workflow
from knowledge.readers.reading import Around, Reading, header_warnings, read_rules, whole
from knowledge.units import Category, Level

FORMAT = "BMAD"


def claims(document: Document, around: Around) -> bool:
    """In a source with BMAD, what lies in the folders of its core, and its skills. Of `.claude/` only skills with a `customize.toml`."""
    if "bmad" not in around.features or document.suffix not in (*PROSE, *YAML, ".toml"):
        return False
    return skill_of(document, around) is not None or home(document, around) is not None


def read(document: Document, around: Around) -> Reading:
    """The units of one file, by where it lies."""
    if folder := skill_of(document, around):
        return read_skill(document, around, folder)
    root, kind = home(document, around) or ("", "")
    if document.suffix in YAML:
        reader = {"agents": read_agent, "workflows": read_workflow, "templates": read_template, "agent-teams": read_team}.get(kind)
        return reader(document, around, root) if reader else settings(document)
    if kind == "agents":
        return read_agent(document, around, root)
    if kind == "tasks":
        return read_task(document)
    if kind == "templates":
        return page_template(document)
    if kind == "workflows":
        return read_flow(document, around) if document.name == "workflow.md" else prose(document, "L1", "methodology")
    if kind == "checklists":
        return prose(document, "L1", "methodology", f"checklist:{document.inner.stem}")
    return prose(document, "L4", "domain")


def prose(document: Document, level: Level, category: Category, scope: str = "") -> Reading:
    """The rules of a page."""
    return Reading("rules", list(read_rules(document, level, category, scope)), [whole(document, "on demand", level, category)], header_warnings(document))


def settings(document: Document) -> Reading:
    """A YAML file that holds values and no units: `core-config.yaml`, data."""
    reading = Reading("settings", parts=[whole(document, "on demand", "L0", "operational rule")])
    sheet_of(document, 0, len(document.text), reading)
    return reading


__all__ = ["FORMAT", "claims", "found", "read"]
