"""Branches, tags and history."""

from typing import TYPE_CHECKING

from tests.hub.answer import Answer
from tests.hub.problem import Problem, no_revision
from tests.hub.routes import route

if TYPE_CHECKING:
    from tests.hub.server import Handler


@route("GET", "/api/datasets/{repo}/refs")
def refs(at: "Handler", repo: str) -> Answer:
    found = at.readable(repo)
    branches = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": sha} for name, sha in found.branches.items()]
    tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": sha} for name, sha in found.tags.items()]
    return Answer(content={"branches": branches, "converts": [], "tags": tags, "pullRequests": []})


@route("POST", "/api/datasets/{repo}/tag/{revision}")
def tag(at: "Handler", repo: str, revision: str) -> Answer:
    found, name = at.writable(repo), at.json()["tag"]
    with at.hub.lock:
        sha = found.sha(revision)
        if name in found.tags:
            raise Problem(409, f"Tag reference exists already: refs/tags/{name}")
        found.tags[name] = sha
    return Answer(201, {})


@route("DELETE", "/api/datasets/{repo}/tag/{name}")
def untag(at: "Handler", repo: str, name: str) -> Answer:
    if at.writable(repo).tags.pop(name, None) is None:
        raise no_revision(name)
    return Answer(content={})


@route("POST", "/api/datasets/{repo}/branch/{name}")
def branch(at: "Handler", repo: str, name: str) -> Answer:
    found, asked = at.writable(repo), at.json()
    with at.hub.lock:
        if name in found.branches:
            raise Problem(409, f"Reference already exists: refs/heads/{name}")
        found.branches[name] = found.sha(asked.get("startingPoint") or "main")
    return Answer(201, {})


@route("GET", "/api/datasets/{repo}/commits/{revision}")
def commits(at: "Handler", repo: str, revision: str) -> Answer:
    history = at.readable(repo).history(revision)
    return Answer(content=[{"id": one.sha, "title": one.title, "message": one.message, "date": one.date, "authors": [{"user": one.author}]} for one in history])
