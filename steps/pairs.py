"""Pair each row's last answer with its most likely violation, and let a judge look at the pair in both orders."""

import json
from collections.abc import Mapping
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from steps.contracts import Contract
from steps.forms.preference import paired, text
from steps.judge import fenced, quoted, told
from steps.loop import run, together
from steps.task import ask
from steps.teachers.teacher import Nobody, Question, Refused, Teacher


class Preference(Contract):
    """Which of two answers a judge prefers: `first`, `second` or `neither`."""

    better: str
    evidence: str


class Prefer(Step):
    """Pair a row's last answer with what a careless assistant would have said. A pair on which the judge disagrees is marked, and the row stays as it is.

    Reads: id, seed, theme, form, script, messages, executed, boundary.
    Writes: preference (JSON: `rejected`, the other answer; `judged`, one of `one` (the row's own is better), `two`, `tie`, `unscored`, or null
    where nobody judges; or `unpaired`, why there is none).

    Source: Direct Preference Optimization (arXiv 2305.18290).
    """

    llm: Teacher = Field(default_factory=Nobody)

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["id", "seed", "theme", "form", "script", "messages", "executed"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["preference"]

    def load(self) -> None:
        """Load the judge."""
        super().load()
        self.llm.load()

    def unload(self) -> None:
        """Let the judge go."""
        self.llm.unload()

    @property
    def in_flight(self) -> int:
        """As many rows as the judge takes questions."""
        return self.llm.in_flight

    def process(self, inputs: StepInput) -> "StepOutput":
        """Pair a batch."""
        yield run(together(self.answer(row) for row in inputs))

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """One row with its pair, or with the reason why there is none."""
        if row.get("reject_reason"):
            return row | {"preference": None}
        pair = paired(row) if row["form"] != "rehearsal" else "preference: rehearsal shows no behaviour of its own"
        if isinstance(pair, str):
            return row | {"preference": json.dumps({"unpaired": pair}, ensure_ascii=False)}
        judged = await prefer(self.llm, row, text(pair.chosen), text(pair.rejected)) if not isinstance(self.llm, Nobody) else None
        return row | {"preference": json.dumps({"rejected": text(pair.rejected), "judged": judged}, ensure_ascii=False)}


async def prefer(teacher: Teacher, row: Mapping[str, Any], one: str, two: str) -> str:
    """Which of two last answers a judge prefers: `one`, `two`, `tie`, or `unscored`; it is asked in both orders, and must not change its mind.

    The row's own last answer is not shown beside them.
    """
    messages = list(row["messages"] or ())
    while messages and messages[-1]["role"] == "assistant":
        messages.pop()
    found = [await preferred(teacher, {**row, "messages": messages}, first, second) for first, second in ((one, two), (two, one))]
    if None in found:
        return "unscored"
    return ("one" if found[0] == one else "two") if found[0] and found[0] == found[1] else "tie"


async def preferred(teacher: Teacher, row: Mapping[str, Any], first: str, second: str) -> str | None:
    """The answer that a judge prefers in one order; empty for neither, None where no verdict can be read."""
    facts = {"id": row["id"], "seed": row["seed"], **fenced(told(row), row["id"], row["seed"])}
    facts |= {name: fenced(text, row["id"], row["seed"])["shown"] for name, text in (("first", first), ("second", second))}
    answers = {"first": first, "second": second, "neither": ""}
    fault = ""
    for _ in range(2):
        try:
            made: Any = await teacher.answer(
                Question(task="judge_pair", facts=facts | {"fault": fault}, messages=ask("judge_pair.jinja2", facts | {"fault": fault}), answer=Preference)
            )
        except Refused:
            return None
        if made.better not in answers:
            fault = f"{made.better!r} is not one of first, second, neither"
        elif made.better != "neither" and not quoted(made.evidence, f"{facts['first']}\n{facts['second']}"):
            fault = "the evidence does not stand in either answer word for word, or is no more than a word"
        else:
            return answers[made.better]
    return None
