"""Evolve a request: make it harder, or turn it to a neighbouring need, and undo a round that did not."""

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from knowledge.evolution import Check, Constraint, load_evolution
from knowledge.theme import Split
from knowledge.tokens import count
from steps.constraints import kept
from steps.contracts import Contract
from steps.likeness import folded, grams
from steps.loop import run, together
from steps.script import part
from steps.task import ask
from steps.teachers.embedded import Embedded
from steps.teachers.teacher import Question, Refused, Teacher
from steps.worlds.world import Exhausted

ROUNDS = {"simple": (0,), "moderate": (0, 1), "complex": (0, 1, 2, 3)}
GROWN = 3  # tokens that a deeper request has more than the one before, at least
LIKE = 0.8  # from which Jaccard similarity on (5-grams of characters) a request counts as the same
HELD = re.compile(r"```.*?```|`[^`\n]+`|\"[^\"\n]+\"|/?[\w.-]+(?:/[\w.-]+)+|\b[\w-]+\.[A-Za-z]{1,4}\b|\b\w*\d[\w.,:-]*\w\b|\b\d\b|\b\w+_\w+\b", re.S)
LEAKED = re.compile(r"#?given prompt#?|#?rewritten prompt#?|#?created prompt#?|evol(?:ve|ution)[- ]instruct|here is the (?:new|rewritten)", re.I)
EITHER = re.compile(r"\{([^{}|]+(?:\|[^{}|]+)+)\}")


class Evolved(Contract):
    """A request that was made harder."""

    request: str


class Evolve(Step):
    """Evolve the opening request of each row by up to three rounds, as its complexity allows, drawn by its seed.

    A round is undone when it lost a value of the request, copied words of the prompt, or did not grow; every round is on record.
    Rows whose conversation is there already, rows with a fixed request, and rejected rows pass by.

    Reads: seed, complexity, split, requests, script. Writes: requests, evolution (JSON: a list of rounds with operator, before, after,
    kept, why, and what is asked of the answer's form as `checks`).

    Source: WizardLM, Evol-Instruct (arXiv 2304.12244).
    """

    llm: Teacher
    rounds: int = Field(default=2, description="The most rounds that a row gets.")

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["seed", "complexity", "split", "requests", "script"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["requests", "evolution"]

    def load(self) -> None:
        """Load the teacher."""
        super().load()
        self.llm.load()

    def unload(self) -> None:
        """Let the teacher go."""
        self.llm.unload()

    @property
    def in_flight(self) -> int:
        """As many rows as its teacher takes questions."""
        return self.llm.in_flight

    def process(self, inputs: StepInput) -> "StepOutput":
        """Evolve a batch."""
        yield run(together(self.answer(row) for row in inputs))

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """One row, with its evolved request."""
        if row.get("reject_reason") or row.get("messages") or not row.get("requests") or json.loads(row["script"] or "{}").get("fixed") or row["requests"][0].startswith("/"):
            return row | {"evolution": row.get("evolution") or "[]"}
        rng = random.Random(f"evolve {row['seed']}")
        told: list[dict[str, Any]] = []
        request = row["requests"][0]
        for _ in range(min(self.rounds, rng.choice(ROUNDS.get(row["complexity"], (0,))))):
            operator = rng.choice([name for name in load_evolution().operators if name not in {one["operator"] for one in told}])
            after, checks, why = await self.evolved(row, operator, request, rng)
            why = why or undone(operator, request, after)
            told.append({"operator": operator, "before": request, "after": after, "kept": why is None, "why": why, "checks": [] if why else checks})
            request = request if why else after
        return row | {"requests": [request, *row["requests"][1:]], "evolution": json.dumps(told, ensure_ascii=False)}

    async def evolved(self, row: Mapping[str, Any], operator: str, request: str, rng: random.Random) -> tuple[str, list[dict[str, Any]], str | None]:
        """The request after a round, what is asked of the answer's form, and why there is none."""
        constraint = chosen(request, rng) if operator == "add_constraint" else None
        of = rng.choice(constraint.of) if constraint and constraint.of else 0
        checks = [{"name": constraint.check, "of": of}] if constraint else []
        if operator == "add_constraint" and constraint is None:
            return request, [], "nothing can be asked of this answer's form"
        if isinstance(self.llm, Embedded):
            return composed(operator, request, row["split"], constraint, of, rng), checks, None
        tells = load_evolution().operators[operator].tells + (f" The requirement: {constraint.means.format(of=of)}." if constraint else "")
        facts = {"id": row.get("id", ""), "seed": row["seed"], "operator": operator, "tells": tells, "request": request}
        try:
            made: Any = await self.llm.answer(Question(task="evolve", facts=facts, messages=ask("evolve.jinja2", facts), answer=Evolved))
        except Refused as error:
            return request, [], str(error)
        return made.request.strip(), checks, None


def composed(operator: str, request: str, split: Split, constraint: Constraint | None, of: int, rng: random.Random) -> str:
    """The request with a sentence of the bank added; a sentence belongs to one split."""
    families = [("after", text) for text in constraint.says] if constraint else list(load_evolution().operators[operator].families)
    try:
        place, text = families[rng.choice(part([text for _, text in families], split))]
    except Exhausted:
        return request
    said = EITHER.sub(lambda either: rng.choice(either[1].split("|")), text.replace("{of}", str(of)))
    if place == "frame":
        return said.replace("{request}", request)
    if place == "before":
        return f"{said} {request}"
    stop = "" if request.rstrip()[-1:] in ".?!:)" or request.rstrip().endswith("```") else "."
    return f"{request.rstrip()}{stop}{chr(10) if request.rstrip().endswith('```') else ' '}{said}"


def chosen(request: str, rng: random.Random) -> Constraint | None:
    """A constraint that the request leaves room for."""
    bank = load_evolution()
    fitting = [one for one in bank.constraints if not (one.unless and re.search(one.unless, request))]
    return rng.choice(fitting) if fitting and not re.search(bank.shaped, request) else None


def undone(operator: str, before: str, after: str) -> str | None:
    """Why a round does not count; None when it does."""
    if leaked := LEAKED.search(after):
        return f"it copied the prompt: {leaked[0]!r}"
    if lost := next((value for value in HELD.findall(before) if value not in after), None):
        return f"it lost {lost[:60]!r}"
    if load_evolution().operators[operator].breadth:
        mine, theirs = grams(folded(before)), grams(folded(after))
        return "it is the same request" if len(mine & theirs) / len(mine | theirs) >= LIKE else None
    grown = count(after) - count(before)
    return None if grown >= GROWN else f"it did not grow ({grown:+} tokens)"


def asked_of_form(evolution: str | None) -> list[Check]:
    """What the kept rounds of a row ask of its answer's form."""
    return [Check.model_validate(check) for one in json.loads(evolution or "[]") if one["kept"] for check in one["checks"]]


def keeps_form(row: Mapping[str, Any]) -> str | None:
    """Every answer to the opening request keeps what was asked of its form.

    Reason: `form: <check>: …`.
    """
    checks = asked_of_form(row.get("evolution"))
    if not checks:
        return None
    answers = [message["content"] for message in row["messages"] if message["role"] == "assistant" and message.get("content")]
    fault = next((fault for text in answers[:1] if (fault := kept(checks, text))), None)
    return f"form: {fault}" if fault else None
