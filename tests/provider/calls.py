"""Model calls: a request is held against its form, hit by a fault or answered by the script, sent, and booked."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.provider.answer import Answer
from tests.provider.cache import Cache
from tests.provider.faults import Fault, Plan
from tests.provider.problem import Rejected, reject
from tests.provider.seen import Attempts, Seen, digest
from tests.provider.send import hit, send
from tests.provider.terms import Terms

Script = Callable[[dict[str, Any]], Answer | str]


@dataclass(frozen=True)
class Done:
    """An answer that was sent whole: whose it was, what was sent, what it used."""

    asked: str
    payload: bytes
    usage: dict[str, Any]


class Calls:
    """All that is shared by the calls of both wires."""

    def __init__(self, terms: Terms, script: Script, plan: Plan | None, latency: float, record: bool) -> None:
        self.terms, self.script, self.plan, self.latency, self.record = terms, script, plan, latency, record
        self.caches = {"openai": Cache(), "anthropic": Cache()}
        self.attempts = Attempts()
        self.done: dict[tuple[str, str], Done] = {}
        self.lines: list[Seen] = []
        self.now = self.peak = self.sending = 0

    async def serve(self, wire: Any, request: web.BaseRequest, seen: Seen, headers: dict[str, str]) -> web.StreamResponse:
        """Answer a call."""
        self.now += 1
        self.peak = max(self.peak, self.now)
        try:
            return await self.answer(wire, request, seen, headers)
        finally:
            self.now -= 1

    async def answer(self, wire: Any, request: web.BaseRequest, seen: Seen, headers: dict[str, str]) -> web.StreamResponse:
        """Answer a call, from reading it to booking it."""
        body = await self.read(wire, request)
        given = request.headers.get("idempotency-key")
        asked = digest(body) if self.record or self.plan or given else ""
        seen.body, seen.attempt = body, self.attempts.next(request.path, asked) if asked else 1
        fault = self.plan(body, seen.attempt) if self.plan else None
        if fault:
            seen.fault = fault.name
            if problem := fault.problem(wire.name):
                raise Rejected(problem)
            if fault.way in ("reset", "page"):
                seen.status = None if fault.way == "reset" else fault.status
                return (await hit(request, b"", headers, fault))[0]
        wire.check(body, self.terms)
        if self.latency:
            await asyncio.sleep(self.latency)
        key = (request.path, given) if given else None
        earlier = self.done.get(key) if key else None
        if earlier and earlier.asked != asked:
            raise reject(400, "This idempotency key was used with another request.", code="idempotency_key_in_use")
        done = earlier or self.make(wire, body, fault, asked)
        seen.status, seen.repeated = 200, earlier is not None
        if fault:
            response, whole = await hit(request, done.payload, headers, fault)
        else:
            self.sending += 1
            response, whole = await send(request, done.payload, headers)
            self.sending -= 1
        if whole and not earlier:
            seen.billed, seen.usage = True, done.usage
            if key:
                self.done[key] = done
        return response

    async def read(self, wire: Any, request: web.BaseRequest) -> dict[str, Any]:
        """A request's JSON."""
        raw = await request.read()
        if wire.name == "anthropic" and len(raw) > self.terms.limits.body_bytes:
            raise reject(413, "Request exceeds the maximum size")
        if request.content_type != "application/json":
            raise wire.unreadable()
        try:
            body = json.loads(raw)
        except ValueError:
            raise wire.unreadable() from None
        if not isinstance(body, dict):
            raise wire.unreadable()
        return body

    def make(self, wire: Any, body: dict[str, Any], fault: Fault | None, asked: str) -> Done:
        """What the script says to a body, as it will be sent."""
        response = self.respond(wire, body, fault)
        return Done(asked, json.dumps(response, ensure_ascii=False).encode(), response["usage"])

    def respond(self, wire: Any, body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        """What the script says to a body, in the provider's form."""
        said = self.script(body)
        answer = Answer(said) if isinstance(said, str) else said
        if not isinstance(answer, Answer):
            raise TypeError(f"the script gave {type(said).__name__}, and not an answer")
        if fault and fault.change:
            answer = fault.change(answer, body)
        response: dict[str, Any] = wire.respond(body, answer, self.caches[wire.name], self.terms)
        if fault and fault.choiceless:
            wire.without_choices(response)
        return response

    def line(self, wire: Any, batch: str, at: float, body: dict[str, Any], fault: Fault | None) -> tuple[int, dict[str, Any]]:
        """A batch line's status and body: a response or an error."""
        seen = Seen("POST", wire.CALL, at, body, batch=batch, fault=fault and fault.name)
        self.lines.append(seen)
        try:
            if fault and (problem := fault.problem(wire.name)):
                raise Rejected(problem)
            if fault and fault.way != "whole":
                raise ValueError(f"a batch line cannot fail by {fault.name}")
            wire.check(body, self.terms)
            response = self.respond(wire, body, fault)
        except Rejected as rejected:
            seen.status = rejected.problem.status
            return rejected.problem.status, wire.show(rejected.problem)
        seen.status, seen.billed, seen.usage = 200, True, response["usage"]
        return 200, response
