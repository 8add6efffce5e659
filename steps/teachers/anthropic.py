"""Anthropic's Messages: tool use, and a prompt whose shared beginning is cached."""

import json
from typing import Any, ClassVar

from steps.teachers.call import Call, Made, Reply, Stop, Transient, Usage
from steps.teachers.model import Model
from steps.teachers.schema import free

STOPS: dict[str, Stop] = {"tool_use": "calls", "max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}
ANSWER = "answer"
CACHED = {"cache_control": {"type": "ephemeral"}}


class Anthropic(Model):
    """Messages through the official SDK, on its aiohttp transport.

    Source: the Anthropic API reference, Messages, prompt caching, structured outputs and Message Batches.
    """

    path: ClassVar[str] = "/v1/messages"
    package: ClassVar[str] = "anthropic"
    kind: ClassVar[str] = "AsyncAnthropic"
    home: ClassVar[str] = "https://api.anthropic.com"

    async def submit(self, client: Any, name: str, bodies: dict[str, str]) -> str:
        """A batch; it can carry no name of ours."""
        made = await client.messages.batches.create(requests=[{"custom_id": digest, "params": json.loads(body)} for digest, body in bodies.items()])
        return str(made.id)

    async def recover(self, client: Any, name: str, calls: int) -> str | None:
        """The newest batch of as many calls; were it another's, none of its answers would be taken for ours."""
        async for batch in client.messages.batches.list(limit=20):
            counts = batch.request_counts
            if counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired == calls:
                return str(batch.id)
        return None

    async def results(self, client: Any, id: str) -> list[tuple[str, Any, bool]] | None:
        """The lines of a batch's results."""
        if (await client.messages.batches.retrieve(id)).processing_status != "ended":
            return None
        out: list[tuple[str, Any, bool]] = []
        async for line in await client.messages.batches.results(id):
            if line.result.type in ("succeeded", "errored"):
                good = line.result.type == "succeeded"
                out.append((line.custom_id, line.result.message.to_dict() if good else None, not good))
        return out

    def body(self, call: Call) -> dict[str, Any]:
        """The request's body. The tools, the system prompt and a conversation's last message end what is cached: the next call begins with the same."""
        system = "\n\n".join(message["content"] for message in call.messages if message["role"] == "system")
        body: dict[str, Any] = {"model": self.model, "max_tokens": self.max_tokens, "messages": turns(call.messages)}
        if system:
            body["system"] = [{"type": "text", "text": system} | CACHED]
        if call.tools:
            *some, last = [{"name": tool["name"], "description": tool["description"], "input_schema": tool["parameters"]} for tool in call.tools]
            body["tools"] = [*some, last | CACHED]
            body["messages"][-1]["content"][-1] |= CACHED
        if call.schema and self._way == "schema" and not free(call.schema):
            body["output_config"] = {"format": {"type": "json_schema", "schema": call.schema}}
        elif call.schema and self._way != "prompt":
            body["tools"] = [{"name": ANSWER, "description": "Give the answer.", "input_schema": call.schema}]
            body["tool_choice"] = {"type": "tool", "name": ANSWER}
        return body | self.parameters

    def reply(self, raw: Any) -> Reply:
        """A message in our form; where the answer was forced into a tool, its input is the text."""
        if not isinstance(raw, dict) or not isinstance(raw.get("content"), list):
            raise Transient("the answer holds no content", spoilt=True)
        said = [part["text"] for part in raw["content"] if part["type"] == "text"]
        calls = tuple(Made(id=part["id"], name=part["name"], arguments=json.dumps(part["input"], ensure_ascii=False)) for part in raw["content"] if part["type"] == "tool_use")
        stop = STOPS.get(raw.get("stop_reason") or "", "end")
        text = "".join(said) or None
        if len(calls) == 1 and calls[0].name == ANSWER:
            text, calls = calls[0].arguments, ()
        spent = raw.get("usage") or {}
        cached, written = spent.get("cache_read_input_tokens") or 0, spent.get("cache_creation_input_tokens") or 0
        usage = Usage(input=(spent.get("input_tokens") or 0) + cached + written, cached=cached, written=written, output=spent.get("output_tokens") or 0)
        words = (raw.get("stop_details") or {}).get("explanation") or text
        return Reply(text=text, calls=calls, stop=stop, refusal=words if stop == "refusal" else None, model=raw.get("model") or "", usage=usage)


def turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A conversation in the OpenAI chat form as Anthropic takes it: results of calls are the user's, and two messages of one role are one."""
    out: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "system":
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        if not out or out[-1]["role"] != role:
            out.append({"role": role, "content": []})
        out[-1]["content"] += parts(message)
    return out


def parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message's content as blocks."""
    if message["role"] == "tool":
        return [{"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}]
    text = [{"type": "text", "text": message["content"]}] if message.get("content") else []
    calls = message.get("tool_calls") or ()
    return text + [{"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])} for call in calls]
