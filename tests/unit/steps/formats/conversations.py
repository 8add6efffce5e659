"""Rows to put into formats: drawn by hypothesis, and a few by hand."""

import json
from typing import Any

from hypothesis import strategies as st

from steps.formats import Context

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(str.strip)
VALUE = st.one_of(TEXT, st.integers(-9, 9), st.booleans(), st.none(), st.lists(TEXT, max_size=2))
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "n", "ünicode"]), VALUE, max_size=3)
NAMES = ("read_file", "git_log")
TOOLS = tuple(
    {
        "type": "function",
        "function": {"name": name, "description": f"What {name} does.", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}},
    }
    for name in NAMES
)
FULL = Context("The manual.", TOOLS)
LEAN = Context()


def call(number: int, name: str = "read_file", **arguments: Any) -> dict[str, Any]:
    """A call."""
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}}


def row(*messages: dict[str, Any], name: str = "000001", **columns: Any) -> dict[str, Any]:
    """A row of a run."""
    return {"id": name, "split": "train", "messages": list(messages), **columns}


def said(role: str, content: str | None, **more: Any) -> dict[str, Any]:
    """A message with the keys of all, as a table of messages gives it."""
    return {"role": role, "content": content, "tool_calls": None, "tool_call_id": None, **more}


SYSTEM, ASK, ANSWER = said("system", "You are an assistant."), said("user", "What is in a and b?"), said("assistant", "Ä and B.")
SPOKEN = row(SYSTEM, ASK, ANSWER, said("user", "thanks"), said("assistant", "Any time."))
CALLED = row(SYSTEM, ASK, said("assistant", None, tool_calls=[call(0, path="a")]), said("tool", "A", tool_call_id="call_0"), ANSWER)
PARALLEL = row(
    SYSTEM,
    ASK,
    said("assistant", None, tool_calls=[call(0, path="a"), call(1, "git_log", n=2)]),
    said("tool", "A", tool_call_id="call_0"),
    said("tool", "B", tool_call_id="call_1"),
    ANSWER,
)
BOTH = row(SYSTEM, ASK, said("assistant", "Let me look.", tool_calls=[call(0, path="a")]), said("tool", "A", tool_call_id="call_0"), ANSWER)
OPEN = row(SYSTEM, ASK, said("assistant", None, tool_calls=[call(0, path="a")]))
PAIRED = row(SYSTEM, ASK, ANSWER, preference=json.dumps({"rejected": "I do not know it.", "judged": None}))
ROWS = {"spoken": SPOKEN, "called": CALLED, "parallel": PARALLEL, "both": BOTH, "open": OPEN}


@st.composite
def rows(draw: st.DrawFn, calls: bool = True, words: bool = True) -> dict[str, Any]:
    """A conversation: perhaps a system message, then turns in which the assistant may call tools before it answers.

    Args:
        words: messages may speak and call at once.
    """
    messages = [said("system", draw(TEXT))] if draw(st.booleans()) else []
    number = 0
    for _ in range(draw(st.integers(1, 3))):
        messages.append(said("user", draw(TEXT)))
        for _ in range(draw(st.integers(0, 2)) if calls else 0):
            made = [call(number + place, draw(st.sampled_from(NAMES)), **draw(ARGUMENTS)) for place in range(draw(st.integers(1, 3)))]
            number += len(made)
            messages.append(said("assistant", draw(TEXT) if words and draw(st.booleans()) else None, tool_calls=made))
            messages += [said("tool", draw(st.one_of(TEXT, st.just(""))), tool_call_id=one["id"]) for one in made]
        messages.append(said("assistant", draw(TEXT)))
    return row(*messages)


def plain(messages: list[dict[str, Any]]) -> list[Any]:
    """Messages without what formats may write in another way: ids are numbers, arguments objects, nothing said is nothing."""
    numbers: dict[str, int] = {}
    out = []
    for message in messages:
        calls = [(numbers.setdefault(one["id"], len(numbers)), one["function"]["name"], json.loads(one["function"]["arguments"])) for one in message.get("tool_calls") or ()]
        answered = numbers.get(message.get("tool_call_id") or "")
        out.append((message["role"], (message.get("content") or "").rstrip() if message["role"] == "assistant" else message.get("content"), calls, answered))
    return out
