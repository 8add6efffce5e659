"""A team of version 4: whom and what it names."""

from knowledge.document import Document
from knowledge.readers.bmad.places import resource
from knowledge.readers.bmad.sheet import sheet_of
from knowledge.readers.reading import Around, Reading, whole
from knowledge.readers.values import items, mapping


def read_team(document: Document, around: Around, root: str) -> Reading:
    """A team: no unit, but whom and what it names."""
    reading = Reading("team", parts=[whole(document, "on demand", "L3", "persona")])
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    for key, kind in (("agents", "persona"), ("workflows", "file")):
        for number, name in enumerate(items(value.get(key))):
            if sheet and isinstance(name, str) and name != "*":
                reading.mentions.append((document.at(sheet.line((key, number))), kind, name if kind == "persona" else resource(document, around, f"workflows/{name}")))
    return reading
