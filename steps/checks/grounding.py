"""Where does each argument value come from: the request, the system prompt, or an earlier result?"""

import json
import re
from collections.abc import Sequence
from typing import Any

from steps.checks.calls import strings
from steps.checks.row import Row
from steps.teachers.composer import values_of
from steps.worlds.world import Value

UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
NUMBER_WORDS = {word: value for value, word in enumerate(UNITS)} | TENS | {
    "single": 1, "once": 1, "first": 1, "half": 30, "quarter": 15, "pair": 2, "couple": 2, "both": 2, "second": 2, "third": 3, "dozen": 12,
    "hundred": 100, "thousand": 1000, "noon": 12, "midday": 12, "midnight": 0, "last": 1, "latest": 1, "newest": 1, "a": 1, "an": 1,
    "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
WORD = re.compile(r"[^\W_]+")
SQL = frozenset(
    "select from where and or not in is null like between order by group having limit offset asc desc as on join left inner outer distinct count sum avg min max "
    "round insert into values update set delete create table if exists integer text real numeric primary key autoincrement unique default check foreign references "
    "case when then else end cast date datetime total coalesce length lower upper substr union all int varchar boolean blob char decimal float with sqlite_master name type sql "
    "exists collate nocase drop alter add column true false index view over partition row_number".split()
)
FREE = 0.6


def grounded(row: Row) -> str | None:
    """Every value of every argument can be traced: said by the user or the system prompt, or read in an earlier result.

    A value counts as said when it stands there as written; as a path below the working directory or home; as its last
    part; as a number in digits or words; when the tool's spec names it (a choice, a default); when it was drawn together
    with a natural form that stands there (`Hamburg` for `Europe/Berlin`); or, for a longer text such as SQL or a note, when
    at least 60 % of its own words do.

    Reason: `grounding: <tool>.<parameter>: <value>`.
    """
    seen = ""
    index = 0
    for message in row.messages:
        if message["role"] != "assistant" or not message.get("tool_calls"):
            seen += "\n" + str(message.get("content") or "")
            continue
        source = Source(seen, [value for value in values_of(row.script).values()])
        for call in message["tool_calls"]:
            done = row.executed[index]
            index += 1
            spec = json.dumps(row.catalog.tool(done.tool).spec).lower()
            for name, value in done.arguments.items():
                if bad := source.lacks(value, spec):
                    return f"grounding: {done.tool}.{name}: {bad[:80]!r}"
            seen += "\n" + call["function"]["arguments"]
    return None


class Source:
    """A text that values may come from."""

    def __init__(self, text: str, drawn: Sequence[Value] = ()) -> None:
        self.text = text.lower()
        self.meant = {part for value in drawn if any(form and form.lower() in self.text for form in value.said) for part in leaves(value)}
        self.words = {word for part in WORD.findall(self.text) for word in (part, part.removesuffix("s"), part.removesuffix("es"))}
        self.joined = "".join(WORD.findall(self.text))
        self.numbers = numbers(self.text)

    def lacks(self, value: Any, spec: str) -> str | None:
        """The first part of a value that cannot be traced; None when all can."""
        if isinstance(value, dict):
            return next((bad for part in value.values() if (bad := self.lacks(part, spec))), None)
        if isinstance(value, list):
            return next((bad for part in value if (bad := self.lacks(part, spec))), None)
        if value is None or isinstance(value, bool):
            return None
        return None if self.has(str(value).strip(), spec) else str(value)

    def has(self, value: str, spec: str) -> bool:
        """Whether one text or number can be traced."""
        low = value.lower()
        if value in self.meant or not low or low in self.text or json.dumps(low)[1:-1] in self.text or f'"{low}"' in spec or f"'{low}'" in spec:
            return True
        if re.fullmatch(r"-?\d+(?:\.\d+)?", low):
            return float(low) in self.numbers or f'"default": {low}' in spec
        if clock := re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?", low):
            return self.hour(int(clock[1]), int(clock[2]))
        if "/" in low or re.search(r"\.\w+$", low):
            return self.path(low)
        words = [word for word in WORD.findall(low) if word not in SQL]
        if not words:
            return True
        joined = "".join(words)
        return joined in self.joined or sum(self.word(word) for word in words) >= FREE * len(words)

    def word(self, word: str) -> bool:
        """Whether a word occurs, in some inflection or as a number."""
        return word in self.words or word.removesuffix("s") in self.words or (word.isdigit() and float(word) in self.numbers) or word in self.joined

    def hour(self, hour: int, minute: int) -> bool:
        """Whether an hour of the day is named, on a 12 or 24 hour clock."""
        hours = {hour, hour % 12, hour % 12 or 12, (hour + 1) % 24, (hour + 1) % 12 or 12}
        return bool({float(each) for each in hours} & self.numbers) and (minute == 0 or float(minute) in self.numbers or float(60 - minute) in self.numbers)

    def path(self, path: str) -> bool:
        """Whether a path, an address, a zone or a file is named: each of its last parts, in words."""
        parts = [part for part in re.split(r"[/:]+", path.rstrip("/")) if part and part not in ("home", "dev", "https", "http")]
        parts = [part for part in parts if WORD.search(part)]
        tail = parts[-1] if parts else ""
        words = WORD.findall(tail)
        return not parts or tail in self.text or (bool(words) and sum(self.word(word) for word in words) >= FREE * len(words)) or self.text.count(path) > 0


def leaves(value: Value) -> list[str]:
    """Every text and number of a drawn value and its facts, as text."""
    return [*strings(value.value), *strings(value.facts)]


def numbers(text: str) -> set[float]:
    """Every number that a text gives, in digits or words."""
    found = {float(match.replace(",", "")) for match in re.findall(r"\d+(?:[.,]\d+)?", text) if match.replace(",", "").count(".") < 2}
    found |= {float(match) for match in re.findall(r"\d+(?:\.\d+)?", text)}
    words = re.findall(r"[a-z]+", text)
    for first, second in zip(words, [*words[1:], ""], strict=True):
        if first in NUMBER_WORDS:
            found.add(float(NUMBER_WORDS[first]))
            if first in TENS and second in UNITS[1:10]:
                found.add(float(TENS[first] + UNITS.index(second)))
    return found
