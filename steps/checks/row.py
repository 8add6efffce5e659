"""A finished row, as the checks see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from knowledge.catalog import Catalog
from steps.contracts import Executed, Script


@dataclass(frozen=True)
class Row:
    """One row with its columns parsed.

    Attributes:
        messages: the conversation in OpenAI chat form.
        state: what did not hold at the end of the row's world.
    """

    kind: str
    complexity: str
    tool: str
    error_case: str
    messages: list[dict[str, Any]]
    executed: list[Executed]
    script: Script
    state: list[str]
    catalog: Catalog

    @cached_property
    def requests(self) -> list[str]:
        """What the user said, turn by turn."""
        return [message["content"] for message in self.messages if message["role"] == "user"]

    @cached_property
    def said(self) -> list[str]:
        """What the assistant said."""
        return [message["content"] for message in self.messages if message["role"] == "assistant" and message["content"]]

    @cached_property
    def turns(self) -> list[list[Executed]]:
        """The calls of each turn."""
        by_id = {done.id: done for done in self.executed}
        turns: list[list[Executed]] = []
        for message in self.messages:
            if message["role"] == "user":
                turns.append([])
            for call in message.get("tool_calls") or ():
                turns[-1].append(by_id[call["id"]])
        return turns

    @cached_property
    def made(self) -> list[Executed]:
        """The calls that reached a server, or would have."""
        return [done for done in self.executed if done.by != "fault"]
