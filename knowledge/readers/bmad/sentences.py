"""The sentences of YAML: those of every text in a value, with their places, and the rules among them."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from knowledge.grammar import Directive
from knowledge.markdown import Segment, parse
from knowledge.readers.bmad.sheet import Sheet
from knowledge.readers.reading import rules
from knowledge.units import AnyUnit, Category, Level, Rule


def segments(sheet: Sheet, path: tuple[str | int, ...], value: Any, headings: tuple[str, ...] = (), inside: int = -1) -> Iterator[Segment]:
    """The sentences of every text in a value, with their places.

    Args:
        headings: the keys above it.
        inside: the number of the list that it is an item of.
    """
    if isinstance(value, list):
        sheet.lists += 1
        number = sheet.lists
        for at, item in enumerate(value):
            yield from segments(sheet, (*path, at), item, headings, number)
    elif isinstance(value, dict):
        place = labelled(sheet, path, value) if inside >= 0 else None
        if place and place[0] not in sheet.taken:
            sheet.taken.add(place[0])
            yield from cut(sheet, *place, headings, inside)
        else:
            for key, item in value.items():
                yield from segments(sheet, (*path, str(key)), item, (*headings, str(key)))
    elif isinstance(value, str) and value.strip():
        if place := sheet.place(path, value):
            if place[0] not in sheet.taken:
                sheet.taken.add(place[0])
                yield from cut(sheet, *place, headings, inside)
        else:
            line = sheet.line(path)
            for segment in parse(value.replace("\r\n", "\n").replace("\r", "\n")).segments:
                start = -len(sheet.unplaced) - 1
                sheet.unplaced[start] = line
                yield replace(segment, start=start, end=start, headings=headings, list_id=inside, kind="item" if inside >= 0 else segment.kind)


def labelled(sheet: Sheet, path: tuple[str | int, ...], value: dict[Any, Any]) -> tuple[int, int] | None:
    """Where an item such as `CRITICAL: never …` stands, which is one sentence for people; None for what is none."""
    if len(value) != 1 or not isinstance(next(iter(value.values())), str):
        return None
    start, end, own = sheet.found(path)
    written = re.search(r":[ \t]+(?:[|>][+-]?\d?[ \t]*\n|[\"'&*!])", sheet.document.text[start:end])
    return (start, end) if own and end > start and not written else None


def cut(sheet: Sheet, start: int, end: int, headings: tuple[str, ...], inside: int) -> Iterator[Segment]:
    """The sentences of a stretch, which is set in as YAML is, and may be Markdown."""
    text = sheet.document.text
    margin = start - (text.rfind("\n", 0, start) + 1)
    block = not text[start - margin : start].strip()
    flat: list[str] = []
    starts: list[int] = []
    real: list[int] = []
    at, here = 0, start
    for number, line in enumerate(text[start:end].split("\n")):
        inner = len(line) - len(line.lstrip())
        away = 0 if number == 0 else min(inner, margin) if block else inner
        flat.append(line[away:])
        starts.append(at)
        real.append(here + away)
        at, here = at + len(line) - away + 1, here + len(line) + 1

    def placed(where: int) -> int:
        row = bisect_right(starts, where) - 1
        return real[row] + where - starts[row]

    numbers: dict[int, int] = {}
    for segment in parse("\n".join(flat)).segments:
        if segment.list_id >= 0 and segment.list_id not in numbers:
            sheet.lists += 1
            numbers[segment.list_id] = sheet.lists
        number = numbers.get(segment.list_id, inside)
        yield replace(
            segment,
            start=placed(segment.start),
            end=placed(segment.end - 1) + 1,
            headings=(*headings, *segment.headings),
            list_id=number,
            kind="item" if number >= 0 and segment.kind == "paragraph" else segment.kind,
        )


def rules_of(sheet: Sheet, found: Iterable[Directive], level: Level, category: Category, scope: str) -> list[AnyUnit]:
    """Rule units of directives; those whose words do not stand as they are read have a line and no more."""
    out: list[AnyUnit] = []
    for directive in found:
        segment = directive.segment
        if segment.start >= 0:
            out += rules(sheet.document, [directive], level, category, scope)
            continue
        made = Rule(level=level, category=category, modality=directive.modality, sentence=segment.text, under=directive.under, scope=scope, section=segment.headings)
        out.append(made.model_copy(update={"source": sheet.document.at(sheet.unplaced[segment.start])}))
    return out
