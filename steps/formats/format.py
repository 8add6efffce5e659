"""What a format is: how a row is put into it, and what its service or trainer asks of a file."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.tokens import count
from steps.formats.context import Context, Message, Row

SPLITS = {"train": "train", "validation": "validation", "test": "test"}


class Inexpressible(ValueError):
    """A row has no place in a format.

    Attributes:
        id: the row's.
        rule: what is in the way, in words.
    """

    def __init__(self, id: str, rule: str) -> None:
        super().__init__(f"row {id}: {rule}")
        self.id, self.rule = id, rule


@dataclass(frozen=True)
class Fault:
    """A rule that a written file breaks.

    Attributes:
        line: from 1; 0 for the file as a whole.
        id: the row's, where it is known.
    """

    line: int
    id: str | None
    rule: str


@dataclass(frozen=True)
class Limits:
    """What a service asks of a file; None where it names no bound.

    Attributes:
        least, most: examples in a training file.
        held: the most examples in a validation file.
        size: bytes of a file.
        tokens: of an example, counted by o200k, which stands in for the service's own tokenizer.
    """

    least: int = 1
    most: int | None = None
    held: int | None = None
    size: int | None = None
    tokens: int | None = None


class Sink(Protocol):
    """What encoded rows are written to."""

    def write(self, raw: bytes, /) -> object:
        """Take a row."""

    def close(self) -> None:
        """End the file."""


class Strict(BaseModel):
    """A shape in which nothing may stand that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(ABC):
    """A format of training files.

    Attributes:
        about: what it is and for whom.
        lacks: what does not fit into it.
        source: where its rules stand.
        shape: what a line must look like; the rules that a shape cannot say are in `broken`.
        suffix: of its files.
        splits: what it calls them.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    lacks: ClassVar[str]
    source: ClassVar[str]
    shape: ClassVar[type[BaseModel]]
    limits: ClassVar[Limits] = Limits()
    suffix: ClassVar[str] = ".jsonl"
    splits: ClassVar[Mapping[str, str]] = SPLITS

    def among(self, rows: Iterable[Row]) -> Self:
        """The format for a set of rows, where what is said of one depends on the others."""
        return self

    @abstractmethod
    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """A row in this format.

        Raises:
            Inexpressible: when it has no place in it.
        """

    @abstractmethod
    def broken(self, line: Any) -> Iterator[str]:
        """The rules that a line of the right shape breaks."""

    @abstractmethod
    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages that a line holds; ids of calls, where the format has none, are `call_0` and so on."""

    def encoded(self, row: Row, context: Context) -> bytes:
        """A row as it stands in the file.

        Raises:
            Inexpressible: when it has no place, or is too long.
        """
        try:
            raw = orjson.dumps(self.line(row, context))
        except orjson.JSONDecodeError:
            raise Inexpressible(row["id"], "arguments of a call are no JSON") from None
        if rule := self.long(raw):
            raise Inexpressible(row["id"], rule)
        return raw + b"\n"

    def long(self, raw: bytes) -> str | None:
        """Whether an example has too many tokens, counted text line by text line; a token has at least a byte, so that few examples must be counted."""
        most = self.limits.tokens
        if most is None or len(raw) <= most or (tokens := sum(map(counted, raw.decode().split("\\n")))) <= most:
            return None
        return f"{tokens:,} tokens (o200k); an example may have {most:,}"

    def sink(self, file: Path) -> Sink:
        """Where encoded rows are written."""
        return file.open("wb")

    def lines(self, file: Path) -> Iterator[bytes]:
        """The lines of a file, one by one."""
        with file.open("rb") as opened:
            yield from opened

    def faults(self, file: Path, ids: Sequence[str] = (), split: str = "train") -> Iterator[Fault]:
        """What is wrong with a written file.

        Args:
            ids: of its rows, in their order.
            split: the smallest number of examples is asked of training files alone.
        """
        number = 0
        for number, raw in enumerate(self.lines(file), 1):
            name = ids[number - 1] if number <= len(ids) else None
            yield from (Fault(number, name, rule) for rule in self.wrong(raw))
        yield from (Fault(0, None, rule) for rule in self.beyond(number, file.stat().st_size, split))

    def wrong(self, raw: bytes) -> Iterator[str]:
        """The rules that a line breaks."""
        try:
            line = self.shape.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            yield f"{place}: {first['msg']}" if place else first["msg"]
            return
        yield from self.broken(line)
        if rule := self.long(raw):
            yield rule

    def beyond(self, examples: int, size: int, split: str) -> Iterator[str]:
        """The bounds that a file breaks."""
        limits = self.limits
        most = limits.held if split == "validation" else limits.most
        if split == "train" and examples < limits.least:
            yield f"{examples} examples; a training file has at least {limits.least}"
        if most is not None and examples > most:
            yield f"{examples:,} examples; a {split} file has at most {most:,}"
        if limits.size is not None and size > limits.size:
            yield f"{size:,} bytes; a file may have {limits.size:,}"


@lru_cache(maxsize=100_000)
def counted(text: str) -> int:
    """The tokens of a line of text; those of a manual are the same in every example."""
    return count(text)
