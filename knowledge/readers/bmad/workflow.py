"""A workflow as YAML: a Methodology, and the rules of what is said between its stages."""

import re

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.readers.bmad.sentences import rules_of, segments
from knowledge.readers.bmad.sheet import sheet_of
from knowledge.readers.bmad.stages import stages_of
from knowledge.readers.reading import Around, Reading, whole
from knowledge.readers.values import line_of_words, mapping, readable
from knowledge.units import Methodology

ANYONE = ("various", "all", "user", "any")


def read_workflow(document: Document, around: Around, root: str) -> Reading:
    """A workflow: a Methodology with its stages in order, and the rules of what is said between them."""
    reading = Reading("methodology")
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    inner = isinstance(value.get("workflow"), dict)
    flow, path = (mapping(value["workflow"]), ("workflow",)) if inner else (value, ())
    name = line_of_words(flow.get("id")) or document.inner.stem
    reading.parts = [whole(document, "on demand", "L1", "methodology", name)]
    if sheet is None:
        return reading
    if not flow:
        reading.warnings.append((document.at(1), "holds no workflow; it is left out"))
        return reading
    key = next((key for key in ("sequence", "phases", "steps", "stages") if isinstance(flow.get(key), list | dict)), "sequence")
    stages = tuple(stages_of(sheet, (*path, key), flow.get(key)))
    if not stages:
        reading.warnings.append((document.at(sheet.line((*path, key))), "has no sequence of stages that can be read"))
    unit = Methodology(
        level="L1",
        category="methodology",
        name=line_of_words(flow.get("name")) or name,
        description=line_of_words(flow.get("description")),
        stages=stages,
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    prompts = mapping(flow.get("handoff_prompts"))
    handed = [
        directive._replace(under=directive.under or f"{readable(prompt)}:")
        for prompt, said in prompts.items()
        for directive in directives(list(segments(sheet, (*path, "handoff_prompts", prompt), said, ("handoff_prompts", prompt))))
    ]
    reading.units = [unit, *rules_of(sheet, handed, "L1", "methodology", f"methodology:{unit.name}")]
    named = {(entry.source, actor) for entry in stages for actor in re.split(r"\s*[/,]\s*", entry.actor) if re.fullmatch(r"[\w-]+", actor)}
    reading.mentions = [(source, "persona", actor) for source, actor in sorted(named, key=lambda pair: (int(pair[0].rpartition(":")[2]), pair[1])) if actor not in ANYONE]
    return reading
