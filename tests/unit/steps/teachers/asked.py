"""Teachers on the scripted provider, and the questions that they are asked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from steps.contracts import AssistantMessage, Contract
from steps.loop import run
from steps.teachers.anthropic import Anthropic
from steps.teachers.ledger import begin
from steps.teachers.model import Model
from steps.teachers.openai import OpenAI
from steps.teachers.teacher import Question
from tests.provider import Provider

TOOL = {"name": "git_log", "description": "Commits.", "parameters": {"type": "object", "properties": {"max_count": {"type": "integer"}}}}
WIRES = ("openai", "anthropic")


class Said(Contract):
    """A small contract."""

    said: str


def question(text: str = "hello", task: str = "ask") -> Question:
    return Question(task=task, facts={}, messages=[{"role": "system", "content": "You answer."}, {"role": "user", "content": text}], answer=Said)


def acting(*more: dict[str, Any]) -> Question:
    messages = [{"role": "system", "content": "You act."}, {"role": "user", "content": "last two commits?"}, *more]
    return Question(task="respond", facts={}, messages=messages, answer=AssistantMessage, tools=(TOOL,))


@contextmanager
def teacher(provider: Provider, ledger: Path, wire: str = "openai", **fields: Any) -> Iterator[Model]:
    """A loaded teacher, in a run of its own."""
    os.environ["TEST_KEY"] = "test-key"
    kind = {"openai": OpenAI, "anthropic": Anthropic}[wire]
    known = {
        "teacher": "mine",
        "model": "teacher-1",
        "base_url": getattr(provider, wire),
        "key_from": "TEST_KEY",
        "run": f"test/{ledger.parent.name}",
        "ledger": str(ledger),
        "pause": 0.01,
        "seconds": 5,
    }
    made = kind(**known | fields)
    made.load()
    run(made.desk.ledger.do(begin, made.run, str(ledger.parent)))
    try:
        yield made
    finally:
        made.unload()


def answers(model: Model, *questions: Question) -> list[Any]:
    """The answers to questions that are asked at once; an error takes its answer's place."""
    import asyncio

    async def all_of_them() -> list[Any]:
        return list(await asyncio.gather(*(model.answer(one) for one in questions), return_exceptions=True))

    return run(all_of_them())
