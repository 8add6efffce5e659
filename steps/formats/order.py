"""The rules of the chat form that a shape cannot say: who speaks after whom, which result answers which call, which tools there are."""

import re
from collections.abc import Iterator, Sequence

import orjson

from steps.formats.shapes import Function, Said, Spec

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
