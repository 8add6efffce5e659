"""Join what was found into units: each addition held against its document, repetitions merged, contradictions named."""

import json
import re
from typing import Any

from distilabel.steps import GlobalStep, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from knowledge.contradictions import clashes
from knowledge.document import Document
from knowledge.findings import stale
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
        document`) or is known already (`extract: known already`); a passage got no answer that keeps the contract (one row, of the kind
        `passage`); a rule names a tool or file that does not exist (`stale: …`).
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
            if passage.get("reject_reason"):
                refused.append(refusal(passage, None, passage["reject_reason"]))
            for entry in passage.get("missed") or ():
                addition = Addition.model_validate(entry)
                added = placed(addition, passage, system)
                if isinstance(added, Rule):
                    system.units.append(added)
                else:
                    refused.append(refusal(passage, addition, f"extract: {added}"))
        extracted = {unit.id for unit in system.units if isinstance(unit, Rule) and unit.section == EXTRACTED}
        stale(system)  # marks what names something that does not exist
        yield [*merged(system.units, extracted), *refused]


EXTRACTED = ("found by the extractor",)


def placed(addition: Addition, passage: dict[str, Any], system: System) -> Rule | str:
    """The Rule of an addition, at its exact place in the document; or why it is refused. Of several places the first that is not known counts."""
    path = re.sub(r":\d+$", "", passage["passage"])
    document: Document = system.documents[path]
    words, last = addition.quote, passage["start"] + len(passage["text"])
    places = [match.start() for match in re.finditer(re.escape(words), document.text[:last]) if match.start() >= passage["start"]] if words.strip() else []
    if not places:
        return "not in the document"
    near = [unit for unit in system.units if unit.path == path]
    known = [part for unit in near for part in ([unit] if isinstance(unit, Rule) else unit.statements)]
    free = [start for start in places if not any(part.start < start + len(words) and start < part.end for part in known)]
    if not free:
        return "known already"
    spans = {(segment.start, segment.end) for segment in parse(document.body, document.header.body).segments}
    start = next((start for start in free if (start, start + len(words)) in spans), None)
    if start is None:
        return "no sentence of the document"
    beside = next((unit for unit in near if isinstance(unit, Rule)), near[0] if near else None)
    level, category = (beside.level, beside.category) if beside else ("L0", "system prompt")
    place: Any = document.place(start, start + len(words))
    return Rule(level=level, category=category, modality=addition.modality, sentence=addition.quote, scope=passage["scope"], section=EXTRACTED, **place)


def refusal(passage: dict[str, Any], addition: Addition | None, why: str) -> dict[str, Any]:
    """The row of an addition that is refused, or of a passage that the extractor gave no answer for."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS)
    return empty | {
        "id": f"refused:{passage['passage']}{f'#{addition.quote[:40]}' if addition else ''}",
        "kind": "rule" if addition else "passage",
        "source": passage["passage"],
        "unit": addition.model_dump_json() if addition else "null",
        "found_by": "extractor",
        "also": [],
        "against": [],
        "reject_reason": why,
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
