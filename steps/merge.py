"""Join what was found into units: each addition held against its document, repetitions merged, contradictions named."""

import json
import re
from typing import Any

from distilabel.steps import GlobalStep, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from knowledge.contradictions import clashes
from knowledge.document import Document
from knowledge.findings import findings
from knowledge.markdown import parse
from knowledge.system import System
from knowledge.units import AnyUnit, Rule
from steps.contracts import Addition
from steps.passages import system_of

COLUMNS = ("id", "kind", "level", "category", "source", "start", "end", "digest", "tokens", "unit", "found_by", "also", "against", "reject_reason")


class MergeUnits(GlobalStep):
    """A row a unit, from the readers and from the extractor.

    Reads: passage, start, missed (where an extractor was asked), reject_reason.
    Writes: id, kind, level, category, source, start, end, digest, tokens, unit (the dumped unit), found_by (`reader` or `extractor`),
        also (other places that say the same), against (ids of rules that contradict it), reject_reason.
    Rejects when: a quotation is not in its passage (`extract: not in the document`), is no whole sentence (`extract: no sentence of the
        document`) or is known already (`extract: known already`); a rule names a tool or file that does not exist (`stale: …`).
    """

    sources: list[str] = Field(description="Folders, files and archives.")

    @property
    def inputs(self) -> list[str]:
        """The columns of a passage."""
        return ["passage", "start"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return list(COLUMNS)

    def process(self, inputs: StepInput) -> "StepOutput":
        """All units in one batch."""
        system = system_of(self.sources)
        refused = []
        for passage in inputs:
            for entry in passage.get("missed") or ():
                addition = Addition.model_validate(entry)
                added = placed(addition, passage, system)
                if isinstance(added, Rule):
                    system.units.append(added)
                else:
                    refused.append(refusal(addition, passage, added))
        extracted = {unit.id for unit in system.units if isinstance(unit, Rule) and unit.section == EXTRACTED}
        findings(system)  # marks what names something that does not exist
        yield [*merged(system.units, extracted), *refused]


EXTRACTED = ("found by the extractor",)


def placed(addition: Addition, passage: dict[str, Any], system: System) -> Rule | str:
    """The Rule of an addition, at its exact place in the document; or why it is refused."""
    path = re.sub(r":\d+$", "", passage["passage"])
    document: Document = system.documents[path]
    start = document.text.find(addition.quote, passage["start"], passage["start"] + len(passage["text"]))
    if start < 0 or not addition.quote.strip():
        return "not in the document"
    end = start + len(addition.quote)
    if any(isinstance(unit, Rule) and unit.path == path and unit.start < end and start < unit.end for unit in system.units):
        return "known already"
    spans = {(segment.start, segment.end) for segment in parse(document.body, document.header.body).segments}
    if (start, end) not in spans:
        return "no sentence of the document"
    near = [unit for unit in system.units if isinstance(unit, Rule) and unit.path == path]
    level, category = (near[0].level, near[0].category) if near else ("L0", "system prompt")
    place: Any = document.place(start, end)
    return Rule(level=level, category=category, modality=addition.modality, sentence=addition.quote, scope=passage["scope"], section=EXTRACTED, **place)


def refusal(addition: Addition, passage: dict[str, Any], why: str) -> dict[str, Any]:
    """The row of an addition that is refused."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS)
    return empty | {
        "id": f"refused:{passage['passage']}#{addition.quote[:40]}",
        "kind": "rule",
        "source": passage["passage"],
        "unit": addition.model_dump_json(),
        "found_by": "extractor",
        "also": [],
        "against": [],
        "reject_reason": f"extract: {why}",
    }


def merged(units: list[AnyUnit], extracted: set[str]) -> list[dict[str, Any]]:
    """The rows of all units; a rule that is said in the same words elsewhere, with the same scope, is one row with its places."""
    rules = [unit for unit in units if isinstance(unit, Rule)]
    against: dict[str, list[str]] = {}
    for one, two, _ in clashes(rules):
        against.setdefault(one.id, []).append(two.id)
        against.setdefault(two.id, []).append(one.id)
    rows: dict[Any, dict[str, Any]] = {}
    for unit in units:
        key = (" ".join(unit.text.lower().split()), unit.scope, unit.modality) if isinstance(unit, Rule) else unit.id
        if key in rows:
            rows[key]["also"].append(unit.source)
            rows[key]["against"] += [other for other in against.get(unit.id, ()) if other not in rows[key]["against"]]
            continue
        rows[key] = {
            "id": unit.id,
            "kind": unit.kind,
            "level": unit.level,
            "category": unit.category,
            "source": unit.source,
            "start": unit.start,
            "end": unit.end,
            "digest": unit.digest,
            "tokens": unit.tokens,
            "unit": json.dumps(unit.model_dump(mode="json"), ensure_ascii=False),
            "found_by": "extractor" if unit.id in extracted else "reader",
            "also": [],
            "against": list(against.get(unit.id, ())),
            "reject_reason": f"stale: {', '.join(unit.unknown)}" if isinstance(unit, Rule) and unit.unknown else None,
        }
    return list(rows.values())
