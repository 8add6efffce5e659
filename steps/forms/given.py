"""What a user's own system gives to write rows of the field's forms from: passages, code and tools."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from knowledge.units import Tool
from steps.contracts import Contract

LONGEST = 4000  # characters of a passage
LEAST = 2  # lines of a block of code
FENCE = re.compile(r"^(?P<mark>```+|~~~+)[ \t]*(?P<language>[\w+#.-]*)[^\n]*\n(?P<text>.*?)^(?P=mark)[ \t]*$", re.M | re.S)


class Block(Contract):
    """A block of code in a document, and the line that it begins on."""

    path: str
    line: int
    language: str
    text: str


class Given(Contract):
    """What is given.

    Attributes:
        documents: path to text.
        tools: those that the rows may call.
    """

    documents: dict[str, str] = {}
    tools: tuple[Tool, ...] = ()

    @cached_property
    def passages(self) -> tuple[tuple[str, int, str], ...]:
        """The passages of all documents: path, the line that it begins on, text."""
        return tuple((path, line, passage) for path, text in self.documents.items() for line, passage in passages(text))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of code of all documents, those of a single line aside."""
        return tuple(
            Block(path=path, line=text[: found.start()].count("\n") + 1, language=found["language"], text=found["text"])
            for path, text in self.documents.items()
            for found in FENCE.finditer(text)
            if len(found["text"].strip().splitlines()) >= LEAST
        )


def passages(text: str) -> Iterator[tuple[int, str]]:
    """The passages of a document with the lines that they begin on: whole paragraphs, as many as fit into 4,000 characters."""
    starts = [0, *(match.end() for match in re.finditer(r"\n\s*\n", text)), len(text)]
    begun = 0
    for start, end in pairwise(starts):
        if start > begun and end - begun > LONGEST:
            yield text[:begun].count("\n") + 1, text[begun:start].rstrip()
            begun = start
    if text[begun:].strip():
        yield text[:begun].count("\n") + 1, text[begun:].rstrip()
