"""Load the documents, cut in passages that a reader can take in at once."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from distilabel.steps import GeneratorStep
from distilabel.typing import GeneratorStepOutput
from pydantic import Field

from knowledge.document import Document
from knowledge.system import System, read_system
from knowledge.units import AnyUnit, Rule, Tool

LONGEST = 6_000  # characters of a passage


@lru_cache(maxsize=1)
def _read(sources: tuple[str, ...]) -> System:
    return read_system(sources)


def system_of(sources: Sequence[str]) -> System:
    """What the sources say; the steps of one run read them once, and each may add to its own units."""
    system = _read(tuple(sources))
    return replace(system, units=list(system.units))


class LoadPassages(GeneratorStep):
    """Yield the prose of the sources, a row a passage, with what is known of it already.

    Writes: passage (`path:line`), start (its first character in the document), text, scope, known (the sentences that are part of a unit).
    """

    sources: list[str] = Field(description="Folders, files and archives.")

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["passage", "start", "text", "scope", "known"]

    def process(self, offset: int = 0) -> "GeneratorStepOutput":
        """All passages in one batch."""
        _read.cache_clear()  # files may have changed since the run before
        yield list(passages(system_of(self.sources)))[offset:], True


def passages(system: System) -> Iterator[dict[str, object]]:
    """The passages of all prose, in order."""
    units: dict[str, list[AnyUnit]] = {}
    for unit in system.units:
        units.setdefault(unit.path, []).append(unit)
    read = {file.path for file in system.files if file.format}
    for path, document in system.documents.items():
        if path not in read or document.suffix in (".json", ".yaml", ".yml", ".toml"):
            continue
        mine = units.get(path, [])
        scope = scope_of(mine)
        for start, end in cuts(document):
            known = [sentence for unit in mine for at, sentence in sentences(unit) if start <= at < end]
            yield {"passage": document.at(document.line(start)), "start": start, "text": document.text[start:end], "scope": scope, "known": json.dumps(known, ensure_ascii=False)}


def scope_of(units: Sequence[AnyUnit]) -> str:
    """Where a rule of a document holds that has these units: as its other rules do, or for its persona, command, skill, pattern or methodology."""
    if scope := next((unit.scope for unit in units if isinstance(unit, Rule) and unit.scope), ""):
        return scope
    return next((f"{'skill' if unit.category == 'skill' else unit.kind}:{unit.name}" for unit in units if not isinstance(unit, Rule | Tool)), "")


def sentences(unit: AnyUnit) -> list[tuple[int, str]]:
    """The sentences of a document that a unit consists of, each with its first character."""
    return [(unit.start, unit.sentence)] if isinstance(unit, Rule) else [(part.start, part.text) for part in unit.statements]


def cuts(document: Document) -> Iterator[tuple[int, int]]:
    """Start and end of each passage of a body: whole paragraphs, of at most 6,000 characters unless one alone is longer."""
    text, start = document.text, document.header.body
    while start < len(text):
        end = len(text)
        if end - start > LONGEST:
            at = max(text.rfind("\n\n", start + 1, start + LONGEST), text.rfind("\n#", start + 1, start + LONGEST))
            if at < 0:
                at = text.find("\n\n", start + LONGEST)
            end = at + 1 if at >= 0 else len(text)
        if text[start:end].strip():
            yield start + len(text[start:end]) - len(text[start:end].lstrip("\n")), end
        start = end
