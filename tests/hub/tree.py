"""What a commit holds, listed by pages, or by path."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from tests.hub.answer import Answer
from tests.hub.problem import no_entry
from tests.hub.routes import route
from tests.hub.state import Commit, Entry, git_name, pointer

if TYPE_CHECKING:
    from tests.hub.server import Handler

EXPANDED_PAGE = 50


@route("GET", "/api/datasets/{repo}/tree/{revision}/{path}")
@route("GET", "/api/datasets/{repo}/tree/{revision}")
def tree(at: "Handler", repo: str, revision: str, path: str = "") -> Answer:
    commit, asked = at.readable(repo).at(revision), {name: values[-1] for name, values in parse_qs(at.query).items()}
    deep, expand = (asked.get(name, "").lower() in ("true", "1") for name in ("recursive", "expand"))
    folder = path.strip("/")
    entries = {name: one for name, one in listed(commit, expand).items() if name.startswith(f"{folder}/" if folder else "")}
    if folder and not entries:
        raise no_entry(folder)
    start = len(folder) + 1 if folder else 0
    rows = [one for name, one in sorted(entries.items()) if deep or "/" not in name[start:]]
    first, most = int(asked.get("cursor", 0)), min(at.hub.page, EXPANDED_PAGE if expand else at.hub.page)
    following = f"{at.hub.url}{at.path.split('?')[0]}?{urlencode(asked | {'cursor': first + most})}"
    return Answer(content=rows[first : first + most], headers={"Link": f'<{following}>; rel="next"'} if first + most < len(rows) else {})


@route("POST", "/api/datasets/{repo}/paths-info/{revision}")
def paths(at: "Handler", repo: str, revision: str) -> Answer:
    commit, asked = at.readable(repo).at(revision), parse_qs(at.body().decode())
    entries = listed(commit, asked.get("expand", [""])[0].lower() == "true")
    return Answer(content=[entries[path.strip("/")] for path in asked.get("paths", []) if path.strip("/") in entries])


def listed(commit: Commit, expand: bool) -> dict[str, dict[str, Any]]:
    """All files and folders of a commit, by path."""
    last = {"lastCommit": {"id": commit.sha, "title": commit.title, "date": commit.date}} if expand else {}
    rows: dict[str, dict[str, Any]] = {}
    for path, entry in commit.files.items():
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            rows[folder] = {"type": "directory", "oid": git_name(folder.encode()), "size": 0, "path": folder, **last}
        rows[path] = {"type": "file", "oid": entry.oid, "size": entry.size, "path": path, **large(entry), **last}
    return rows


def large(entry: Entry) -> dict[str, Any]:
    return {"lfs": {"oid": entry.sha256, "size": entry.size, "pointerSize": len(pointer(entry.sha256, entry.size))}} if entry.lfs else {}
