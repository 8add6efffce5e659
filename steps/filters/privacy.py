"""What must not be learnt: keys, and what would reach a person."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from knowledge.secrets import secrets
from steps.filters.flag import Filter, Flag, Row

MAIL = re.compile(r"(?<![\w./@-])\w[\w.+-]*@(?P<host>[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})\b", re.I)
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost|local)$", re.I)  # RFC 2606, RFC 6761, RFC 6762
PHONE = re.compile(r"(?<![\w.+])\+(?!\d{4}-\d\d-\d\d)[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){2,4}(?!\w|\.\d)")
FICTION = re.compile(r"555[ .-]?01\d\d|\+44[ .-]?(?:20 7946|1632|7700 900|117 496|131 496|141 496|161 496)|\+1 555")  # kept for fiction by NANPA and Ofcom
CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?!\w|[.-]\d)")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")


class Secrets(Filter):
    """Keys, tokens and passwords that the assistant says or passes on. The figure counts them.

    A secret that a tool result or a user shows is material of rows that teach to keep it; one that the assistant repeats is a fault.
    """

    name = "secrets"

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows whose assistant gives a secret away."""
        for row in rows:
            for message in row["messages"]:
                if message["role"] != "assistant":
                    continue
                if found := secrets(message["content"] or ""):
                    yield self.flag(row, f"the assistant says {found[0].what}", len(found), "*" * (found[0].end - found[0].start))
                    break


class Personal(Filter):
    """Mail addresses at hosts that exist, telephone numbers, card and account numbers whose check digits are right, public network addresses. The figure counts them.

    Names under `example`, `test` and `invalid`, and numbers that are kept for fiction, are fine.
    """

    name = "personal"

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows that would reach a person."""
        for row in rows:
            found = [one for message in row["messages"] for one in personal(message["content"] or "")]
            if found:
                yield self.flag(row, found[0][0], len(found), found[0][1])


def personal(text: str) -> Iterator[tuple[str, str]]:
    """What would reach a person: the kind, and the text."""
    for match in MAIL.finditer(text):
        if not RESERVED.search(match["host"]):
            yield "a mail address at a host that may exist", match[0]
    for match in PHONE.finditer(text):
        if not FICTION.search(match[0]):
            yield "a telephone number", match[0]
    for match in IBAN.finditer(text):
        if iban(match[0].replace(" ", "")):
            yield "an account number", match[0]
    for match in CARD.finditer(text):
        if luhn(re.sub(r"\D", "", match[0])):
            yield "a card number", match[0]
    for match in ADDRESS.finditer(text):
        if public(match[0]):
            yield "a public network address", match[0]


def luhn(digits: str) -> bool:
    """Whether a card number's check digit is right, and it begins as cards do; one of three different digits at most is made up for tests.

    Source: ISO/IEC 7812-1, annex B.
    """
    doubled = [sum(divmod(2 * int(digit), 10)) if place % 2 else int(digit) for place, digit in enumerate(reversed(digits))]
    return digits[0] in "23456" and len(set(digits)) > 3 and sum(doubled) % 10 == 0


def iban(text: str) -> bool:
    """Whether an account number's check digits are right. Source: ISO 13616."""
    return 15 <= len(text) <= 34 and int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def public(text: str) -> bool:
    """Whether an address is one of the public network, and no documentation's (RFC 5737)."""
    try:
        return ip_address(text).is_global and not text.startswith(("1.1.1.1", "8.8.8.8", "8.8.4.4"))
    except ValueError:
        return False
