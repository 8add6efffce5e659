"""Which path is answered by which function: `{name}` is one segment as the client quoted it, `{path}` the rest."""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from tests.hub.answer import Answer
from tests.hub.problem import Problem

Work = Callable[..., Answer]
ROUTES: list[tuple[str, re.Pattern[str], Work]] = []


def route(method: str, pattern: str) -> Callable[[Work], Work]:
    """Answer what matches; `{repo}` is `namespace/name`."""
    shape = pattern.replace("{repo}", "(?P<repo>[^/]+/[^/]+?)").replace("{path}", "(?P<path>.*)")
    shape = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", shape)

    def keep(work: Work) -> Work:
        ROUTES.append((method, re.compile(shape), work))
        return work

    return keep


def load() -> None:
    """Import the modules that fill `ROUTES`."""
    for name in ("repos", "refs", "tree", "files", "lfs", "xet"):
        import_module(f"tests.hub.{name}")


def find(method: str, path: str) -> tuple[Work, dict[str, Any]]:
    """The function, and the words of the path that it takes."""
    for verb, shape, work in ROUTES:
        if verb == method.replace("HEAD", "GET") and (match := shape.fullmatch(path)):
            return work, {name: unquote(value) for name, value in match.groupdict().items()}
    raise Problem(404, f"Sorry, we can't find the page you are looking for: {method} {path}")
