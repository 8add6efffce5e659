"""Is it shown, and not told? Nothing of the document is recited, no method, stage or role is announced."""

import re
from collections.abc import Iterable
from functools import lru_cache

from steps.checks.row import Row
from steps.prose import prose

RUN = 12
WORDS = re.compile(r"\w+")


def recites_no_document(row: Row) -> str | None:
    """No run of twelve words of the system's documents stands in what the assistant says, unless the user said it or a result held it.

    Reason: `recites: …`.
    """
    heard = "\n".join(str(message.get("content") or "") for message in row.messages if message["role"] != "assistant")
    allowed = runs((heard,)) if row.documents else frozenset()
    for text in row.said:
        words = [word.lower() for word in WORDS.findall(text)]
        for start in range(len(words) - RUN + 1):
            piece = tuple(words[start : start + RUN])
            if hash(piece) in row.documents and hash(piece) not in allowed:
                return f"recites: {' '.join(piece)}"
    return None


def announces_nothing(row: Row) -> str | None:
    """The assistant names no method, opens no part with the name of a stage, and does not say which role it has.

    Reason: `announces: …`.
    """
    if not row.names:
        return None
    pattern = announcing(row.names)
    found = next((match[0] for text in row.said if (match := pattern.search(prose(text, spans=True)))), None)
    return f"announces: {found.strip()!r}" if found else None


@lru_cache(maxsize=8)
def announcing(names: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """How a method, a stage or a persona is announced; `names` are pairs of kind and name."""
    of = {kind: "|".join(re.escape(name).replace(r"\ ", r"[\s_-]+") for other, name in names if other == kind) for kind in ("method", "stage", "persona")}
    ways = []
    if of["method"]:
        ways.append(rf"\b(?:{of['method']})\b(?!\.md)")
    if of["stage"]:
        ways.append(rf"(?:^|\n)\W*(?:(?:step|stage|phase|part)\s*)?(?:\d+\W{{1,3}})?(?:{of['stage']})\W*(?:\n|:|$)")
        ways.append(rf"\b(?:{of['stage']})[\s-]+(?:stage|phase)\b|\b(?:stage|phase)\W{{1,3}}(?:{of['stage']})\b")
    if of["persona"]:
        does = r"(?! (?:said|wrote|asked|left|decided|suggested|noted|has|had|can|will|would|needs?))"
        ways.append(rf"\b(?:as|I am|I'm|speaking as|acting as|in my role as|wearing) (?:an?|the|your|my)?\s*(?:{of['persona']})\b{does}")
    return re.compile("|".join(ways) or r"(?!)", re.I)


def runs(texts: Iterable[str]) -> frozenset[int]:
    """The hashed runs of twelve words of some texts."""
    found: set[int] = set()
    for text in texts:
        words = [word.lower() for word in WORDS.findall(text)]
        found.update(hash(tuple(words[start : start + RUN])) for start in range(len(words) - RUN + 1))
    return frozenset(found)
