"""What the real APIs turn down, the scripted server turns down too, in their words."""

from copy import deepcopy
from typing import Any, get_type_hints

import pytest

from tests.integration.provider.clients import ASKED, SCHEMA, anthropic, function, of_anthropic, of_openai, openai, tool
from tests.provider import Limits, Provider
from tests.provider.body_anthropic import Body as AnthropicBody
from tests.provider.body_openai import Body as OpenAIBody

pytestmark = pytest.mark.integration

CALLED = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "git_log", "arguments": "{}"}}]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "* main"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "git_log", "input": {}}
BACK = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "* main"}
OPENAI = {"model": "teacher-1", "messages": ASKED, "tools": [function()]}
ANTHROPIC = {"model": "teacher-1", "max_tokens": 100, "messages": ASKED, "tools": [tool()]}
KEPT = {"cache_control": {"type": "ephemeral"}}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def structured(schema: dict[str, Any], name: str = "answer", strict: bool = True) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": strict}}}


def output(schema: dict[str, Any]) -> dict[str, Any]:
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


def without(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}


def changed(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return deepcopy(schema) | more


GOOD_OPENAI = [
    OPENAI,
    OPENAI | {"messages": [{"role": "system", "content": "Be brief."}, *ASKED, CALLED, RESULT, {"role": "user", "content": [text("and now?")]}]},
    OPENAI | {"tool_choice": {"type": "function", "function": {"name": "git_log"}}, "parallel_tool_calls": False},
    OPENAI | structured(SCHEMA) | {"temperature": 0.7, "seed": 1, "max_completion_tokens": 100, "reasoning_effort": "low"},
    OPENAI | structured({"type": "object"}, strict=False),
    OPENAI | structured(changed(SCHEMA, properties={"path": {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}}, **{"$defs": {"P": SCHEMA}})),
    OPENAI | {"tools": [function(strict=True)]},
]
GOOD_ANTHROPIC = [
    ANTHROPIC,
    ANTHROPIC
    | {"system": [text("Be brief.", **KEPT)], "messages": [*ASKED, {"role": "assistant", "content": [text("Wait."), USE]}, {"role": "user", "content": [BACK, text("and?")]}]},
    ANTHROPIC | {"messages": [*ASKED, *ASKED], "tool_choice": {"type": "tool", "name": "git_log", "disable_parallel_tool_use": True}},
    ANTHROPIC | output(SCHEMA) | {"thinking": {"type": "disabled"}, "stop_sequences": ["END"], "metadata": {"user_id": "u"}},
    ANTHROPIC | output(changed(SCHEMA, required=[], properties={"path": {"$ref": "#/$defs/P"}}, **{"$defs": {"P": {"type": "string"}}})),
]

BAD_OPENAI: list[tuple[dict[str, Any], str]] = [
    (OPENAI | {"top_k": 3}, "Unrecognized request argument supplied: top_k"),
    (OPENAI | {"messages": [ASKED[0] | {"mood": "good"}]}, "Unknown parameter: 'messages[0].mood'"),
    (without(OPENAI, "messages"), "Missing required parameter: 'messages'"),
    (without(OPENAI, "model"), "Missing required parameter: 'model'"),
    (OPENAI | {"messages": []}, "Invalid 'messages': empty array"),
    (OPENAI | {"messages": [{"role": "user"}]}, "Missing required parameter: 'messages[0].content'"),
    (OPENAI | {"messages": [{"role": "robot", "content": "a"}]}, "Invalid value for 'messages[0]'"),
    (OPENAI | {"messages": [{"role": "user", "content": 7}]}, "Invalid type for 'messages[0].content'"),
    (OPENAI | {"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "Missing required parameter: 'messages[0].content[0].text'"),
    (OPENAI | {"messages": [*ASKED, {"role": "assistant", "content": None}]}, "Invalid value for 'content': expected a string, got null"),
    (OPENAI | {"messages": [*ASKED, RESULT]}, "must be a response to a preceeding message with 'tool_calls'"),
    (OPENAI | {"messages": [*ASKED, CALLED, RESULT, RESULT]}, "must be a response to a preceeding message with 'tool_calls'"),
    (OPENAI | {"messages": [*ASKED, CALLED, *ASKED]}, "did not have response messages: call_1"),
    (OPENAI | {"messages": [*ASKED, CALLED]}, "did not have response messages: call_1"),
    (OPENAI | {"temperature": 2.5}, "Invalid 'temperature'"),
    (OPENAI | {"temperature": "hot"}, "Invalid type for 'temperature'"),
    (OPENAI | {"tools": []}, "Invalid 'tools': empty array"),
    (OPENAI | {"tools": [function(f"t{number}") for number in range(129)]}, "array too long. Expected an array with maximum length 128, but got an array with length 129"),
    (OPENAI | {"tools": [function("git.log")]}, "Invalid 'tools[0].function.name': string does not match pattern"),
    (OPENAI | {"tools": [function("a" * 65)]}, "Invalid 'tools[0].function.name': string too long"),
    (OPENAI | {"tools": [function(schema={"type": "array"})]}, "Invalid schema for function 'git_log': schema must be a JSON Schema of 'type: \"object\"'"),
    (OPENAI | {"tools": [function(schema=without(SCHEMA, "additionalProperties"), strict=True)]}, "Invalid schema for function 'git_log'"),
    (OPENAI | {"tools": [function(colour="red")]}, "Unknown parameter: 'tools[0].function.colour'"),
    (OPENAI | {"tool_choice": {"type": "function", "function": {"name": "git_push"}}}, "Tool choice 'git_push' not found"),
    (without(OPENAI, "tools") | {"tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools' are specified"),
    (without(OPENAI, "tools") | {"parallel_tool_calls": True}, "'parallel_tool_calls' is only allowed when 'tools' are specified"),
    (OPENAI | structured(without(SCHEMA, "additionalProperties")), "In context=(), 'additionalProperties' is required to be supplied and to be false."),
    (OPENAI | structured(changed(SCHEMA, required=[])), "every key in properties. Missing 'path'."),
    (OPENAI | structured(changed(SCHEMA, properties={"path": {"type": "object"}})), "In context=('properties', 'path'), 'additionalProperties' is required"),
    (OPENAI | structured(changed(SCHEMA, properties={"path": {"type": "string", "default": "."}})), "'default' is not permitted."),
    (OPENAI | structured(changed(SCHEMA, properties={"path": {"description": "where"}})), "schema must have a 'type' key."),
    (OPENAI | structured(changed(SCHEMA, properties={"path": {"type": "array"}})), "array schema missing items."),
    (OPENAI | structured(changed(SCHEMA, properties={"path": {"$ref": "#/$defs/P"}})), "was not found in the schema"),
    (OPENAI | structured({"type": "array", "items": SCHEMA}), "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."),
    (OPENAI | structured(SCHEMA, name="my answer"), "Invalid 'response_format.json_schema.name'"),
    (OPENAI | {"max_tokens": 5, "max_completion_tokens": 5}, "at the same time is not supported"),
    (OPENAI | {"max_tokens": 64_001}, "max_tokens is too large: 64001"),
    (OPENAI | {"messages": [{"role": "user", "content": "a" * 4100}]}, "maximum context length is 1000 tokens"),
]
BAD_ANTHROPIC: list[tuple[dict[str, Any], str]] = [
    (without(ANTHROPIC, "max_tokens"), "max_tokens: Field required"),
    (without(ANTHROPIC, "messages"), "messages: Field required"),
    (ANTHROPIC | {"seed": 3}, "seed: Extra inputs are not permitted"),
    (ANTHROPIC | {"messages": [ASKED[0] | {"name": "ann"}]}, "messages.0.name: Extra inputs are not permitted"),
    (ANTHROPIC | {"messages": []}, "messages: at least one message is required"),
    (ANTHROPIC | {"messages": [{"role": "assistant", "content": "Hello."}, *ASKED]}, 'first message must use the "user" role'),
    (ANTHROPIC | {"messages": [*ASKED, {"role": "assistant", "content": "It is"}]}, "does not support assistant message prefill"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": ""}]}, "all messages must have non-empty content"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": [text("")]}]}, "text content blocks must be non-empty"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": " "}]}, "text content blocks must contain non-whitespace text"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": [BACK]}]}, "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1."),
    (
        ANTHROPIC | {"messages": [*ASKED, {"role": "assistant", "content": [USE]}, *ASKED]},
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    ),
    (
        ANTHROPIC | {"messages": [*ASKED, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [text("here:"), BACK]}]},
        "without `tool_result` blocks immediately after",
    ),
    (ANTHROPIC | {"messages": [*ASKED, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [BACK, BACK]}]}, "must have a single result"),
    (without(ANTHROPIC, "tools") | {"messages": [*ASKED, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [BACK]}]}, "must define tools"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": [USE]}]}, "can only be in `assistant` messages"),
    (ANTHROPIC | {"tools": [tool(), tool()]}, "tools: Tool names must be unique."),
    (ANTHROPIC | {"tools": [tool("git log")]}, "tools.0.custom.name: String should match pattern"),
    (ANTHROPIC | {"tools": [tool(schema={})]}, "tools.0.custom.input_schema.type: Field required"),
    (ANTHROPIC | {"tool_choice": {"type": "tool", "name": "git_push"}}, "Tool 'git_push' not found in provided tools"),
    (without(ANTHROPIC, "tools") | {"tool_choice": {"type": "any"}}, "`tool_choice` may only be specified while providing `tools`"),
    (ANTHROPIC | {"max_tokens": 64_001}, "max_tokens: 64001 > 64000"),
    (ANTHROPIC | output(without(SCHEMA, "additionalProperties")), "For 'object' type, 'additionalProperties' must be explicitly set to false"),
    (ANTHROPIC | output(changed(SCHEMA, properties={"path": {"type": "integer", "minimum": 1}})), "For 'integer' type, properties minimum are not supported"),
    (ANTHROPIC | output(changed(SCHEMA, properties={"path": {"$ref": "#"}})), "Circular reference"),
    (ANTHROPIC | {"thinking": {"type": "enabled", "budget_tokens": 1024}}, "`max_tokens` must be greater than `thinking.budget_tokens`"),
    (ANTHROPIC | {"thinking": {"type": "adaptive"}, "tool_choice": {"type": "any"}}, "Thinking may not be enabled when tool_choice forces tool use."),
    (ANTHROPIC | {"system": [text(str(number), **KEPT) for number in range(5)]}, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    (ANTHROPIC | {"system": [text("a", **KEPT), text("b", cache_control={"type": "ephemeral", "ttl": "1h"})]}, "a ttl='1h' cache_control block must not come after"),
    (ANTHROPIC | {"messages": [{"role": "user", "content": "a" * 4100}]}, "prompt is too long: 1065 tokens > 1000 maximum"),
]


@pytest.fixture(scope="module")
def provider() -> Any:
    with Provider(answer=lambda body: "main", limits=Limits(context=1000)) as provider:
        yield provider


@pytest.mark.parametrize("body", GOOD_OPENAI)
def test_openai_takes_what_is_right(provider: Provider, body: dict[str, Any]) -> None:
    assert of_openai(provider).post("/chat/completions", cast_to=object, body=body)["choices"]


@pytest.mark.parametrize("body", GOOD_ANTHROPIC)
def test_anthropic_takes_what_is_right(provider: Provider, body: dict[str, Any]) -> None:
    assert of_anthropic(provider).post("/v1/messages", cast_to=object, body=body)["content"]


@pytest.mark.parametrize(("body", "said"), BAD_OPENAI, ids=[row[1][:50] for row in BAD_OPENAI])
def test_openai_turns_down_what_is_wrong(provider: Provider, body: dict[str, Any], said: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        of_openai(provider).post("/chat/completions", cast_to=object, body=body)
    assert said in caught.value.message
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize(("body", "said"), BAD_ANTHROPIC, ids=[row[1][:50] for row in BAD_ANTHROPIC])
def test_anthropic_turns_down_what_is_wrong(provider: Provider, body: dict[str, Any], said: str) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        of_anthropic(provider).post("/v1/messages", cast_to=object, body=body)
    assert said in caught.value.body["error"]["message"]
    assert caught.value.body["error"]["type"] == "invalid_request_error"


def test_the_key_and_the_model_have_to_be_known(provider: Provider) -> None:
    with pytest.raises(openai.AuthenticationError) as key:
        of_openai(provider, api_key="other").models.list()
    with pytest.raises(anthropic.AuthenticationError, match="authentication_error"):
        of_anthropic(provider, api_key="other").models.list()
    with pytest.raises(openai.NotFoundError) as model:
        of_openai(provider).chat.completions.create(model="teacher-9", messages=ASKED)
    with pytest.raises(anthropic.NotFoundError, match="model: teacher-9"):
        of_anthropic(provider).messages.create(model="teacher-9", max_tokens=5, messages=ASKED)
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        of_openai(provider).post("/responses", cast_to=object, body={})
    with pytest.raises(anthropic.BadRequestError, match="anthropic-version"):
        of_anthropic(provider).post("/v1/messages", cast_to=object, body=ANTHROPIC, options={"headers": {"anthropic-version": "2020-01-01"}})
    assert (key.value.code, model.value.code) == ("invalid_api_key", "model_not_found")


def test_a_body_that_is_not_json_is_turned_down(provider: Provider) -> None:
    for content in (b"{", b"[]"):
        with pytest.raises(openai.BadRequestError, match="could not parse the JSON body"):
            of_openai(provider).post("/chat/completions", cast_to=object, content=content, options={"headers": {"content-type": "application/json"}})


def test_every_key_that_the_sdks_send_is_known() -> None:
    headers = {"workspace_id"}
    openai_keys = get_type_hints(openai.types.chat.completion_create_params.CompletionCreateParamsNonStreaming)
    anthropic_keys = get_type_hints(anthropic.types.message_create_params.MessageCreateParamsNonStreaming)
    assert set(openai_keys) - set(OpenAIBody.model_fields) == set()
    assert set(anthropic_keys) - set(AnthropicBody.model_fields) - headers == set()
