"""The form of a Chat Completions request: https://platform.openai.com/docs/api-reference/chat/create."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from tests.provider.shape import Form


class Text(Form):
    type: Literal["text"]
    text: str
    prompt_cache_breakpoint: dict[str, str] | None = None


class RefusalPart(Form):
    type: Literal["refusal"]
    refusal: str


class Written(Form):
    name: str
    arguments: str


class ToolCall(Form):
    id: str
    type: Literal["function"]
    function: Written


class Told(Form):
    role: Literal["system", "developer", "user"]
    content: str | list[Text]
    name: str | None = None


class Assistant(Form):
    role: Literal["assistant"]
    content: str | list[Text | RefusalPart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    audio: None = None
    function_call: None = None


class Result(Form):
    role: Literal["tool"]
    content: str | list[Text]
    tool_call_id: str


class Function(Form):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Form):
    type: Literal["function"]
    function: Function


class Named(Form):
    name: str


class Choice(Form):
    type: Literal["function"]
    function: Named


class Schema(Form):
    name: str
    description: str | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None


class Plain(Form):
    type: Literal["text", "json_object"]


class Structured(Form):
    type: Literal["json_schema"]
    json_schema: Schema


class StreamOptions(Form):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class Body(Form):
    """All keys that there are; `BEYOND` names those that this server only knows of."""

    model: str
    messages: list[Annotated[Told | Assistant | Result, Field(discriminator="role")]]
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | Choice | None = None
    parallel_tool_calls: bool | None = None
    response_format: Annotated[Plain | Structured, Field(discriminator="type")] | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: int | None = None
    n: int | None = Field(default=None, ge=1, le=128)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = None
    metadata: dict[str, str] | None = Field(default=None, max_length=16)
    store: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, str] | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    audio: Any = None
    function_call: Any = None
    functions: Any = None
    modalities: list[Literal["text", "audio"]] | None = None
    moderation: Any = None
    prediction: Any = None
    web_search_options: Any = None


BEYOND = ("stream", "logprobs", "top_logprobs", "audio", "function_call", "functions", "moderation", "prediction", "web_search_options")
FORM: TypeAdapter[Body] = TypeAdapter(Body)
