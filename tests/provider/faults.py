"""What can go wrong with a request, and plans that say with which."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from time import time
from typing import Any, Literal

from tests.provider.answer import Answer, written
from tests.provider.problem import NotScripted, Problem
from tests.provider.seen import digest

Body = dict[str, Any]
Way = Literal["whole", "reset", "cut", "slow", "stall", "half", "page"]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: what it is called.
        error: the errors that take the answer's place, by wire.
        change: makes another answer out of the script's.
        choiceless: whether the response loses its choices.
        way: how the response goes over the wire.
        seconds, after, status: of that way.
        patience: seconds, and the form in which the client is told to wait them.
    """

    name: str
    error: dict[str, Problem] | None = None
    change: Callable[[Answer, Body], Answer] | None = None
    choiceless: bool = False
    way: Way = "whole"
    seconds: float = 0
    after: int | None = None
    status: int = 200
    patience: tuple[float, str] | None = None

    def problem(self, wire: str) -> Problem | None:
        """The error on a wire, with how long to wait as of now."""
        if self.error is None or self.patience is None:
            return self.error and self.error[wire]
        seconds, form = self.patience
        headers = {
            "seconds": {"retry-after": f"{seconds:g}"},
            "ms": {"retry-after-ms": f"{seconds * 1000:g}"},
            "date": {"retry-after": formatdate(time() + seconds, usegmt=True)},
        }
        return replace(self.error[wire], headers=headers[form])


Plan = Callable[[Body, int], Fault | None]


def both(status: int, openai: str, anthropic: str, **more: str | None) -> dict[str, Problem]:
    """An error in the words of both providers."""
    return {"openai": Problem(status, openai, **more), "anthropic": Problem(status, anthropic)}  # type: ignore[arg-type]


def rate_limited(retry_after: float | None = None, form: Literal["seconds", "ms", "date"] = "seconds") -> Fault:
    """429, with the time to wait as seconds, milliseconds or an HTTP date."""
    error = both(429, "Rate limit reached for requests.", "This request would exceed your organization's rate limit.", code="rate_limit_exceeded")
    return Fault("rate_limited", error, patience=None if retry_after is None else (retry_after, form))


def out_of_money() -> Fault:
    """The account is empty."""
    said = "You exceeded your current quota, please check your plan and billing details."
    low = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."
    return Fault("out_of_money", {"openai": Problem(429, said, code="insufficient_quota", kind="insufficient_quota"), "anthropic": Problem(400, low)})


STATUS = {
    408: ("Request timed out.", "Request timed out"),
    409: ("The request conflicts with another one.", "The request conflicts with another one"),
    500: ("The server had an error while processing your request. Sorry about that!", "Internal server error"),
    502: ("Bad gateway.", "Bad gateway"),
    503: ("The engine is currently overloaded, please try again later.", "Service unavailable"),
    504: ("The request timed out.", "The request timed out"),
    529: ("The engine is currently overloaded, please try again later.", "Overloaded"),
}


def status(code: int) -> Fault:
    """A bare error by its status, in the provider's shape."""
    return Fault(f"status_{code}", both(code, *STATUS[code]))


def wrong_key() -> Fault:
    """401."""
    return Fault("wrong_key", both(401, "Incorrect API key provided: none***.", "invalid x-api-key", code="invalid_api_key"))


def wrong_model() -> Fault:
    """404."""
    return Fault("wrong_model", both(404, "The model `none` does not exist or you do not have access to it.", "model: none", code="model_not_found"))


def context_overflow() -> Fault:
    """400: the prompt is too long."""
    said = "This model's maximum context length is 200000 tokens. However, your messages resulted in 210000 tokens. Please reduce the length of the messages."
    return Fault("context_overflow", both(400, said, "prompt is too long: 210000 tokens > 200000 maximum", code="context_length_exceeded", param="messages"))


def unsupported_schema() -> Fault:
    """400: there are no structured outputs."""
    said = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
    return Fault("unsupported_schema", both(400, said, "output_config.format: structured outputs are not supported with this model", param="response_format"))


def reset() -> Fault:
    """The connection is reset before any byte of an answer."""
    return Fault("reset", way="reset")


def cut(after_bytes: int | None = None) -> Fault:
    """The connection ends within the body: after so many bytes of it, or in its middle."""
    return Fault("cut", way="cut", after=after_bytes)


def slow_first_byte(seconds: float) -> Fault:
    """A good answer, late."""
    return Fault("slow_first_byte", way="slow", seconds=seconds)


def stalled(seconds: float) -> Fault:
    """Headers and half of the body, then silence, then the end of the connection."""
    return Fault("stalled", way="stall", seconds=seconds)


def broken_json() -> Fault:
    """200, with the first half of the body as if it were the whole."""
    return Fault("broken_json", way="half")


def html(status: Literal[200, 502] = 502) -> Fault:
    """The page of a gateway in front of the provider."""
    return Fault(f"html_{status}", way="page", status=status)


def empty() -> Fault:
    """200, and nothing said."""
    return Fault("empty", change=lambda answer, body: Answer())


def no_choices() -> Fault:
    """200 without choices; on Anthropic's wire, without content."""
    return Fault("no_choices", choiceless=True)


def refusal(text: str) -> Fault:
    """200, and the model refuses."""
    return Fault("refusal", change=lambda answer, body: Answer(refusal=text))


def length() -> Fault:
    """200, and the answer ends at its half for lack of tokens."""
    return Fault("length", change=lambda answer, body: answer.cut(answer.size // 2))


def bad_arguments() -> Fault:
    """200, and a call whose arguments are not JSON; of the script's own call, or of the first tool on offer."""

    def spoil(answer: Answer, body: Body) -> Answer:
        if answer.calls:
            return replace(answer, calls=tuple((name, (written(given) or "{}")[:-1]) for name, given in answer.calls))
        if not body.get("tools"):
            raise NotScripted("bad_arguments: the answer calls no tool, and the request offers none")
        first = body["tools"][0]
        return replace(answer, calls=((first.get("name") or first["function"]["name"], '{"'),))

    return Fault("bad_arguments", change=spoil)


def first(times: int, fault: Fault) -> Plan:
    """A plan that fails each body's first attempts."""
    return lambda body, attempt: fault if attempt <= times else None


def randomly(share: float, seed: int, kinds: Sequence[Fault]) -> Plan:
    """A plan that fails a share of all attempts, drawn from body and attempt, so that it is the same in every order."""

    def plan(body: Body, attempt: int) -> Fault | None:
        drawn = hashlib.blake2b(json.dumps([seed, digest(body), attempt]).encode(), digest_size=16).digest()
        return kinds[int.from_bytes(drawn[8:]) % len(kinds)] if int.from_bytes(drawn[:8]) < share * 2**64 else None

    return plan
