"""The seed form: a folder of system_prompts, agent_personas, methodologies, tool_specifications, operational_rules and communication_patterns."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from knowledge.document import Document
from knowledge.frontmatter import words
from knowledge.grammar import directives
from knowledge.readers import claude
from knowledge.readers.method import read_method
from knowledge.readers.persona import read_persona, stated
from knowledge.readers.reading import Around, Reading, first_line, header_warnings, page_of, read_rules, rules, whole
from knowledge.units import AnyUnit, Pattern

FORMAT = "seed folder"
FOLDERS = ("system_prompts", "agent_personas", "methodologies", "operational_rules", "communication_patterns")
PROSE = (".md", ".markdown", ".txt", ".pdf", ".docx")
LENGTH = re.compile(r"(?i)\b(?:length|words?|lines?|sentences?)\b")
KNOWN = ("name", "when", "format", "tone", "length")


def found(paths: Iterable[str]) -> bool:
    """Whether the paths of a source show the seed form: at least two of its folders."""
    return len({part for path in paths for part in PurePosixPath(path).parts[:-1] if part in FOLDERS}) > 1


def folder_of(document: Document) -> str:
    """The seed folder that a document lies in; empty for none."""
    parts = PurePosixPath(document.path).parts[:-1]
    commands = "commands" if len(parts) > 1 and parts[-1] == "commands" and ".claude" not in parts else ""
    return next((part for part in reversed(parts) if part in FOLDERS), commands)


def claims(document: Document, around: Around) -> bool:
    """Prose below the folders, where a source has the form; also its `commands/`."""
    return "seed" in around.features and document.suffix in PROSE and bool(folder_of(document))


def read(document: Document, around: Around) -> Reading:
    """The units of one file, by its folder."""
    kind = folder_of(document)
    if kind == "agent_personas":
        return read_persona(document)
    if kind == "methodologies":
        return read_method(document)
    if kind == "communication_patterns":
        return read_pattern(document)
    if kind == "commands":
        parts = PurePosixPath(document.path).parts
        return claude.command(document, PurePosixPath(*parts[parts.index("commands") + 1 :]))
    category, sort = ("operational rule", False) if kind == "operational_rules" else ("system prompt", True)
    units = list(read_rules(document, "L0", category, sort=sort))  # type: ignore[arg-type]
    return Reading("rules", units, [whole(document, "resident", "L0", category)], header_warnings(document))  # type: ignore[arg-type]


def read_pattern(document: Document) -> Reading:
    """A Pattern: when it is used, its format, tone and length, from the header; and the rules of its body.

    Where the header has no length, the first sentence that gives one is the Pattern's, and no Rule.
    """
    header, page = document.header.values, page_of(document)
    name = words(header.get("name")) or first_line(document.body) or document.inner.stem
    example = next((block.text for block in page.blocks if block.kind == "code"), "")
    length = next((segment for segment in page.segments if LENGTH.search(segment.text) and re.search(r"\d", segment.text)), None) if not header.get("length") else None
    told = [directive for directive in directives(page.segments) if directive.segment != length]
    mine = {directive.segment.start for directive in told} | ({length.start} if length else set())
    unit = Pattern(
        level="L0",
        category="communication pattern",
        name=name,
        when=words(header.get("when")),
        format=words(header.get("format")),
        tone=words(header.get("tone")),
        length=" ".join(length.text.split()) if length else words(header.get("length")),
        parts=stated(document, [segment for segment in page.segments if segment.list_id >= 0 and segment.start not in mine]),
        example=example.strip(),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    units: list[AnyUnit] = [unit, *rules(document, told, "L0", "communication pattern", f"pattern:{name}")]
    return Reading("pattern", units, [whole(document, "resident", "L0", "communication pattern", name)], header_warnings(document))
