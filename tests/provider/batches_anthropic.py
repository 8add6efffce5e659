"""Anthropic's Message Batches: https://platform.claude.com/docs/en/build-with-claude/batch-processing."""

import itertools
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.provider import wire_anthropic
from tests.provider.calls import Calls
from tests.provider.faults import Fault
from tests.provider.problem import reject
from tests.provider.seen import Seen
from tests.provider.terms import Terms

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
KINDS = ("processing", "succeeded", "errored", "canceled", "expired")


class AnthropicBatches:
    """The batches of one workspace; they are done when the test says so."""

    def __init__(self, terms: Terms, calls: Calls) -> None:
        self.terms, self.calls, self.numbers = terms, calls, itertools.count(1)
        self.batches: dict[str, dict[str, Any]] = {}
        self.requests: dict[str, list[dict[str, Any]]] = {}
        self.results: dict[str, bytes] = {}
        self.made: dict[str, tuple[Any, dict[str, Any]]] = {}

    async def serve(self, request: web.BaseRequest, seen: Seen) -> dict[str, Any] | bytes | None:
        """Answer a request, None where there is no such thing."""
        match (request.method, request.path.strip("/").split("/")[1:]):
            case "POST", ["messages", "batches"]:
                raw = await request.read()
                if len(raw) > self.terms.limits.batch_body_bytes:
                    raise reject(413, "Request exceeds the maximum size")
                seen.body = read(raw)
                return self.create(seen, request)
            case "GET", ["messages", "batches"]:
                return self.listed(request)
            case "GET", ["messages", "batches", name]:
                return self.batch(name)
            case "GET", ["messages", "batches", name, "results"]:
                if self.batch(name)["processing_status"] != "ended":
                    raise reject(404, f"No results are available for batch {name}, which has not ended")
                return self.results[name]
            case "POST", ["messages", "batches", name, "cancel"]:
                return self.cancel(self.batch(name))
            case "DELETE", ["messages", "batches", name]:
                if self.batch(name)["processing_status"] != "ended":
                    raise reject(400, f"Batch {name} cannot be deleted while it is being processed")
                del self.batches[name], self.requests[name], self.results[name]
                return {"id": name, "type": "message_batch_deleted"}
        return None

    def batch(self, name: str) -> dict[str, Any]:
        """A batch."""
        if name not in self.batches:
            raise reject(404, f"Batch with id {name} was not found")
        return self.batches[name]

    def create(self, seen: Seen, request: web.BaseRequest) -> dict[str, Any]:
        """Open a batch. Its requests are held against their own form only when they are processed."""
        body, key = seen.body, request.headers.get("idempotency-key")
        if key in self.made and key:
            if self.made[key][0] != body:
                raise reject(400, "This idempotency key was used with another request.")
            seen.repeated = True
            return self.made[key][1]
        if unknown := set(body) - {"requests"}:
            raise reject(400, f"{sorted(unknown)[0]}: Extra inputs are not permitted")
        if not isinstance(body.get("requests"), list):
            raise reject(400, f"requests: {'Input should be a valid list' if 'requests' in body else 'Field required'}")
        most = self.terms.limits.batch_requests
        if not 1 <= len(body["requests"]) <= most:
            raise reject(400, f"requests: a batch holds at least 1 and at most {most} requests, not {len(body['requests'])}")
        known: set[str] = set()
        for place, one in enumerate(body["requests"]):
            check(one, place, known)
        name = f"msgbatch_{next(self.numbers):024x}"
        now = datetime.now(UTC)
        self.requests[name] = body["requests"]
        self.batches[name] = {
            "id": name,
            "type": "message_batch",
            "processing_status": "in_progress",
            "request_counts": dict.fromkeys(KINDS, 0) | {"processing": len(body["requests"])},
            **{"ended_at": None, "created_at": stamp(now), "expires_at": stamp(now + timedelta(days=1)), "archived_at": None, "cancel_initiated_at": None},
            "results_url": None,
        }
        self.urls = f"{request.scheme}://{request.host}/v1/messages/batches"
        if key:
            self.made[key] = (body, dict(self.batches[name]))
        return self.batches[name]

    def listed(self, request: web.BaseRequest) -> dict[str, Any]:
        """A page of the list, the newest first."""
        everything = list(self.batches.values())[::-1]
        ids = [one["id"] for one in everything]
        limit, after, before = request.query.get("limit", "20"), request.query.get("after_id"), request.query.get("before_id")
        if not limit.isdigit() or not 1 <= int(limit) <= 1000:
            raise reject(400, f"limit: Input should be from 1 to 1000, not {limit}")
        for name in (after, before):
            if name and name not in ids:
                raise reject(400, f"Batch with id {name} was not found")
        if before:
            end = ids.index(before)
            page, more = everything[max(0, end - int(limit)) : end], end > int(limit)
        else:
            begin = ids.index(after) + 1 if after else 0
            page, more = everything[begin : begin + int(limit)], begin + int(limit) < len(ids)
        return {"data": page, "has_more": more, "first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}

    def cancel(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Ask a batch to stop."""
        if batch["processing_status"] == "ended":
            raise reject(400, f"Batch {batch['id']} has already ended")
        batch |= {"processing_status": "canceling", "cancel_initiated_at": batch["cancel_initiated_at"] or stamp(datetime.now(UTC))}
        return batch

    def finish(self, fail: Callable[[str, dict[str, Any]], Fault | None], late: Callable[[str], bool]) -> None:
        """End all batches that are open; the results come in another order than the requests."""
        for name, batch in self.batches.items():
            if batch["processing_status"] == "ended":
                continue
            counts, results = dict.fromkeys(KINDS, 0), []
            for one in self.requests[name]:
                result = self.result(batch, one, fail, late)
                counts[result["type"]] += 1
                results.append(json.dumps({"custom_id": one["custom_id"], "result": result}, ensure_ascii=False) + "\n")
            self.results[name] = "".join(reversed(results)).encode()
            batch |= {"processing_status": "ended", "ended_at": stamp(datetime.now(UTC)), "request_counts": counts, "results_url": f"{self.urls}/{name}/results"}

    def result(self, batch: dict[str, Any], one: dict[str, Any], fail: Callable[[str, dict[str, Any]], Fault | None], late: Callable[[str], bool]) -> dict[str, Any]:
        """What became of a request."""
        if batch["processing_status"] == "canceling":
            return {"type": "canceled"}
        if late(one["custom_id"]):
            return {"type": "expired"}
        status, body = self.calls.line(wire_anthropic, batch["id"], time.monotonic(), one["params"], fail(one["custom_id"], one["params"]))
        if status != 200:
            return {"type": "errored", "error": body}
        body["usage"]["service_tier"] = "batch"
        return {"type": "succeeded", "message": body}


def read(raw: bytes) -> dict[str, Any]:
    """A request's JSON."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise wire_anthropic.unreadable() from None
    if not isinstance(body, dict):
        raise wire_anthropic.unreadable()
    return body


def check(one: Any, place: int, known: set[str]) -> None:
    """A request's frame: its name and that there is something in it."""
    if not isinstance(one, dict):
        raise reject(400, f"requests.{place}: Input should be a valid dictionary")
    for key in ("custom_id", "params"):
        if key not in one:
            raise reject(400, f"requests.{place}.{key}: Field required")
    if more := set(one) - {"custom_id", "params"}:
        raise reject(400, f"requests.{place}.{sorted(more)[0]}: Extra inputs are not permitted")
    if not isinstance(one["custom_id"], str) or not CUSTOM_ID.fullmatch(one["custom_id"]):
        raise reject(400, f"requests.{place}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
    if not isinstance(one["params"], dict):
        raise reject(400, f"requests.{place}.params: Input should be a valid dictionary")
    if one["custom_id"] in known:
        raise reject(400, f"requests.{place}.custom_id: custom_id '{one['custom_id']}' is not unique")
    known.add(one["custom_id"])


def stamp(moment: datetime) -> str:
    """A moment as it is sent."""
    return moment.isoformat().replace("+00:00", "Z")
