"""A teacher for rehearsals: it counts what a model would be asked, and lets another answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, PrivateAttr

from knowledge.tokens import count
from steps.teachers.call import Call
from steps.teachers.model import Model
from steps.teachers.schema import schema_of
from steps.teachers.teacher import Question, Teacher


@dataclass(frozen=True)
class Asked:
    """A call that a model would get, in tokens of o200k.

    Attributes:
        row: the row that it is for.
        task: what it is asked.
        input: the whole request.
        shared: what the request has in common with every other of its task: tools, schema, system prompt.
        output: the answer that the stand-in gave.
    """

    row: str
    task: str
    input: int
    shared: int
    output: int


class Rehearsed(Teacher):
    """Counts the calls that a model would get in a role; the stand-in answers."""

    _model: Model = PrivateAttr()
    _stand_in: Any = PrivateAttr()
    _asked: list[Asked] = PrivateAttr(default_factory=list)

    @classmethod
    def of(cls, model: Model, stand_in: Teacher) -> "Rehearsed":
        """A rehearsal of a model."""
        made = cls()
        made._model, made._stand_in = model, stand_in
        return made

    @property
    def model_name(self) -> str:
        """How it would be called."""
        return f"rehearsal of {self._model.model}"

    @property
    def asked(self) -> list[Asked]:
        """What was asked so far."""
        return self._asked

    async def answer(self, question: Question) -> BaseModel:
        """The stand-in's answer; what the model would have been asked is counted."""
        said: BaseModel = STAND_INS[question.task](question) if question.task in STAND_INS else await self._stand_in.answer(question)
        body = self._model.body(Call(question.messages, question.tools, None if question.tools else schema_of(question.answer)))
        shared = {key: value for key, value in body.items() if key != "messages"} | {"": [message for message in question.messages if message["role"] == "system"]}
        row = str(question.facts.get("id") or question.facts.get("passage"))
        self._asked.append(Asked(row, question.task, tokens(body), tokens(shared), tokens(said.model_dump(mode="json", exclude_defaults=True))))
        return said


def verdict(question: Question) -> BaseModel:
    """The best score, with evidence of the usual length."""
    return question.answer.model_validate({"score": max(question.facts["scale"]), "evidence": question.facts["shown"][-120:]})


def preference(question: Question) -> BaseModel:
    """The first, with evidence of the usual length."""
    return question.answer.model_validate({"better": "neither", "evidence": question.facts["first"][:120]})


def evolved(question: Question) -> BaseModel:
    """The request with a sentence more."""
    return question.answer.model_validate({"request": f"{question.facts['request']} And say in one line why you chose it, since others will ask me about it."})


STAND_INS: dict[str, Callable[[Question], BaseModel]] = {"judge": verdict, "judge_pair": preference, "evolve": evolved}


def tokens(thing: Any) -> int:
    """Tokens of something as JSON."""
    return count(json.dumps(thing, ensure_ascii=False))


class Silent(Teacher):
    """Finds nothing, in any contract whose lists may be empty."""

    @property
    def model_name(self) -> str:
        """How it is called."""
        return "nobody"

    async def answer(self, question: Question) -> BaseModel:
        """Empty lists."""
        return question.answer.model_validate(dict.fromkeys(question.answer.model_fields, ()))
