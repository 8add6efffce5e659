"""What a server has seen: every request, and how often its body came before."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """A request.

    Attributes:
        method, path: of the request.
        at: when it came, on the monotonic clock.
        body: its JSON, or the fields of its form.
        headers: their names in lower case.
        attempt: which time this very body came, from 1.
        status: what it was answered with; None where no status was sent.
        fault: the name of the fault that hit it.
        billed: whether a 200 answer was sent whole.
        repeated: whether an earlier answer was sent again, for its idempotency key.
        usage: what the answer says it used.
        batch: the batch that a line came in.
    """

    method: str
    path: str
    at: float
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    attempt: int = 1
    status: int | None = None
    fault: str | None = None
    billed: bool = False
    repeated: bool = False
    usage: dict[str, Any] | None = None
    batch: str | None = None


def digest(body: dict[str, Any]) -> str:
    """What a body is known by, whatever the order of its keys."""
    return hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=16).hexdigest()


class Attempts:
    """Counts how often the same thing came to the same place."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def next(self, place: str, what: str) -> int:
        """Which time this is, from 1."""
        self.counts[place, what] += 1
        return self.counts[place, what]
