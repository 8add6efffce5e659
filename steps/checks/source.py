"""A text that values may come from, and whether one does."""

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from steps.checks.spoken import clocks, days, numbers
from steps.worlds.world import Value

WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TIME = re.compile(r"(?<![\w:])(\d{1,2}):(\d{2})(?::\d{2})?(?![\w:])")
MOMENT = re.compile(r"(?<!\w)(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?(?!\w)")
WHOLE_DAY = ((0, 0), (23, 59))
ZONE = re.compile(r"(?:africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific|etc)/")
PATH = re.compile(r"(?<!\S)(?:[^\s/]{0,300}/\S*|\S{1,300}\.\w{1,5})")
NOW = re.compile(r"^Now: \w+ (\d{4})-(\d{2})-(\d{2})", re.M)
CLOCK = re.compile(r"^now: \w+ [\d-]+ [\d:]+", re.M)
SUFFIXES = {"md": "markdown", "py": "python", "js": "javascript", "ts": "typescript", "rs": "rust", "yml": "yaml", "txt": "text", "rb": "ruby", "ex": "elixir"}
QUERY = re.compile(r"\s*(?:select|insert|update|delete|create|drop|alter|with|pragma|explain)\b")
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\w)")
FIRST = re.compile(r"\blimit 1\s*;?$")
ALIAS = re.compile(r"\bas ([a-z_]\w*)")
SQL = frozenset(
    "select from where and or not in is null like between order by group having limit offset asc desc as on join left inner outer distinct count sum avg min max "
    "round insert into values update set delete create table if exists integer text real numeric primary key autoincrement unique default check foreign references "
    "case when then else end cast date datetime total coalesce length lower upper substr union all int varchar boolean blob char decimal float with sqlite_master name type sql "
    "collate nocase drop alter add column true false index view over partition row_number strftime ifnull explain pragma "
    "id using cross except intersect recursive replace abs glob".split()
)
SMALL = frozenset("a an the of to in on at by for from with and or as is are was were be it its this that most least frequent highest lowest average total".split())


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
    def timeless(self) -> str:
        """The text without the system prompt's date and clock, by which nobody counts."""
        return CLOCK.sub("", self.text)

    @cached_property
    def numbers(self) -> set[float]:
        """Every number in it."""
        return numbers(self.timeless)

    @cached_property
    def clocks(self) -> set[tuple[int, int]]:
        """Every time of day in it."""
        return clocks(self.text)

    @cached_property
    def days(self) -> set[tuple[int | None, int, int]]:
        """Every day in it."""
        return days(self.timeless, self.now)

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
        if (counts := self.counts(low)) is not None:
            return counts
        if self.stands(low) or self.stands(json.dumps(low, ensure_ascii=False)[1:-1]):
            return True
        if PATH.fullmatch(low):
            return self.path(low)
        words = WORD.findall(low)
        return not words or self.compound("".join(words)) or self.told(low)

    def counts(self, low: str) -> bool | None:
        """Whether a number, a time of day or a day is named in any usual form; None for any other text."""
        if NUMBER.fullmatch(low):
            return float(low) in self.numbers or ("." in low and self.rounds(float(low), len(low.partition(".")[2])))
        if found := TIME.fullmatch(low):
            return self.stands(low) or (int(found[1]), int(found[2])) in self.clocks
        if found := MOMENT.fullmatch(low):
            year, month, day = map(int, found.groups()[:3])
            clock = (int(found[4]), int(found[5])) if found[4] else WHOLE_DAY[0]
            named = bool({(year, month, day), (None, month, day)} & self.days)
            return self.stands(low) or (named and (clock in WHOLE_DAY or clock in self.clocks))
        return None

    def rounds(self, value: float, digits: int) -> bool:
        """Whether a number in it, rounded to so many digits, is this one."""
        return any(round(abs(number), digits) == abs(value) for number in self.numbers)

    def told(self, low: str) -> bool:
        """Whether every word, number, day and time of day of a longer text can be traced; SQL's own words and small words aside."""
        for pattern in (MOMENT, TIME, DECIMAL):
            if not all(self.has(match[0]) for match in pattern.finditer(low)):
                return False
            low = pattern.sub(" ", low)
        if not QUERY.match(low):
            return all(word in SMALL or self.word(word) for word in WORD.findall(low))
        own = SQL | set(WORD.findall(" ".join(ALIAS.findall(low))))
        return all(word in own or (len(word) == 1 and word.isalpha()) or self.word(word) for word in WORD.findall(FIRST.sub(" ", low)))

    def prefers(self, value: Any, choices: frozenset[str]) -> str | None:
        """The value, where it is one of several choices and another one is named instead."""
        if not isinstance(value, str) or value.lower() not in choices or self.named(value.lower()):
            return None
        return value if any(len(other) > 2 and self.named(other) for other in choices - {value.lower()}) else None

    def named(self, choice: str) -> bool:
        """Whether a choice is named, in one word or several."""
        return self.word(choice) or self.compound("".join(WORD.findall(choice)))

    def stands(self, low: str, whole: bool = False) -> bool:
        """Whether a text stands in it as written, and not inside a longer word or number; nor, as a whole, at the head of a path."""
        at = self.text.find(low)
        while at >= 0:
            before, after = self.text[at - 1 : at], self.text[at + len(low) : at + len(low) + 1]
            if not (before.isalnum() and low[:1].isalnum()) and not (after.isalnum() and low[-1:].isalnum()) and not (whole and after == "/"):
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
        named = "/" not in suffix and WORD.search(stem.rpartition("/")[2])
        kind = suffix in SUFFIXES and self.word(SUFFIXES[suffix])
        return all(self.word(word) for word in WORD.findall(stem if named or kind else rest))


def leaves(value: Value) -> list[str]:
    """What a natural form of a drawn value stands for, as text: the value, or what it should be where it is drawn as a mistake.

    A list or an object is none: each of its parts must be said.
    """
    return [str(thing) for thing in (value.value, value.facts.get("right")) if isinstance(thing, str | int | float)]


def strings(thing: Any) -> list[str]:
    """Every text and number inside a JSON value, as text."""
    if isinstance(thing, dict):
        return [text for value in thing.values() for text in strings(value)]
    if isinstance(thing, list):
        return [text for value in thing for text in strings(value)]
    return [] if thing is None or isinstance(thing, bool) else [str(thing)]
