"""What a filter says of a row."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from steps.contracts import Contract

Row = Mapping[str, Any]


class Flag(Contract):
    """A fault that a filter sees in a row. The row stays where it is.

    Attributes:
        filter: who says so.
        reason: in one line.
        figure: how much: a similarity, a count, a share; what it is stands in the filter's docstring.
        text: what matched, at most 200 characters.
        other: the row that it resembles, or the file; empty where there is none.
    """

    id: str
    filter: str
    reason: str
    figure: float = 1.0
    text: str = ""
    other: str = ""


class Filter(ABC):
    """Looks at finished rows, and deletes none."""

    name: ClassVar[str]

    @abstractmethod
    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """The faults of the rows, in the order of the rows.

        Args:
            rows: kept rows: id, split, family, messages (OpenAI chat form), passport (JSON), and whatever else the phase has.
        """

    def flag(self, row: Row, reason: str, figure: float = 1.0, text: str = "", other: str = "") -> Flag:
        """A flag of this filter."""
        return Flag(id=str(row["id"]), filter=self.name, reason=reason, figure=round(figure, 4), text=" ".join(text.split())[:200], other=other)


def said(row: Row, *roles: str) -> list[str]:
    """What these roles said in a row, in order; all of them where none is named."""
    return [message["content"] for message in row["messages"] if message["content"] and (not roles or message["role"] in roles)]


def opening(row: Row) -> str:
    """A row's opening request."""
    return next(iter(said(row, "user")), "")
