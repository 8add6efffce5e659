"""A server of Chat Completions with a fixed latency: `python -m tests.benchmarks.engines.mock --latency 100`.

It says its port on the first line. `GET /stats` tells the requests, the time of the first and the most in flight since the last
`POST /reset`. A request without messages is refused, as OpenAI refuses it, and not counted: engines send such ones as probes.
"""

import argparse
import asyncio
import json
import time

from aiohttp import web

from tests.benchmarks.engines.task import answer


class Mock:
    """Answers, and counts."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.reset()

    def reset(self) -> None:
        self.requests, self.flying, self.most, self.first = 0, 0, 0, None

    async def handle(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/chat/completions":
            return await self.complete(request)
        if request.path == "/stats":
            return web.json_response({"requests": self.requests, "first": self.first, "in_flight": self.most})
        if request.path == "/reset" and request.method == "POST":
            self.reset()
            return web.json_response({})
        return web.json_response({"error": {"message": f"no such path: {request.path}", "type": "invalid_request_error"}}, status=404)

    async def complete(self, request: web.BaseRequest) -> web.Response:
        arrived = time.time()
        asked = json.loads(await request.read())
        if not asked.get("messages"):
            return web.json_response({"error": {"message": "messages is empty", "type": "invalid_request_error"}}, status=400)
        self.first = self.first or arrived
        self.requests += 1
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.flying -= 1
        prompt = asked["messages"][-1]["content"]
        if not isinstance(prompt, str):
            prompt = "".join(part["text"] for part in prompt)
        return web.Response(body=completion(asked.get("model", "mock"), prompt, self.requests, "response_format" in asked), content_type="application/json")


def completion(model: str, prompt: str, number: int, schema: bool) -> bytes:
    """A chat completion as it goes over the wire; where a schema is asked for, the answer is JSON."""
    said = json.dumps({"said": answer(prompt)}) if schema else answer(prompt)
    read, wrote = len(prompt) // 4 + 8, len(said) // 4
    body = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": said, "refusal": None}, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote},
    }
    return json.dumps(body).encode()


async def serve(latency: float) -> None:
    """Serve on a free port of the loopback until the process is ended."""
    runner = web.ServerRunner(web.Server(Mock(latency).handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=100, help="milliseconds")
    asyncio.run(serve(parser.parse_args().latency / 1000))
