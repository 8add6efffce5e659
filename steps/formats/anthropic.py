"""Anthropic's Messages: content in blocks."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from steps.formats.chat import opened
from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible, Strict

NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
ID = re.compile(r"[A-Za-z0-9_-]+")


class Text(Strict):
    """Words."""

    type: Literal["text"]
    text: str


class Use(Strict):
    """A call."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]


class Result(Strict):
    """A call's result."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: str


class Turn(Strict):
    """What one side says."""

    role: Literal["user", "assistant"]
    content: str | tuple[Annotated[Text | Use | Result, Field(discriminator="type")], ...]


class Tool(Strict):
    """A tool."""

    name: str
    input_schema: dict[str, Any]
    description: str = ""


class Line(Strict):
    """A line: the body of a request, with the answer in it."""

    messages: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()


class Anthropic(Format):
    """`system`, `messages` and `tools` of the Messages API: calls are `tool_use` blocks, their results `tool_result` blocks of the next user's turn.

    Rules: user and assistant in turn, the user first, the assistant last; texts are not empty, and the last does not end in white space; results
    stand before other blocks, one for each call of the turn before, and nowhere else; names of up to 128 letters, digits, `_`, `-`; a tool that is
    called is declared, where tools are.

    Source: Anthropic API reference, Messages, and "Tool use". Anthropic itself tunes no models; Bedrock's tuning of Claude takes texts alone (see bedrock).
    """

    name = "anthropic"
    about = "whatever reads Anthropic's Messages with tool use"
    lacks = "weights of messages"
    source = "docs.anthropic.com/en/api/messages, …/tool-use"
    shape = Line

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`messages`, and `system` and `tools` where there are any."""
        messages = told(row, context)
        if any(message.get("weight") == 0 for message in messages):
            raise Inexpressible(row["id"], "anthropic knows no weight, and a message of this row has weight 0")
        out: dict[str, Any] = {"messages": turns(messages)}
        if messages and messages[0]["role"] == "system":
            out = {"system": messages[0]["content"], **out}
        return out | ({"tools": context.once(self.name, tools)} if context.tools else {})

    def broken(self, line: Any) -> Iterator[str]:
        """Turns, blocks, calls and their results, tools."""
        if not line.messages:
            yield "messages: there are none"
        open_calls: list[str] = []
        for place, turn in enumerate(line.messages):
            here = f"messages.{place}"
            blocks = turn.content if isinstance(turn.content, tuple) else (Text(type="text", text=turn.content),)
            if turn.role != ("user", "assistant")[place % 2]:
                yield f"{here}: user and assistant speak in turn, the user first"
            if not blocks or any(isinstance(block, Text) and not block.text.strip() for block in blocks):
                yield f"{here}: a text is empty"
            results = [block.tool_use_id for block in blocks if isinstance(block, Result)]
            if sorted(results) != sorted(open_calls):
                yield f"{here}: {len(results)} tool_result to {len(open_calls)} tool_use, or other ids"
            if any(isinstance(block, Result) for block in blocks[len(results) :]):
                yield f"{here}: results stand before other blocks"
            uses = [block for block in blocks if isinstance(block, Use)]
            if uses and turn.role == "user":
                yield f"{here}: only the assistant uses tools"
            open_calls = [use.id for use in uses]
            yield from (f"{here}: {use.id[:80]!r} is no id, or {use.name[:150]!r} no name" for use in uses if not (ID.fullmatch(use.id) and NAME.fullmatch(use.name)))
        yield from self.last(line)
        names = [tool.name for tool in line.tools]
        if len(set(names)) < len(names):
            yield "tools: two have the same name"
        if names:
            used = dict.fromkeys(block.name for turn in line.messages if isinstance(turn.content, tuple) for block in turn.content if isinstance(block, Use))
            yield from (f"tools: {name} is used and not declared" for name in used if name not in names)

    def last(self, line: Any) -> Iterator[str]:
        """The rules of the last turn."""
        if line.messages and line.messages[-1].role != "assistant":
            yield "messages: the assistant has the last word"
        elif line.messages:
            content = line.messages[-1].content
            text = content if isinstance(content, str) else content[-1].text if content and isinstance(content[-1], Text) else ""
            if text != text.rstrip():
                yield "messages: the last text ends in white space"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages."""
        messages: list[Message] = [{"role": "system", "content": line["system"]}] if "system" in line else []
        for turn in line["messages"]:
            if isinstance(turn["content"], str):
                messages.append({"role": turn["role"], "content": turn["content"]})
                continue
            texts = [block["text"] for block in turn["content"] if block["type"] == "text"]
            calls = [
                {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": json.dumps(block["input"])}}
                for block in turn["content"]
                if block["type"] == "tool_use"
            ]
            messages += [{"role": "tool", "content": block["content"], "tool_call_id": block["tool_use_id"]} for block in turn["content"] if block["type"] == "tool_result"]
            if calls:
                messages.append({"role": "assistant", "content": texts[0] if texts else None, "tool_calls": calls})
            elif texts:
                messages.append({"role": turn["role"], "content": texts[0]})
        return messages


def turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The turns of user and assistant; results of calls are one turn of the user's, and the last text loses the white space at its end."""
    out: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            block = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}
            if out and out[-1]["role"] == "user" and isinstance(out[-1]["content"], list):
                out[-1]["content"].append(block)
            else:
                out.append({"role": "user", "content": [block]})
        elif calls := message.get("tool_calls"):
            texts = [{"type": "text", "text": message["content"]}] if message.get("content") else []
            made = [(call["id"], opened(call)["function"]) for call in calls]
            out.append({"role": "assistant", "content": [*texts, *({"type": "tool_use", "id": name, "name": one["name"], "input": one["arguments"]} for name, one in made)]})
        elif message["role"] != "system":
            out.append({"role": message["role"], "content": message["content"]})
    if out and isinstance(out[-1]["content"], str):
        out[-1]["content"] = out[-1]["content"].rstrip()
    return out


def tools(given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tools as Messages has them."""
    found = [tool["function"] for tool in given]
    return [{"name": one["name"], "input_schema": one["parameters"]} | ({"description": one["description"]} if one.get("description") else {}) for one in found]
