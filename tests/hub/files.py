"""Files in: preupload and commit. Files out: resolve."""

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tests.hub.answer import Answer
from tests.hub.problem import Problem
from tests.hub.routes import route
from tests.hub.state import Bodies, Entry

if TYPE_CHECKING:
    from tests.hub.server import Handler

LARGE = (".parquet", ".arrow", ".zip", ".zst")
LARGEST_REGULAR = 10_000_000  # bytes


@route("POST", "/api/datasets/{repo}/preupload/{revision}")
def preupload(at: "Handler", repo: str, revision: str) -> Answer:
    files = at.writable(repo).at(revision).files
    told = []
    for file in at.json()["files"]:
        large = file["path"].endswith(LARGE) or file["size"] > LARGEST_REGULAR or b"\0" in base64.b64decode(file["sample"])
        there = files.get(file["path"])
        told.append({"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False} | ({"oid": there.etag} if there else {}))
    return Answer(content={"files": told, "commitOid": at.readable(repo).sha(revision)})


@route("POST", "/api/datasets/{repo}/commit/{revision}")
def commit(at: "Handler", repo: str, revision: str) -> Answer:
    """All of it or nothing: the branch moves last, under the lock."""
    found = at.writable(repo)
    lines = [json.loads(line) for line in at.body().splitlines() if line.strip()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    with at.hub.lock:
        if revision not in found.branches:
            raise Problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        head = found.at(revision)
        if header.get("parentCommit", head.sha) != head.sha:
            raise Problem(412, "A commit has happened since. Please refresh and try again.")
        files = dict(head.files)
        for line in lines:
            apply(files, at.hub.bodies, line["key"], line["value"])
        author = at.account.user if at.account else ""
        made = found.commit(revision, files, header["summary"], header.get("description", ""), author)
    return Answer(content={"success": True, "commitOid": made.sha, "commitUrl": f"{at.hub.url}/datasets/{repo}/commit/{made.sha}", "hookOutput": ""})


def apply(files: dict[str, Entry], bodies: Bodies, key: str, value: dict[str, Any]) -> None:
    """One operation of a commit."""
    if key == "file":
        files[value["path"]] = bodies.regular(base64.b64decode(value["content"]))
    elif key == "lfsFile":
        entry = bodies.large(value["oid"])
        if entry is None:
            raise Problem(400, f"Your push was rejected because an LFS pointer pointed to a file that does not exist: {value['path']}")
        files[value["path"]] = entry
    elif key == "deletedFile":
        if files.pop(value["path"], None) is None:
            raise Problem(404, f"A file with this name doesn't exist: {value['path']}", "EntryNotFound")
    elif key == "deletedFolder":
        for path in [path for path in files if path.startswith(value["path"].rstrip("/") + "/")]:
            del files[path]
    elif key != "header":
        raise Problem(400, f"Unknown operation: {key}")


@route("GET", "/datasets/{repo}/resolve/{revision}/{path}")
def resolve(at: "Handler", repo: str, revision: str, path: str) -> Answer:
    one = at.readable(repo).at(revision)
    try:
        entry = one.entry(path)
    except Problem as problem:
        problem.headers["X-Repo-Commit"] = one.sha  # the client remembers by it that the file is missing
        raise
    headers = {"X-Repo-Commit": one.sha, "ETag": f'"{entry.etag}"', "Accept-Ranges": "bytes"}
    if entry.lfs:
        headers |= {"X-Linked-Size": str(entry.size), "X-Linked-ETag": f'"{entry.etag}"'}
    file = at.hub.bodies.path(entry.sha256)
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", at.headers.get("Range", ""))
    if not asked or not any(asked.groups()):
        return Answer(headers=headers, file=file, end=entry.size)
    first, last = asked.groups()
    start = int(first) if first else max(entry.size - int(last), 0)
    end = min(int(last) + 1, entry.size) if first and last else entry.size
    if start >= end:
        raise Problem(416, "Range Not Satisfiable", headers={"Content-Range": f"bytes */{entry.size}"})
    return Answer(206, headers=headers | {"Content-Range": f"bytes {start}-{end - 1}/{entry.size}"}, file=file, start=start, end=end)
