"""Cursor: rules in `.mdc` files, and the older `.cursorrules`."""

from knowledge.document import Document
from knowledge.frontmatter import texts, words
from knowledge.readers.reading import Around, Reading, header_warnings, read_rules, whole
from knowledge.units import Category, Level

FORMAT = "Cursor"


def claims(document: Document, around: Around) -> bool:
    """`.mdc` files and `.cursorrules`."""
    return document.suffix == ".mdc" or document.name == ".cursorrules"


def read(document: Document, around: Around) -> Reading:
    """Rules: always there, for files that fit a glob, or offered by their description."""
    header = document.header.values
    globs = texts(header.get("globs"))
    always = header.get("alwaysApply") is True or words(header.get("alwaysApply")).lower() == "true" or document.name == ".cursorrules"
    level: Level = "L0" if always or not globs else "L4"
    category: Category = "operational rule" if level == "L0" else "domain"
    scope = "" if always or not globs else f"files:{','.join(globs)}"
    reading = Reading("rules", list(read_rules(document, level, category, scope, sort=always)), warnings=header_warnings(document))
    described = words(header.get("description"))
    if not always and described and not globs:
        reading.parts.append(whole(document, "resident", level, category, document.inner.stem, f"- {document.inner.stem}: {described}"))
    reading.parts.append(whole(document, "resident" if always else "on demand", level, category, document.inner.stem, document.body))
    return reading
