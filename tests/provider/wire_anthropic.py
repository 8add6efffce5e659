"""Anthropic's wire format: what Messages takes, and how it answers."""

import itertools
import json
from typing import Any

from tests.provider.answer import Answer, tokens
from tests.provider.body_anthropic import FORM
from tests.provider.cache import Cache
from tests.provider.checks_anthropic import blocks, check_body, translated
from tests.provider.problem import Problem, Rejected, reject
from tests.provider.shape import Mistake, hold
from tests.provider.terms import Terms

name = "anthropic"
CALL = "/v1/messages"
REQUEST_ID = "request-id"
VERSIONS = ("2023-06-01", "2026-10-21")
KINDS = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
numbers = itertools.count(1)


def enter(headers: dict[str, str], terms: Terms) -> None:
    """Look at the key and the version."""
    bearer = headers.get("authorization", "")
    given = headers.get("x-api-key") or (bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else None)
    if given is None:
        raise reject(401, "x-api-key header is required")
    if given != terms.key:
        raise reject(401, "invalid x-api-key")
    if "anthropic-version" not in headers:
        raise reject(400, "anthropic-version: header is required")
    if headers["anthropic-version"] not in VERSIONS:
        raise reject(400, f'anthropic-version: "{headers["anthropic-version"]}" is not a valid version')


def show(problem: Problem) -> dict[str, Any]:
    """An error as it is sent."""
    kind = KINDS.get(problem.status) or ("invalid_request_error" if problem.status < 500 else "api_error")
    return {"type": "error", "error": {"type": kind, "message": problem.message}, "request_id": f"req_{next(numbers):024x}"}


def unreadable() -> Rejected:
    """A body that is not JSON."""
    return reject(400, "The request body is not valid JSON")


def check(body: dict[str, Any], terms: Terms) -> None:
    """Hold a body against its form, then against all else."""
    try:
        hold(FORM, body)
    except Mistake as mistake:
        raise translated(mistake) from None
    check_body(body, tokens(sum(len(text.encode()) for text, _ in prompt(body))), terms)


def prompt(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What the model reads, block by block, each with how long it and all before it are kept."""
    parts = [(json.dumps(bared(tool), ensure_ascii=False), tool) for tool in body.get("tools") or ()]
    system = body.get("system") or ()
    parts += [(part["text"], part) for part in ([{"text": system}] if isinstance(system, str) else system)]
    for message in body["messages"]:
        for part in blocks(message):
            said = part["text"] if part["type"] == "text" else json.dumps(bared(part), ensure_ascii=False)
            parts.append((f"{message['role']} {said}", part))
    marks = [(part.get("cache_control") or {}).get("ttl", "5m") if part.get("cache_control") else None for _, part in parts]
    if body.get("cache_control"):
        marks[-1] = body["cache_control"].get("ttl", "5m")
    return [(text, mark) for (text, _), mark in zip(parts, marks, strict=True)]


def bared(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the prompt without its breakpoint."""
    return {key: value for key, value in part.items() if key != "cache_control"}


def respond(body: dict[str, Any], answer: Answer, cache: Cache, terms: Terms) -> dict[str, Any]:
    """The response that gives an answer; one that is longer than `max_tokens` is cut."""
    if tokens(answer.size) > body["max_tokens"] and not answer.usage:
        answer = answer.cut(4 * body["max_tokens"])
    number = next(numbers)
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    for place, (tool, arguments) in enumerate(answer.calls):
        given = arguments if isinstance(arguments, dict) else read(arguments, cut=answer.stop == "length")
        content.append({"type": "tool_use", "id": f"toolu_{number:016x}{place:08x}", "name": tool, "input": given})
    refused = answer.refusal is not None
    stop = "refusal" if refused else STOPS[answer.stop or ("tool_calls" if answer.calls else "stop")]
    return {
        "id": f"msg_{number:024x}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": {"type": "refusal", "category": None, "explanation": answer.refusal} if refused else None,
        "container": None,
        "usage": usage(body, answer, cache, terms),
    }


def read(arguments: str, cut: bool) -> dict[str, Any]:
    """Raw arguments as an object, which is all that this wire can carry; what is none is wrapped, or lost where the answer was cut."""
    try:
        given = json.loads(arguments)
    except ValueError:
        given = None
    return given if isinstance(given, dict) else {} if cut else {"INVALID_JSON": arguments}


def usage(body: dict[str, Any], answer: Answer, cache: Cache, terms: Terms) -> dict[str, Any]:
    """The tokens of a call."""
    share, own = cache.marked(body["model"], prompt(body), terms.limits.cacheable), answer.usage or {}
    short, long = own.get("written", share.written.get("5m", 0)), 0 if "written" in own else share.written.get("1h", 0)
    read = own.get("cached", share.read)
    return {
        "input_tokens": own.get("input", share.whole) - read - short - long,
        "cache_creation_input_tokens": short + long,
        "cache_read_input_tokens": read,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
        "output_tokens": own.get("output", tokens(answer.size)),
        "service_tier": "standard",
    }


def model(name: str) -> dict[str, Any]:
    """A model, as it is listed."""
    return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z", "lifecycle": "active"}


def models(terms: Terms) -> dict[str, Any]:
    """All models."""
    data = [model(name) for name in terms.models]
    return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}


def without_choices(response: dict[str, Any]) -> None:
    """Take the content out of a response, which is this wire's choices."""
    response["content"] = None
