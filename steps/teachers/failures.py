"""What a failed call means: try again, give this call up, ask in another way, or stop the run."""

import email.utils
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from steps.teachers.call import TeacherFailed, Transient, Unanswerable, Unstructured

CROWDED = {429, 503, 529}
PASSING = {408, 409, 425, 429}
STRUCTURE = ("response_format", "json_schema", "output_config", "output_format", "tool_choice", "grammar", "structured output")
MONEY = ("insufficient_quota", "credit balance", "billing")


def understood(error: Exception, teacher: str, model: str, key: str | None) -> Exception:
    """The error of an official SDK as one of ours, in one line, without anything that was sent.

    Args:
        teacher: how the user calls the teacher.
        key: the variable that its key is read from.
    """
    status = getattr(error, "status_code", None)
    if status is None:
        cause = error.__cause__ or error
        if isinstance(error, TimeoutError) or ("Timeout" in type(error).__name__ and "Connect" not in type(cause).__name__):
            return Transient("no answer in time")
        if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)) or "Validation" in type(error).__name__:
            return Transient("the answer is not JSON", spoilt=True)
        return Transient(f"the connection failed: {' '.join(str(cause).split())[:120] or type(cause).__name__}")
    said = words(error, os.environ.get(key or "", ""))
    if status in (401, 403):
        return TeacherFailed(
            f"teacher {teacher}: the server refused the key in {key} ({status}: {said})." if key else f"teacher {teacher}: the server wants a key ({status}: {said})."
        )
    if status == 402 or (status in (400, 429) and any(word in said.lower() for word in MONEY)):
        return TeacherFailed(f"teacher {teacher}: the account has no money left ({status}: {said}).")
    if status == 404:
        return TeacherFailed(f"teacher {teacher}: the server does not know the model {model}, or the address is not its own ({status}: {said}).")
    if status in PASSING or status >= 500:
        return Transient(f"{status}: {said}", patience(error.response.headers), status in CROWDED)  # type: ignore[attr-defined]
    if status in (400, 422) and any(word in said.lower() for word in STRUCTURE):
        return Unstructured(said)
    return Unanswerable(f"{status}: {said}")


def words(error: Any, secret: str = "") -> str:
    """What the server says is wrong, in one line, with its code; a key that it repeats is taken out."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else {}
    inner = inner if isinstance(inner, dict) else {"message": inner}
    code = inner.get("code") or ""
    text = str(inner.get("message") or (body if isinstance(body, str) and "<" not in body else "") or "no reason given")
    text = text.replace(secret, "***") if secret else text
    return " ".join(f"{text} [{code}]".split() if code and str(code) not in text else text.split())[:200]


def patience(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait, in any of the three forms that are in use; at most ten minutes."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            seconds = float(milliseconds) / 1000
        elif (after := headers.get("retry-after")) is None:
            return None
        elif after.replace(".", "", 1).isdigit():
            seconds = float(after)
        else:
            seconds = email.utils.parsedate_to_datetime(after).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), 600.0)
