"""The form of a Messages request: https://platform.claude.com/docs/en/api/messages."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from tests.provider.shape import Form


class Kept(Form):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class Text(Form):
    type: Literal["text"]
    text: str
    cache_control: Kept | None = None
    citations: None = None


class ToolUse(Form):
    type: Literal["tool_use"]
    id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    input: dict[str, Any]
    cache_control: Kept | None = None
    caller: dict[str, Any] | None = None


class ToolResult(Form):
    type: Literal["tool_result"]
    tool_use_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]
    content: str | list[Text] | None = None
    is_error: bool | None = None
    cache_control: Kept | None = None


class Thinking(Form):
    type: Literal["thinking"]
    thinking: str
    signature: str


Block = Annotated[Text | ToolUse | ToolResult | Thinking, Field(discriminator="type")]


class Message(Form):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class Tool(Form):
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    description: str | None = None
    input_schema: dict[str, Any]
    type: Literal["custom"] | None = None
    strict: bool | None = None
    cache_control: Kept | None = None
    input_examples: list[dict[str, Any]] | None = None
    eager_input_streaming: bool | None = None
    defer_loading: bool | None = None
    allowed_callers: list[str] | None = None


class Auto(Form):
    type: Literal["auto", "any"]
    disable_parallel_tool_use: bool | None = None


class Named(Form):
    type: Literal["tool"]
    name: str
    disable_parallel_tool_use: bool | None = None


class Never(Form):
    type: Literal["none"]


class Format(Form):
    type: Literal["json_schema"]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class Output(Form):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: Format | None = None


class Enabled(Form):
    type: Literal["enabled"]
    budget_tokens: Annotated[int, Field(ge=1024)]
    display: Literal["summarized", "omitted"] | None = None


class Adaptive(Form):
    type: Literal["adaptive"]
    display: Literal["summarized", "omitted"] | None = None


class Other(Form):
    type: Literal["disabled", "between_tools"]


class About(Form):
    user_id: str | None = None


class Body(Form):
    """All keys that there are; `BEYOND` names those that this server only knows of."""

    model: str
    max_tokens: Annotated[int, Field(ge=0)]
    messages: Annotated[list[Message], Field(max_length=100_000)]
    system: str | list[Text] | None = None
    tools: list[Tool] | None = None
    tool_choice: Annotated[Auto | Named | Never, Field(discriminator="type")] | None = None
    output_config: Output | None = None
    thinking: Annotated[Enabled | Adaptive | Other, Field(discriminator="type")] | None = None
    stop_sequences: list[str] | None = None
    cache_control: Kept | None = None
    metadata: About | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    speed: Literal["standard", "fast"] | None = None
    inference_geo: str | None = None
    user_profile_id: str | None = None
    stream: bool | None = None
    container: Any = None
    diagnostics: Any = None


BEYOND = ("stream", "container", "diagnostics")
FORM: TypeAdapter[Body] = TypeAdapter(Body)
