"""Large files by Git LFS: ask what is missing, put it, have it verified.

Source: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
"""

from typing import TYPE_CHECKING, Any

from tests.hub.answer import Answer
from tests.hub.problem import Problem
from tests.hub.routes import route

if TYPE_CHECKING:
    from tests.hub.server import Handler


@route("POST", "/datasets/{repo}.git/info/lfs/objects/batch")
def batch(at: "Handler", repo: str) -> Answer:
    hub, asked = at.hub, at.json()
    at.writable(repo)
    objects = []
    for one in asked["objects"]:
        told: dict[str, Any] = {"oid": one["oid"], "size": one["size"]}
        if not hub.bodies.path(one["oid"]).is_file():
            verify = {"href": f"{hub.url}/datasets/{repo}.git/info/lfs/verify"}
            told |= {"authenticated": True, "actions": {"upload": {"href": f"{hub.url}/lfs/{one['oid']}"}, "verify": verify}}
        objects.append(told)
    transfer = "xet" if hub.xet and "xet" in asked.get("transfers", []) else "basic"  # clients before 2.0 ask here, later ones do not ask
    return Answer(content={"transfer": transfer, "objects": objects, "hash_algo": "sha256"})


@route("PUT", "/lfs/{oid}")
def put(at: "Handler", oid: str) -> Answer:
    """A signed address: no token comes with it."""
    sha256, _ = at.hub.bodies.add(at.pieces())
    if sha256 != oid:
        at.hub.bodies.path(sha256).unlink()
        raise Problem(400, "The body is not what its name says.")
    return Answer(content={})


@route("POST", "/datasets/{repo}.git/info/lfs/verify")
def verify(at: "Handler", repo: str) -> Answer:
    at.writable(repo)
    asked = at.json()
    there = at.hub.bodies.large(asked["oid"])
    if there is None or there.size != asked["size"]:
        raise Problem(404, "Object not found")
    return Answer(content={"message": "OK"})
