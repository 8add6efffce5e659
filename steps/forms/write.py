"""Let a teacher write rows of a form, from the user's own material."""

import random
from abc import abstractmethod
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError

from steps.contracts import Contract
from steps.forms.form import Draft, Form
from steps.task import ContractTask, ask, fault
from steps.teachers.teacher import Question, Refused

Made = TypeVar("Made", bound=Contract)


class Planned(Contract):
    """The columns of a planned row that a form is written from. `script` is a dumped `Draft` without a conversation."""

    form: str
    script: str
    seed: int


class WriteForm(ContractTask[Planned, Made]):
    """A step that has rows of one form written; rows of others, and rows that have their conversation already, pass untouched.

    The prompt sees the draft's facts. The answer becomes a conversation by `finish`, and is held against the form's own check.

    Reads: form, script, seed. Writes: script, requests, messages, reject_reason.
    """

    reads = Planned
    form: ClassVar[Form]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["script", "requests", "messages", "reject_reason"]

    @abstractmethod
    def finish(self, draft: Draft, made: Made, rng: random.Random) -> Draft:
        """The draft with the conversation that the answer makes."""

    def question(self, row: Any) -> Question:
        """What the teacher is asked of a row."""
        facts = Draft.model_validate_json(row["script"]).facts
        return Question(task=self.prompt.removesuffix(".jinja2"), facts=facts, messages=ask(self.prompt, facts, self.folder), answer=self.writes)

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with its conversation, or with the reason why there is none."""
        row = {"requests": None, "messages": None, "reject_reason": None} | row
        if row.get("form") != self.form.name or row["requests"] or row["reject_reason"]:
            return row
        draft = Draft.model_validate_json(row["script"])
        if draft.requests:
            return row
        try:
            teacher: Any = self.llm
            made: Any = await teacher.answer(self.question(row))
            draft = self.finish(draft, made, random.Random(f"{self.form.name} {row['seed']}"))
        except (Refused, ValidationError) as error:
            return row | {"reject_reason": fault(self.name or "", error)}
        written = {"script": draft.model_dump_json(), "requests": list(draft.requests), "messages": list(draft.messages)}
        return row | written | {"boundary": draft.boundary, "reject_reason": self.form.check(draft)}
