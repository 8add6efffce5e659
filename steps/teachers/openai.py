"""OpenAI, and every server that speaks its Chat Completions: vLLM, llama.cpp, Ollama, LM Studio, gateways."""

import json
from typing import Any, ClassVar

from steps.teachers.call import Call, Made, Reply, Stop, TeacherFailed, Transient, Usage
from steps.teachers.model import Model
from steps.teachers.schema import free

STOPS: dict[str, Stop] = {"stop": "end", "tool_calls": "calls", "function_call": "calls", "length": "length", "content_filter": "refusal"}
ANSWER = "answer"


class OpenAI(Model):
    """Chat Completions through the official SDK, on its aiohttp transport.

    Source: the OpenAI API reference, Chat Completions and Batch.
    """

    path: ClassVar[str] = "/chat/completions"
    package: ClassVar[str] = "openai"
    kind: ClassVar[str] = "AsyncOpenAI"
    home: ClassVar[str] = "https://api.openai.com/v1"

    async def submit(self, client: Any, name: str, bodies: dict[str, str]) -> str:
        """A file of requests, and a batch of it that carries our name."""
        lines = "".join(f'{{"custom_id": "{digest}", "method": "POST", "url": "/v1/chat/completions", "body": {body}}}\n' for digest, body in bodies.items())
        file = await client.files.create(file=(f"{name}.jsonl", lines.encode()), purpose="batch")
        made = await client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"name": name})
        return str(made.id)

    async def recover(self, client: Any, name: str, calls: int) -> str | None:
        """The batch that carries our name."""
        async for batch in client.batches.list(limit=100):
            if (batch.metadata or {}).get("name") == name and batch.status not in ("failed", "cancelled"):
                return str(batch.id)
        return None

    async def results(self, client: Any, id: str) -> list[tuple[str, Any, bool]] | None:
        """The lines of a batch's two files.

        Raises:
            TeacherFailed: when the provider refused the batch as a whole.
        """
        batch = await client.batches.retrieve(id)
        if batch.status == "failed":
            said = "; ".join(error.message or "" for error in (batch.errors.data if batch.errors else None) or ())
            raise TeacherFailed(f"teacher {self.teacher}: the provider refused the batch {id}: {said[:200] or 'no reason given'}.")
        if batch.status not in ("completed", "expired", "cancelled"):
            return None
        out: list[tuple[str, Any, bool]] = []
        for file in filter(None, (batch.output_file_id, batch.error_file_id)):
            for line in (await client.files.content(file)).text.splitlines():
                found = json.loads(line)
                response = found.get("response") or {}
                if (found.get("error") or {}).get("code") != "batch_expired":
                    out.append((found["custom_id"], response.get("body"), response.get("status_code") != 200))
        return out

    def body(self, call: Call) -> dict[str, Any]:
        """The request's body. OpenAI's own models want the newer name of the limit, other servers know the older one."""
        limit = "max_completion_tokens" if self.address == self.home else "max_tokens"
        body: dict[str, Any] = {"model": self.model, "messages": call.messages, limit: self.max_tokens}
        if call.tools:
            body["tools"] = [{"type": "function", "function": tool} for tool in call.tools]
        if call.schema and self._way == "schema":
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": ANSWER, "schema": call.schema, "strict": not free(call.schema)}}
        elif call.schema and self._way == "tool":
            body["tools"] = [{"type": "function", "function": {"name": ANSWER, "description": "Give the answer.", "parameters": call.schema}}]
            body["tool_choice"] = {"type": "function", "function": {"name": ANSWER}}
        return body | self.parameters

    def reply(self, raw: Any) -> Reply:
        """A completion in our form; where the answer was forced into a tool, its arguments are the text."""
        if not isinstance(raw, dict) or not raw.get("choices"):
            raise Transient("the answer holds no choices", spoilt=True)
        choice = raw["choices"][0]
        message = choice["message"]
        calls = tuple(Made(id=call["id"], name=call["function"]["name"], arguments=call["function"]["arguments"] or "") for call in message.get("tool_calls") or ())
        stop = STOPS.get(choice.get("finish_reason") or "stop", "end")
        text = message.get("content")
        if len(calls) == 1 and calls[0].name == ANSWER:
            text, calls = calls[0].arguments, ()
        if calls and stop == "end":
            stop = "calls"
        spent = raw.get("usage") or {}
        details = spent.get("prompt_tokens_details") or {}
        usage = Usage(
            input=spent.get("prompt_tokens") or 0,
            cached=details.get("cached_tokens") or 0,
            written=details.get("cache_write_tokens") or 0,
            output=spent.get("completion_tokens") or 0,
        )
        refusal = message.get("refusal")
        return Reply(text=text, calls=calls, stop="refusal" if refusal else stop, refusal=refusal, model=raw.get("model") or "", usage=usage)
