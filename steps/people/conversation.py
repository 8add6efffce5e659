"""A conversation as somebody reads it who has never seen JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

LONGEST = 3_000  # characters of a message that are shown
MOST = 60_000  # characters of a whole conversation: servers take no larger fields
CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.S)
ESCAPES = str.maketrans({"<": "&lt;", ">": "&gt;"})
NO_RESULT = "*(it was not run)*"


def conversation(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The messages of a row for a chat field: role and Markdown. A call is a list of what it was given, a result a block of text.

    Markup stands as text. What is very long loses its middle, and says so.
    """
    names = {call["id"]: call["function"]["name"] for message in messages for call in message.get("tool_calls") or ()}
    found = []
    for message in messages:
        text = plain(shortened(message.get("content") or "", LONGEST))
        if message["role"] == "tool":
            name = names.get(str(message.get("tool_call_id") or ""), "the tool")
            text = f"**{name} answers**\n\n{block(message.get('content') or '')}"
        calls = [called(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls") or ()]
        found.append({"role": message["role"], "content": "\n\n".join(filter(None, [text, *calls])) or NO_RESULT})
    room = MOST // max(1, len(found))
    return [{**message, "content": shortened(message["content"], max(room, 400))} for message in found] if sum(len(message["content"]) for message in found) > MOST else found


def called(name: str, arguments: str) -> str:
    """A call in words."""
    try:
        given = json.loads(arguments)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return f"**calls {name}** with {fenced(arguments)}"
    if not given:
        return f"**calls {name}**"
    return f"**calls {name}** with\n\n" + "\n".join(argument(key, value) for key, value in given.items())


def argument(key: str, value: Any) -> str:
    """One thing that a call is given, as an entry of a list."""
    text = value if isinstance(value, str) else told(value)
    if "\n" in text or len(text) > 120:
        return f"- {key}:\n\n{block(text)}"
    return f"- {key}: `{text}`" if text else f"- {key}: *(empty)*"


def block(result: str) -> str:
    """A result as a block of text; JSON without its brackets."""
    try:
        value = json.loads(result)
    except ValueError:
        value = None
    return fenced(shortened(told(value) if isinstance(value, (dict, list)) and value else result, LONGEST))


def told(value: Any) -> str:
    """A value of JSON as a person would note it down."""
    if not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100, default_flow_style=False).strip()


def fenced(text: str) -> str:
    """A block that its content cannot leave."""
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{marks}text\n{text}\n{marks}"


def plain(text: str) -> str:
    """Markdown in which markup of HTML stands as text; code stays as it is."""
    return "".join(part if number % 2 else part.translate(ESCAPES) for number, part in enumerate(CODE.split(text)))


def shortened(text: str, most: int) -> str:
    """A text without its middle, where it is too long."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]}\n\n… {len(text) - most:,} characters are left out here …\n\n{text[-(most // 3) :]}"
