"""A document: the text of one file of a source, safe to look at."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from knowledge.frontmatter import Header, read_header
from knowledge.secrets import Secret, masked, secrets
from knowledge.units import Statement


@dataclass(frozen=True)
class Document:
    r"""One file.

    Attributes:
        path: the source's name and the path in it, with forward slashes: `project/.claude/agents/coder.md`.
        text: what it says. Line ends are `\n`, secrets are asterisks of the same length.
        hidden: the secrets that were masked.
        size: of the file, in bytes.
        whole: whether it was named itself, rather than found in a folder.
        unmasked: the text with its secrets, of files that name servers alone: what starts a server needs its keys.
    """

    path: str
    text: str
    hidden: tuple[Secret, ...] = field(default=(), compare=False)
    size: int = 0
    whole: bool = False
    unmasked: str = field(default="", repr=False, compare=False)

    @cached_property
    def inner(self) -> PurePosixPath:
        """The path within the source."""
        parts = PurePosixPath(self.path).parts
        return PurePosixPath(*parts[1:]) if len(parts) > 1 else PurePosixPath(self.path)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.inner.name

    @property
    def suffix(self) -> str:
        """The file name's ending, in small letters."""
        return self.inner.suffix.lower()

    @cached_property
    def header(self) -> Header:
        """The frontmatter."""
        return read_header(self.text)

    @property
    def body(self) -> str:
        """The text after the frontmatter."""
        return self.text[self.header.body :]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line(self, at: int) -> int:
        """The line, from 1, of a character."""
        return bisect_right(self._starts, at)

    def start(self, line: int) -> int:
        """The first character of a line, from 1."""
        return self._starts[min(line, len(self._starts)) - 1]

    def place(self, start: int, end: int) -> dict[str, str | int]:
        """The fields of something that stands there."""
        return {"source": f"{self.path}:{self.line(start)}", "start": start, "end": end}

    def at(self, line: int) -> str:
        """File and line."""
        return f"{self.path}:{line}"

    def statement(self, start: int, end: int) -> Statement:
        """The words that stand there."""
        return Statement(text=self.text[start:end], source=f"{self.path}:{self.line(start)}", start=start, end=end)


def make_document(path: str, text: str, size: int, whole: bool = False) -> Document:
    """A document of a decoded text: line ends made one, secrets masked."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = secrets(text)
    return Document(path, masked(text, found), tuple(found), size, whole, text if '"mcpServers"' in text else "")
