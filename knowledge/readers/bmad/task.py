"""A task of version 4: a Command that an agent runs."""

import re

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.markdown import Page, Segment, leads_in
from knowledge.readers.reading import Reading, header_warnings, page_of, rules, whole
from knowledge.readers.values import line_of_words
from knowledge.units import Command

PURPOSE = re.compile(r"(?i)\W*(?:purpose|overview|goal|objective|summary)\b")
SETTING = re.compile(r"[A-Za-z]\w*: \S+(?:\n|$)")


def read_task(document: Document) -> Reading:
    """A task: a Command that an agent runs, and the rules of its body."""
    header, page = document.header.values, page_of(document)
    name = document.inner.stem
    purpose = purpose_of(page)
    effect = " ".join(purpose.text.split()) if purpose else title(page)
    unit = Command(
        level="L3",
        category="command",
        name=name,
        description=line_of_words(header.get("description")) or effect,
        called_by="agent",
        effect=effect,
        extra={"title": title(page)} if title(page) else {},
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    told = [directive for directive in directives(page.segments, described=True) if directive.segment is not purpose]
    found = rules(document, told, "L3", "command", f"command:{name}")
    return Reading("command", [unit, *found], [whole(document, "on demand", "L3", "command", name, document.body)], header_warnings(document))


def purpose_of(page: Page) -> Segment | None:
    """The sentence that says what a task is for: the first below its title, else the first below a heading of its purpose."""
    headed = any(block.kind != "code" for block in page.blocks)
    said = [segment for segment in page.segments if not leads_in(segment.text) and not segment.text.startswith("[[") and not SETTING.match(segment.text)]
    opening = (segment for segment in said if segment.opening and bool(segment.headings) == headed)
    return next(opening, None) or next((segment for segment in said if segment.headings and PURPOSE.match(segment.headings[-1])), None)


def title(page: Page) -> str:
    """The first heading; empty where there is none."""
    return next((block.text for block in page.blocks if block.kind != "code" and block.text), "")
