"""The chat form that most services and trainers share, as shapes: messages with roles, calls with ids, tools as JSON Schema."""

from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from steps.formats.format import Strict


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


@lru_cache(maxsize=16)
def specs(text: str) -> tuple[Spec, ...]:
    """Tools that stand in a line as text, which is the same in most.

    Raises:
        ValidationError: when they are none.
    """
    return SPECS.validate_json(text)
