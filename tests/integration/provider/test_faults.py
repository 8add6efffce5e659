"""Every fault of the scripted server, as the official SDKs see it."""

import json
import re
import time
from typing import Any

import pytest

from tests.integration.provider.clients import ASKED, anthropic, ask, chat, function, message, of_anthropic, of_openai, openai, tool
from tests.provider import Answer, Fault, NotScripted, Provider, faults

pytestmark = pytest.mark.integration

both = pytest.mark.parametrize("wire", ["openai", "anthropic"])
client = {"openai": of_openai, "anthropic": of_anthropic}
PATHS = {"openai": "/chat/completions", "anthropic": "/v1/messages"}
BODY = {"model": "teacher-1", "max_tokens": 100, "messages": ASKED}
SDK_ERRORS = (openai.OpenAIError, anthropic.AnthropicError)


def bare(provider: Provider, wire: str, **more: Any) -> Any:
    """A call through the SDK whose answer is left as it came."""
    return client[wire](provider, **more).post(PATHS[wire], cast_to=object, body=BODY)


ERRORS: list[tuple[Fault, str, int, str]] = [
    (faults.rate_limited(), "RateLimitError", 429, "rate limit"),
    (faults.status(500), "InternalServerError", 500, "server"),
    (faults.status(502), "InternalServerError", 502, "ateway"),
    (faults.status(503), "InternalServerError", 503, "unavailable|overloaded"),
    (faults.status(529), "InternalServerError", 529, "verloaded"),
    (faults.wrong_key(), "AuthenticationError", 401, "key"),
    (faults.wrong_model(), "NotFoundError", 404, "model"),
    (faults.context_overflow(), "BadRequestError", 400, "210000 tokens"),
    (faults.unsupported_schema(), "BadRequestError", 400, "response_format|output_config.format"),
]


@both
@pytest.mark.parametrize(("fault", "error", "status", "said"), ERRORS, ids=[row[0].name for row in ERRORS])
def test_an_error_has_the_providers_shape(wire: str, fault: Fault, error: str, status: int, said: str) -> None:
    sdk = {"openai": openai, "anthropic": anthropic}[wire]
    with Provider(answer=lambda body: "main", faults=faults.first(1, fault)) as provider:
        with pytest.raises(sdk.APIStatusError, match=f"(?i){said}") as caught:
            ask[wire](provider)
        ask[wire](provider)
        assert [(seen.attempt, seen.status, seen.fault, seen.billed) for seen in provider.seen] == [(1, status, fault.name, False), (2, 200, None, True)]
    assert isinstance(caught.value, getattr(sdk, {529: "APIStatusError"}.get(status, error)))
    assert caught.value.request_id


def test_an_empty_account_is_told_in_the_providers_own_way() -> None:
    with Provider(answer=lambda body: "main", faults=faults.first(1, faults.out_of_money())) as provider:
        with pytest.raises(openai.RateLimitError) as caught:
            chat(provider)
        with pytest.raises(anthropic.BadRequestError, match="credit balance is too low"):
            message(provider)
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")


@both
@pytest.mark.parametrize("form", ["seconds", "ms", "date"])
def test_the_time_to_wait_is_told_in_each_form_and_the_sdk_understands_it(wire: str, form: Any) -> None:
    fault = faults.rate_limited(7, form)
    with Provider(answer=lambda body: "main", faults=faults.first(1, fault)) as provider:
        with pytest.raises((openai.RateLimitError, anthropic.RateLimitError)) as caught:
            ask[wire](provider)
        headers = caught.value.response.headers
        assert {"seconds": headers.get("retry-after") == "7", "ms": headers.get("retry-after-ms") == "7000", "date": "GMT" in headers.get("retry-after", "")}[form]
        client = {"openai": of_openai, "anthropic": of_anthropic}[wire](provider)
        assert client._parse_retry_after_header(headers) == pytest.approx(7, abs=2)


@both
@pytest.mark.parametrize(
    ("fault", "why"),
    [(faults.reset(), "reset by peer"), (faults.cut(), "received [0-9]{3} bytes"), (faults.cut(after_bytes=3), "received 3 bytes")],
    ids=["reset", "cut", "cut_after_3"],
)
def test_a_lost_connection_is_an_error_of_the_connection(wire: str, fault: Fault, why: str) -> None:
    with Provider(answer=lambda body: "main", faults=faults.first(1, fault)) as provider:
        with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)) as caught:
            ask[wire](provider)
        ask[wire](provider)
        assert [(seen.status, seen.billed) for seen in provider.seen] == [(None if fault.way == "reset" else 200, False), (200, True)]
    assert re.search(why, str(caught.value.__cause__))


@both
def test_a_stalled_body_is_given_up_by_the_client_or_ended_by_the_server(wire: str) -> None:
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.stalled(0.1)) as provider:
        with pytest.raises(SDK_ERRORS) as given_up:
            bare(provider, wire, timeout=0.05)
        began = time.monotonic()
        with pytest.raises(SDK_ERRORS) as ended:
            bare(provider, wire)
        assert time.monotonic() - began > 0.1
        assert [seen.billed for seen in provider.seen] == [False, False]
    assert [type(caught.value).__name__ for caught in (given_up, ended)] == ["APITimeoutError", "APIConnectionError"]


def test_a_stall_does_not_hold_up_the_end_of_the_test() -> None:
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.stalled(60)) as provider:
        with pytest.raises(openai.APITimeoutError):
            bare(provider, "openai", timeout=0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 1


@both
def test_a_slow_answer_is_late_and_whole(wire: str) -> None:
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.slow_first_byte(0.1)) as provider:
        with pytest.raises(SDK_ERRORS) as caught:
            bare(provider, wire, timeout=0.05)
        began = time.monotonic()
        ask[wire](provider)
        assert time.monotonic() - began > 0.1
        assert provider.seen[1].billed
    assert type(caught.value).__name__ == "APITimeoutError"


@both
def test_half_a_json_body_is_no_answer(wire: str) -> None:
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.broken_json()) as provider:
        with pytest.raises(json.JSONDecodeError):
            ask[wire](provider)
        assert [(seen.status, seen.billed) for seen in provider.seen] == [(200, False)]


@both
def test_a_gateways_page_comes_with_200_or_502(wire: str) -> None:
    plan = {1: faults.html(200), 2: faults.html(502)}
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: plan[attempt]) as provider:
        page = client[wire](provider).post(PATHS[wire], cast_to=object, body=BODY)
        with pytest.raises(SDK_ERRORS) as caught:
            bare(provider, wire)
        assert [(seen.status, seen.billed) for seen in provider.seen] == [(200, False), (502, False)]
    assert "<h1>502 Bad Gateway</h1>" in page
    assert caught.value.response.headers["content-type"].startswith("text/html")


@both
def test_an_empty_answer_and_one_without_choices(wire: str) -> None:
    plan = {1: faults.empty(), 2: faults.no_choices()}
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: plan[attempt]) as provider:
        empty, without = bare(provider, wire), bare(provider, wire)
        assert [seen.billed for seen in provider.seen] == [True, True]
    if wire == "openai":
        assert (empty["choices"][0]["message"]["content"], empty["choices"][0]["finish_reason"], without["choices"]) == (None, "stop", [])
    else:
        assert (empty["content"], empty["stop_reason"], without["content"]) == ([], "end_turn", None)


@both
def test_a_refusal_and_half_an_answer(wire: str) -> None:
    plan = {1: faults.refusal("Not this."), 2: faults.length()}
    with Provider(answer=lambda body: "12345678", faults=lambda body, attempt: plan[attempt]) as provider:
        refused, half = bare(provider, wire), bare(provider, wire)
    if wire == "openai":
        assert refused["choices"][0]["message"]["refusal"] == "Not this."
        assert (half["choices"][0]["message"]["content"], half["choices"][0]["finish_reason"]) == ("1234", "length")
    else:
        assert (refused["stop_reason"], refused["stop_details"]["explanation"]) == ("refusal", "Not this.")
        assert (half["content"], half["stop_reason"]) == ([{"type": "text", "text": "1234"}], "max_tokens")


def test_bad_arguments_are_no_json() -> None:
    with Provider(answer=lambda body: Answer(calls=[("git_log", {"path": "a"})]), faults=lambda body, attempt: faults.bad_arguments()) as provider:
        call = chat(provider, tools=[function()]).choices[0].message.tool_calls[0]
        use = message(provider, tools=[tool()]).content[0]
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.function.arguments)
    assert use.input == {"INVALID_JSON": '{"path": "a"'}


def test_bad_arguments_need_a_tool_to_call() -> None:
    with Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.bad_arguments()) as provider:
        assert chat(provider, tools=[function()]).choices[0].message.tool_calls[0].function.name == "git_log"
    spoilt = Provider(answer=lambda body: "main", faults=lambda body, attempt: faults.bad_arguments())
    with pytest.raises(NotScripted, match="offers none"), spoilt as provider, pytest.raises(openai.InternalServerError):
        chat(provider)


def test_a_random_plan_fails_its_share_the_same_way_in_every_order() -> None:
    plan = faults.randomly(0.3, 7, [faults.reset(), faults.status(500)])
    bodies = [{"model": "teacher-1", "messages": [{"role": "user", "content": str(number)}]} for number in range(1000)]
    drawn = {number: plan(body, 1) for number, body in enumerate(bodies)}
    assert {number: plan(dict(reversed(bodies[number].items())), 1) for number in reversed(range(1000))} == drawn
    failed = [fault.name for fault in drawn.values() if fault]
    assert 250 < len(failed) < 350
    assert 0.4 < failed.count("reset") / len(failed) < 0.6
    assert [plan(body, 2) for body in bodies] != list(drawn.values())
    assert [faults.randomly(0.3, 8, [faults.reset()])(body, 1) for body in bodies] != list(drawn.values())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_none_or_all_is_exact(share: float) -> None:
    plan = faults.randomly(share, 7, [faults.reset()])
    assert {plan({"number": number}, 1) is not None for number in range(200)} == {bool(share)}
