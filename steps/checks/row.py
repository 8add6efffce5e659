"""A finished row, as the checks see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from knowledge.catalog import Catalog
from steps.checks.source import strings
from steps.contracts import Executed, Script
from steps.teachers.composer import values_of


@dataclass(frozen=True)
class Row:
    """One row with its columns parsed.

    Attributes:
        messages: the conversation in OpenAI chat form.
        state: what did not hold at the end of the row's world.
        behaviour, key: what a row of the methodology shows, and of which point.
        documents: hashed runs of words of the system's documents, where none may be recited.
        names: pairs of a kind (method, stage, persona) and a name that is not to be announced.
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
    behaviour: str = ""
    key: str = ""
    documents: frozenset[int] = frozenset()
    names: tuple[tuple[str, str], ...] = ()

    @cached_property
    def requests(self) -> list[str]:
        """What the user said, turn by turn."""
        return [message["content"] for message in self.messages if message["role"] == "user"]

    @cached_property
    def authored(self) -> str:
        """What a play's author put into the row's values: outside the tool phase the assistant may say and write it of its own."""
        return "" if self.kind else "\n".join(text for value in values_of(self.script).values() for text in strings([value.value, value.facts]))

    @cached_property
    def said(self) -> list[str]:
        """What the assistant said."""
        return [message["content"] for message in self.messages if message["role"] == "assistant" and message["content"]]

    @cached_property
    def words(self) -> list[str]:
        """What the assistant last said in each turn; empty where it said nothing."""
        words: list[str] = []
        for message in self.messages:
            if message["role"] == "user":
                words.append("")
            elif message["role"] == "assistant" and not message.get("tool_calls"):
                words[-1] = message["content"] or ""
        return words

    @cached_property
    def groups(self) -> list[list[list[Executed]]]:
        """The calls of each turn, message by message, as far as they are on record."""
        by_id = {done.id: done for done in self.executed}
        groups: list[list[list[Executed]]] = []
        for message in self.messages:
            if message["role"] == "user":
                groups.append([])
            elif message.get("tool_calls"):
                groups[-1].append([by_id[call["id"]] for call in message["tool_calls"] if call["id"] in by_id])
        return groups

    @cached_property
    def turns(self) -> list[list[Executed]]:
        """The calls of each turn."""
        return [[done for group in turn for done in group] for turn in self.groups]

    @cached_property
    def steps(self) -> list[list[list[Executed]]]:
        """The calls of each turn, message by message, as far as they reached a server, or would have."""
        kept = [[[done for done in group if done.by != "fault"] for group in turn] for turn in self.groups]
        return [[group for group in turn if group] for turn in kept]

    @cached_property
    def made(self) -> list[Executed]:
        """The calls that reached a server, or would have."""
        return [done for done in self.executed if done.by != "fault"]
