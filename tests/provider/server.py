"""The server: a thread with an event loop of its own, which the test starts, scripts, looks into and stops."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from tests.provider import wire_anthropic, wire_openai
from tests.provider.answer import Answer
from tests.provider.batches_anthropic import AnthropicBatches
from tests.provider.batches_openai import OpenAIBatches
from tests.provider.calls import Calls
from tests.provider.faults import Fault, Plan
from tests.provider.problem import Problem, Rejected, reject
from tests.provider.seen import Attempts, Seen
from tests.provider.send import hit, send
from tests.provider.terms import Limits, Terms

T = TypeVar("T")
BACKLOG = 4096  # connections that may wait: a client opens hundreds at once
KEYS = ("authorization", "x-api-key", "anthropic-version")
PATIENCE = 1.0  # seconds that a reader of the books waits for responses which are being sent


class Provider:
    """OpenAI and Anthropic on one port of loopback.

    Args:
        answer: the script: from a request's body to an answer, or to its text. What it raises fails the test.
        models: those that there are.
        key: the one that is let in.
        latency: seconds before an answer.
        faults: a plan: from a body and the number of its attempt to a fault or None.
        batch_faults: the same for files and batches: from `POST /v1/batches`, say, and the number of the attempt.
        limits: figures that requests are held to.
        record: whether requests are kept in `seen`.
        port: 0 for a free one.
    """

    def __init__(
        self,
        answer: Callable[[dict[str, Any]], Answer | str],
        models: tuple[str, ...] = ("teacher-1",),
        key: str = "test-key",
        latency: float = 0.0,
        faults: Plan | None = None,
        batch_faults: Callable[[str, int], Fault | None] | None = None,
        limits: Limits | None = None,
        record: bool = True,
        port: int = 0,
    ) -> None:
        self.terms = Terms(models, key, limits or Limits())
        self.calls = Calls(self.terms, answer, faults, latency, record)
        self.batches = {"openai": OpenAIBatches(self.terms, self.calls), "anthropic": AnthropicBatches(self.terms, self.calls)}
        self.batch_faults, self.record, self.port = batch_faults, record, port
        self.tries, self.ids = Attempts(), itertools.count(1)
        self.all_seen: list[Seen] = []
        self.broken: list[Exception] = []
        self.loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> "Provider":
        started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run(started)), name="provider", daemon=True)
        self.thread.start()
        started.wait()
        if self.loop is None:
            self.thread.join()
            raise self.broken.pop()
        return self

    def __exit__(self, *error: object) -> None:
        if self.loop:
            loop, self.loop = self.loop, None
            loop.call_soon_threadsafe(self.stop.set)
            self.thread.join()
        if self.broken:
            raise self.broken[0]

    async def run(self, started: threading.Event) -> None:
        """Serve until the test is over."""
        self.stop = asyncio.Event()
        server = web.Server(self.handle, request_factory=make_request)
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.01)
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port, backlog=BACKLOG).start()
            self.port = runner.addresses[0][1]
            self.loop = asyncio.get_running_loop()
        except OSError as error:
            self.broken.append(error)
            return
        finally:
            started.set()
        await self.stop.wait()
        await runner.cleanup()

    def inside(self, work: Callable[[], T]) -> T:
        """Do something in the server's thread; once it has ended, in this one."""
        if self.loop is None:
            return work()

        async def once() -> T:
            end = time.monotonic() + PATIENCE
            while self.calls.sending and time.monotonic() < end:
                await asyncio.sleep(0.001)
            return work()

        return asyncio.run_coroutine_threadsafe(once(), self.loop).result()

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai(self) -> str:
        """The base url for OpenAI's SDK."""
        return f"{self.url}/v1"

    @property
    def anthropic(self) -> str:
        """The base url for Anthropic's SDK."""
        return self.url

    @property
    def in_flight_peak(self) -> int:
        """The most calls that were in flight at once."""
        return self.calls.peak

    @property
    def seen(self) -> list[Seen]:
        """All requests in the order in which they came; those whose response is on its way are waited for."""
        return self.inside(lambda: list(self.all_seen))

    @property
    def lines(self) -> list[Seen]:
        """All batch lines that were answered."""
        return self.inside(lambda: list(self.calls.lines))

    def finish_batches(self, fail: Callable[[str, dict[str, Any]], Fault | None] | None = None, expire: bool | Callable[[str], bool] = False) -> None:
        """End every batch that is open.

        Args:
            fail: from a line's custom_id and body to a fault or None.
            expire: whether a line ran out of time, by its custom_id; True for all.
        """
        late = expire if callable(expire) else lambda _: expire

        def finish() -> None:
            for batches in self.batches.values():
                batches.finish(fail or (lambda _, __: None), late)

        self.inside(finish)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, in the shape of its provider."""
        wire = wire_anthropic if request.path.startswith("/v1/messages") or "anthropic-version" in request.headers else wire_openai
        seen = Seen(request.method, request.path, time.monotonic())
        if self.record:
            seen.headers = {name.lower(): value for name, value in request.headers.items()}
            self.all_seen.append(seen)
        headers = {wire.REQUEST_ID: f"req_{next(self.ids):024x}"}
        try:
            wire.enter({name: request.headers[name] for name in KEYS if name in request.headers}, self.terms)
            if request.path == wire.CALL and request.method == "POST":
                return await self.calls.serve(wire, request, seen, headers)
            return await self.serve(wire, request, seen, headers)
        except Rejected as rejected:
            problem = rejected.problem
        except (ConnectionError, web.RequestPayloadError):
            return web.Response()  # the client left while it was talking
        except Exception as error:
            self.broken.append(error)
            problem = Problem(500, f"the script failed: {type(error).__name__}: {error}", headers={"x-should-retry": "false"})
        seen.status = problem.status
        return (await send(request, json.dumps(wire.show(problem)).encode(), headers | problem.headers, problem.status))[0]

    async def serve(self, wire: Any, request: web.BaseRequest, seen: Seen, headers: dict[str, str]) -> web.StreamResponse:
        """Answer what is no model call."""
        place = f"{request.method} {request.path}"
        seen.attempt = self.tries.next(place, "")
        fault = self.batch_faults(place, seen.attempt) if self.batch_faults else None
        if fault:
            seen.fault = fault.name
            if problem := fault.problem(wire.name):
                raise Rejected(problem)
            if fault.way == "reset":
                return (await hit(request, b"", headers, fault))[0]
        payload = await self.other(wire, request, seen)
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        seen.status = fault.status if fault else 200
        if fault:
            return (await hit(request, data, headers, fault))[0]
        return (await send(request, data, headers, kind="application/json" if payload is not data else "application/octet-stream"))[0]

    async def other(self, wire: Any, request: web.BaseRequest, seen: Seen) -> dict[str, Any] | bytes:
        """Models, files, batches."""
        match (request.method, request.path.strip("/").split("/")):
            case "GET", ["v1", "models"]:
                return wire.models(self.terms)
            case "GET", ["v1", "models", name] if name in self.terms.models:
                return wire.model(name)
        answered = await self.batches[wire.name].serve(request, seen)
        if answered is None:
            raise reject(404, f"Invalid URL ({request.method} {request.path})" if wire is wire_openai else "Not found")
        return answered


def make_request(*parts: Any) -> web.BaseRequest:
    """A request of any size; what is too large is for the wire to say."""
    message, payload, protocol, writer, task = parts
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=0)
