"""From an artefact that exists to the instruction that would have led to it."""

import ast
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache

from knowledge.coding import load_tasks
from knowledge.theme import Split, load_themes
from steps.contracts import Contract
from steps.forms.artefacts import Artefact, of_task, of_theme
from steps.forms.form import Draft, Form, asked
from steps.forms.given import Given
from steps.forms.python import dedented


class Instruction(Contract):
    """What somebody would have asked for."""

    instruction: str


class BackTranslation(Form):
    """The answer is an artefact, unchanged; the request is what would have led to it.

    Facts: `way`, `artefact`, and `proof` (what the check tries it with).

    Source: instruction back-translation (arXiv 2308.06259).
    """

    name = "backtranslate"
    writes = Instruction

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """An instruction for each artefact, the ways taking turns; then others for the same."""
        for _ in range(6):
            piles: dict[str, list[tuple[str, Artefact]]] = {}
            for theme in load_themes():
                if theme.split == split:
                    for artefact in of_theme(theme, rng):
                        piles.setdefault(artefact.way, []).append((theme.name, artefact))
            for task, artefact in of_tasks(split):
                piles.setdefault(artefact.way, []).append((task, artefact))
            shuffled = [rng.sample(pile, len(pile)) for pile in piles.values()]
            for place in range(max(map(len, shuffled), default=0)):
                for pile in shuffled:
                    if place < len(pile):
                        theme_name, artefact = pile[place]
                        yield self.draft(theme_name, artefact, split, rng)

    def draft(self, theme: str, artefact: Artefact, split: Split, rng: random.Random) -> Draft:
        """A request for an artefact, and the artefact."""
        request, family, asker = asked("backtranslate", artefact.way, split, rng, dict(artefact.pasted), sentence(artefact.spoken))
        facts = {"way": artefact.way, "artefact": artefact.text, "fence": artefact.fence, "proof": artefact.proof}
        draft = Draft(form="backtranslate", unit=artefact.unit, family=family, split=split, theme=theme, complexity=artefact.complexity, asker=asker, facts=facts)
        return draft.said((request, handed(artefact.text, artefact.fence)))

    def check(self, draft: Draft) -> str | None:
        """The answer holds the artefact as it is and little else, the request does not, and the artefact does what its kind does."""
        text = str(draft.facts["artefact"])
        if not text.strip() or draft.answers != (handed(text, draft.facts.get("fence")),):
            return "backtranslate: the answer is not the artefact"
        if not draft.requests or text in draft.requests[0]:
            return "backtranslate: the request gives the artefact away"
        return tried(text, draft)

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """A draft for each block of code in the user's own documents."""
        return [
            Draft(
                form="backtranslate",
                unit=f"document:{block.path}:{block.line}",
                family="teacher",
                split="train",
                facts={"way": "given", "artefact": block.text.rstrip(), "fence": block.language, "proof": {}, "path": block.path},
            )
            for block in given.blocks
        ]

    def finish(self, draft: Draft, made: Instruction, rng: random.Random) -> Draft:
        """The instruction, and the artefact as its answer."""
        return draft.said((made.instruction, handed(draft.facts["artefact"], draft.facts["fence"])))


@cache
def of_tasks(split: Split) -> tuple[tuple[str, Artefact], ...]:
    """The artefacts of a split's coding tasks, with the tasks' ids."""
    return tuple((task.id, artefact) for task in load_tasks() if task.split == split for artefact in of_task(task))


def sentence(spoken: Mapping[str, str]) -> dict[str, str]:
    """What is said in the request's own words, without marks that would end the sentence twice."""
    return {name: text.rstrip(".") if name != "does" else text for name, text in spoken.items()}


def handed(text: str, fence: str | None) -> str:
    """An artefact as it is handed over: between fences, or as a bare line."""
    return text if fence is None else f"```{fence}\n{text}\n```"


def tried(text: str, draft: Draft) -> str | None:
    """Why an artefact is none of its kind: SQL that does not run, a patch that does not lead there, code that does not parse."""
    proof = draft.facts["proof"]
    match draft.facts["way"]:
        case "query" | "question" | "change":
            return executed(proof["tables"], text, proof.get("holds", ""))
        case "edit":
            return None if applied(proof["before"].splitlines(), text.splitlines()) == proof["after"].splitlines() else "backtranslate: the patch does not make the change"
        case "test" | "function":
            try:
                ast.parse(dedented(text))
            except SyntaxError as error:
                return f"backtranslate: {error.msg}"
    return None


def executed(tables: Sequence[str], sql: str, holds: str) -> str | None:
    """Why a statement will not do in a fresh database: it fails, finds nothing, or does not bring about what should hold."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in tables:
            connection.execute(statement)
        try:
            found = connection.execute(sql).fetchall()
            if not (connection.execute(holds).fetchone() if holds else found):
                return "backtranslate: the statement comes to nothing"
        except sqlite3.Error as error:
            return f"backtranslate: {error}"
    return None


def applied(lines: list[str], patch: list[str]) -> list[str] | None:
    """The lines after a unified diff; None where it does not fit."""
    out: list[str] = []
    at = 0
    for line in patch[2:]:
        if line.startswith("@@"):
            start = int(line.split()[1].split(",")[0].lstrip("-")) - 1
            out += lines[at:start]
            at = start
        elif line.startswith("+"):
            out.append(line[1:])
        else:
            if at >= len(lines) or lines[at] != line[1:]:
                return None
            out += [] if line.startswith("-") else [lines[at]]
            at += 1
    return out + lines[at:]
