"""What the Hub answers instead of what was asked for."""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """A status with a message, and the code by which the clients choose their exception."""

    def __init__(self, status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status, self.content = status, {"error": message, **more}
        self.headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {}), **(headers or {})}


def no_repository() -> Problem:
    return Problem(404, "Repository not found", "RepoNotFound")


def no_revision(revision: str) -> Problem:
    return Problem(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def no_entry(path: str) -> Problem:
    return Problem(404, f"Entry not found: {path}", "EntryNotFound")
