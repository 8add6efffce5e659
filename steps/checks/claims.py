"""What an answer claims in particular: figures, quotations, names, paths and hashes; and whether they can be traced."""

import re

from steps.checks.source import Source
from steps.checks.spoken import MONTHS, WEEKDAYS

FIGURE = re.compile(r"(?<![\w.:/,-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w:/-]|[.,]\d)")
QUOTATION = re.compile(r"(?<![\w=])[\"“](?!\s)([^\"”\n=<>]{2,120})(?<!\s)[\"”](?!\w)")
NAME = re.compile(r"(?<=[a-z,;)] )[A-Z][a-z]{2,}\b")
PLACE = re.compile(r"(?<![\w.`/:])[\w.~-]*\w/[\w./-]*\w|\b[\w-]{2,}\.(?:md|py|rs|ts|js|csv|json|txt|toml|ya?ml|html|sql|ini|rb|png|xml|sh|log)\b")
HASH = re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b")
PERCENT = re.compile(r" ?%| per ?cent")
SHORT = 7
HOURS = 24
BEFORE = 5
CALENDAR = frozenset((*MONTHS, *WEEKDAYS))


def unfounded(said: str, source: Source) -> str | None:
    """The first particular of an answer that can be traced to nothing said or read before; None when all can.

    What an answer works out is let pass: a whole number no greater than the words that it could have counted, a percentage, quarters
    of an hour, a rounded figure, a hash or a quoted text cut short.
    """
    for match in FIGURE.finditer(said):
        figure = match[0]
        value = float(figure.replace(",", ""))
        worked_out = (value.is_integer() and value <= len(source.parts)) or (value < HOURS and (value * 4).is_integer()) or PERCENT.match(said, match.end())
        cut = len(figure) >= SHORT and figure in source.text
        if not (worked_out or cut or figure in source.words or source.rounds(value, len(figure.partition(".")[2]))):
            return figure
    for quoted in QUOTATION.findall(said):
        if not source.has(quoted):
            return str(quoted)
    for match in NAME.finditer(said):
        name = match[0].lower()
        cut = said[max(0, match.start() - BEFORE) : match.end()].lower() in source.text
        if not (cut or name in CALENDAR or source.word(name)):
            return match[0]
    for place in PLACE.findall(said):
        if not source.has(place):
            return str(place)
    return next((mark for mark in HASH.findall(said) if mark not in source.text), None)
