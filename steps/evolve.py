"""Evolve a request: make it harder, or turn it to a neighbouring need, and undo a round that did not."""

import json
import random
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from knowledge.evolution import Check, Constraint, load_evolution
from knowledge.tokens import count
from steps.constraints import kept, words
from steps.contracts import Contract
from steps.likeness import folded, grams
from steps.loop import run, together
from steps.prose import language
from steps.task import ask
from steps.teachers.embedded import Embedded
from steps.teachers.evolving import compose
from steps.teachers.teacher import Question, Refused, Teacher
from steps.worlds.world import Value

ROUNDS = {"simple": (0,), "moderate": (0, 1), "complex": (0, 1, 2, 3)}
GROWN = 3  # tokens that a deeper request has more than the one before, at least
LIKE = 0.8  # from which Jaccard similarity on (5-grams of characters) a request counts as the same
HELD = re.compile(r"```.*?```|`[^`\n]+`|\"[^\"\n]+\"|/?[\w.-]+(?:/[\w.-]+)+|\b[\w-]+\.[A-Za-z]{1,4}\b|\b\w*\d[\w.,:-]*\w\b|\b\d\b|\b\w+_\w+\b", re.S)
LEAKED = re.compile(r"#?given prompt#?|#?rewritten prompt#?|#?created prompt#?|evol(?:ve|ution)[- ]instruct|here is the (?:new|rewritten)", re.I)
COMMAND = re.compile(r"(?:^|\s)/[a-z][a-z-]*(?=[\s.,]|$)")
SLACK = 1.5  # words that an answer may have for each of its template, filled


class Evolved(Contract):
    """A request that was made harder."""

    request: str


class Evolve(Step):
    """Evolve the opening request of each row by up to three rounds, as its complexity allows, drawn by its seed.

    A round is undone when it lost a value of the request, copied words of the prompt, or did not grow; every round is on record.
    Rows whose conversation is there already, rows with a fixed request, a command, or one in another language than English, and
    rejected rows pass by.

    Reads: seed, complexity, split, requests, script, and the asker where there is one.
    Writes: requests, evolution (JSON: a list of rounds with operator, before, after, kept, why, and what is asked of the answer's form as
    `checks`).

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
        if row.get("reject_reason") or row.get("messages") or not row.get("requests") or not open_to_change(row["requests"][0], scripted := json.loads(row["script"] or "{}")):
            return row | {"evolution": row.get("evolution") or "[]"}
        rng = random.Random(f"evolve {row['seed']}")
        told: list[dict[str, Any]] = []
        request = row["requests"][0]
        for _ in range(min(self.rounds, rng.choice(ROUNDS.get(row["complexity"], (0,))))):
            operator = rng.choice([name for name in load_evolution().operators if name not in {one["operator"] for one in told}])
            after, checks, why = await self.evolved(row, operator, request, scripted, rng)
            why = why or undone(operator, request, after, scripted.get("values", {}))
            told.append({"operator": operator, "before": request, "after": after, "kept": why is None, "why": why, "checks": [] if why else checks})
            request = request if why else after
        return row | {"requests": [request, *row["requests"][1:]], "evolution": json.dumps(told, ensure_ascii=False)}

    async def evolved(self, row: Mapping[str, Any], operator: str, request: str, scripted: Mapping[str, Any], rng: random.Random) -> tuple[str, list[dict[str, Any]], str | None]:
        """The request after a round, what is asked of the answer's form, and why there is none."""
        constraint, check = None, None
        if operator == "add_constraint":
            if (found := chosen(request, scripted, rng)) is None:
                return request, [], "nothing can be asked of this answer's form"
            constraint, check = found
        checks = [check.model_dump()] if check else []
        tells = load_evolution().operators[operator].tells + (f" The requirement: {constraint.means.replace('{of}', str(check.of))}." if constraint and check else "")
        facts = {"id": row.get("id", ""), "seed": row["seed"], "operator": operator, "tells": tells, "request": request}
        if isinstance(self.llm, Embedded):
            made = compose(facts | {"constraint": checks[0] if checks else None, "asker": row.get("asker") or "plain", "split": row["split"]})
            return made or request, checks, None if made else "the bank has no sentence that fits"
        try:
            answer: Any = await self.llm.answer(Question(task="evolve", facts=facts, messages=ask("evolve.jinja2", facts), answer=Evolved))
        except Refused as error:
            return request, [], str(error)
        return answer.request.strip(), checks, None


def open_to_change(request: str, scripted: Mapping[str, Any]) -> bool:
    """Whether a request may be evolved: it is not fixed, no command, and in English as the banks are."""
    return not scripted.get("fixed") and not COMMAND.search(request) and language(request) in ("English", None)


def chosen(request: str, scripted: Mapping[str, Any], rng: random.Random) -> tuple[Constraint, Check] | None:
    """A constraint that the request leaves room for, and that the script's own answers keep."""
    bank = load_evolution()
    if re.search(bank.shaped, request):
        return None
    answers = [beat["answer"] for beat in scripted.get("beats", ()) if beat.get("answer")]
    for one in rng.sample(bank.constraints, len(bank.constraints)):
        check = Check(name=one.check, of=rng.choice(one.of) if one.of else 0)
        if not (one.unless and re.search(one.unless, request)) and not any(breaks(check, answer) for answer in answers):
            return one, check
    return None


def breaks(check: Check, template: str) -> bool:
    """Whether an answer that is made from a template would not keep a check."""
    long = check.name == "max_words" and ("{%" in template or words(template) * SLACK > check.of)
    return long or kept([check], template) is not None


def undone(operator: str, before: str, after: str, values: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """Why a round does not count; None when it does.

    Args:
        values: the drawn values as a script holds them; one that the request said in words must be said after it too.
    """
    if leaked := LEAKED.search(after):
        return f"it copied the prompt: {leaked[0]!r}"
    if lost := next((value for value in HELD.findall(before) if not stands(value, after)), None):
        return f"it lost {lost[:60]!r}"
    for value in values.values():
        forms = [str(form).lower() for form in Value.parse(value).said if form]
        if any(stands(form, before.lower()) for form in forms) and not any(stands(form, after.lower()) for form in forms):
            return f"it lost {forms[0][:60]!r}"
    if load_evolution().operators[operator].breadth:
        mine, theirs = grams(folded(before)), grams(folded(after))
        return "it is the same request" if len(mine & theirs) / len(mine | theirs) >= LIKE else None
    grown = count(after) - count(before)
    return None if grown >= GROWN else f"it did not grow ({grown:+} tokens)"


def stands(piece: str, text: str) -> bool:
    """Whether a piece stands in a text, and not inside a longer word or number."""
    return re.search(rf"(?<!\w){re.escape(piece)}(?!\w)" if piece[:1].isalnum() and piece[-1:].isalnum() else re.escape(piece), text) is not None


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
