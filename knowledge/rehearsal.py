"""Rehearsal: general conversations that a tuned model practises, so that it does not forget what it could do before."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, RootModel, model_validator

from knowledge.bank import BANKS, parse_bank
from knowledge.recipe import Complexity
from knowledge.theme import Frozen, Split

Kind = Literal["knowledge", "explanation", "writing", "translation", "languages", "numbers", "everyday", "caution", "code", "data", "creative", "advice", "honesty", "talk"]
Language = Literal["en", "de", "fr", "es", "it", "pt", "pl", "nl", "ja"]
FOLDER = BANKS / "rehearsal"


def spoken(text: object) -> object:
    """A text without the line ends around it.

    Raises:
        ValueError: when nothing is left.
    """
    if isinstance(text, str) and not text.strip():
        raise ValueError("nothing is said")
    return text.strip() if isinstance(text, str) else text


Said = Annotated[str, BeforeValidator(spoken)]


class Exchange(Frozen):
    """What the user says, and what the assistant answers; both verbatim."""

    user: Said
    assistant: Said


class Conversation(Frozen):
    """A general conversation.

    Attributes:
        topic: what it is about; all conversations of a topic are in the same split.
        language: in which the user speaks (ISO 639-1).
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    topic: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    kind: Kind
    language: Language
    complexity: Complexity
    split: Split
    turns: Annotated[tuple[Exchange, ...], Field(min_length=1, max_length=5)]


class Shelf(RootModel[tuple[Conversation, ...]]):
    """The conversations of one file; each id stands once."""

    @model_validator(mode="after")
    def distinct(self) -> Self:
        """Hold the ids against each other."""
        ids = [conversation.id for conversation in self.root]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"ids stand twice: {', '.join(twice)}")
        return self


@cache
def load_rehearsal(folder: Path = FOLDER) -> tuple[Conversation, ...]:
    """Read every conversation of a folder, by file name.

    Raises:
        ValueError: when a file does not parse, naming it and the key at fault; or when an id stands in two files, or a
            topic in two splits.
    """
    owner: dict[str, str] = {}
    split: dict[str, Split] = {}
    read: list[Conversation] = []
    for path in sorted(folder.glob("*.yaml")):
        for conversation in parse_bank(path, Shelf).root:
            if (other := owner.setdefault(conversation.id, path.name)) != path.name:
                raise ValueError(f"{path.name}: {conversation.id} stands in {other} already")
            if (known := split.setdefault(conversation.topic, conversation.split)) != conversation.split:
                raise ValueError(f"{path.name}: {conversation.id}: topic {conversation.topic} is in the split {known} already")
            read.append(conversation)
    return tuple(read)


def fenced(text: str, language: str) -> list[str]:
    """The code blocks of a language in an answer."""
    return [block for name, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if name == language]
