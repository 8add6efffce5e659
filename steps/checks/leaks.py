"""Does anything show that must not: names of tools, the spec's own text, secrets, this machine?"""

import re
from functools import lru_cache
from typing import Any

from knowledge.catalog import Catalog
from knowledge.secrets import secrets
from steps.checks.grounding import walk
from steps.checks.row import Row
from steps.checks.source import strings

RUN = 9
IDENTIFIER = re.compile(r"^[A-Za-z]\w*?(?:[_.:/-]+[A-Za-z0-9]+)+$|^[a-z]+(?:[A-Z][a-z0-9]*)+$")
MACHINE = re.compile(
    r"/finetune-\w{8}|/(?:private/)?var/folders/|/root/|/Users/|(?<![\w.])/home/(?!dev(?![\w-]))[\w-]+|\bC:\\\\?Users|\b127\.0\.0\.1:\d+|\blocalhost:\d{5}|"
    r"/(?:usr|opt|nix)/\S*(?:site-packages|node_modules)/"
)
WORDS = re.compile(r"\w+")


def names_nothing(row: Row) -> str | None:
    """Nobody names a tool or a parameter by its identifier, in the user's words or the assistant's.

    An identifier that a call's own values or its result hold (a column called as a parameter is, say) does not count; nor, outside the
    tool phase, one that the user said or that was drawn.

    Reason: `names: …`.
    """
    offered = identifiers(row.catalog)
    held = [text for done in row.executed for text in (*strings(done.arguments), "" if done.error else done.text)]
    held += [] if row.kind else [*row.requests, *row.script.values.values()]
    allowed = {token for text in held for token in tokens(text)}
    users = ("the user", row.requests if row.kind else ())
    for who, texts in (users, ("the assistant", row.said)):
        for token in (token for text in texts for token in tokens(text)):
            if token in offered and token not in allowed:
                return f"names: {who} says {token}"
    return None


@lru_cache(maxsize=4)
def _identifiers(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in names if IDENTIFIER.match(name))


def identifiers(catalog: Catalog) -> frozenset[str]:
    """The names of tools and parameters that cannot be ordinary words."""
    return _identifiers(tuple(name for tool in catalog.tools for name in (tool.name, tool.called, *tool.parameters)))


def tokens(text: str) -> set[str]:
    """The identifiers in a text."""
    return {*re.findall(r"[A-Za-z][\w-]*", text), *re.findall(r"[A-Za-z]\w*(?:[.:/-]+\w+)+", text)}


def recites_nothing(row: Row) -> str | None:
    """No run of nine words of a tool's spec, parameters included, is repeated.

    Reason: `recites: …`.
    """
    known = _runs(tuple(text for tool in row.catalog.tools for text in (tool.description, *described(tool.input_schema))))
    for text in (*row.requests, *row.said):
        words = [word.lower() for word in WORDS.findall(text)]
        for start in range(len(words) - RUN + 1):
            if tuple(words[start : start + RUN]) in known:
                return f"recites: {' '.join(words[start : start + RUN])}"
    return None


def described(schema: Any) -> list[str]:
    """Every description inside a schema."""
    return [value for key, value in walk(schema) if key == "description" and isinstance(value, str)]


@lru_cache(maxsize=4)
def _runs(texts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    split = [[word.lower() for word in WORDS.findall(text)] for text in texts]
    return frozenset(tuple(words[start : start + RUN]) for words in split for start in range(len(words) - RUN + 1))


def keeps_secrets(row: Row) -> str | None:
    """No key, token or password stands anywhere in the row.

    Reason: `secret: <what it looks like>`.
    """
    found = secrets(everything(row), named=False)
    return f"secret: {found[0].what}" if found else None


def hides_machine(row: Row) -> str | None:
    """No path or address of the machine that made the row stands in it.

    Reason: `machine: <what was found>`.
    """
    found = MACHINE.search(everything(row))
    return f"machine: {found[0]}" if found else None


def everything(row: Row) -> str:
    """All text of the row."""
    calls = [call["function"]["arguments"] for message in row.messages for call in message.get("tool_calls") or ()]
    return "\n".join([*(str(message["content"] or "") for message in row.messages), *calls])
