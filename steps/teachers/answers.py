"""A model's reply as an answer under a contract."""

import json
from typing import Any

from pydantic import BaseModel, ValidationError

from steps.teachers.call import Made, Reply
from steps.teachers.schema import bare
from steps.teachers.teacher import Question, Refused


class Unkept(Exception):
    """A reply does not keep its question's contract."""


def read(reply: Reply, question: Question) -> BaseModel:
    """A reply as an instance of the question's contract.

    Raises:
        Refused: when it was cut off or refused: asking again would not help.
        Unkept: when it does not keep the contract.
    """
    if reply.stop == "refusal":
        raise Refused(f"the model refused: {' '.join((reply.refusal or reply.text or 'without a word').split())[:200]}")
    if reply.stop == "length":
        raise Refused(f"the answer was cut off after {reply.usage.output} tokens; raise max_tokens")
    if not reply.calls and not (reply.text or "").strip():
        raise Unkept("it is empty")
    try:
        if question.tools:
            return question.answer.model_validate({"content": reply.text or None, "calls": [called(made, question) for made in reply.calls]})
        return question.answer.model_validate_json(bare(reply.text or ""))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Unkept(f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}") from None


def called(made: Made, question: Question) -> dict[str, Any]:
    """A tool call, parsed.

    Raises:
        Unkept: when no such tool was offered, or its arguments are no JSON object.
    """
    if made.name not in {tool["name"] for tool in question.tools}:
        raise Unkept(f"there is no tool {made.name!r}")
    try:
        arguments = json.loads(made.arguments or "{}")
    except ValueError as error:
        raise Unkept(f"the arguments of {made.name} are not JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise Unkept(f"the arguments of {made.name} are no JSON object")
    return {"id": made.id, "name": made.name, "arguments": arguments}
