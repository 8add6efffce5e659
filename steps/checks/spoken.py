"""The numbers, times of day and days that a text names, in digits or in words."""

import re
from datetime import date, timedelta

UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
COUNTED = {word: value for value, word in enumerate(UNITS)} | TENS
NUMBER_WORDS = COUNTED | {word: value for value, word in enumerate(ORDINALS)} | {
    "single": 1, "once": 1, "last": 1, "latest": 1, "newest": 1, "previous": 1, "top": 1, "recent": 1, "pair": 2, "couple": 2, "both": 2, "twice": 2, "dozen": 12,
    "hundred": 100, "thousand": 1000,
}  # fmt: skip
DIGITS = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?=[a-z%]{0,3}(?![\w]))")
CLOCK = re.compile(r"(?:(?<![\w:])|(?<=\dt))(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s*(am|pm|a\.m|p\.m|o'clock|z\b)?(?![\w:])")
SPOKEN_CLOCK = re.compile(r"\b(half|quarter|[a-z]+(?:-five)?|\d{1,2})(?: minutes)? (past|after|to|before|till) ([a-z]+|\d{1,2})\b")
ON_THE = re.compile(r"\b([a-z]+) (o'clock|thirty|fifteen|forty-five)\b")
MINUTES = {"half": 30, "quarter": 15, "twenty-five": 25, "thirty": 30, "fifteen": 15, "forty-five": 45, "o'clock": 0} | COUNTED
MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()  # noqa: SIM905
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
    for hour, minute, half in CLOCK.findall(text):
        found |= both(int(hour), int(minute or 0), half)
    for before, way, after in SPOKEN_CLOCK.findall(text):
        minute, hour = MINUTES.get(before, int(before) if before.isdigit() else None), COUNTED.get(after, int(after) if after.isdigit() else None)
        hour = {"noon": 12, "midday": 12, "midnight": 0}.get(after, hour)
        if minute is not None and hour is not None:
            found |= both(hour, minute) if way in ("past", "after") else both((hour - 1) % 24 or 12, 60 - minute)
    for word, rest in ON_THE.findall(text):
        found |= both(COUNTED[word], MINUTES[rest]) if word in COUNTED else set()
    for word in re.findall(r"[a-z]+", text):
        found |= both(COUNTED[word], 0) if word in COUNTED else set()
        found |= {"noon": {(12, 0)}, "midday": {(12, 0)}, "midnight": {(0, 0)}}.get(word, set())
    return found


def both(hour: int, minute: int, half: str = "") -> set[tuple[int, int]]:
    """An hour on the clock in the morning, the afternoon, or either."""
    if hour > 24 or minute > 59:
        return set()
    if half.startswith("p"):
        return {(hour % 12 + 12, minute)}
    if half.startswith("a"):
        return {(hour % 12, minute)}
    return {(hour % 24, minute), ((hour + 12) % 24, minute)} if hour <= 12 else {(hour % 24, minute)}


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
        count = COUNTED.get(number or other, int(number or other) if (number or other).isdigit() else 1)
        for sign in (-1, 1):
            named.append(now + timedelta(days=sign * count * LENGTH[unit or same]))
    for unit, length in LENGTH.items():
        if re.search(rf"\b(?:last|past|previous|this|next) {unit}\b", text):
            monday = now - timedelta(days=now.weekday())
            named += [now - timedelta(days=length), now + timedelta(days=length), *(monday + timedelta(days=shift) for shift in (-7, -1, 0, 6, 7)), now.replace(day=1)]
    return found | {(day.year, day.month, day.day) for day in named}
