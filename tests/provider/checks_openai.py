"""What OpenAI's Chat Completions turns down, in its own words as far as they are known."""

import re
from typing import Any

from tests.provider.body_openai import BEYOND
from tests.provider.problem import NotScripted, Rejected, reject
from tests.provider.schemas import openai_complaint
from tests.provider.shape import Mistake
from tests.provider.terms import Terms

NAME = re.compile(r"[a-zA-Z0-9_-]+")
NAME_LENGTH = 64


def check_body(body: dict[str, Any], size: int, terms: Terms) -> None:
    """Turn down what the real API turns down.

    Args:
        size: tokens of the prompt.

    Raises:
        Rejected: with the API's own words, as far as they are known.
        NotScripted: when the request is good, but this server cannot answer it.
    """
    if body["model"] not in terms.models:
        raise reject(404, f"The model `{body['model']}` does not exist or you do not have access to it.", code="model_not_found")
    if beyond := [key for key in BEYOND if body.get(key)] or (["n"] if (body.get("n") or 1) > 1 else []):
        raise NotScripted(f"this server does not know how to answer a request with {beyond[0]}")
    check_messages(body["messages"])
    check_tools(body, terms)
    check_format(body.get("response_format"))
    if body.get("max_tokens") and body.get("max_completion_tokens"):
        raise reject(400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    for key in ("max_tokens", "max_completion_tokens"):
        if (body.get(key) or 0) > terms.limits.output:
            most = f"This model supports at most {terms.limits.output} completion tokens, whereas you provided {body[key]}."
            raise reject(400, f"{key} is too large: {body[key]}. {most}", code="invalid_value", param=key)
    if size > terms.limits.context:
        most = f"This model's maximum context length is {terms.limits.context} tokens."
        raise reject(400, f"{most} However, your messages resulted in {size} tokens. Please reduce the length of the messages.", code="context_length_exceeded", param="messages")


def translated(mistake: Mistake) -> Rejected:
    """A mistake of form in OpenAI's words."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in mistake.path).removeprefix(".")
    if mistake.kind == "missing":
        return reject(400, f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)
    if mistake.kind == "extra_forbidden" and len(mistake.path) == 1:
        return reject(400, f"Unrecognized request argument supplied: {path}")
    if mistake.kind == "extra_forbidden":
        return reject(400, f"Unknown parameter: '{path}'.", code="unknown_parameter", param=path)
    if mistake.kind in ("literal_error", "union_tag_invalid"):
        return reject(400, f"Invalid value for '{path}': {mistake.message}.", code="invalid_value", param=path)
    if mistake.kind in ("greater_than_equal", "less_than_equal", "too_long"):
        return reject(400, f"Invalid '{path}': {mistake.message}.", code="out_of_range", param=path)
    return reject(400, f"Invalid type for '{path}': {mistake.message}.", code="invalid_type", param=path)


def check_messages(messages: list[dict[str, Any]]) -> None:
    """Every result answers a call, and every call is answered, right after it."""
    if not messages:
        raise reject(400, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.", code="empty_array", param="messages")
    open_calls: list[str] = []
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise reject(400, "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", param=f"messages.[{place}].role")
            open_calls.remove(message["tool_call_id"])
            continue
        check_answered(open_calls, place)
        if message["role"] == "assistant":
            if message.get("tool_calls") == []:
                param = f"messages[{place}].tool_calls"
                raise reject(400, f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead.", code="empty_array", param=param)
            if message.get("content") is None and not message.get("tool_calls") and not message.get("refusal"):
                raise reject(400, "Invalid value for 'content': expected a string, got null.", param=f"messages.[{place}].content")
            open_calls = [call["id"] for call in message.get("tool_calls") or ()]
    check_answered(open_calls, len(messages))


def check_answered(open_calls: list[str], place: int) -> None:
    """No call is left without a result."""
    if open_calls:
        must = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
        raise reject(400, f"{must} The following tool_call_ids did not have response messages: {', '.join(open_calls)}", param=f"messages.[{place}].role")


def check_tools(body: dict[str, Any], terms: Terms) -> None:
    """The functions, and what is said about which of them to use."""
    tools, choice = body.get("tools"), body.get("tool_choice")
    if tools is None:
        for key in ("tool_choice", "parallel_tool_calls"):
            if body.get(key) is not None and body[key] != "none":
                raise reject(400, f"Invalid value for '{key}': '{key}' is only allowed when 'tools' are specified.", param=key)
        return
    if not tools:
        raise reject(400, "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.", code="empty_array", param="tools")
    if len(tools) > (most := terms.limits.tools):
        expected = f"Expected an array with maximum length {most}, but got an array with length {len(tools)} instead."
        raise reject(400, f"Invalid 'tools': array too long. {expected}", code="array_above_max_length", param="tools")
    for place, tool in enumerate(tools):
        function = tool["function"]
        check_name(function["name"], f"tools[{place}].function.name")
        check_parameters(function, f"tools[{place}].function.parameters")
    if isinstance(choice, dict) and choice["function"]["name"] not in [tool["function"]["name"] for tool in tools]:
        raise reject(400, f"Tool choice '{choice['function']['name']}' not found in 'tools' parameter.", param="tool_choice")


def check_parameters(function: dict[str, Any], param: str) -> None:
    """A function's schema: an object, and the strict form where that is asked for."""
    parameters = function.get("parameters")
    if parameters is None:
        return
    complaint = openai_complaint(parameters) if function.get("strict") or parameters.get("type") != "object" else None
    if complaint:
        raise reject(400, f"Invalid schema for function '{function['name']}': {complaint}", code="invalid_function_parameters", param=param)


def check_name(given: str, param: str) -> None:
    """A function's or schema's name."""
    if len(given) > NAME_LENGTH:
        expected = f"Expected a string with maximum length {NAME_LENGTH}, but got a string with length {len(given)} instead."
        raise reject(400, f"Invalid '{param}': string too long. {expected}", code="string_above_max_length", param=param)
    if not NAME.fullmatch(given):
        expected = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        raise reject(400, f"Invalid '{param}': string does not match pattern. {expected}", code="invalid_value", param=param)


def check_format(wish: dict[str, Any] | None) -> None:
    """The schema that the answer is to keep."""
    if not wish or wish["type"] != "json_schema":
        return
    given = wish["json_schema"]
    check_name(given["name"], "response_format.json_schema.name")
    if given.get("schema") is None:
        raise reject(400, "Missing required parameter: 'response_format.json_schema.schema'.", code="missing_required_parameter", param="response_format.json_schema.schema")
    if given.get("strict") and (complaint := openai_complaint(given["schema"])):
        raise reject(400, f"Invalid schema for response_format '{given['name']}': {complaint}", param="response_format")
