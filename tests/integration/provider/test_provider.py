"""The scripted server, as the official SDKs see it: answers, tokens, and what it keeps in its books."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.provider.clients import ASKED, anthropic, ask, chat, function, message, of_anthropic, of_openai, openai, tool
from tests.provider import Answer, Limits, NotScripted, Provider, faults

pytestmark = pytest.mark.integration

LONG = "Say which branch is checked out. " * 200
CALL = Answer(calls=[("git_log", {"path": "/srv/kiln"})])
both = pytest.mark.parametrize("wire", ["openai", "anthropic"])


def test_text_comes_out_on_both_wires() -> None:
    with Provider(answer=lambda body: f"you asked: {body['messages'][-1]['content']}") as provider:
        completion, said = chat(provider), message(provider)
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("you asked: which branch is this?", "stop")
    assert (said.content[0].text, said.stop_reason) == ("you asked: which branch is this?", "end_turn")


def test_calls_come_out_on_both_wires_and_their_results_go_back_in() -> None:
    with Provider(answer=lambda body: CALL if len(body["messages"]) == 1 else "main") as provider:
        first = chat(provider, tools=[function()]).choices[0]
        result = {"role": "tool", "tool_call_id": first.message.tool_calls[0].id, "content": "* main"}
        second = chat(provider, [*ASKED, first.message.model_dump(exclude={"annotations"}), result], tools=[function()]).choices[0]
        use = message(provider, tools=[tool()])
        back = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.content[0].id, "content": "* main"}]}
        after = message(provider, [*ASKED, {"role": "assistant", "content": [use.content[0].model_dump(exclude={"toolset_name"})]}, back], tools=[tool()])
    assert (first.finish_reason, json.loads(first.message.tool_calls[0].function.arguments)) == ("tool_calls", {"path": "/srv/kiln"})
    assert (use.stop_reason, use.content[0].name, use.content[0].input) == ("tool_use", "git_log", {"path": "/srv/kiln"})
    assert (second.message.content, after.content[0].text) == ("main", "main")


def test_length_and_refusal_end_as_the_wires_say_it() -> None:
    with Provider(answer=lambda body: Answer("half of", stop="length") if "x" in body["messages"][0]["content"] else Answer(refusal="I will not.")) as provider:
        cut, refused = chat(provider, [{"role": "user", "content": "x"}]).choices[0], chat(provider).choices[0]
        cut_too, refused_too = message(provider, [{"role": "user", "content": "x"}]), message(provider)
    assert (cut.finish_reason, cut.message.content, cut_too.stop_reason) == ("length", "half of", "max_tokens")
    assert (refused.finish_reason, refused.message.refusal, refused.message.content) == ("stop", "I will not.", None)
    assert (refused_too.stop_reason, refused_too.content, refused_too.stop_details.explanation) == ("refusal", [], "I will not.")


def test_an_answer_longer_than_max_tokens_is_cut_there() -> None:
    with Provider(answer=lambda body: "a" * 100) as provider:
        completion, said = chat(provider, max_completion_tokens=5), message(provider, max_tokens=5)
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason, completion.usage.completion_tokens) == ("a" * 20, "length", 5)
    assert (said.content[0].text, said.stop_reason, said.usage.output_tokens) == ("a" * 20, "max_tokens", 5)


def test_usage_is_counted_and_can_be_scripted() -> None:
    with Provider(answer=lambda body: Answer("twelve bytes", usage=body["metadata"] and {"input": 50, "cached": 40, "written": 6, "output": 7})) as provider:
        scripted, said = chat(provider, metadata={"k": "v"}).usage, message(provider, metadata={"user_id": "v"}).usage
    with Provider(answer=lambda body: "twelve bytes") as provider:
        counted = [chat(provider).usage.model_dump() for _ in range(2)]
    assert (scripted.prompt_tokens, scripted.prompt_tokens_details.cached_tokens, scripted.completion_tokens, scripted.total_tokens) == (50, 40, 7, 57)
    assert (said.input_tokens, said.cache_read_input_tokens, said.cache_creation_input_tokens, said.output_tokens) == (4, 40, 6, 7)
    assert counted[0] == counted[1]
    assert counted[0]["completion_tokens"] == 3


def test_a_long_prompt_is_cached_by_openai_without_asking() -> None:
    with Provider(answer=lambda body: "main") as provider:
        system = {"role": "system", "content": LONG}
        cached = [chat(provider, [system, {"role": "user", "content": f"{number}"}]).usage.prompt_tokens_details.cached_tokens for number in range(3)]
    assert cached == [0, 1664, 1664]  # 1,650 tokens of text and what is around them, in steps of 128


def test_a_prompt_is_cached_by_anthropic_up_to_its_breakpoints() -> None:
    def used(question: str, system: str, kept: dict[str, str] | None) -> tuple[int, int]:
        usage = message(provider, [{"role": "user", "content": question}], system=[{"type": "text", "text": system} | ({"cache_control": kept} if kept else {})]).usage
        return usage.cache_creation_input_tokens, usage.cache_read_input_tokens

    with Provider(answer=lambda body: "main") as provider:
        kept = {"type": "ephemeral"}
        assert used("a", LONG, None) == (0, 0)
        assert used("a", LONG, kept) == (1650, 0)
        assert used("b", LONG, kept) == (0, 1650)
        assert used("b", f"Now. {LONG}", kept) == (1652, 0)
        assert used("b", "too short to be kept", kept) == (0, 0)
        hour = message(provider, [{"role": "user", "content": [{"type": "text", "text": LONG, "cache_control": kept | {"ttl": "1h"}}]}]).usage
        assert (hour.cache_creation.ephemeral_1h_input_tokens, hour.cache_creation.ephemeral_5m_input_tokens, hour.input_tokens) == (1652, 0, 0)


def test_the_models_are_listed() -> None:
    with Provider(answer=lambda body: "main", models=("teacher-1", "teacher-2")) as provider:
        assert [model.id for model in of_openai(provider).models.list()] == ["teacher-1", "teacher-2"]
        assert [model.id for model in of_anthropic(provider).models.list()] == ["teacher-1", "teacher-2"]
        assert (of_openai(provider).models.retrieve("teacher-2").id, of_anthropic(provider).models.retrieve("teacher-2").id) == ("teacher-2", "teacher-2")
        with pytest.raises(openai.NotFoundError):
            of_openai(provider).models.retrieve("teacher-3")


def test_every_request_is_in_the_books() -> None:
    with Provider(answer=lambda body: "main") as provider:
        began = time.monotonic()
        chat(provider, headers={"X-Trace": "seven"})
        chat(provider)
        message(provider)
        seen = provider.seen
    assert [(one.method, one.path, one.attempt, one.status, one.billed, one.repeated) for one in seen] == [
        ("POST", "/v1/chat/completions", 1, 200, True, False),
        ("POST", "/v1/chat/completions", 2, 200, True, False),
        ("POST", "/v1/messages", 1, 200, True, False),
    ]
    assert seen[0].body == {"model": "teacher-1", "messages": ASKED}
    assert seen[0].headers["x-trace"] == "seven"
    assert began <= seen[0].at <= seen[1].at <= seen[2].at <= time.monotonic()
    assert (seen[0].usage["completion_tokens"], seen[2].usage["output_tokens"]) == (1, 1)


@both
def test_an_answer_is_paid_once_for_an_idempotency_key(wire: str) -> None:
    said = iter("abc")
    with Provider(answer=lambda body: next(said), faults=lambda body, attempt: faults.status(500) if attempt == 1 and len(body["messages"]) == 1 else None) as provider:
        with pytest.raises(Exception, match="500"):
            ask[wire](provider, headers={"Idempotency-Key": "k1"})
        first, again, other = (ask[wire](provider, headers={"Idempotency-Key": key}).id for key in ("k1", "k1", "k2"))
        with pytest.raises(Exception, match="used with another request"):
            ask[wire](provider, [*ASKED, *ASKED], headers={"Idempotency-Key": "k1"})
        books = [(one.status, one.billed, one.repeated) for one in provider.seen]
    assert first == again != other
    assert books == [(500, False, False), (200, True, False), (200, False, True), (200, True, False), (400, False, False)]


def test_calls_in_flight_are_counted_and_seen_before_they_end() -> None:
    with Provider(answer=lambda body: "main", latency=2) as provider:
        threads = [threading.Thread(target=chat, args=[provider]) for _ in range(3)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 1.5
        while len(provider.seen) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert [one.status for one in provider.seen] == [None] * 3
        for thread in threads:
            thread.join()
        assert (provider.in_flight_peak, [one.billed for one in provider.seen]) == (3, [True] * 3)


def test_a_client_that_left_is_not_billed() -> None:
    with Provider(answer=lambda body: "main", latency=0.1) as provider:
        with pytest.raises(openai.APITimeoutError):
            of_openai(provider, timeout=0.03).chat.completions.create(model="teacher-1", messages=ASKED)
        time.sleep(0.15)
        assert [one.billed for one in provider.seen] == [False]


def test_a_client_that_leaves_while_it_talks_does_not_fail_the_test() -> None:
    with Provider(answer=lambda body: "main") as provider:
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer test-key\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
        with socket.create_connection(("127.0.0.1", provider.port)) as client:
            client.sendall(head.encode())
        assert chat(provider).choices[0].message.content == "main"
        assert [(one.status, one.billed) for one in provider.seen] == [(None, False), (200, True)]


def test_an_answer_function_that_raises_fails_the_test() -> None:
    def script(body: dict[str, Any]) -> str:
        raise KeyError("no such prompt")

    with pytest.raises(KeyError, match="no such prompt"), Provider(answer=script) as provider, pytest.raises(openai.InternalServerError, match="the script failed: KeyError"):
        chat(provider)


@pytest.mark.parametrize("more", [{"stream": True}, {"n": 2}, {"logprobs": True}])
def test_what_the_server_cannot_do_fails_the_test(more: dict[str, Any]) -> None:
    with pytest.raises(NotScripted, match=f"with {next(iter(more))}"), Provider(answer=lambda body: "main") as provider, pytest.raises(openai.InternalServerError):
        chat(provider, **more)


def test_system_messages_of_anthropic_fail_the_test() -> None:
    with pytest.raises(NotScripted, match="system messages"), Provider(answer=lambda body: "main") as provider, pytest.raises(anthropic.InternalServerError):
        message(provider, [{"role": "system", "content": "Be brief."}, *ASKED])


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with Provider(answer=lambda body: "main") as provider, pytest.raises(OSError, match="in use"):
        Provider(answer=lambda body: "main", port=provider.port).__enter__()


def test_many_calls_at_once_are_all_answered() -> None:
    async def many() -> list[str]:
        async with openai.AsyncOpenAI(base_url=provider.openai, api_key="test-key", max_retries=0) as client:
            calls = [client.chat.completions.create(model="teacher-1", messages=[{"role": "user", "content": str(number)}]) for number in range(40)]
            return [completion.choices[0].message.content for completion in await asyncio.gather(*calls)]

    with Provider(answer=lambda body: body["messages"][0]["content"], record=False) as provider:
        assert asyncio.run(many()) == [str(number) for number in range(40)]
        assert provider.seen == []


def test_it_runs_as_a_process() -> None:
    command = [sys.executable, "-m", "tests.provider", "--answer", "echo", "--key", "other"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        said = openai.OpenAI(base_url=f"{url}/v1", api_key="other", max_retries=0).chat.completions.create(model="teacher-1", messages=ASKED)
        process.terminate()
        assert process.wait(5) == 0
    assert said.choices[0].message.content == "You said: which branch is this?"


def test_the_limits_are_those_of_the_test() -> None:
    with Provider(answer=lambda body: "main", limits=Limits(context=5)) as provider, pytest.raises(openai.BadRequestError) as caught:
        chat(provider)
    assert caught.value.code == "context_length_exceeded"
