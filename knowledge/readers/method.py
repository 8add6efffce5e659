"""Read a way of working out of a Markdown document: its numbered headings are the stages."""

import re

from knowledge.document import Document
from knowledge.frontmatter import words
from knowledge.grammar import directives
from knowledge.markdown import Block, Page, Segment, leads_in
from knowledge.readers.persona import stated
from knowledge.readers.reading import Reading, first_line, first_sentence, header_warnings, page_of, rules, whole
from knowledge.units import Methodology, Stage

NUMBERED = re.compile(r"(?i)^(?:(?:stage|phase|step)\s+)?(?:\d+|[ivx]+)\s*[.):–—-]\s*(?P<name>\S.*)$")
SHOWS = re.compile(r"(?i)^(?:shows?|signs?|evidence|what (?:it|one) (?:shows|sees)|looks like|deliverables?|outputs?)\b")
DONE = re.compile(r"(?i)^(?:done when|exit criteria|definition of done|complete when|ends? when|finished when|quality gates?)\b")
BACK = re.compile(r"(?i)^(?:goes back|back to|returns? (?:to|when)|loops? back)\b")
PURPOSE = re.compile(r"(?i)^(?:purpose|goal|aim|objective|why)\b")
PARTS = {"shows": SHOWS, "done": DONE, "back": BACK, "notes": PURPOSE}


def stages_of(page: Page) -> list[tuple[str, Block]]:
    """Name and heading of each stage: the numbered headings of the highest level that has at least two of them."""
    for level in ("h1", "h2", "h3", "h4"):
        found = [(match["name"].strip("* "), block) for block in page.blocks if block.kind == level and (match := NUMBERED.match(block.text.strip("* ")))]
        if len(found) > 1:
            return found
    return []


def read_method(document: Document) -> Reading:
    """A Methodology with its stages, and the rules that stand outside of them."""
    header, page = document.header.values, page_of(document)
    name = words(header.get("name")) or first_line(document.body) or document.inner.stem
    headings = stages_of(page)
    stages, mine = [], set[int]()
    for stage, block in headings:
        inside = [segment for segment in page.segments if block.text in segment.headings and segment.start > block.start and not leads_in(segment.text)]
        later = [other.start for _, other in headings if other.start > block.start]
        inside = [segment for segment in inside if not later or segment.start < min(later)]
        mine |= {segment.start for segment in inside}
        parts = {kind: [segment for segment in inside if pattern.search(innermost(segment))] for kind, pattern in PARTS.items()}
        taken = {segment.start for found in parts.values() for segment in found}
        steps = [segment for segment in inside if segment.start not in taken and segment.list_id >= 0]
        notes = parts["notes"] or [segment for segment in inside if segment.start not in taken and segment.list_id < 0]
        stages.append(
            Stage(
                name=stage,
                notes=" ".join(" ".join(segment.text.split()) for segment in notes),
                steps=stated(document, steps),
                shows=stated(document, parts["shows"]),
                done_when=stated(document, parts["done"]),
                back=stated(document, parts["back"]),
                **document.place(block.start, block.end),  # type: ignore[arg-type]
            )
        )
    unit = Methodology(
        level="L1",
        category="methodology",
        name=name,
        description=words(header.get("description")) or first_sentence(page),
        stages=tuple(stages),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, [directive for directive in directives(page.segments) if directive.segment.start not in mine], "L1", "methodology", f"methodology:{name}")
    return Reading("methodology", [unit, *found], [whole(document, "resident", "L1", "methodology", name, document.body)], header_warnings(document))


def innermost(segment: Segment) -> str:
    """The heading right above a sentence."""
    return segment.headings[-1].strip("* ") if segment.headings else ""
