"""The official SDKs, pointed at a scripted server; they try once."""

from typing import Any

import pytest

from tests.provider import Provider

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

OPENAI = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="test-key", max_retries=0, timeout=5)
ANTHROPIC = anthropic.Anthropic(base_url="http://127.0.0.1:9", api_key="test-key", max_retries=0, timeout=5)
ASKED = [{"role": "user", "content": "which branch is this?"}]
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"], "additionalProperties": False}


def of_openai(provider: Provider, **more: Any) -> Any:
    return OPENAI.with_options(base_url=provider.openai, **more)


def of_anthropic(provider: Provider, **more: Any) -> Any:
    return ANTHROPIC.with_options(base_url=provider.anthropic, **more)


def function(name: str = "git_log", schema: dict[str, Any] = SCHEMA, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema, **more}}


def tool(name: str = "git_log", schema: dict[str, Any] = SCHEMA, **more: Any) -> dict[str, Any]:
    return {"name": name, "input_schema": schema, **more}


def chat(provider: Provider, messages: Any = ASKED, **more: Any) -> Any:
    headers = more.pop("headers", None)
    return of_openai(provider).chat.completions.create(model=more.pop("model", "teacher-1"), messages=messages, extra_headers=headers, **more)


def message(provider: Provider, messages: Any = ASKED, **more: Any) -> Any:
    headers = more.pop("headers", None)
    return of_anthropic(provider).messages.create(**{"model": "teacher-1", "max_tokens": 1000} | more, messages=messages, extra_headers=headers)


ask = {"openai": chat, "anthropic": message}
