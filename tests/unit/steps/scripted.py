"""A teacher that plays a script, and fails the test on any question that is not in it."""

from typing import Any

from pydantic import BaseModel, PrivateAttr

from steps.teachers.teacher import Question, Refused, Teacher


class Scripted(Teacher):
    """Answers the questions about rows by their id, or by another column; an answer that is an error is raised. Each is asked once."""

    _column: str = PrivateAttr(default="id")
    _answers: dict[str, BaseModel | Exception | str] = PrivateAttr(default_factory=dict)
    _asked: list[Question] = PrivateAttr(default_factory=list)

    @classmethod
    def to(cls, **answers: Any) -> "Scripted":
        made = cls()
        made._answers = dict(answers)
        return made

    @property
    def model_name(self) -> str:
        return "scripted"

    @property
    def asked(self) -> list[Question]:
        return self._asked

    async def answer(self, question: Question) -> BaseModel:
        self._asked.append(question)
        about = question.facts[self._column]
        if about not in self._answers:
            raise AssertionError(f"unscripted question about row {about}")
        found = self._answers.pop(about)
        if isinstance(found, Exception):
            raise found
        return question.answer.model_validate_json(found) if isinstance(found, str) else found


__all__ = ["Refused", "Scripted"]
