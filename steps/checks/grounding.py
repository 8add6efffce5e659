"""Where does each argument value come from: the request, the system prompt, or an earlier result?"""

import re
from collections.abc import Iterator
from typing import Any

from steps.checks.row import Row
from steps.checks.source import Source, strings
from steps.teachers.composer import values_of

EXAMPLES = re.compile(r"(?:\be\.g\.|\bfor example|\bsuch as|\blike|\bexamples?:)[^)\n]*", re.I)
QUOTED = re.compile(r"(?<!\w)['\"`]([\w./-]+)['\"`](?!\w)")


def grounded(row: Row) -> str | None:
    """Every value of every argument can be traced: said by the user or the system prompt, or read in an earlier result.

    A value counts as said when it stands there as written, between word boundaries; as a path, an address or a file all of
    whose parts are named; as a number in digits or words; as a time of day or a day in any usual form; when the parameter's own spec
    offers it as a choice or default; when it was drawn together with a natural form that stands there (`Hamburg` for
    `Europe/Berlin`); or, for a longer text such as SQL or a note, when each of its words does, keywords and small words aside.

    Outside the tool phase, what the assistant proposed counts once the user has answered it.

    Reason: `grounding: <tool>.<parameter>: <value>`.
    """
    seen, asked, offers = row.authored, "", ""
    drawn = list(values_of(row.script).values())
    calls = iter(row.executed)
    for message in row.messages:
        made = message.get("tool_calls") or ()
        if made:
            source, wish = Source(seen, drawn), Source(asked)
            for _ in made:
                done = next(calls)
                schema = row.catalog.tool(done.tool).parameters
                for name, value in done.arguments.items():
                    choices = offered(schema.get(name))
                    named = None if name in schema else source.lacks(name)
                    if bad := named or source.lacks(value, choices) or wish.prefers(value, choices):
                        return f"grounding: {done.tool}.{name}: {bad[:80]!r}"
                seen += "\n" + "\n".join(strings(done.arguments))
        asked += "\n" + message["content"] if message["role"] == "user" else ""
        if message["role"] == "user":
            seen += offers
            offers = ""
        elif message["role"] == "assistant":
            offers += "" if row.kind else f"\n{message.get('content') or ''}"
        if message["role"] != "assistant":
            seen += "\n" + str(message.get("content") or "")
    return None


def offered(schema: Any) -> frozenset[str]:
    """The values that a parameter's spec offers, at any depth: choices, constants, defaults, and names of inner properties.

    A value quoted in its description is offered too; one quoted as an example is not: a model that copies it has invented it.
    """
    found: set[str] = set()
    for key, value in walk(schema):
        if key in ("enum", "const", "default"):
            found |= {text.lower() for text in strings([value])}
        elif key == "properties" and isinstance(value, dict):
            found |= {name.lower() for name in value}
        elif key == "description" and isinstance(value, str):
            found |= {match.lower() for match in QUOTED.findall(EXAMPLES.sub("", value))}
    return frozenset(found)


def walk(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every keyword of a schema with its value, at any depth."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key, value
            yield from walk(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from walk(value)
