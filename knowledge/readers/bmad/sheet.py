"""A stretch of YAML in a document, each value with the place where its words stand."""

import re
from dataclasses import dataclass, field
from typing import Any

from knowledge.document import Document
from knowledge.frontmatter import words
from knowledge.readers.reading import Reading
from knowledge.readers.values import mapping, plain
from knowledge.units import Statement
from knowledge.yamls import BadYaml, Harmful, lines_of, load_yaml


@dataclass
class Sheet:
    """A YAML text within a document.

    Attributes:
        start: where it begins in the document; `end`: the character after it.
        value: what it says, of plain types.
        lines: the line within it on which each value begins.
        lists: how many lists its sentences were read from.
        unplaced: the line of each sentence whose words do not stand as they are read, by its number.
        taken: the first character of what belongs to a statement or a sentence already.
    """

    document: Document
    start: int
    end: int
    value: Any
    lines: dict[tuple[str | int, ...], int]
    lists: int = 0
    unplaced: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line in the document of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.document.line(self.start) + self.lines.get(path, 1) - 1

    def stretch(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Where a value stands, without its key or dash; the rest of the line where it does not begin one (`{a: b, c: d}`)."""
        start, end, _ = self.found(path)
        return start, end

    def found(self, path: tuple[str | int, ...]) -> tuple[int, int, bool]:
        """Where a value stands, to the last line that is set in deeper than its key or dash, and whether these begin the line."""
        text = self.document.text
        begin = self.document.start(self.line(path))
        stop = line_end(text, begin)
        key = path[-1] if path else ""
        mark = rf"[ \t]*(?:-[ \t]+)*(?P<mark>(?P<quote>['\"]?){re.escape(key)}(?P=quote))[ \t]*:(?!\S)[ \t]*" if isinstance(key, str) else r"[ \t]*(?P<mark>-)(?!\S)[ \t]*"
        match = re.match(mark, text[begin:stop])
        if not match:
            return begin + len(text[begin:stop]) - len(text[begin:stop].lstrip()), stop, False
        column, end = match.start("mark"), min(stop, self.end)
        while stop < self.end:
            row = stop + 1
            stop = line_end(text, row)
            inner = text[row:stop].lstrip()
            depth = stop - row - len(inner)
            if depth <= column and inner and not inner.startswith("#") and not (isinstance(key, str) and depth == column and inner.startswith("- ")):
                break
            if inner and (depth > column or not inner.startswith("#")):
                end = min(stop, self.end)
        return begin + match.end(), max(end, begin + match.end()), True

    def place(self, path: tuple[str | int, ...], value: str) -> tuple[int, int] | None:
        """Where the words of a text stand exactly; None where they do not stand as they are read (an alias, a sign written by its code)."""
        start, end, own = self.found(path)
        raw, said = self.document.text[start:end], value.strip()
        if said and (at := raw.find(said)) >= 0 and (own or raw.count(said) == 1):
            return start + at, start + at + len(said)
        if not own:
            return None
        if header := re.match(r"(?:[&!]\S+[ \t]+)*[|>][^\n]*\n", raw):
            start += header.end()
        elif raw[:1] in ("'", '"') and (close := raw.rfind(raw[0])) > 0:
            start, end = start + 1, start + close
        inner = self.document.text[start:end]
        start, end = start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
        inner = self.document.text[start:end]
        same = {squeezed(inner), squeezed(inner).replace("''", "'"), squeezed(inner).replace('\\"', '"')}
        return (start, end) if said and squeezed(said) in same else None

    def statement(self, path: tuple[str | int, ...], value: Any) -> Statement | None:
        """A text, or an item such as `CRITICAL: never …` that YAML takes for a key and a value, as a statement."""
        if value is None or value == {} or value == []:
            return None
        start, end, own = self.found(path)
        place = self.place(path, value) if isinstance(value, str) else (start, end) if own else None
        if place is None:
            text = value.strip() if isinstance(value, str) else ", ".join(f"{key}: {words(part)}" for key, part in mapping(value).items()) or words(value)
            return Statement(text=text, source=self.document.at(self.line(path))) if text else None
        if place[0] in self.taken or place[1] <= place[0]:
            return None
        self.taken.add(place[0])
        return self.document.statement(*place)

    def statements(self, path: tuple[str | int, ...], value: Any) -> tuple[Statement, ...]:
        """A text, or those of a list or of a set of keys, one by one."""
        if isinstance(value, list):
            made = [self.statement((*path, number), item) for number, item in enumerate(value)]
        elif isinstance(value, dict):
            made = [self.statement((*path, str(key)), item) for key, item in value.items()]
        else:
            made = [self.statement(path, value)]
        return tuple(statement for statement in made if statement)


def line_end(text: str, at: int) -> int:
    """The end of the line of a character."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def squeezed(text: str) -> str:
    """A text without its spaces."""
    return re.sub(r"\s+", "", text)


def sheet_of(document: Document, start: int, end: int, reading: Reading) -> Sheet | None:
    """The YAML of a stretch of a document; None, with a warning, where there is none that can be read."""
    text = document.text[start:end]
    try:
        return Sheet(document, start, end, plain(load_yaml(text)), lines_of(text))
    except BadYaml as error:
        line = document.line(start) + error.line - 1
        reading.warnings.append((document.at(line), f"is no YAML (line {line}: {error}); it is left out"))
    except Harmful as error:
        reading.warnings.append((document.at(document.line(start)), f"is left out: {error}"))
    return None
