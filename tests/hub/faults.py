"""Which requests are refused or cut, and what was asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Cut = Literal["before", "during", "after"]


@dataclass
class Seen:
    """A request: its number from 1, and the bytes of its body that were read."""

    number: int
    method: str
    path: str
    size: int = 0
    status: int = 0  # 0: no answer was sent


@dataclass
class Fault:
    """What goes wrong, and when.

    Args:
        method: of the requests meant; "" for all.
        path: a regular expression that is searched in path and query.
        at: the request's number, counted from 1 over all requests since `hub.forget()`; 0 for each one that matches.
        onwards: with `at`: this request and all that follow, as when the network is gone.
        times: how often it strikes.
        status: what is answered, unless the connection is cut.
        headers: sent with that answer: `{"Retry-After": "1"}`.
        message: sent with that answer.
        cut: the connection ends before anything is read of the body, when half of the body is read (of a request without a body: when half of the answer is
            sent), or when the work is done and only the answer is missing.
    """

    method: str = ""
    path: str = ""
    at: int = 0
    onwards: bool = False
    times: int = 1_000_000
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Planned fault"
    cut: Cut | None = None
    struck: int = 0

    def strikes(self, seen: Seen) -> bool:
        """Whether it is this request's turn."""
        meant = (not self.method or seen.method == self.method) and re.search(self.path, seen.path)
        due = not self.at or seen.number == self.at or (self.onwards and seen.number > self.at)
        if not meant or not due or self.struck >= self.times:
            return False
        self.struck += 1
        return True
