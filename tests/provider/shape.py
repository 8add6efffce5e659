"""Holds a request's body against its form: what the first mistake is, and where."""

from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError


class Form(BaseModel):
    """A part of a request; a key that it does not name is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Mistake(Exception):
    """The first mistake of a body.

    Attributes:
        kind: pydantic's name for it.
        path: where it is: keys and indices.
        message: pydantic's words.
        expected: what was expected there, where it is one of some values.
    """

    def __init__(self, kind: str, path: list[str | int], message: str, expected: str) -> None:
        super().__init__(message)
        self.kind, self.path, self.message, self.expected = kind, path, message, expected


def hold(form: TypeAdapter[Any], body: Any) -> None:
    """Hold a body against its form.

    Raises:
        Mistake: the one that lies deepest, for of two forms that a value may have it fits the one better.
    """
    try:
        form.validate_python(body)
    except ValidationError as error:
        found = [
            Mistake(one["type"], place(one["loc"], body, one["type"]), one["msg"], str((one.get("ctx") or {}).get("expected", "")))
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise max(found, key=lambda mistake: len(mistake.path)) from None


def place(location: tuple[str | int, ...], body: Any, kind: str) -> list[str | int]:
    """A location without the names of the forms that were tried on the way."""
    path: list[str | int] = []
    for depth, step in enumerate(location):
        if (isinstance(body, dict) and step in body) or (isinstance(body, list) and isinstance(step, int)):
            body = body[step]
        elif not (kind == "missing" and depth == len(location) - 1):
            continue
        path.append(step)
    return path
