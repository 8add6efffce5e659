"""The input file of OpenAI's Batch: what is wrong with it, line by line."""

import json
from collections.abc import Iterator
from typing import Any

from tests.provider.terms import Terms

LINE = {"custom_id", "method", "url", "body"}


def complaints(lines: list[bytes], endpoint: str, terms: Terms) -> Iterator[dict[str, Any]]:
    """What is wrong with a batch's file, line by line."""
    known: set[str] = set()
    models: set[str] = set()
    if not lines:
        yield wrong("empty_file", "The input file is empty.", None)
    if len(lines) > (most := terms.limits.batch_lines):
        yield wrong("too_many_tasks", f"The input file has {len(lines)} requests, and at most {most} are allowed.", None)
    for number, raw in enumerate(lines, 1):
        try:
            line = json.loads(raw)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            yield wrong("invalid_json_line", "This line is not parseable as valid JSON.", number)
        elif lost := sorted(LINE - set(line)):
            yield wrong("missing_required_parameter", f"Missing required parameter: '{lost[0]}'.", number, lost[0])
        elif more := sorted(set(line) - LINE):
            yield wrong("unknown_parameter", f"Unknown parameter: '{more[0]}'.", number, more[0])
        elif not isinstance(line["custom_id"], str) or not isinstance(line["body"], dict):
            yield wrong("invalid_type", "'custom_id' has to be a string and 'body' an object.", number)
        elif line["custom_id"] in known:
            yield wrong("duplicate_custom_id", f"The custom_id '{line['custom_id']}' for this request is a duplicate of another request.", number, "custom_id")
        elif line["method"] != "POST":
            yield wrong("invalid_method", f"Invalid method: '{line['method']}'. Only 'POST' is supported.", number, "method")
        elif line["url"] != endpoint:
            yield wrong("invalid_url", "The URL provided for this request does not match the batch endpoint.", number, "url")
        elif line["body"].get("stream"):
            yield wrong("stream_not_supported", "Streaming is not supported in the Batch API.", number, "body.stream")
        elif models and line["body"].get("model") not in models:
            yield wrong("mismatched_model", f"The provided model '{line['body'].get('model')}' does not match the first request in the file.", number, "body.model")
        elif line["body"].get("model") not in terms.models:
            yield wrong("model_not_found", f"The provided model '{line['body'].get('model')}' is not supported by the Batch API.", number, "body.model")
        else:
            known.add(line["custom_id"])
            models.add(line["body"]["model"])


def wrong(code: str, message: str, line: int | None, param: str | None = None) -> dict[str, Any]:
    """An error of a batch's file."""
    return {"code": code, "message": message, "param": param, "line": line}
