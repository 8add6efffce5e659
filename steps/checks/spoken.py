"""The numbers, times of day and days that a text names, in digits or in words."""

import re
from datetime import date, timedelta

UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
COUNTED = {word: value for value, word in enumerate(UNITS)} | TENS
NUMBER_WORDS = COUNTED | {word: value for value, word in enumerate(ORDINALS)} | {
    "single": 1, "once": 1, "last": 1, "latest": 1, "newest": 1, "previous": 1, "top": 1, "recent": 1, "pair": 2, "couple": 2, "both": 2, "twice": 2, "dozen": 12,
    "hundred": 100, "thousand": 1000,
}  # fmt: skip
DIGITS = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?=[a-z%]{0,3}(?![\w]))")
HALF = r"(?: ?(am\b|pm\b|a\.m|p\.m|z\b|o'clock|in the morning|in the afternoon|in the evening|at night))"
OFFSET = re.compile(r"(?<=:\d\d:\d\d)[+-]\d\d:\d\d\b")
CLOCK = re.compile(rf"(?:(?<![\w:.])|(?<=\dt))(\d{{1,2}})[:.h](\d{{2}})(?::\d{{2}})?(?![\d:]){HALF}?")
HOUR = re.compile(rf"(?<![\w:.-])(\d{{1,2}}|[a-z]+){HALF}")
AT = re.compile(rf"\b(?:at|by|until|till|from|to|around|about|before|after|between|and) (\d{{1,2}}(?!\d)|[a-z]+\b)(?![:.-]\d){HALF}?")
SPOKEN_CLOCK = re.compile(rf"\b(half|quarter|[a-z]+(?:-five)?|\d{{1,2}})(?: minutes)? (past|after|to|before|till) ([a-z]+|\d{{1,2}})\b{HALF}?")
ON_THE = re.compile(rf"\b([a-z]+) (thirty|fifteen|forty-five)\b{HALF}?")
NOON = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}
MINUTES = {"half": 30, "quarter": 15, "twenty-five": 25, "thirty": 30, "fifteen": 15, "forty-five": 45} | COUNTED
MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\b|\b({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b")
AGO = re.compile(r"\b(\d+|[a-z]+) (day|week|month)s? (?:ago|back|earlier)\b|\b(?:last|past|next) (\d+|[a-z]+) (day|week|month)s?\b")
NEAR = {"today": 0, "tonight": 0, "now": 0, "yesterday": -1, "tomorrow": 1}
LENGTH = {"day": 1, "week": 7, "month": 30}


def numbers(text: str) -> set[float]:
    """Every number that a lower-case text gives, in digits or words; digits inside a word such as a hash do not count."""
    found = {float(match.replace(",", "")) for match in DIGITS.findall(text)}
    words = re.findall(r"[a-z]+", text)
    for first, second in zip(words, [*words[1:], ""], strict=True):
        if first in NUMBER_WORDS:
            found.add(float(NUMBER_WORDS[first]))
            if first in TENS and second in UNITS[1:10]:
                found.add(float(TENS[first] + UNITS.index(second)))
    return found


def clocks(text: str) -> set[tuple[int, int]]:
    """Every time of day (hour, minute) that a lower-case text names; both halves of the day where it leaves that open."""
    found: set[tuple[int, int]] = set()
    for hour, minute, half in CLOCK.findall(OFFSET.sub("", text)):
        found |= both(int(hour), int(minute), half or ("z" if hour.startswith("0") else ""))
    for hour, half in HOUR.findall(text) + AT.findall(text):
        if (counted := count(hour)) is not None:
            found |= both(counted, 0, half)
    for before, way, after, half in SPOKEN_CLOCK.findall(text):
        minute, hour = MINUTES.get(before, count(before)), count(after)
        if minute and after in NOON:
            shift = NOON[after][0] * 60 + (minute if way in ("past", "after") else -minute)
            found.add((shift // 60 % 24, shift % 60))
        elif minute and hour is not None:
            found |= both(hour, minute, half) if way in ("past", "after") else both((hour - 1) % 24 or 12, 60 - minute, half)
    for word, rest, half in ON_THE.findall(text):
        found |= both(COUNTED[word], MINUTES[rest], half) if word in COUNTED else set()
    return found | {NOON[word] for word in re.findall(r"[a-z]+", text) if word in NOON}


def count(word: str) -> int | None:
    """A number in digits or in one word; None for any other word."""
    return int(word) if word.isdigit() else COUNTED.get(word)


def both(hour: int, minute: int, half: str = "") -> set[tuple[int, int]]:
    """An hour on the clock in the morning, in the afternoon, or either; `z` stands for a clock of 24 hours."""
    if hour > 24 or minute > 59:
        return set()
    if half.startswith(("p", "in the a", "in the e", "at")):
        return {(hour % 12 + 12, minute)}
    if half.startswith(("a", "in the m")):
        return {(hour % 12, minute)}
    return {(hour % 24, minute)} if half == "z" or hour > 12 else {(hour % 24, minute), ((hour + 12) % 24, minute)}


def days(text: str, now: date | None) -> set[tuple[int | None, int, int]]:
    """Every day (year, month, day) that a lower-case text names; the year is None where it is left open.

    Args:
        text: in lower case.
        now: the day on which it is said; without it `yesterday` names no day.
    """
    found: set[tuple[int | None, int, int]] = {(int(year), int(month), int(day)) for year, month, day in re.findall(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)", text)}
    for day, month, other, number in DAY_MONTH.findall(text):
        found.add((None, [name[:3] for name in MONTHS].index((month or other)[:3]) + 1, int(day or number)))
    if now is None:
        return found
    named = [now + timedelta(days=shift) for word, shift in NEAR.items() if re.search(rf"\b{word}\b", text)]
    for index, weekday in enumerate(WEEKDAYS):
        if re.search(rf"\b{weekday}\b", text):
            back = (now.weekday() - index) % 7
            named += [now - timedelta(days=back), now - timedelta(days=back + 7), now - timedelta(days=back - 7)]
    for number, unit, other, same in AGO.findall(text):
        far = count(number or other) or 1
        for sign in (-1, 1):
            named.append(now + timedelta(days=sign * far * LENGTH[unit or same]))
    for unit, length in LENGTH.items():
        if re.search(rf"\b(?:last|past|previous|this|next) {unit}\b", text):
            monday = now - timedelta(days=now.weekday())
            named += [now - timedelta(days=length), now + timedelta(days=length), *(monday + timedelta(days=shift) for shift in (-7, -1, 0, 6, 7)), now.replace(day=1)]
    return found | {(day.year, day.month, day.day) for day in named}
