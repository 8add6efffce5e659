"""Scripted models for whole runs: a writer that says the plain words of its prompt, and a responder that repeats what another run said."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.provider import Answer

TURN = re.compile(r"^Turn \d+: ", re.M)
Said = tuple[str, ...]


class Oracle:
    """A script for both wires. A request that offers tools is a conversation to go on with; any other asks for a user's requests.

    Args:
        folders: run folders, whose conversations it knows.
    """

    def __init__(self, *folders: Path) -> None:
        self.known: dict[tuple[Said, ...], Answer] = {}
        for folder in folders:
            self.learn(folder)

    def learn(self, folder: Path) -> None:
        """Take in a run's conversations: what was said so far, and what the assistant said then."""
        for row in (row for name in ("kept", "rejected") for row in pq.read_table(folder / f"{name}.parquet").to_pylist()):
            messages = row["messages"] or ()
            for number, message in enumerate(messages):
                if message["role"] == "assistant":
                    calls = [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in message["tool_calls"] or ()]
                    before = tuple(spoken(earlier) for earlier in messages[:number])
                    answer = Answer(text=message["content"], calls=calls)
                    assert self.known.setdefault(before, answer) == answer, f"{row['id']}: the same conversation went on in two ways"

    def __call__(self, body: dict[str, Any]) -> Answer:
        """The answer to a request; a conversation that it does not know fails the test."""
        if not body.get("tools"):
            return Answer(text=json.dumps({"requests": plain(conversation(body)[-1][1])}, ensure_ascii=False))
        before = conversation(body)
        if before not in self.known:
            raise LookupError(f"no run had this conversation: {before[-2:]}")
        return self.known[before]


def plain(prompt: str) -> list[str]:
    """The turns that a writer is asked for, as they stand in its prompt."""
    return [turn.strip() for turn in TURN.split(prompt)[1:]]


def conversation(body: dict[str, Any]) -> tuple[Said, ...]:
    """What was said so far, whichever wire it came over; ids are left out."""
    messages = body["messages"]
    if "system" in body:
        messages = [{"role": "system", "content": body["system"]}, *messages]
    return tuple(said for message in messages for said in told(message))


def told(message: dict[str, Any]) -> list[Said]:
    """What one message of either wire says; results that Anthropic has among a user's words are messages of their own."""
    parts = message["content"]
    if isinstance(parts, str) or parts is None:
        return [spoken(message)]
    results = [("tool", part["content"]) for part in parts if part["type"] == "tool_result"]
    text = "".join(part["text"] for part in parts if part["type"] == "text")
    calls = [called(part["name"], part["input"]) for part in parts if part["type"] == "tool_use"]
    return [*results, *([(message["role"], text, *calls)] if text or calls else [])]


def spoken(message: dict[str, Any]) -> Said:
    """What a message in OpenAI's form says."""
    calls = [called(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in message.get("tool_calls") or ()]
    return (message["role"], message["content"] or "", *calls)


def called(name: str, arguments: dict[str, Any]) -> str:
    """A call as one text."""
    return f"{name}({json.dumps(arguments, sort_keys=True, ensure_ascii=False)})"
