"""OpenAI's Files, as far as batches need them: https://platform.openai.com/docs/api-reference/files."""

import itertools
import time
from typing import Any

from aiohttp import web

from tests.provider.problem import reject
from tests.provider.seen import Seen
from tests.provider.terms import Terms

FORM = {"file", "purpose", "expires_after[anchor]", "expires_after[seconds]"}


class Files:
    """The files of one account."""

    def __init__(self, terms: Terms) -> None:
        self.terms, self.numbers = terms, itertools.count(1)
        self.kept: dict[str, tuple[dict[str, Any], bytes]] = {}

    async def serve(self, request: web.BaseRequest, seen: Seen) -> dict[str, Any] | bytes | None:
        """Answer a request, None where there is no such thing."""
        match (request.method, request.path.strip("/").split("/")[2:]):
            case "POST", []:
                return await self.upload(request, seen)
            case "GET", []:
                return listed([about for about, _ in self.kept.values()], request)
            case "GET", [name]:
                return self.file(name)[0]
            case "GET", [name, "content"]:
                return self.file(name)[1]
            case "DELETE", [name]:
                self.file(name)
                del self.kept[name]
                return {"id": name, "object": "file", "deleted": True}
        return None

    async def upload(self, request: web.BaseRequest, seen: Seen) -> dict[str, Any]:
        """Take a file."""
        form = await request.post() if request.content_type == "multipart/form-data" else {}
        if unknown := set(form) - FORM:
            raise reject(400, f"Unrecognized request argument supplied: {sorted(unknown)[0]}")
        for key in ("file", "purpose"):
            if key not in form:
                raise reject(400, f"Missing required parameter: '{key}'.", code="missing_required_parameter", param=key)
        if form["purpose"] != "batch" or not isinstance(form["file"], web.FileField):
            raise reject(400, f"'{form['purpose']}' is not one of ['batch'] - 'purpose'", param="purpose")
        content = form["file"].file.read()
        seen.body = {"purpose": "batch", "filename": form["file"].filename, "bytes": len(content)}
        if not form["file"].filename.endswith(".jsonl"):
            raise reject(400, "Invalid file format for Batch API. Must be .jsonl")
        if len(content) > self.terms.limits.batch_file_bytes:
            raise reject(413, f"The file is larger than {self.terms.limits.batch_file_bytes} bytes.")
        return self.keep(form["file"].filename, "batch", content)

    def keep(self, filename: str, purpose: str, content: bytes) -> dict[str, Any]:
        """Keep a file."""
        name = f"file-{next(self.numbers):022x}"
        about = {"id": name, "object": "file", "bytes": len(content), "created_at": int(time.time()), "filename": filename, "purpose": purpose, "status": "processed"}
        self.kept[name] = (about, content)
        return about

    def file(self, name: str) -> tuple[dict[str, Any], bytes]:
        """A file."""
        if name not in self.kept:
            raise reject(404, f"No such File object: {name}", param="id")
        return self.kept[name]


def listed(all_of_them: list[dict[str, Any]], request: web.BaseRequest) -> dict[str, Any]:
    """A page of a list, the newest first."""
    ids = [one["id"] for one in reversed(all_of_them)]
    limit, after = request.query.get("limit", "20"), request.query.get("after")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise reject(400, f"Invalid 'limit': {limit}. Expected a value from 1 to 100.", param="limit")
    if after and after not in ids:
        raise reject(400, f"No such object: {after}", param="after")
    begin = ids.index(after) + 1 if after else 0
    page = all_of_them[::-1][begin : begin + int(limit)]
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
    return {"object": "list", "data": page, "has_more": begin + len(page) < len(ids), **ends}
