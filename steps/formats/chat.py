"""The chat form that most services and trainers share: messages with roles, calls with ids, tools as JSON Schema."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal

import orjson
from pydantic import BaseModel, Field, TypeAdapter

from steps.formats.format import Context, Format, Inexpressible, Message, Row, Strict, told

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Function(Strict):
    """What is called, with what: arguments are a JSON object, as text or as it is."""

    name: str
    arguments: str | dict[str, Any]


class Call(Strict):
    """A call of a tool."""

    id: str
    type: Literal["function"]
    function: Function


class Said(Strict):
    """A message."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    tool_calls: tuple[Call, ...] = ()
    tool_call_id: str | None = None
    weight: Literal[0, 1] | None = None


class Declared(Strict):
    """What a tool is called, what it does and takes."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)


class Spec(Strict):
    """A tool."""

    type: Literal["function"]
    function: Declared


SPECS = TypeAdapter(tuple[Spec, ...])


class Conversation(Strict):
    """A line: messages, and tools where there are any."""

    messages: tuple[Said, ...]
    tools: tuple[Spec, ...] = ()


class Chat(Format):
    """The chat form.

    Attributes:
        text: arguments of calls are JSON text, as the wire of OpenAI has them; else objects, as chat templates take them.
        empty: an assistant that only calls has empty content; else none.
        weights: messages can be left untrained (`weight: 0`).
        most_tools: that a line may have.
    """

    shape: ClassVar[type[BaseModel]] = Conversation
    text: ClassVar[bool] = True
    empty: ClassVar[bool] = False
    weights: ClassVar[bool] = False
    most_tools: ClassVar[int | None] = None

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`messages`, and `tools` where the context has some."""
        messages = self.messages(row, context)
        return {"messages": messages, "tools": context.tools} if context.tools else {"messages": messages}

    def messages(self, row: Row, context: Context) -> list[Message]:
        """The row's messages as this format has them.

        Raises:
            Inexpressible: when a message must not be trained, and the format cannot say so.
        """
        found = told(row, context)
        if not self.weights and any(message.get("weight") == 0 for message in found):
            raise Inexpressible(row["id"], f"{self.name} trains every answer, and one of this row has weight 0")
        return [self.message(message) for message in found]

    def message(self, message: Message) -> Message:
        """A message as this format has it."""
        if self.empty and message.get("content") is None:
            message = message | {"content": ""}
        if not self.text and (calls := message.get("tool_calls")):
            message = message | {"tool_calls": [opened(call) for call in calls]}
        return message

    def broken(self, line: Any) -> Iterator[str]:
        """Roles, their order, calls and their results, tools."""
        yield from ordered(line.messages)
        yield from self.kept(line.messages)
        yield from declared(line.tools, line.messages, self.most_tools)

    def kept(self, messages: Sequence[Said]) -> Iterator[str]:
        """The rules in which formats of the chat form differ."""
        for place, message in enumerate(messages):
            if message.weight is not None and not self.weights:
                yield f"messages.{place}: {self.name} knows no weight"
            elif message.weight is not None and message.role != "assistant":
                yield f"messages.{place}: only an assistant's message has a weight"
            if message.content is None and (self.empty or not message.tool_calls):
                yield f"messages.{place}: there is no content"
            if any(isinstance(call.function.arguments, str) != self.text for call in message.tool_calls):
                yield f"messages.{place}: arguments must be {'text' if self.text else 'an object'}"
        if all(message.weight == 0 for message in messages if message.role == "assistant"):
            yield "no answer is trained"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """The messages, with arguments as text and no empty content beside calls."""
        return [closed(message) for message in line["messages"]]


@lru_cache(maxsize=16)
def specs(text: str) -> tuple[Spec, ...]:
    """Tools that stand in a line as text, which is the same in most.

    Raises:
        ValidationError: when they are none.
    """
    return SPECS.validate_json(text)


def opened(call: dict[str, Any]) -> dict[str, Any]:
    """A call with its arguments as an object."""
    return call | {"function": call["function"] | {"arguments": orjson.loads(call["function"]["arguments"])}}


def closed(message: Message) -> Message:
    """A message as rows have it."""
    if calls := message.get("tool_calls"):
        texts = [call["function"]["arguments"] for call in calls]
        dumped = [text if isinstance(text, str) else orjson.dumps(text).decode() for text in texts]
        message = message | {"tool_calls": [call | {"function": call["function"] | {"arguments": text}} for call, text in zip(calls, dumped, strict=True)]}
        return message | {"content": message.get("content") or None}
    return message


def ordered(messages: Sequence[Said]) -> Iterator[str]:
    """The order of a conversation: the system first, then user and assistant in turn, each call answered once before anything else is said."""
    if not messages:
        yield "there are no messages"
        return
    waiting: list[str] = []
    before = ""
    for place, message in enumerate(messages):
        here = f"messages.{place}"
        if message.role != "tool" and waiting:
            yield f"{here}: the call {waiting[0]} is not answered before the {message.role} goes on"
            waiting = []
        if message.role == "system" and place:
            yield f"{here}: the system speaks first, and once"
        if message.role == "user" and before not in ("", "system", "assistant"):
            yield f"{here}: a user's message follows that of a {before}"
        if message.role == "assistant" and before not in ("user", "tool"):
            yield f"{here}: an assistant's message follows {f'that of the {before}' if before else 'nothing'}"
        if message.tool_calls and message.role != "assistant":
            yield f"{here}: only an assistant calls tools"
        if (message.tool_call_id is not None) != (message.role == "tool"):
            yield f"{here}: a tool's message, and no other, has a tool_call_id"
        elif message.tool_call_id is not None and message.tool_call_id not in waiting:
            yield f"{here}: it answers {message.tool_call_id}, and no such call is open"
        elif message.tool_call_id is not None:
            waiting.remove(message.tool_call_id)
        made = [call.id for call in message.tool_calls]
        if len(set(made)) < len(made):
            yield f"{here}: two calls have the same id"
        yield from (f"{here}: {rule}" for call in message.tool_calls if (rule := called(call.function)))
        waiting += made
        before = message.role
    if messages[-1].role != "assistant":
        yield f"messages.{len(messages) - 1}: the assistant has the last word"


def called(function: Function) -> str | None:
    """What is wrong with a call's name or arguments."""
    if not NAME.fullmatch(function.name):
        return f"a tool's name has 1 to 64 letters, digits, _ and -; {function.name[:80]!r} is none"
    if isinstance(function.arguments, dict):
        return None
    try:
        fine = isinstance(orjson.loads(function.arguments), dict)
    except orjson.JSONDecodeError:
        fine = False
    return None if fine else "arguments are no JSON object"


def declared(tools: Sequence[Spec], messages: Sequence[Said], most: int | None) -> Iterator[str]:
    """What is wrong with the tools of a line, and with calls of others."""
    names = [tool.function.name for tool in tools]
    if most is not None and len(names) > most:
        yield f"tools: {len(names)}; a line may have {most}"
    if len(set(names)) < len(names):
        yield "tools: two have the same name"
    yield from (f"tools: a name has 1 to 64 letters, digits, _ and -; {name[:80]!r} is none" for name in names if not NAME.fullmatch(name))
    if tools:
        known = set(names)
        others = dict.fromkeys(call.function.name for message in messages for call in message.tool_calls if call.function.name not in known)
        yield from (f"tools: {name} is called and not declared" for name in others)
