"""Plain documents: Markdown and text as they come, and what PDF and Word files were turned into."""

import re

from knowledge.document import Document
from knowledge.readers.reading import Around, Reading, header_warnings, read_rules, whole

FORMAT = "document"
ASIDE = re.compile(r"(?i)^(?:licen[sc]e|copying|notice|source|changelog|authors)\b")  # about the files, not for the agent
ENDINGS = {".md", ".markdown", ".txt", ".text", ".pdf", ".docx"}


def claims(document: Document, around: Around) -> bool:
    """Any prose: what was named itself, or lies in a folder that is no agent system otherwise."""
    return document.suffix in ENDINGS and (document.whole or not (around.features or ASIDE.match(document.name)))


def read(document: Document, around: Around) -> Reading:
    """Rules, by the headings above them."""
    reading = Reading("document", list(read_rules(document, "L0", "system prompt", sort=True)), warnings=header_warnings(document))
    reading.parts = [whole(document, "resident", "L0", "system prompt")]
    return reading
