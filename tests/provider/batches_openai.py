"""OpenAI's Batch: https://platform.openai.com/docs/api-reference/batch."""

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.provider import wire_openai
from tests.provider.calls import Calls
from tests.provider.faults import Fault
from tests.provider.files_openai import Files, listed
from tests.provider.lines_openai import complaints
from tests.provider.problem import reject
from tests.provider.seen import Seen
from tests.provider.terms import Terms

DAY = 24 * 60 * 60
CREATE = {"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"}
EXPIRED = {"code": "batch_expired", "message": "This request could not be executed before the completion window expired."}
CANCELLED = {"code": "batch_cancelled", "message": "This request was not executed because the batch was cancelled."}


class OpenAIBatches:
    """The batches of one account. A batch is validated when it is next looked at, and done when the test says so."""

    def __init__(self, terms: Terms, calls: Calls) -> None:
        self.terms, self.calls, self.numbers, self.files = terms, calls, itertools.count(1), Files(terms)
        self.batches: dict[str, dict[str, Any]] = {}
        self.made: dict[str, tuple[Any, dict[str, Any]]] = {}

    async def serve(self, request: web.BaseRequest, seen: Seen) -> dict[str, Any] | bytes | None:
        """Answer a request, None where there is no such thing."""
        match (request.method, request.path.strip("/").split("/")[1:]):
            case _, ["files", *_]:
                return await self.files.serve(request, seen)
            case "POST", ["batches"]:
                return self.create(await self.calls.read(wire_openai, request), request.headers.get("idempotency-key"), seen)
            case "GET", ["batches"]:
                return listed([self.look(batch) for batch in self.batches.values()], request)
            case "GET", ["batches", name]:
                return self.look(self.batch(name))
            case "POST", ["batches", name, "cancel"]:
                return self.cancel(self.batch(name))
        return None

    def batch(self, name: str) -> dict[str, Any]:
        """A batch."""
        if name not in self.batches:
            raise reject(404, f"No batch found with id '{name}'.")
        return self.batches[name]

    def create(self, body: dict[str, Any], key: str | None, seen: Seen) -> dict[str, Any]:
        """Open a batch."""
        seen.body = body
        if key in self.made and key:
            if self.made[key][0] != body:
                raise reject(400, "This idempotency key was used with another request.", code="idempotency_key_in_use")
            seen.repeated = True
            return self.made[key][1]
        if unknown := set(body) - CREATE:
            raise reject(400, f"Unrecognized request argument supplied: {sorted(unknown)[0]}")
        for field in ("input_file_id", "endpoint", "completion_window"):
            if field not in body:
                raise reject(400, f"Missing required parameter: '{field}'.", code="missing_required_parameter", param=field)
        if body["endpoint"] != wire_openai.CALL:
            raise reject(400, f"Invalid value: '{body['endpoint']}'. Supported values are: '{wire_openai.CALL}'.", code="invalid_value", param="endpoint")
        if body["completion_window"] != "24h":
            raise reject(400, f"Invalid value: '{body['completion_window']}'. Supported values are: '24h'.", code="invalid_value", param="completion_window")
        metadata = body.get("metadata") or {}
        if len(metadata) > 16 or any(not isinstance(value, str) or len(key) > 64 or len(value) > 512 for key, value in metadata.items()):
            raise reject(400, "Invalid 'metadata': at most 16 pairs of strings, keys of 64 and values of 512 characters.", param="metadata")
        self.files.file(body["input_file_id"])
        now = int(time.time())
        stamps = dict.fromkeys(f"{what}_at" for what in ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled"))
        batch = {
            "id": f"batch_{next(self.numbers):024x}",
            "object": "batch",
            **{field: body[field] for field in ("endpoint", "input_file_id", "completion_window")},
            **{"errors": None, "status": "validating", "output_file_id": None, "error_file_id": None, "created_at": now, "expires_at": now + DAY},
            **stamps,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body.get("metadata"),
        }
        self.batches[batch["id"]] = batch
        created = dict(batch)
        if key:
            self.made[key] = (body, created)
        return created

    def look(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch as it stands; one that is being validated is validated by the next look at it."""
        if batch["status"] == "validating":
            errors = list(itertools.islice(complaints(self.lines(batch), batch["endpoint"], self.terms), 50))
            if errors:
                batch |= {"status": "failed", "failed_at": int(time.time()), "errors": {"object": "list", "data": errors}}
            else:
                total = len(self.lines(batch))
                batch |= {"status": "in_progress", "in_progress_at": int(time.time()), "request_counts": {"total": total, "completed": 0, "failed": 0}}
        return batch

    def lines(self, batch: dict[str, Any]) -> list[bytes]:
        """The lines of a batch's file."""
        return [line for line in self.files.file(batch["input_file_id"])[1].split(b"\n") if line.strip()]

    def cancel(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Ask a batch to stop."""
        if self.look(batch)["status"] not in ("in_progress", "cancelling"):
            raise reject(409, f"Cannot cancel a batch with status '{batch['status']}'.")
        batch |= {"status": "cancelling", "cancelling_at": batch["cancelling_at"] or int(time.time())}
        return batch

    def finish(self, fail: Callable[[str, dict[str, Any]], Fault | None], late: Callable[[str], bool]) -> None:
        """End all batches that are open; the results come in another order than the requests."""
        for batch in self.batches.values():
            if self.look(batch)["status"] not in ("in_progress", "cancelling"):
                continue
            now, stopped, expired = int(time.time()), batch["status"] == "cancelling", False
            good: list[dict[str, Any]] = []
            bad: list[dict[str, Any]] = []
            for number, raw in enumerate(self.lines(batch)):
                line = json.loads(raw)
                result: dict[str, Any] = {"id": f"batch_req_{batch['id'][-8:]}{number:016x}", "custom_id": line["custom_id"], "response": None, "error": None}
                if stopped or late(line["custom_id"]):
                    expired = not stopped
                    bad.append(result | {"error": CANCELLED if stopped else EXPIRED})
                    continue
                status, body = self.calls.line(wire_openai, batch["id"], time.monotonic(), line["body"], fail(line["custom_id"], line["body"]))
                result["response"] = {"status_code": status, "request_id": f"req_{batch['id'][-8:]}{number:016x}", "body": body}
                (good if status == 200 else bad).append(result)
            end = "cancelled" if stopped else "expired" if expired else "completed"
            batch |= {"status": end, "finalizing_at": None if stopped else now, f"{end}_at": now}
            batch["request_counts"] = {"total": len(good) + len(bad), "completed": len(good), "failed": len(bad)}
            for kind, results in (("output", good), ("error", bad)):
                if results:
                    content = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in reversed(results))
                    batch[f"{kind}_file_id"] = self.files.keep(f"{batch['id']}_{kind}.jsonl", "batch_output", content.encode())["id"]
