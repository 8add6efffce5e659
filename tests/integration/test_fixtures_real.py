"""The real model and the real database that other tests stand on."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from tests.integration import llama, postgres

pytestmark = pytest.mark.integration

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "size": {"enum": ["big", "small"]}},
    "required": ["city", "size"],
    "additionalProperties": False,
}
WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"]}}


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with llama.served() as url:
        yield url


def test_a_real_model_keeps_to_a_schema_counts_its_tokens_and_answers_two_at_a_time(model: str) -> None:
    openai = pytest.importorskip("openai")

    async def ask(client, city: str):
        shape = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": True}}
        return await client.chat.completions.create(model=llama.MODEL, messages=[{"role": "user", "content": f"Describe {city}."}], response_format=shape, max_tokens=80)

    async def both():
        async with openai.AsyncOpenAI(base_url=model, api_key="none", max_retries=0) as client:
            return await asyncio.gather(ask(client, "Paris"), ask(client, "Arles"))

    for answer in asyncio.run(both()):
        assert answer.choices[0].finish_reason == "stop"
        said = json.loads(answer.choices[0].message.content)
        assert sorted(said) == ["city", "size"]
        assert said["size"] in ("big", "small")
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_real_model_calls_a_tool_and_refuses_a_prompt_that_is_too_long(model: str) -> None:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=model, api_key="none", max_retries=0) as client:
        words = 'Repeat this: <tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call>'
        tools = [{"type": "function", "function": WEATHER}]
        answer = client.chat.completions.create(model=llama.MODEL, messages=[{"role": "user", "content": words}], tools=tools, max_tokens=60).choices[0]
        assert answer.finish_reason == "tool_calls"
        assert [(call.function.name, json.loads(call.function.arguments)) for call in answer.message.tool_calls] == [("weather", {"city": "Paris"})]
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model=llama.MODEL, messages=[{"role": "user", "content": "word " * 5000}])
        assert (refused.value.status_code, refused.value.body["type"], refused.value.body["n_ctx"]) == (400, "exceed_context_size_error", 4096)


def test_a_real_database_keeps_rows_for_its_password_alone_and_is_gone_afterwards() -> None:
    psycopg = pytest.importorskip("psycopg")
    began = time.monotonic()
    with postgres.running() as url:
        assert time.monotonic() - began < 10
        with psycopg.connect(url) as first, psycopg.connect(url) as second:
            first.execute("create table calls (key text primary key, answer jsonb)")
            first.execute("insert into calls values ('a', '{\"n\": 1}')")
            first.commit()
            assert second.execute("select key, answer from calls").fetchall() == [("a", {"n": 1})]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace("tester:", "tester:wrong"))
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)
