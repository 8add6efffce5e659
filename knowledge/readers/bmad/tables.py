"""A TOML file, its texts with the places where they stand."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from knowledge.document import Document
from knowledge.markdown import Segment, parse
from knowledge.readers.values import mapping, plain
from knowledge.units import Statement

OWN = ("name", "description", "role", "identity", "communication_style", "principles", "title", "icon", "code", "skill", "id")


def tables_of(document: Document) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What a TOML file says; nothing, with a warning, where it is none."""
    try:
        return mapping(plain(tomllib.loads(document.text))), []
    except (RecursionError, ValueError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 1
        return {}, [(document.at(line), f"is no TOML (line {line}: {str(error)[:100]}); it is left out")]


class Tables:
    """A TOML file's value, and where its texts stand.

    Attributes:
        agent: what it says of an agent; empty where it belongs to none.
        warnings: why there is no value.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value, self.warnings = tables_of(document)
        self.agent = mapping(self.value.get("agent"))
        self.after: dict[str, int] = {}

    def find(self, words_: str) -> tuple[int, int] | None:
        """Where a text stands between its quotes, each time the next place; comments are passed over. None where it is written otherwise."""
        if not words_.strip():
            return None
        for match in re.compile(rf"(?P<quote>\"\"\"|'''|[\"'])\s*(?P<words>{re.escape(words_.strip())})\s*(?P=quote)").finditer(self.document.text, self.after.get(words_, 0)):
            line = self.document.text[self.document.start(self.document.line(match.start())) : match.start()]
            if not line.lstrip().startswith("#"):
                self.after[words_] = match.end()
                return match.span("words")
        return None

    def statements(self, value: Any) -> tuple[Statement, ...]:
        """The texts of a value as statements."""
        said = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str) and part.strip()]
        return tuple(self.document.statement(*place) if (place := self.find(part)) else Statement(text=part.strip(), source=self.document.at(1)) for part in said)

    def segments(self, value: Any, headings: tuple[str, ...]) -> Iterator[Segment]:
        """The sentences of every text that stands as it is read, and is no name or description."""
        if isinstance(value, dict):
            for key, part in value.items():
                if key not in OWN:
                    yield from self.segments(part, (*headings, str(key)))
        elif isinstance(value, list):
            for part in value:
                yield from self.segments(part, headings)
        elif isinstance(value, str) and len(value.split()) > 2 and (place := self.find(value)):
            yield from (replace(segment, headings=(*headings, *segment.headings)) for segment in parse(self.document.text[slice(*place)], place[0]).segments)
