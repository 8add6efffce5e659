"""A template, as YAML or as a page: a Pattern of its titles, and the rules of its instructions."""

from collections.abc import Iterator
from typing import Any

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.markdown import Segment
from knowledge.readers.bmad.sentences import rules_of, segments
from knowledge.readers.bmad.sheet import Sheet, sheet_of
from knowledge.readers.bmad.task import title
from knowledge.readers.reading import Around, Reading, header_warnings, page_of, rules, whole
from knowledge.readers.values import items, line_of_words, mapping
from knowledge.units import Pattern, Statement

TOLD = ("instruction", "instructions", "details", "row_instruction")


def read_template(document: Document, around: Around, root: str) -> Reading:
    """A document's template: a Pattern whose parts are the titles of its sections, and the rules of their instructions."""
    reading = Reading("template")
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    about = mapping(value.get("template"))
    name = line_of_words(about.get("id")) or document.inner.stem
    reading.parts = [whole(document, "on demand", "L4", "template", name)]
    if sheet is None or not value:
        if sheet:
            reading.warnings.append((document.at(1), "holds no keys and values; it is left out"))
        return reading
    output = mapping(about.get("output"))
    titles: list[Statement] = []
    found: list[Segment] = []
    for path, section, above in sections(value.get("sections"), ("sections",)):
        if isinstance(section.get("title"), str) and (heading := sheet.statement((*path, "title"), section["title"])):
            titles.append(heading)
        for key in TOLD:
            found += segments(sheet, (*path, key), section.get(key), above)
    examples = value.get("examples")
    shown = next((example for example in (examples.values() if isinstance(examples, dict) else items(examples)) if isinstance(example, str)), "")
    unit = Pattern(
        level="L4",
        category="template",
        name=line_of_words(about.get("name")) or name,
        format=", ".join(filter(None, [line_of_words(output.get("format")), line_of_words(output.get("filename"))])),
        parts=tuple(titles or fields(sheet, value)),
        example=shown.strip(),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    reading.units = [unit, *rules_of(sheet, directives(found), "L4", "template", f"template:{name}")]
    return reading


def fields(sheet: Sheet, value: dict[str, Any]) -> Iterator[Statement]:
    """The keys of a template without sections, which are what it consists of."""
    for key in value:
        start, _ = sheet.stretch((key,))
        at = sheet.document.text.find(key, sheet.document.start(sheet.line((key,))), start)
        if key not in ("template", "workflow", "agent_config", "sections") and "example" not in key and at >= 0:
            yield sheet.document.statement(at, at + len(key))


def sections(value: Any, path: tuple[str | int, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], tuple[str, ...]]]:
    """The sections of a template, in order, nested ones after the one around them: path, section, and the titles down to it."""
    for number, entry in enumerate(items(value)):
        section = mapping(entry)
        named = line_of_words(section.get("title") or section.get("id"))
        titles = (*above, named) if named else above
        yield (*path, number), section, titles
        yield from sections(section.get("sections"), (*path, number, "sections"), titles)


def page_template(document: Document) -> Reading:
    """A template written as a page: its headings are the parts."""
    page, name = page_of(document), document.inner.stem
    parts = [(at, at + len(block.text)) for block in page.blocks if block.kind in ("h2", "h3", "h4") and (at := document.text.find(block.text, block.start, block.end)) >= 0]
    unit = Pattern(
        level="L4",
        category="template",
        name=title(page) or name,
        format="markdown",
        parts=tuple(document.statement(*part) for part in parts),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments), "L4", "template", f"template:{name}")
    return Reading("template", [unit, *found], [whole(document, "on demand", "L4", "template", name)], header_warnings(document))
