"""TRL: preference pairs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import orjson

from steps.formats.chat import closed
from steps.formats.context import Context, Message, Row
from steps.formats.format import Inexpressible, Strict
from steps.formats.shapes import Said
from steps.formats.trl import TRL
from steps.forms.preference import Pair, evened


class Preferred(Strict):
    """A line of two ways to go on."""

    prompt: tuple[Said, ...]
    chosen: tuple[Said, ...]
    rejected: tuple[Said, ...]
    tools: str = "[]"


@dataclass(frozen=True)
class TRLPreference(TRL):
    """Preference pairs, for `DPOTrainer`: what the assistant said against its most likely violation.

    Rows without a second answer, pairs of which a judge did not find the row's own answer the better one, and as many of the commoner kind (longer or
    shorter) as it takes to even lengths have no place, and are named.

    Attributes:
        even: ids of the rows whose pairs stay, so that length does not tell the better answer; None before the rows are known.

    Source: TRL documentation "Dataset formats and types", preference, conversational with explicit prompt.
    """

    even: frozenset[str] | None = None

    name = "trl-preference"
    about = "TRL's `DPOTrainer` and its kin"
    lacks = "rows without a second answer (all of phase 3)"
    shape = Preferred

    def among(self, rows: Iterable[Row]) -> Self:
        """The format with the pairs that stay."""
        found = [(str(row["id"]), pair.model_copy(update={"prompt": ()})) for row in rows if isinstance(pair := pair_of(row), Pair)]  # lengths alone count
        stay = {id(pair) for pair in evened([pair for _, pair in found])}
        return type(self)(frozenset(name for name, pair in found if id(pair) in stay))

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`prompt`, `chosen` and `rejected`."""
        pair = pair_of(row)
        if isinstance(pair, str):
            raise Inexpressible(row["id"], pair)
        if self.even is not None and row["id"] not in self.even:
            raise Inexpressible(row["id"], "left out so that length does not tell the better answer")
        messages = self.messages(row, context)
        rejected = [{"role": "assistant", "content": pair.rejected[0]["content"]}]
        return {"prompt": messages[:-1], "chosen": messages[-1:], "rejected": rejected} | self.specs(context)

    def broken(self, line: Any) -> Iterator[str]:
        """The rules of the chat form over both ways, which differ."""
        yield from self.conversation(line.prompt + line.chosen, line.tools)
        for name, way in (("chosen", line.chosen), ("rejected", line.rejected)):
            if len(way) != 1 or way[0].role != "assistant" or not way[0].content:
                yield f"{name}: it is one message of the assistant, with content"
        if line.chosen == line.rejected:
            yield "rejected: both ways are the same"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The prompt and the chosen way."""
        return [closed(message) for message in [*line["prompt"], *line["chosen"]]]


def pair_of(row: Row) -> Pair | str:
    """A row's preference pair, or why it has none."""
    known = orjson.loads(row.get("preference") or "{}")
    if "rejected" not in known:
        return str(known.get("unpaired") or "the row has no second answer").removeprefix("preference: ")
    if known["judged"] in ("two", "tie"):
        return "a judge found the second answer better" if known["judged"] == "two" else "a judge found both answers as good"
    messages = tuple(row["messages"])
    return Pair(prompt=messages[:-1], chosen=messages[-1:], rejected=({"role": "assistant", "content": known["rejected"]},))
