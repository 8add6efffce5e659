"""ShareGPT, as LLaMA-Factory reads it with tools."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import orjson
from pydantic import ConfigDict, Field, ValidationError

from steps.formats.chat import opened
from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible, Strict
from steps.formats.order import declared
from steps.formats.shapes import specs

ODD, EVEN = ("human", "observation"), ("gpt", "function_call")


class Turn(Strict):
    """Who says what."""

    model_config = ConfigDict(serialize_by_alias=True)

    by: Literal["human", "gpt", "function_call", "observation"] = Field(alias="from")
    value: str


class Line(Strict):
    """A line: turns, and beside them the system message and the tools, as text."""

    conversations: tuple[Turn, ...]
    system: str = ""
    tools: str = ""


class ShareGPT(Format):
    """Turns of `human`, `gpt`, `function_call` and `observation`; `system` and `tools` stand beside them, as text.

    Rules: human and observation at odd places, gpt and function_call at even ones, an even number in all (LLaMA-Factory skips other lines, with a
    warning). A function_call is `{"name", "arguments"}`, or a list of them where calls are parallel; their results are then a list of texts in one
    observation. Ids of calls have no place.

    Source: hiyouga/LLaMA-Factory, `data/README.md`, section Sharegpt Format, and `src/llamafactory/data/converter.py`.
    """

    name = "sharegpt"
    about = "LLaMA-Factory (`formatting: sharegpt`, columns `conversations`, `system`, `tools`), and other readers of ShareGPT"
    lacks = "a call in a message that also speaks, weights of messages"
    source = "github.com/hiyouga/LLaMA-Factory, data/README.md"
    shape = Line

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`conversations`, and `system` and `tools` where there are any."""
        messages = told(row, context)
        out: dict[str, Any] = {"conversations": list(turns(row["id"], [message for message in messages if message["role"] != "system"]))}
        if messages and messages[0]["role"] == "system":
            out["system"] = messages[0]["content"]
        if context.tools:
            out["tools"] = context.once("text", lambda tools: json.dumps(tools, ensure_ascii=False))
        return out

    def broken(self, line: Any) -> Iterator[str]:
        """Places of turns, calls and their results, tools."""
        found = line.conversations
        if not found or len(found) % 2:
            yield f"conversations: {len(found)} turns; their number is even, and not 0"
        for place, turn in enumerate(found):
            if turn.by not in (ODD, EVEN)[place % 2]:
                yield f"conversations.{place}: {turn.by} stands at an {('odd', 'even')[place % 2]} place"
            if not turn.value and turn.by != "observation":
                yield f"conversations.{place}: it is empty"
            if (turn.by == "observation") != (place > 0 and found[place - 1].by == "function_call"):
                yield f"conversations.{place}: {turn.by} follows {found[place - 1].by if place else 'nothing'}"
            if turn.by == "function_call" and not calls_of(turn.value):
                yield f"conversations.{place}: it is no call, {{name, arguments}}, and no list of calls"
        if line.tools:
            try:
                yield from declared(specs(line.tools), (), None)
            except ValidationError as error:
                yield f"tools: {error.errors(include_url=False)[0]['msg']}"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages; ids of calls are numbers."""
        messages: list[Message] = [{"role": "system", "content": line["system"]}] if "system" in line else []
        made: list[Message] = []
        number = 0
        for turn in line["conversations"]:
            if turn["from"] == "function_call":
                found = calls_of(turn["value"]) or []
                made = [{"id": f"call_{number + place}", "type": "function", "function": {**call, "arguments": json.dumps(call["arguments"])}} for place, call in enumerate(found)]
                number += len(made)
                messages.append({"role": "assistant", "content": None, "tool_calls": made})
            elif turn["from"] == "observation":
                texts = orjson.loads(turn["value"]) if len(made) > 1 else [turn["value"]]
                messages += [{"role": "tool", "content": text, "tool_call_id": call["id"]} for text, call in zip(texts, made, strict=True)]
            else:
                messages.append({"role": {"human": "user", "gpt": "assistant"}[turn["from"]], "content": turn["value"]})
        return messages


def turns(name: str, messages: list[Message]) -> Iterator[dict[str, str]]:
    """The turns of a conversation without its system message.

    Raises:
        Inexpressible: where a message speaks and calls at once, or must not be trained.
    """
    results: dict[str, str] = {}
    wanted: list[str] = []
    for message in messages:
        if message.get("weight") == 0:
            raise Inexpressible(name, "sharegpt trains every answer, and one of this row has weight 0")
        if message["role"] == "tool":
            results[message["tool_call_id"]] = message["content"]
            if len(results) == len(wanted):
                texts = [results[call] for call in wanted]
                yield {"from": "observation", "value": texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)}
            continue
        results = {}
        if calls := message.get("tool_calls"):
            if message.get("content"):
                raise Inexpressible(name, "a message both speaks and calls a tool; in sharegpt a turn does one of them")
            wanted = [call["id"] for call in calls]
            made = [opened(call)["function"] for call in calls]
            yield {"from": "function_call", "value": json.dumps(made[0] if len(made) == 1 else made, ensure_ascii=False)}
        else:
            yield {"from": "human" if message["role"] == "user" else "gpt", "value": message["content"]}


def calls_of(text: str) -> list[dict[str, Any]] | None:
    """The calls of a turn; None where it holds something else."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    calls = found if isinstance(found, list) else [found]
    fine = all(isinstance(call, dict) and set(call) == {"name", "arguments"} and isinstance(call["arguments"], dict) for call in calls)
    return calls if fine else None
