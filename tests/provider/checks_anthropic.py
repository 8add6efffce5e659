"""What Anthropic's Messages turns down, in its own words as far as they are known."""

from collections.abc import Iterator
from typing import Any

from tests.provider.body_anthropic import BEYOND
from tests.provider.problem import NotScripted, Rejected, reject
from tests.provider.schemas import anthropic_complaint
from tests.provider.shape import Mistake
from tests.provider.terms import Terms

BREAKPOINTS = 4
WORDS = {"missing": "Field required", "extra_forbidden": "Extra inputs are not permitted"}


def translated(mistake: Mistake) -> Rejected:
    """A mistake of form in Anthropic's words."""
    path = [str(step) for step in mistake.path]
    if path[:1] == ["tools"] and len(path) > 2:
        path.insert(2, "custom")
    return reject(400, f"{'.'.join(path)}: {WORDS.get(mistake.kind, mistake.message)}")


def check_body(body: dict[str, Any], size: int, terms: Terms) -> None:
    """Turn down what the real API turns down.

    Args:
        size: tokens of the prompt.

    Raises:
        Rejected: with the API's own words, as far as they are known.
        NotScripted: when the request is good, but this server cannot answer it.
    """
    if body["model"] not in terms.models:
        raise reject(404, f"model: {body['model']}")
    if beyond := [key for key in BEYOND if body.get(key)]:
        raise NotScripted(f"this server does not know how to answer a request with {beyond[0]}")
    if any(message["role"] == "system" for message in body["messages"]):
        raise NotScripted("this server does not know how to answer a request with system messages; there is `system` for them")
    if body["max_tokens"] > terms.limits.output:
        raise reject(400, f"max_tokens: {body['max_tokens']} > {terms.limits.output}, which is the maximum allowed number of output tokens for {body['model']}")
    check_messages(body["messages"])
    check_calls(body["messages"], bool(body.get("tools")))
    check_tools(body)
    check_output(body)
    check_breakpoints(body)
    if size > terms.limits.context:
        raise reject(400, f"prompt is too long: {size} tokens > {terms.limits.context} maximum")


def blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message's content as blocks."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def check_messages(messages: list[dict[str, Any]]) -> None:
    """The roles, and that something is said."""
    if not messages:
        raise reject(400, "messages: at least one message is required")
    if messages[0]["role"] != "user":
        raise reject(400, 'messages: first message must use the "user" role')
    if messages[-1]["role"] == "assistant":
        raise reject(400, "This model does not support assistant message prefill. The conversation must end with a user message.")
    for place, message in enumerate(messages):
        if not message["content"]:
            raise reject(400, f"messages.{place}: all messages must have non-empty content except for the optional final assistant message")
        for block in blocks(message):
            if block["type"] == "text" and not block["text"].strip():
                raise reject(400, f"messages: text content blocks must {'be non-empty' if not block['text'] else 'contain non-whitespace text'}")


def check_calls(messages: list[dict[str, Any]], tools: bool) -> None:
    """Every result answers a call of the turn before it, and every call is answered at the beginning of the next turn."""
    used: list[str] = []
    turns = merged(messages)
    for number, (place, role, turn) in enumerate(turns):
        first = [block["tool_use_id"] for block in turn if block["type"] == "tool_result"]
        for spot, block in enumerate(turn):
            if block["type"] == "tool_result" and (role != "user" or block["tool_use_id"] not in used):
                must = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                raise reject(400, f"messages.{place}.content.{spot}: unexpected `tool_use_id` found in `tool_result` blocks: {block['tool_use_id']}. {must}")
            if block["type"] == "tool_use" and role != "assistant":
                raise reject(400, f"messages.{place}.content.{spot}: `tool_use` blocks can only be in `assistant` messages")
        if len(first) != len(set(first)):
            raise reject(400, f"messages.{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {max(first, key=first.count)}")
        behind = [block["tool_use_id"] for block in turn[: len(first)] if block["type"] == "tool_result"]
        if left := [id for id in used if id not in behind]:
            must = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
            raise reject(400, f"messages.{turns[number - 1][0]}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(left)}. {must}")
        used = [block["id"] for block in turn if block["type"] == "tool_use"]
        if len(used) != len(set(used)):
            raise reject(400, f"messages.{place}: `tool_use` ids must be unique")
        if (used or first) and not tools:
            raise reject(400, "tools: Requests which have `tool_use` or `tool_result` blocks in messages must define tools.")


def merged(messages: list[dict[str, Any]]) -> list[tuple[int, str, list[dict[str, Any]]]]:
    """The turns: messages of one role that follow each other are one; with the place of its last message."""
    turns: list[tuple[int, str, list[dict[str, Any]]]] = []
    for place, message in enumerate(messages):
        if turns and turns[-1][1] == message["role"]:
            turns[-1] = (place, message["role"], [*turns[-1][2], *blocks(message)])
        else:
            turns.append((place, message["role"], blocks(message)))
    return turns


def check_tools(body: dict[str, Any]) -> None:
    """The tools, and what is said about which of them to use."""
    tools, choice = body.get("tools") or [], body.get("tool_choice")
    names = [tool["name"] for tool in tools]
    if len(names) != len(set(names)):
        raise reject(400, "tools: Tool names must be unique.")
    for place, tool in enumerate(tools):
        if tool["input_schema"].get("type") != "object":
            raise reject(400, f"tools.{place}.custom.input_schema.type: {'Input should be' if 'type' in tool['input_schema'] else 'Field required,'} 'object'")
        if tool.get("strict") and (complaint := anthropic_complaint(tool["input_schema"])):
            raise reject(400, f"tools.{place}.custom: {complaint}")
    if choice and not tools:
        raise reject(400, "tool_choice: `tool_choice` may only be specified while providing `tools`.")
    if choice and choice["type"] == "tool" and choice["name"] not in names:
        raise reject(400, f"Tool '{choice['name']}' not found in provided tools")


def check_output(body: dict[str, Any]) -> None:
    """The form of the answer, and the room for thoughts."""
    thinking = body.get("thinking") or {}
    wish = (body.get("output_config") or {}).get("format")
    if wish and (complaint := anthropic_complaint(wish["schema"])):
        raise reject(400, f"output_config.format.schema: {complaint}")
    if thinking.get("type") == "enabled" and thinking["budget_tokens"] >= body["max_tokens"]:
        raise reject(400, "`max_tokens` must be greater than `thinking.budget_tokens`.")
    if thinking.get("type") in ("enabled", "adaptive") and (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        raise reject(400, "Thinking may not be enabled when tool_choice forces tool use.")


def cached(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that can carry a breakpoint, in the order of the prompt."""
    yield from body.get("tools") or ()
    yield from body["system"] if isinstance(body.get("system"), list) else ()
    for message in body["messages"]:
        yield from blocks(message)


def check_breakpoints(body: dict[str, Any]) -> None:
    """How many there are, and that those which last longer come first."""
    marked = [part for part in [*cached(body), body] if part.get("cache_control")]
    if len(marked) > BREAKPOINTS:
        raise reject(400, f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {len(marked)}.")
    if any(part.get("type") == "text" and not part["text"] for part in marked):
        raise reject(400, "cache_control cannot be set for empty text blocks")
    lasting = [part["cache_control"].get("ttl", "5m") for part in marked]
    if "1h" in lasting and "5m" in lasting[: len(lasting) - lasting[::-1].index("1h")]:
        raise reject(400, "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.")
