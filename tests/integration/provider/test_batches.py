"""The batch APIs of the scripted server, from the upload to the results, as the official SDKs see them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.provider.clients import anthropic, of_anthropic, of_openai, openai
from tests.provider import Limits, Provider, faults

pytestmark = pytest.mark.integration


def asked(number: int) -> list[dict[str, Any]]:
    return [{"role": "user", "content": f"number {number}"}]


def script(body: dict[str, Any]) -> str:
    return f"you said {body['messages'][0]['content']}"


def line(number: int, **more: Any) -> dict[str, Any]:
    return {"custom_id": f"row-{number}", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "teacher-1", "messages": asked(number)}} | more


def upload(provider: Provider, lines: list[Any], name: str = "rows.jsonl") -> Any:
    content = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    return of_openai(provider).files.create(file=(name, content.encode()), purpose="batch")


def start(provider: Provider, lines: list[Any], **more: Any) -> Any:
    return of_openai(provider).batches.create(input_file_id=upload(provider, lines).id, endpoint="/v1/chat/completions", completion_window="24h", **more)


def content(provider: Provider, file: str | None) -> dict[str, Any]:
    return {row["custom_id"]: row for row in map(json.loads, of_openai(provider).files.content(file).text.splitlines())} if file else {}


def request(number: int, **more: Any) -> dict[str, Any]:
    return {"custom_id": f"row-{number}", "params": {"model": "teacher-1", "max_tokens": 100, "messages": asked(number)} | more}


def results(provider: Provider, id: str) -> dict[str, Any]:
    return {row.custom_id: row.result for row in of_anthropic(provider).messages.batches.results(id)}


def test_an_openai_batch_is_completed_when_the_test_says_so() -> None:
    with Provider(answer=script) as provider:
        client = of_openai(provider)
        batch = start(provider, [line(number) for number in range(3)], metadata={"run": "seven"})
        assert (batch.status, batch.request_counts.total, batch.metadata) == ("validating", 0, {"run": "seven"})
        assert [client.batches.retrieve(batch.id).status for _ in range(2)] == ["in_progress"] * 2
        assert provider.lines == []
        provider.finish_batches()
        batch = client.batches.retrieve(batch.id)
        assert (batch.status, batch.request_counts.completed, batch.error_file_id) == ("completed", 3, None)
        rows = content(provider, batch.output_file_id)
        assert list(rows) == ["row-2", "row-1", "row-0"]  # not in the order of the requests
        assert {row["response"]["body"]["choices"][0]["message"]["content"] for row in rows.values()} == {f"you said number {number}" for number in range(3)}
        assert [(seen.batch, seen.billed) for seen in provider.lines] == [(batch.id, True)] * 3
        assert client.files.retrieve(batch.output_file_id).purpose == "batch_output"
        assert not any(seen.billed for seen in provider.seen)


def test_lines_of_an_openai_batch_fail_expire_or_are_wrong() -> None:
    with Provider(answer=script) as provider:
        batch = start(provider, [line(0), line(1), line(2), line(3, body={"model": "teacher-1", "messages": []}), line(4)])
        plan = {"row-1": faults.status(500), "row-4": faults.refusal("No.")}
        provider.finish_batches(fail=lambda id, body: plan.get(id), expire=lambda id: id == "row-2")
        batch = of_openai(provider).batches.retrieve(batch.id)
        good, bad = content(provider, batch.output_file_id), content(provider, batch.error_file_id)
        assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("expired", 2, 3)
    assert set(good) == {"row-0", "row-4"}
    assert good["row-4"]["response"]["body"]["choices"][0]["message"]["refusal"] == "No."
    assert (bad["row-1"]["response"]["status_code"], bad["row-1"]["response"]["body"]["error"]["type"]) == (500, "server_error")
    assert (bad["row-2"]["response"], bad["row-2"]["error"]["code"]) == (None, "batch_expired")
    assert bad["row-3"]["response"]["body"]["error"]["code"] == "empty_array"


@pytest.mark.parametrize(
    ("lines", "code", "number"),
    [
        ([], "empty_file", None),
        ([line(0), "{"], "invalid_json_line", 2),
        ([line(0), line(0)], "duplicate_custom_id", 2),
        ([line(0, url="/v1/embeddings")], "invalid_url", 1),
        ([line(0, method="GET")], "invalid_method", 1),
        ([line(0, colour="red")], "unknown_parameter", 1),
        ([{"custom_id": "a"}], "missing_required_parameter", 1),
        ([line(0, custom_id=7)], "invalid_type", 1),
        ([line(0, body={"model": "teacher-9"})], "model_not_found", 1),
        ([line(0), line(1, body={"model": "teacher-2"})], "mismatched_model", 2),
        ([line(number) for number in range(5)], "too_many_tasks", None),
    ],
)
def test_an_openai_batch_with_a_wrong_file_fails(lines: list[Any], code: str, number: int | None) -> None:
    with Provider(answer=script, models=("teacher-1", "teacher-2"), limits=Limits(batch_lines=4)) as provider:
        batch = start(provider, lines)
        assert batch.status == "validating"
        batch = of_openai(provider).batches.retrieve(batch.id)
        provider.finish_batches()
        assert (batch.status, batch.errors.data[0].code, batch.errors.data[0].line) == ("failed", code, number)
        assert provider.lines == []


def test_an_openai_batch_is_cancelled() -> None:
    with Provider(answer=script) as provider:
        client = of_openai(provider)
        batch = start(provider, [line(0)])
        assert client.batches.cancel(batch.id).status == "cancelling"
        provider.finish_batches()
        batch = client.batches.retrieve(batch.id)
        assert (batch.status, batch.output_file_id) == ("cancelled", None)
        assert content(provider, batch.error_file_id)["row-0"]["error"]["code"] == "batch_cancelled"
        with pytest.raises(openai.ConflictError):
            client.batches.cancel(batch.id)


def test_openai_batches_and_files_are_listed_page_by_page_and_found_by_their_metadata() -> None:
    with Provider(answer=script) as provider:
        client = of_openai(provider)
        made = [start(provider, [line(0)], metadata={"number": str(number)}) for number in range(5)]
        assert [batch.metadata["number"] for batch in client.batches.list(limit=2)] == ["4", "3", "2", "1", "0"]
        assert client.batches.list(limit=2, after=made[3].id).data[0].id == made[2].id
        assert len(list(client.files.list(limit=2))) == 5
        client.files.delete(made[0].input_file_id)
        with pytest.raises(openai.NotFoundError):
            client.files.content(made[0].input_file_id)


def test_what_openai_turns_down_at_once() -> None:
    with Provider(answer=script, limits=Limits(batch_file_bytes=300)) as provider:
        client = of_openai(provider)
        with pytest.raises(openai.BadRequestError, match=r"Must be \.jsonl"):
            upload(provider, [line(0)], "rows.json")
        with pytest.raises(openai.APIStatusError, match="larger than 300 bytes"):
            upload(provider, [line(number) for number in range(9)])
        with pytest.raises(openai.BadRequestError, match="purpose"):
            client.files.create(file=("a.jsonl", b""), purpose="vision")
        with pytest.raises(openai.NotFoundError, match="No such File"):
            client.batches.create(input_file_id="file-9", endpoint="/v1/chat/completions", completion_window="24h")
        file = upload(provider, [line(0)]).id
        with pytest.raises(openai.BadRequestError, match="Supported values are: '24h'"):
            client.batches.create(input_file_id=file, endpoint="/v1/chat/completions", completion_window="1h")
        with pytest.raises(openai.BadRequestError, match="Unrecognized request argument supplied: window"):
            client.batches.create(input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h", extra_body={"window": 1})
        with pytest.raises(openai.NotFoundError, match="No batch found"):
            client.batches.retrieve("batch_9")


def test_an_anthropic_batch_ends_when_the_test_says_so() -> None:
    with Provider(answer=script) as provider:
        batches = of_anthropic(provider).messages.batches
        batch = batches.create(requests=[request(0), request(1), request(2, seed=1), request(3), request(4)])
        assert (batch.processing_status, batch.request_counts.processing, batch.results_url) == ("in_progress", 5, None)
        assert batch.expires_at - batch.created_at == timedelta(days=1)
        with pytest.raises(anthropic.AnthropicError, match="results_url"):
            batches.results(batch.id)
        provider.finish_batches(fail=lambda id, body: faults.status(529) if id == "row-1" else None, expire=lambda id: id == "row-3")
        batch = batches.retrieve(batch.id)
        counts = batch.request_counts
        rows = results(provider, batch.id)
        assert [seen.billed for seen in provider.lines] == [True, False, False, True]
    assert (batch.processing_status, counts.processing, counts.succeeded, counts.errored, counts.expired, counts.canceled) == ("ended", 0, 2, 2, 1, 0)
    assert list(rows) == ["row-4", "row-3", "row-2", "row-1", "row-0"]  # not in the order of the requests
    assert (rows["row-0"].message.content[0].text, rows["row-0"].message.usage.service_tier) == ("you said number 0", "batch")
    assert rows["row-1"].error.error.type == "overloaded_error"
    assert rows["row-2"].error.error.message == "seed: Extra inputs are not permitted"
    assert rows["row-3"].type == "expired"


def test_an_anthropic_batch_is_canceled_listed_and_deleted() -> None:
    with Provider(answer=script) as provider:
        batches = of_anthropic(provider).messages.batches
        made = [batches.create(requests=[request(0)]) for _ in range(3)]
        assert batches.cancel(made[0].id).processing_status == "canceling"
        with pytest.raises(anthropic.BadRequestError, match="cannot be deleted"):
            batches.delete(made[0].id)
        provider.finish_batches(expire=True)
        assert (results(provider, made[0].id)["row-0"].type, results(provider, made[1].id)["row-0"].type) == ("canceled", "expired")
        assert [batch.id for batch in batches.list(limit=2)] == [batch.id for batch in reversed(made)]
        assert [batch.id for batch in batches.list(limit=1, before_id=made[0].id)] == [made[1].id, made[2].id]
        batches.delete(made[0].id)
        with pytest.raises(anthropic.NotFoundError):
            batches.retrieve(made[0].id)


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([request(0), request(0)], "custom_id 'row-0' is not unique"),
        ([request(0) | {"custom_id": "row 0"}], "requests.0.custom_id: String should match pattern"),
        ([request(0) | {"custom_id": "a" * 65}], "requests.0.custom_id: String should match pattern"),
        ([request(0) | {"colour": "red"}], "requests.0.colour: Extra inputs are not permitted"),
        ([{"custom_id": "a"}], "requests.0.params: Field required"),
        ([], "at least 1"),
        ([request(number) for number in range(4)], "at most 3 requests, not 4"),
    ],
)
def test_what_anthropic_turns_down_at_once(requests: list[Any], said: str) -> None:
    with Provider(answer=script, limits=Limits(batch_requests=3)) as provider, pytest.raises(anthropic.BadRequestError, match=said):
        of_anthropic(provider).messages.batches.create(requests=requests)


def test_batches_have_faults_of_their_own_and_are_opened_once_for_a_key() -> None:
    def plan(place: str, attempt: int) -> Any:
        return {("POST /v1/batches", 1): faults.reset(), ("POST /v1/messages/batches", 1): faults.status(500), ("POST /v1/files", 1): faults.cut()}.get((place, attempt))

    with Provider(answer=script, batch_faults=plan) as provider:
        with pytest.raises(openai.APIConnectionError):
            upload(provider, [line(0)])
        with pytest.raises(openai.APIConnectionError):
            start(provider, [line(0)])
        file = upload(provider, [line(0)]).id
        terms = {"endpoint": "/v1/chat/completions", "completion_window": "24h", "input_file_id": file}
        made = [of_openai(provider).batches.create(**terms, extra_headers={"Idempotency-Key": key}).id for key in ("a", "a", "b")]
        batches = of_anthropic(provider).messages.batches
        with pytest.raises(anthropic.InternalServerError):
            batches.create(requests=[request(0)])
        made_too = [batches.create(requests=[request(0)], extra_headers={"Idempotency-Key": key}).id for key in ("a", "a", "b")]
        with pytest.raises(anthropic.BadRequestError, match="used with another request"):
            batches.create(requests=[request(1)], extra_headers={"Idempotency-Key": "a"})
        opened = [seen for seen in provider.seen if seen.path.endswith("/batches")]
    assert made[0] == made[1] != made[2]
    assert made_too[0] == made_too[1] != made_too[2]
    assert [(seen.status, seen.repeated) for seen in opened[:8]] == [(None, False), (200, False), (200, True), (200, False), (500, False), (200, False), (200, True), (200, False)]
