"""The chat form that most services and trainers share, and in what they differ."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel

from steps.formats.context import Context, Message, Row, told
from steps.formats.format import Format, Inexpressible
from steps.formats.order import declared, ordered
from steps.formats.shapes import Conversation, Said


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
