"""Methodologies whose stages are files: the numbered steps in the folder of a workflow or a skill."""

import re
from pathlib import PurePosixPath
from typing import Any

from knowledge.document import Document
from knowledge.grammar import directives
from knowledge.markdown import Page, Segment
from knowledge.readers.bmad.places import PROSE
from knowledge.readers.reading import Around, Reading, first_sentence, header_warnings, page_of, rules, whole
from knowledge.readers.values import line_of_words, readable
from knowledge.units import AnyUnit, Command, Methodology, Stage

STEP = re.compile(r"(?i)^(?:step[-_ ]?)0*(?P<number>\d+)(?P<letter>[a-z]?)(?=[-_. ]|$)")
NUMBERED = re.compile(r"(?i)^\W*(?:step|phase|stage)?\s*\d+[a-z]?\s*[:.)–—-]\s*(?=\S)")
LABELLED_GOAL = re.compile(r"^\W*Goal\b:?\W*\s+")
GOAL = re.compile(r"(?i)\bgoal\b")


def read_flow(document: Document, around: Around) -> Reading:
    """The `workflow.md` of a workflow's folder: it names the workflow, whose stages are the step files beside it."""
    folder = str(PurePosixPath(document.path).parent)
    header, page = document.header.values, page_of(document)
    name = line_of_words(header.get("name")) or PurePosixPath(folder).name
    unit = Command(
        level="L3",
        category="command",
        called_by="agent",
        name=name,
        description=line_of_words(header.get("description")) or first_sentence(page),
        effect=first_sentence(page),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments, described=True), "L1", "methodology", f"methodology:{name}")
    parts = [whole(document, "on demand", "L1", "methodology", name, document.body)]
    return Reading("methodology", [unit, *methodologies(document, around, folder, name, unit.description), *found], parts, header_warnings(document))


def methodologies(document: Document, around: Around, folder: str, name: str, described: str) -> list[AnyUnit]:
    """A Methodology for each folder with numbered step files; more than one folder name theirs after them."""
    steps: dict[str, list[tuple[int, str, Document]]] = {}
    for path, other in around.documents.items():
        if path.startswith(f"{folder}/") and other.suffix in PROSE and (match := STEP.match(other.inner.stem)):
            steps.setdefault(str(PurePosixPath(path).parent), []).append((int(match["number"]), match["letter"].lower(), other))
    out: list[AnyUnit] = []
    for at, files in sorted(steps.items()):
        if len(files) < 2:
            continue
        stages = []
        for _, _, step in sorted(files, key=lambda entry: (*entry[:2], entry[2].path)):
            page = page_of(step)
            heading = next((block for block in page.blocks if block.kind != "code"), None)
            place: Any = step.place(heading.start, heading.end) if heading else {"source": step.at(1)}
            named = NUMBERED.sub("", heading.text).strip("* ") if heading else ""
            stages.append(Stage(name=named or readable(STEP.sub("", step.inner.stem).strip("-_. ")).replace("-", " ") or step.inner.stem, notes=goal(page), **place))
        called = name if len(steps) == 1 else f"{name} ({PurePosixPath(at).name})"
        out.append(Methodology(level="L1", category="methodology", name=called, description=described, stages=tuple(stages), **document.place(0, len(document.text))))  # type: ignore[arg-type]
    return out


def goal_of(page: Page) -> Segment | None:
    """The sentence that says what a page is for: below a heading of its goal, or after the word."""
    return next((segment for segment in page.segments if GOAL.search(segment.headings[-1] if segment.headings else "") or LABELLED_GOAL.match(segment.text)), None)


def goal(page: Page) -> str:
    """What a page is for, in the words of its goal; empty where it names none."""
    found = goal_of(page)
    return LABELLED_GOAL.sub("", " ".join(found.text.split())) if found else ""
