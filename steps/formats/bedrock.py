"""Amazon Bedrock: fine-tuning of Claude."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import orjson

from steps.formats.anthropic import tools, turns
from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible, Limits, Strict

USE, RESULT = "tool_use", "tool_result"
BLOCK = re.compile(rf"<({USE}|{RESULT})>\n(.*)\n</\1>")
HOW = f"Call a tool with a line of JSON, {{id, name, input}}, between <{USE}> and </{USE}>; its result comes between <{RESULT}> and </{RESULT}>. The tools:"


class Turn(Strict):
    """What one side says."""

    role: Literal["user", "assistant"]
    content: str


class Line(Strict):
    """A line."""

    messages: tuple[Turn, ...]
    system: str = ""


class Bedrock(Format):
    """`system` and `messages`, in texts alone: the service takes no tools and no blocks.

    Calls and results therefore stand in the text, one a block, as JSON between `<tool_use>` or `<tool_result>` and its end, with numbers for ids; in
    the full variant the system message says so and lists the tools.

    Rules: 32 to 10,000 examples, up to 1,000 for validation; at most 32,000 tokens each; 10 GB a file; at least two messages, user and assistant in
    turn, the user first, the assistant last; no other key.

    Source: Amazon Bedrock user guide, "Prepare data for fine-tuning your models" (Anthropic Claude 3 Haiku: limits and format); Anthropic cookbook,
    "Finetuning Claude 3 Haiku on Bedrock" (order, keys).
    """

    name = "bedrock"
    about = "Claude on Amazon Bedrock"
    lacks = "tools other than as text, weights of messages, examples above 32,000 tokens, more than 10,000 rows"
    source = "docs.aws.amazon.com/bedrock/latest/userguide/model-customization-prepare.html"
    limits = Limits(least=32, most=10_000, held=1_000, size=10 * 2**30, tokens=32_000)
    shape = Line

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`messages`, and `system` where there is any."""
        messages = told(row, context)
        if any(message.get("weight") == 0 for message in messages):
            raise Inexpressible(row["id"], "bedrock knows no weight, and a message of this row has weight 0")
        if any(BLOCK.search(message.get("content") or "") for message in messages):
            raise Inexpressible(row["id"], f"its text holds the marks <{USE}> or <{RESULT}>, by which bedrock would read a call")
        system = [context.once(self.name, listed)] if context.tools else []
        system += [message["content"] for message in messages if message["role"] == "system"]
        out = {"messages": [{"role": turn["role"], "content": text(turn["content"])} for turn in turns(numbered(messages))]}
        return {"system": "\n\n".join(system), **out} if system else out

    def broken(self, line: Any) -> Iterator[str]:
        """Turns and texts."""
        if len(line.messages) < 2:
            yield f"messages: {len(line.messages)}; there are at least two"
        for place, turn in enumerate(line.messages):
            if turn.role != ("user", "assistant")[place % 2]:
                yield f"messages.{place}: user and assistant speak in turn, the user first"
            if not turn.content.strip():
                yield f"messages.{place}: it is empty"
        if line.messages and line.messages[-1].role != "assistant":
            yield "messages: the assistant has the last word"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages; a list of tools stays in the system message."""
        messages: list[Message] = [{"role": "system", "content": line["system"]}] if "system" in line else []
        for turn in line["messages"]:
            blocks = [(kind, orjson.loads(dumped)) for kind, dumped in BLOCK.findall(turn["content"])]
            first = BLOCK.search(turn["content"])
            words = turn["content"][: max(0, first.start() - 1)] if first else turn["content"]
            calls = [{"id": one["id"], "type": "function", "function": {"name": one["name"], "arguments": json.dumps(one["input"])}} for kind, one in blocks if kind == USE]
            messages += [{"role": "tool", "content": one["content"], "tool_call_id": one["tool_use_id"]} for kind, one in blocks if kind == RESULT]
            if calls:
                messages.append({"role": "assistant", "content": words or None, "tool_calls": calls})
            elif words:
                messages.append({"role": turn["role"], "content": words})
        return messages


def numbered(messages: Sequence[Message]) -> list[Message]:
    """The messages with numbers for ids of calls: in a text they are learnt, and what is drawn at random cannot be."""
    ids = {call["id"]: f"{number}" for number, call in enumerate((call for message in messages for call in message.get("tool_calls", ())), 1)}
    out = []
    for message in messages:
        calls = {"tool_calls": [call | {"id": ids[call["id"]]} for call in message["tool_calls"]]} if "tool_calls" in message else {}
        answered = {"tool_call_id": ids[message["tool_call_id"]]} if "tool_call_id" in message else {}
        out.append(message | calls | answered)
    return out


def text(content: str | list[dict[str, Any]]) -> str:
    """Blocks as text."""
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] if block["type"] == "text" else shown(block) for block in content)


def shown(block: dict[str, Any]) -> str:
    """A call or a result as text."""
    told = {key: value for key, value in block.items() if key != "type"}
    return f"<{block['type']}>\n{json.dumps(told, ensure_ascii=False)}\n</{block['type']}>"


def listed(given: Sequence[dict[str, Any]]) -> str:
    """The tools as text, a line each, and how they are called."""
    return "\n".join([HOW, *(json.dumps(tool, ensure_ascii=False) for tool in tools(given))])
