"""What stands before a row, and a row's messages with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Context:
    """What stands before a row.

    Attributes:
        system: goes before the row's own system message; empty for nothing.
        tools: specs as chat APIs take them; empty for none.
        made: the specs as formats have them, so that each makes them once.
    """

    system: str = ""
    tools: tuple[dict[str, Any], ...] = ()
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[Sequence[dict[str, Any]]], Any]) -> Any:
        """The specs as one format has them."""
        if name not in self.made:
            self.made[name] = make(self.tools)
        return self.made[name]


def said(message: Row) -> Message:
    """A message with the keys that it uses, in one order: a table of messages gives each the keys of all."""
    used = {key: message.get(key) for key in ("role", "content", "tool_calls", "tool_call_id", "weight")}
    return {key: value for key, value in used.items() if value is not None or (key == "content" and message["role"] == "assistant")}


def told(row: Row, context: Context) -> list[Message]:
    """A row's messages; what its context says stands before its own system message."""
    messages = [said(message) for message in row["messages"]]
    if not context.system:
        return messages
    if messages[:1] and messages[0]["role"] == "system":
        return [{"role": "system", "content": f"{context.system}\n\n{messages[0]['content']}"}, *messages[1:]]
    return [{"role": "system", "content": context.system}, *messages]
