"""Frontmatter: the YAML header of a Markdown file, as it is in the wild."""

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from knowledge.yamls import BadYaml, Harmful, load_yaml

OPENING = re.compile(r"---[ \t]*\n")
CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M)
KEY = r"[A-Za-z_][\w.-]*(?: [\w.-]+)*"
ENTRY = re.compile(rf"(?P<key>{KEY})[ \t]*:(?:[ \t]+(?P<value>\S.*)|[ \t]*$)", re.M)
VALUE = re.compile(rf"(?P<before>[ \t]*(?:- +)?(?P<key>{KEY})[ \t]*:[ \t]+|[ \t]*- +)(?![|>][+-]?\d?[ \t]*$)(?P<value>\S.*)")
MENDS, MENDABLE = 20, 50_000  # values of a header that are mended, characters of a header in which any are


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

    A value that strict YAML refuses, most often for an unquoted `: `, is taken as the text that it is, with a warning. What
    stands between two lines of `---` and is no set of `key: value` lines is no header but text, and said to be. A header that
    would grow too large is left out, with a warning.
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
    if values is None:
        return Header({}, body, tuple(warnings))
    if not isinstance(values, dict):
        return Header(warnings=((1, "what stands between the --- lines is no header of `key: value` lines; it is read as text"),))
    return Header({str(key): value for key, value in values.items()}, body, tuple(warnings))


def loaded(source: str) -> tuple[Any, list[tuple[int, str]]]:
    """The value of a header's YAML, mended line by line where it has to be, and the warnings; the text itself where nothing helps.

    Raises:
        Harmful: when it would grow too large.
    """
    lines = [re.sub(r"^\t+", lambda tabs: "  " * len(tabs[0]), line) for line in source.split("\n")]
    warnings: list[tuple[int, str]] = []
    mended: set[int] = set()
    for _ in range(MENDS if len(source) <= MENDABLE else 1):
        try:
            return load_yaml("\n".join(lines)), sorted(warnings)
        except BadYaml as error:
            at = guilty(lines, min(error.line, len(lines)) - 1, mended)
            if at is None:
                break
            entry = VALUE.fullmatch(lines[at])
            assert entry
            value = entry["value"].strip()
            why = "holds an unquoted `: `" if ": " in value else "is no YAML"
            if not value.lstrip("[").startswith("*"):  # bare globs, as Cursor writes them
                what = f"the value of `{entry['key']}`" if entry["key"] else "a value of the list"
                warnings.append((at + 2, f"{what} {why}; it was read as plain text"))
            mended.add(at)
            lines[at] = entry["before"] + json.dumps(plain(value), ensure_ascii=False)
    found = [entry for line in source.split("\n") if (entry := ENTRY.fullmatch(line))]
    values = {entry["key"]: (entry["value"] or "").strip() for entry in found}
    return values or source, [(2, "the header is no YAML; its `key: value` lines were read as plain text")]


def guilty(lines: list[str], at: int, mended: set[int]) -> int | None:
    """The line of a value at or before a problem that has not been mended yet."""
    for number in range(at, -1, -1):
        if number in mended:
            continue
        if VALUE.fullmatch(lines[number]):
            return number
        if not re.match(r"\s|$", lines[number]) and number != at:
            return None
    return None


def plain(value: str) -> str | list[str]:
    """A value that is no YAML as text, or, where it stands in square brackets, as texts."""
    return [unquoted(part) for part in apart(value[1:-1])] if re.fullmatch(r"\[.*\]", value) else unquoted(value)


def unquoted(value: str) -> str:
    """A value without the quotes around it, where there are any."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def apart(text: str) -> list[str]:
    """The parts of a text between its commas; those within `Bash(git add, git push)` or `*.{ts,tsx}` are of the part."""
    cuts, depth = [-1], 0
    for mark in re.finditer(r"[,(){}]", text):
        depth = max(0, depth + (mark[0] in "({") - (mark[0] in ")}"))
        if mark[0] == "," and not depth:
            cuts.append(mark.start())
    parts = (text[start + 1 : end].strip() for start, end in pairwise([*cuts, len(text)]))
    return [part for part in parts if part]


def texts(value: Any) -> tuple[str, ...]:
    """A header's value as a list of texts: a list, or words apart by commas that are not in brackets; nothing for nothing."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return tuple(apart(value))
    if isinstance(value, list):
        return tuple(str(part).strip() for part in value if part is not None and not isinstance(part, dict | list))
    return () if isinstance(value, dict) else (str(value),)


def words(value: Any) -> str:
    """A header's value as one text: lists are joined by commas; nothing for nothing."""
    if isinstance(value, str):
        return " ".join(value.split())
    return ", ".join(texts(value))
