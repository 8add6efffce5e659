"""Frontmatter: the YAML header of a Markdown file, as it is in the wild."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from knowledge.yamls import BadYaml, Harmful, load_yaml

OPENING = re.compile(r"---[ \t]*\n")
CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M)
ENTRY = re.compile(r"(?P<key>[A-Za-z_][\w .-]*?)[ \t]*:[ \t]+(?P<value>\S.*)|(?P<bare>[A-Za-z_][\w .-]*?)[ \t]*:[ \t]*")


@dataclass(frozen=True)
class Header:
    """What stood in the header.

    Attributes:
        values: by key; empty where there is no header.
        body: the character at which the text after the header begins.
        warnings: line and words, for what could not be read as it was written.
    """

    values: dict[str, Any] = field(default_factory=dict)
    body: int = 0
    warnings: tuple[tuple[int, str], ...] = ()


def read_header(text: str) -> Header:
    """The header of a text.

    A value that strict YAML refuses, most often for an unquoted `: `, is taken as the text that it is, with a warning; a
    header that is no set of `key: value` lines is left out, with a warning.
    """
    opening = OPENING.match(text)
    if not opening:
        return Header()
    closing = CLOSING.search(text, opening.end())
    if not closing:
        return Header(warnings=((1, "the header opened by --- never ends; it is read as text"),)) if ENTRY.match(text, opening.end()) else Header()
    source, body = text[opening.end() : closing.start()], closing.end()
    try:
        values, warnings = loaded(source)
    except Harmful as error:
        return Header({}, body, ((1, f"the header is left out: {error}"),))
    if values is None or values == "":
        return Header({}, body, tuple(warnings))
    if not isinstance(values, dict):
        what = "a list" if isinstance(values, list) else "a single value"
        return Header({}, body, (*warnings, (2, f"the header is {what}, not `key: value` lines; it is left out")))
    return Header({str(key): value for key, value in values.items()}, body, tuple(warnings))


def loaded(source: str) -> tuple[Any, list[tuple[int, str]]]:
    """The value of a header's YAML, mended line by line where it has to be, and the warnings.

    Raises:
        Harmful: when it would grow too large.
    """
    lines = source.split("\n")
    warnings: list[tuple[int, str]] = []
    mended: set[int] = set()
    for _ in range(len(lines) + 1):
        try:
            return load_yaml("\n".join(lines)), warnings
        except BadYaml as error:
            at = guilty(lines, min(error.line, len(lines)) - 1, mended)
            if at is None:
                break
            entry = re.match(r"(\s*(?:- )?)([A-Za-z_][\w .-]*?)([ \t]*:[ \t]+)(\S.*)", lines[at])
            assert entry
            value = entry[4].strip()
            why = "holds an unquoted `: `" if ": " in value else "is no YAML"
            if not value.startswith("*"):  # a bare glob, as Cursor writes them
                warnings.append((at + 2, f"the value of `{entry[2]}` {why}; it was read as plain text"))
            mended.add(at)
            lines[at] = f"{entry[1]}{entry[2]}{entry[3]}{json.dumps(unquoted(value), ensure_ascii=False)}"
    values: dict[str, Any] = {}
    for line in source.split("\n"):
        if entry := ENTRY.fullmatch(line):
            values[entry["key"] or entry["bare"]] = entry["value"].strip() if entry["value"] else ""
    warnings = [(2, "the header is no YAML; its `key: value` lines were read as plain text")]
    return values or None, warnings


def guilty(lines: list[str], at: int, mended: set[int]) -> int | None:
    """The line of a `key: value` at or before a problem that has not been mended yet."""
    for number in range(at, -1, -1):
        if number in mended:
            continue
        if re.match(r"\s*(?:- )?[A-Za-z_][\w .-]*?[ \t]*:[ \t]+\S", lines[number]) and not re.search(r":[ \t]+[|>][+-]?\d?[ \t]*$", lines[number]):
            return number
        if not re.match(r"\s|$", lines[number]) and number != at:
            return None
    return None


def unquoted(value: str) -> str:
    """A value without the quotes around it, where there are any."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def texts(value: Any) -> tuple[str, ...]:
    """A header's value as a list of texts: a list, or words apart by commas; nothing for nothing."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r",(?![^(]*\))", value) if part.strip())
    if isinstance(value, list):
        return tuple(str(part).strip() for part in value if part is not None and not isinstance(part, dict | list))
    return () if isinstance(value, dict) else (str(value),)


def words(value: Any) -> str:
    """A header's value as one text: lists are joined by commas; nothing for nothing."""
    if isinstance(value, str):
        return " ".join(value.split())
    return ", ".join(texts(value))
