"""Where does each argument value come from: the request, the system prompt, or an earlier result?"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from steps.checks.calls import strings
from steps.checks.row import Row
from steps.checks.spoken import clocks, days, numbers
from steps.teachers.composer import values_of
from steps.worlds.world import Value

WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?")
WHOLE_DAY = ((0, 0), (23, 59))
ZONE = re.compile(r"(?:africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific|etc)/")
PATH = re.compile(r"\S*/\S*|\S+\.\w{1,5}")
NOW = re.compile(r"^Now: \w+ (\d{4})-(\d{2})-(\d{2})", re.M)
SUFFIXES = {"md": "markdown", "py": "python", "js": "javascript", "ts": "typescript", "rs": "rust", "yml": "yaml", "txt": "text", "rb": "ruby", "ex": "elixir", "exs": "elixir", "jpeg": "jpg"}
QUERY = re.compile(r"\s*(?:select|insert|update|delete|create|drop|alter|with|pragma|explain)\b")
ALIAS = re.compile(r"\bas ([a-z_]\w*)")
SQL = frozenset(
    "select from where and or not in is null like between order by group having limit offset asc desc as on join left inner outer distinct count sum avg min max "
    "round insert into values update set delete create table if exists integer text real numeric primary key autoincrement unique default check foreign references "
    "case when then else end cast date datetime total coalesce length lower upper substr union all int varchar boolean blob char decimal float with sqlite_master name type sql "
    "collate nocase drop alter add column true false index view over partition row_number strftime ifnull explain pragma id".split()
)
SMALL = frozenset("a an the of to in on at by for from with and or as is are was were be it its this that".split())


def grounded(row: Row) -> str | None:
    """Every value of every argument can be traced: said by the user or the system prompt, or read in an earlier result.

    A value counts as said when it stands there as written, between word boundaries; as a path, an address or a file all of
    whose parts are named; as a number in digits or words; as a time of day or a day in any usual form; when the parameter's own spec
    offers it as a choice or default; when it was drawn together with a natural form that stands there (`Hamburg` for
    `Europe/Berlin`); or, for a longer text such as SQL or a note, when each of its words does, keywords and small words aside.

    Reason: `grounding: <tool>.<parameter>: <value>`.
    """
    seen = ""
    drawn = list(values_of(row.script).values())
    calls = iter(row.executed)
    for message in row.messages:
        made = message.get("tool_calls") or ()
        if made:
            source = Source(seen, drawn)
            for _ in made:
                done = next(calls)
                schema = row.catalog.tool(done.tool).parameters
                for name, value in done.arguments.items():
                    if bad := source.lacks(value, offered(schema.get(name))):
                        return f"grounding: {done.tool}.{name}: {bad[:80]!r}"
                seen += "\n" + "\n".join(strings(done.arguments))
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
            told = re.sub(r"(?i)(?:\be\.g\.|\bfor example|\bsuch as|\blike|\bexamples?:)[^)\n]*", "", value)
            found |= {match.lower() for match in re.findall(r"(?<!\w)['\"`]([\w./-]+)['\"`](?!\w)", told)}
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


class Source:
    """A text that values may come from."""

    def __init__(self, text: str, drawn: Sequence[Value] = ()) -> None:
        now = NOW.search(text)
        self.now = date(*map(int, now.groups())) if now else None
        self.text = text.lower()
        self.parts = WORD.findall(self.text)
        self.words = frozenset(self.parts)
        self.meant = {part for value in drawn if any(form and self.stands(form.lower()) for form in value.said) for part in leaves(value)}

    @cached_property
    def numbers(self) -> set[float]:
        """Every number in it; the system prompt's own clock aside, which nobody counts by."""
        return numbers(re.sub(r"(?m)^(now: \w+ [\d-]+) \d\d:\d\d", r"\1", self.text))

    @cached_property
    def clocks(self) -> set[tuple[int, int]]:
        """Every time of day in it."""
        return clocks(self.text)

    @cached_property
    def days(self) -> set[tuple[int | None, int, int]]:
        """Every day in it."""
        return days(self.text, self.now)

    @cached_property
    def joined(self) -> tuple[str, frozenset[int]]:
        """All its words in one, and where words begin."""
        ends, at = [0], 0
        for part in self.parts:
            at += len(part)
            ends.append(at)
        return "".join(self.parts), frozenset(ends)

    def lacks(self, value: Any, choices: frozenset[str] = frozenset()) -> str | None:
        """The first part of a value that cannot be traced; None when all can. Names inside an object are parts too."""
        if isinstance(value, dict):
            named = (bad for key in value if key.lower() not in choices and (bad := self.lacks(key, choices)))
            return next(named, None) or next((bad for part in value.values() if (bad := self.lacks(part, choices))), None)
        if isinstance(value, list):
            return next((bad for part in value if (bad := self.lacks(part, choices))), None)
        if value is None or isinstance(value, bool):
            return None
        return None if self.has(str(value).strip(), choices) else str(value)

    def has(self, value: str, choices: frozenset[str] = frozenset()) -> bool:
        """Whether one text or number can be traced."""
        low = value.lower()
        if not low or value in self.meant or low in choices:
            return True
        if NUMBER.fullmatch(low):
            return float(low) in self.numbers
        if self.stands(low) or self.stands(json.dumps(low, ensure_ascii=False)[1:-1]):
            return True
        if found := TIME.fullmatch(low):
            return (int(found[1]), int(found[2])) in self.clocks
        if found := MOMENT.fullmatch(low):
            year, month, day = map(int, found.groups()[:3])
            clock = (int(found[4]), int(found[5])) if found[4] else WHOLE_DAY[0]
            return bool({(year, month, day), (None, month, day)} & self.days) and (clock in WHOLE_DAY or clock in self.clocks)
        if QUERY.match(low):
            aliases = ALIAS.findall(low)
            return all(self.word(word) for word in WORD.findall(low) if word not in SQL and not any(word in WORD.findall(alias) for alias in aliases))
        if PATH.fullmatch(low):
            return self.path(low)
        words = WORD.findall(low)
        return not words or self.compound("".join(words)) or all(word in SMALL or self.word(word) for word in words)

    def stands(self, low: str) -> bool:
        """Whether a text stands in it as written, and not inside a longer word or number."""
        at = self.text.find(low)
        while at >= 0:
            before, after = self.text[at - 1 : at], self.text[at + len(low) : at + len(low) + 1]
            if not (before.isalnum() and low[:1].isalnum()) and not (after.isalnum() and low[-1:].isalnum()):
                return True
            at = self.text.find(low, at + 1)
        return False

    def word(self, word: str) -> bool:
        """Whether a word occurs, in singular or plural, as a number, or written as several."""
        forms = {word, word.removesuffix("s"), word.removesuffix("es"), f"{word}s", f"{word}es"}
        return not forms.isdisjoint(self.words) or (word.isdigit() and float(word) in self.numbers) or self.compound(word)

    def compound(self, word: str) -> bool:
        """Whether whole words of it, joined, give this word."""
        joined, edges = self.joined
        at = joined.find(word)
        while at >= 0:
            if at in edges and at + len(word) in edges:
                return True
            at = joined.find(word, at + 1)
        return False

    def path(self, path: str) -> bool:
        """Whether a path, an address, a zone or a file is named: each of its parts in words, the file's suffix or a zone's continent aside."""
        rest = ZONE.sub("", re.sub(r"^\w+://", "", path)).rstrip("/")
        stem, _, suffix = rest.rpartition(".")
        words = WORD.findall(rest)
        if stem and "/" not in suffix and WORD.search(stem.rpartition("/")[2]):
            words = WORD.findall(stem)
        elif suffix in SUFFIXES and self.word(SUFFIXES[suffix]):
            words = WORD.findall(stem)
        return all(self.word(word) for word in words)


def leaves(value: Value) -> list[str]:
    """Every text and number of a drawn value, as text."""
    return strings(value.value)
