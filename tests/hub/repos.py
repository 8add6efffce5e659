"""Who asks, and repositories: create, delete, what they hold."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import yaml

from tests.hub.answer import Answer
from tests.hub.problem import Problem
from tests.hub.routes import route
from tests.hub.state import ATTRIBUTES, Entry, Repository, pointer

if TYPE_CHECKING:
    from tests.hub.server import Handler


@route("GET", "/api/whoami-v2")
def whoami(at: "Handler") -> Answer:
    account = at.account
    if account is None:
        raise Problem(401, "Invalid username or password.")
    role = "write" if account.write else "read"
    orgs = [{"type": "org", "name": name, "roleInOrg": role} for name in account.orgs]
    return Answer(content={"type": "user", "name": account.user, "fullname": account.user, "orgs": orgs, "auth": {"accessToken": {"role": role}}})


@route("POST", "/api/repos/create")
def create(at: "Handler") -> Answer:
    asked = at.json()
    namespace = asked.get("organization") or (at.account.user if at.account else "")
    name, hub = f"{namespace}/{asked['name']}", at.hub
    at.may_write(namespace)
    url = f"{hub.url}/datasets/{name}"
    with hub.lock:
        if name in hub.repositories:
            raise Problem(409, "You already created this dataset repo", url=url)  # the client reads the address when it said `exist_ok`
        made = Repository(name, asked.get("visibility") == "private" or bool(asked.get("private")))
        made.commit("main", {".gitattributes": hub.bodies.regular(ATTRIBUTES)}, "initial commit", "", namespace)
        hub.repositories[name] = made
    return Answer(content={"url": url, "name": name, "id": name})


@route("DELETE", "/api/repos/delete")
def delete(at: "Handler") -> Answer:
    asked = at.json()
    found = at.writable(f"{asked.get('organization') or (at.account.user if at.account else '')}/{asked['name']}")
    with at.hub.lock:
        del at.hub.repositories[found.name]
    return Answer(content={})


@route("PUT", "/api/datasets/{repo}/settings")
def settings(at: "Handler", repo: str) -> Answer:
    found, asked = at.writable(repo), at.json()
    found.private = asked.get("visibility", "private" if asked.get("private", found.private) else "public") == "private"
    return Answer(content={"private": found.private})


@route("GET", "/api/datasets/{repo}/revision/{revision}")
@route("GET", "/api/datasets/{repo}")
def info(at: "Handler", repo: str, revision: str = "main") -> Answer:
    found, blobs = at.readable(repo), "blobs" in parse_qs(at.query)
    commit = found.at(revision)
    siblings = [{"rfilename": path} | (blob(entry) if blobs else {}) for path, entry in sorted(commit.files.items())]
    card = commit.files.get("README.md")
    data = metadata(at.hub.bodies.path(card.sha256).read_text()) if card else None
    dates = {"createdAt": found.history("main")[-1].date, "lastModified": found.at("main").date}
    told = {"id": found.name, "_id": found.name, "author": found.namespace, "sha": commit.sha, "private": found.private, "gated": False, "disabled": False}
    told |= {"tags": tags(data or {}), "downloads": 0, "likes": 0, "siblings": siblings, **dates}
    return Answer(content=told | ({"cardData": data} if data else {}), headers={"X-Repo-Commit": commit.sha})


def blob(entry: Entry) -> dict[str, Any]:
    large = {"lfs": {"sha256": entry.sha256, "size": entry.size, "pointerSize": len(pointer(entry.sha256, entry.size))}} if entry.lfs else {}
    return {"size": entry.size, "blobId": entry.oid} | large


def metadata(card: str) -> Any:
    """The YAML at a card's head, or None."""
    parts = card.split("---\n", 2)
    return yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0].strip() else None


def tags(data: dict[str, Any]) -> list[str]:
    lists = {"task_categories": data.get("task_categories"), "language": data.get("language"), "license": data.get("license")}
    return [f"{name}:{value}" for name, values in lists.items() for value in ([values] if isinstance(values, str) else values or [])] + list(data.get("tags") or [])


@route("POST", "/api/validate-yaml")
def validate(at: "Handler") -> Answer:
    """A card's metadata: YAML that reads as a mapping. The Hub's own rules on values are far stricter."""
    try:
        data = metadata(at.json()["content"])
    except yaml.YAMLError as error:
        return Answer(400, {"errors": [{"message": f"YAML: {error}"}], "warnings": []})
    if data is None:
        return Answer(content={"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
    if not isinstance(data, dict):
        return Answer(400, {"errors": [{"message": '"value" must be of type object'}], "warnings": []})
    return Answer(content={"errors": [], "warnings": []})
