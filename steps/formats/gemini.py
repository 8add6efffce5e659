"""Gemini: supervised tuning on Vertex AI."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import orjson
from pydantic import Field

from steps.formats.chat import opened
from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible, Limits, Strict
from steps.formats.vertex import schema, unknown

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")


class Called(Strict):
    """A call."""

    name: str
    args: dict[str, Any] = Field(default_factory=dict)


class Answered(Strict):
    """A call's result."""

    name: str
    response: dict[str, Any]


class Part(Strict):
    """A piece of what is said: text, a call or a result."""

    text: str | None = None
    functionCall: Called | None = None
    functionResponse: Answered | None = None


class Content(Strict):
    """What one side says."""

    role: Literal["user", "model"]
    parts: tuple[Part, ...]


class Instruction(Strict):
    """What stands before all."""

    role: Literal["system"]
    parts: tuple[Part, ...]


class Declared(Strict):
    """A tool, its parameters as Vertex's Schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)


class Tools(Strict):
    """Tools of one kind."""

    functionDeclarations: tuple[Declared, ...]


class Line(Strict):
    """A line."""

    contents: tuple[Content, ...]
    systemInstruction: Instruction | None = None
    tools: tuple[Tools, ...] = ()


class Gemini(Format):
    """`contents` of user and model, `systemInstruction`, and `tools` with function declarations.

    Rules: at most 131,072 tokens an example, 1,000,000 examples, 5,000 for validation, 1 GB a file; user and model in turn, the model last; as many
    `functionResponse` as `functionCall`, in their order, in the next content; parameters are Vertex's Schema, a part of OpenAPI 3.0: what it does not
    have of JSON Schema (`additionalProperties`, `$schema`, …) is left out. Ids of calls have no place.

    Source: Google Cloud, "About supervised fine-tuning for Gemini models" (limits of Gemini 2.5 Flash), "Prepare supervised fine-tuning data" and
    "Tuning function calling".
    """

    name = "gemini"
    about = "Gemini on Vertex AI"
    lacks = "weights of messages, examples above 131,072 tokens, parts of JSON Schema in tools"
    source = "cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-supervised-tuning, …/tune-function-calling"
    limits = Limits(most=1_000_000, held=5_000, size=10**9, tokens=131_072)
    shape = Line

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`contents`, and `systemInstruction` and `tools` where there are any."""
        messages = told(row, context)
        if any(message.get("weight") == 0 for message in messages):
            raise Inexpressible(row["id"], "gemini trains every answer, and one of this row has weight 0")
        out: dict[str, Any] = {"contents": contents(messages)}
        if messages and messages[0]["role"] == "system":
            out["systemInstruction"] = {"role": "system", "parts": [{"text": messages[0]["content"]}]}
        if context.tools:
            out["tools"] = context.once(self.name, declarations)
        return out

    def broken(self, line: Any) -> Iterator[str]:
        """Roles and their order, parts, calls and their results, tools."""
        if not line.contents:
            yield "contents: there are none"
        names: list[str] = []
        for place, content in enumerate(line.contents):
            here = f"contents.{place}"
            if content.role != ("user", "model")[place % 2]:
                yield f"{here}: user and model speak in turn, the user first"
            if not content.parts or any(sum(value is not None for value in (part.text, part.functionCall, part.functionResponse)) != 1 for part in content.parts):
                yield f"{here}: a part is one of text, functionCall and functionResponse"
            if any(part.text == "" for part in content.parts):
                yield f"{here}: a text is empty"
            answers = [part.functionResponse.name for part in content.parts if part.functionResponse]
            if answers != names:
                yield f"{here}: {len(answers)} functionResponse to {len(names)} functionCall, or other names"
            names = [part.functionCall.name for part in content.parts if part.functionCall]
            if names and content.role != "model":
                yield f"{here}: only the model calls functions"
        if line.contents and line.contents[-1].role != "model":
            yield "contents: the model has the last word"
        declared = [one for tools in line.tools for one in tools.functionDeclarations]
        if len({one.name for one in declared}) < len(declared):
            yield "tools: two have the same name"
        yield from (f"tools: {one.name[:80]!r} is no name of a function" for one in declared if not NAME.fullmatch(one.name))
        yield from (f"tools: parameters of {one.name}: {rule}" for one in declared if one.parameters and (rule := unknown(orjson.dumps(one.parameters))))

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages; ids of calls are numbers."""
        system = line.get("systemInstruction")
        messages: list[Message] = [{"role": "system", "content": system["parts"][0]["text"]}] if system else []
        number, answered = 0, 0
        for content in line["contents"]:
            parts = content["parts"]
            texts = [part["text"] for part in parts if "text" in part]
            for part in parts:
                if "functionResponse" in part:
                    messages.append({"role": "tool", "content": part["functionResponse"]["response"]["output"], "tool_call_id": f"call_{answered}"})
                    answered += 1
            calls = [part["functionCall"] for part in parts if "functionCall" in part]
            if calls:
                made = [
                    {"id": f"call_{number + place}", "type": "function", "function": {"name": one["name"], "arguments": json.dumps(one["args"])}} for place, one in enumerate(calls)
                ]
                number += len(made)
                messages.append({"role": "assistant", "content": texts[0] if texts else None, "tool_calls": made})
            elif texts:
                messages.append({"role": {"user": "user", "model": "assistant"}[content["role"]], "content": texts[0]})
        return messages


def contents(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """What user and model say; the results of parallel calls are one content, in the order of the calls."""
    out: list[dict[str, Any]] = []
    called: list[tuple[str, str]] = []
    results: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            results[message["tool_call_id"]] = message["content"]
            if len(results) == len(called):
                parts = [{"functionResponse": {"name": name, "response": {"output": results[call]}}} for call, name in called]
                out.append({"role": "user", "parts": parts})
            continue
        results = {}
        if message["role"] == "user":
            out.append({"role": "user", "parts": [{"text": message["content"]}]})
        elif message["role"] == "assistant":
            functions = [opened(call)["function"] for call in message.get("tool_calls", ())]
            called = [(call["id"], call["function"]["name"]) for call in message.get("tool_calls", ())]
            texts = [{"text": message["content"]}] if message.get("content") else []
            out.append({"role": "model", "parts": [*texts, *({"functionCall": {"name": one["name"], "args": one["arguments"]}} for one in functions)]})
    return out


def declarations(tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tools as function declarations."""
    found = []
    for function in (tool["function"] for tool in tools):
        one = {"name": function["name"], "description": function.get("description") or function["name"]}
        found.append(one | ({"parameters": schema(function["parameters"])} if function["parameters"].get("properties") else {}))
    return [{"functionDeclarations": found}]
