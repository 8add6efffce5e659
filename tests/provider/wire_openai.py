"""OpenAI's wire format: what Chat Completions takes, and how it answers."""

import itertools
import json
import time
from typing import Any

from tests.provider.answer import Answer, tokens, written
from tests.provider.body_openai import FORM
from tests.provider.cache import Cache
from tests.provider.checks_openai import check_body, translated
from tests.provider.problem import Problem, Rejected, reject
from tests.provider.shape import Mistake, hold
from tests.provider.terms import Terms

name = "openai"
CALL = "/v1/chat/completions"
REQUEST_ID = "x-request-id"
KINDS = {429: "requests"}
numbers = itertools.count(1)


def enter(headers: dict[str, str], terms: Terms) -> None:
    """Look at the key."""
    given = headers.get("authorization", "")
    if not given.startswith("Bearer "):
        raise reject(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.")
    if given.removeprefix("Bearer ") != terms.key:
        raise reject(401, f"Incorrect API key provided: {given.removeprefix('Bearer ')[:4]}***.", code="invalid_api_key")


def show(problem: Problem) -> dict[str, Any]:
    """An error as it is sent."""
    kind = problem.kind or KINDS.get(problem.status) or ("invalid_request_error" if problem.status < 500 else "server_error")
    return {"error": {"message": problem.message, "type": kind, "param": problem.param, "code": problem.code}}


def unreadable() -> Rejected:
    """A body that is not JSON."""
    return reject(400, "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.")


def check(body: dict[str, Any], terms: Terms) -> None:
    """Hold a body against its form, then against all else."""
    try:
        hold(FORM, body)
    except Mistake as mistake:
        raise translated(mistake) from None
    check_body(body, tokens(len(prompt(body))), terms)


def prompt(body: dict[str, Any]) -> bytes:
    """What the model reads, as the bytes that are counted."""
    return json.dumps([*(body.get("tools") or ()), *body["messages"]], ensure_ascii=False).encode()


def respond(body: dict[str, Any], answer: Answer, cache: Cache, terms: Terms) -> dict[str, Any]:
    """The response that gives an answer; one that is longer than `max_tokens` is cut."""
    most = body.get("max_completion_tokens") or body.get("max_tokens") or terms.limits.output
    if tokens(answer.size) > most and not answer.usage:
        answer = answer.cut(4 * most)
    number = next(numbers)
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal, "annotations": []}
    if answer.calls:
        message["tool_calls"] = [
            {"id": f"call_{number:016x}{place:08x}", "type": "function", "function": {"name": tool, "arguments": written(arguments)}}
            for place, (tool, arguments) in enumerate(answer.calls)
        ]
    stop = answer.stop or ("tool_calls" if answer.calls else "stop")
    return {
        "id": f"chatcmpl-{number:029x}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": stop}],
        "usage": usage(body, answer, cache, terms),
        "service_tier": "default",
        "system_fingerprint": None,
    }


def usage(body: dict[str, Any], answer: Answer, cache: Cache, terms: Terms) -> dict[str, Any]:
    """The tokens of a call."""
    share, own = cache.automatic(body["model"], prompt(body), terms.limits.cacheable), answer.usage or {}
    asked, said = own.get("input", share.whole), own.get("output", tokens(answer.size))
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": own.get("cached", share.read), "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    }


def model(name: str) -> dict[str, Any]:
    """A model, as it is listed."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "system"}


def models(terms: Terms) -> dict[str, Any]:
    """All models."""
    return {"object": "list", "data": [model(name) for name in terms.models]}


def without_choices(response: dict[str, Any]) -> None:
    """Take the choices out of a response."""
    response["choices"] = []
