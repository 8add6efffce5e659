"""Alpaca, with the columns that LLaMA-Factory adds for conversations."""

from collections.abc import Iterator
from typing import Any

from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible, Strict


class Line(Strict):
    """A line: an instruction and its answer; what was said before is `history`."""

    instruction: str
    input: str
    output: str
    system: str = ""
    history: tuple[tuple[str, str], ...] = ()


class Alpaca(Format):
    """Instruction, input and output, with `system` and `history`.

    Rules: `instruction` and `output` are there and not empty; `input` may be empty, and is; a turn of `history` is a pair of texts, and its answers are
    trained too. Calls of tools have no place, so that tools are not told of either.

    Source: tatsu-lab/stanford_alpaca, README; hiyouga/LLaMA-Factory, `data/README.md`, section Alpaca Format (`system`, `history`).
    """

    name = "alpaca"
    about = "readers of Alpaca; conversations through LLaMA-Factory's `system` and `history`"
    lacks = "calls of tools, weights of messages"
    source = "github.com/tatsu-lab/stanford_alpaca; github.com/hiyouga/LLaMA-Factory, data/README.md"
    shape = Line

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`instruction`, `input`, `output`, and `system` and `history` where there are any."""
        messages = told(row, context)
        if any(message.get("tool_calls") or message["role"] == "tool" for message in messages):
            raise Inexpressible(row["id"], "a tool is called; alpaca has no place for calls")
        if any(message.get("weight") == 0 for message in messages):
            raise Inexpressible(row["id"], "alpaca trains every answer, and one of this row has weight 0")
        system = [message["content"] for message in messages if message["role"] == "system"]
        spoken = [message for message in messages if message["role"] != "system"]
        if not spoken or [message["role"] for message in spoken] != ["user", "assistant"] * (len(spoken) // 2):
            raise Inexpressible(row["id"], "user and assistant do not speak in turn; alpaca has pairs alone")
        pairs = [[asked["content"], answer["content"]] for asked, answer in zip(spoken[::2], spoken[1::2], strict=True)]
        out: dict[str, Any] = {"instruction": pairs[-1][0], "input": "", "output": pairs[-1][1]}
        return out | ({"system": system[0]} if system else {}) | ({"history": pairs[:-1]} if pairs[1:] else {})

    def broken(self, line: Any) -> Iterator[str]:
        """What must not be empty."""
        if not line.instruction.strip():
            yield "instruction: it is empty"
        if not line.output.strip():
            yield "output: it is empty"
        yield from (f"history.{place}: a text is empty" for place, pair in enumerate(line.history) if not all(text.strip() for text in pair))

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages."""
        pairs = [*line.get("history", ()), ("\n".join(filter(None, (line["instruction"], line["input"]))), line["output"])]
        system: list[Message] = [{"role": "system", "content": line["system"]}] if "system" in line else []
        return system + [{"role": role, "content": text} for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)]
