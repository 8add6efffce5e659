"""AGENTS.md and its kin: instructions for whatever agent reads the folder."""

from knowledge.document import Document
from knowledge.readers.reading import Around, Reading, globbed, header_warnings, read_rules, whole

FORMAT = "AGENTS.md"
NAMES = {"agents.md", "agent.md", "agents.override.md", "gemini.md", "qwen.md", "copilot-instructions.md", ".windsurfrules", ".clinerules", "warp.md"}
FOLDERS = {".clinerules", ".windsurf", ".roo", "instructions"}


def claims(document: Document, around: Around) -> bool:
    """AGENTS.md, GEMINI.md, copilot-instructions.md, .clinerules and .windsurfrules, and Markdown in their folders."""
    if document.name.lower() in NAMES:
        return True
    return document.suffix == ".md" and any(part in FOLDERS and (part.startswith(".") or ".github" in document.path) for part in document.path.split("/")[:-1])


def read(document: Document, around: Around) -> Reading:
    """Rules; those of a file in a folder below, or with globs in its header, hold for those files, and are sent when they are worked on."""
    header = document.header.values
    scope = around.scope(document) or globbed(header.get("applyTo") or header.get("globs"))
    reading = Reading("memory", list(read_rules(document, "L0", "system prompt", scope, sort=True)), warnings=header_warnings(document))
    reading.parts = [whole(document, "on demand" if scope else "resident", "L0", "system prompt")]
    return reading
