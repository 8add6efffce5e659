"""Judge a pair of answers, in both orders."""

from collections.abc import Mapping
from typing import Any

from steps.contracts import Contract
from steps.judge import fenced, quoted, told
from steps.task import ask
from steps.teachers.teacher import Question, Refused, Teacher


class Preference(Contract):
    """Which of two answers a judge prefers: `first`, `second` or `neither`."""

    better: str
    evidence: str


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
