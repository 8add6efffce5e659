"""Word problems whose trace ends in an answer that was counted out a second time."""

import random
import re
from collections.abc import Iterator
from datetime import date
from math import lcm
from typing import Any

from knowledge.forms import Problem, load_problems
from knowledge.theme import Split
from steps.contracts import Contract
from steps.forms.form import Draft, Form
from steps.forms.given import Given
from steps.forms.solvers import SOLVERS, offset
from steps.render import CLOSE, OPEN, Unfillable, bare, evaluate, fill
from steps.teachers.askers import load_askers, voice

RATE = re.compile(r"\ban? (?:second|minute|hour|day|week|month|batch|page|reading|request)\b")
FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
TALK: dict[str, Any] = {
    "big": lambda number: f"{number:,}",
    "hm": lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}",
    "money": lambda cents: f"{cents // 100:,}.{cents % 100:02d}",
    "plural": lambda number, word, many="": f"{number:,} {word if number == 1 else many or word + 's'}",
    "lcm": lcm,
    "offset": offset,
    "date": date,
}


class Reasoned(Contract):
    """A problem, the way to its answer, the answer as a number, and an expression over the problem's numbers that yields it."""

    problem: str
    trace: str
    answer: str
    expression: str


class ReasoningTraces(Form):
    """A problem with numbers, the reasoning in prose, and the final answer, which a program confirms.

    Facts: `problem`, `values` (what was drawn), `answer`, `said`. A problem belongs to one split, with all its phrasings.

    Source: traces with a checked final answer, as ThoughtSource (arXiv 2301.11596) collects them.
    """

    name = "reasoning"
    writes = Reasoned

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """The split's problems by turns, with fresh numbers each time."""
        problems = [(name, problem) for name, problem in load_problems().items() if problem.split == split]
        for turn in range(60):
            for name, problem in rng.sample(problems, len(problems)):
                yield self.draft(name, problem, turn, rng)

    def draft(self, name: str, problem: Problem, turn: int, rng: random.Random) -> Draft:
        """A problem with its numbers drawn."""
        values = drawn(problem, rng)
        context = worked(problem, values)
        number = (turn + rng.randrange(2)) % len(problem.ask)
        asker = rng.choice(sorted(load_askers()))
        text = fill(problem.ask[number], context, rng)
        if text[0] == OPEN and text[1].islower():
            text = f"{OPEN}{text[1].upper()}{text[2:]}"
        request = bare(voice(RATE.sub(lambda match: f"{OPEN}{match[0]}{CLOSE}", text), asker, True, rng))
        answer = bare(fill(rng.choice(problem.trace), context, rng)).replace(f"{OPEN}{CLOSE}", "")
        facts = {"problem": name, "values": values, "answer": context["answer"], "said": context["said"]}
        draft = Draft(form="reasoning", unit=f"problem:{name}", family=f"reasoning.{name}.{number}", split=problem.split, theme=name, asker=asker, facts=facts)
        return draft.model_copy(update={"complexity": problem.complexity}).said((request, answer[0].upper() + answer[1:]))

    def check(self, draft: Draft) -> str | None:
        """The answer equals what is counted out from the drawn values, the reply says it, and the request gives the numbers."""
        facts = draft.facts
        if facts["problem"] not in SOLVERS:
            return self.holds(draft)
        problem = load_problems()[facts["problem"]]
        counted = SOLVERS[facts["problem"]](**facts["values"])
        if counted != facts["answer"]:
            return f"reasoning: the answer is {facts['answer']}, and counted out it is {counted}"
        context = {**TALK, **facts["values"], "answer": counted}
        said = bare(fill(problem.said, context, random.Random(0)))
        if said != facts["said"] or said not in draft.answers[0]:
            return f"reasoning: the reply does not say {said}"
        return None

    def holds(self, draft: Draft) -> str | None:
        """A teacher's problem: its expression yields the answer, and its numbers stand in the problem."""
        facts = draft.facts
        try:
            found = evaluate(facts["expression"], {"min": min, "max": max, "lcm": lcm})
            right = abs(float(found) - float(facts["answer"].replace(",", ""))) < 1e-9 * max(1.0, abs(float(found)))
        except (Unfillable, ValueError, TypeError, OverflowError) as error:
            return f"reasoning: the expression does not come out: {error}"
        if not right:
            return f"reasoning: the answer is {facts['answer']}, and the expression comes to {found}"
        known = {figure.replace(",", "") for figure in FIGURE.findall(draft.requests[0])} | UNITS
        if loose := [figure for figure in FIGURE.findall(facts["expression"]) if figure not in known]:
            return f"reasoning: {loose[0]} does not stand in the problem"
        return None if facts["answer"] in draft.answers[0] else "reasoning: the reply does not say the answer"

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """A draft for each passage of the user's own documents: a problem from that trade."""
        return [
            Draft(form="reasoning", unit=f"document:{path}:{line}", family="teacher", split="train", facts={"problem": "", "text": passage})
            for path, line, passage in given.passages
        ]

    def finish(self, draft: Draft, made: Reasoned, rng: random.Random) -> Draft:
        """The problem, and the trace."""
        facts = draft.facts | {"answer": made.answer, "expression": made.expression}
        return draft.model_copy(update={"facts": facts}).said((made.problem, made.trace))


UNITS = frozenset(("1", "2", "7", "8", "10", "12", "24", "30", "52", "60", "100", "365", "1000", "1024", "1440", "3600", "10000", "86400", "1000000", "1048576", "0.5"))


def drawn(problem: Problem, rng: random.Random) -> dict[str, Any]:
    """Values for a problem that fulfil its condition.

    Raises:
        ValueError: when none are found.
    """
    for _ in range(200):
        values = {name: rng.choice(options) for name, options in problem.draw.items()}
        if not problem.where or evaluate(problem.where, {**TALK, **values}):
            return values
    raise ValueError(f"no values fulfil {problem.where!r}")


def worked(problem: Problem, values: dict[str, Any]) -> dict[str, Any]:
    """All that templates may speak of: the values, what is worked out, the answer and how it is said."""
    context: dict[str, Any] = {**TALK, **values}
    for name, text in problem.let.items():
        context[name] = evaluate(text, context)
    context["answer"] = evaluate(problem.answer, context)
    context["said"] = bare(fill(problem.said, context, random.Random(0)))
    return context
