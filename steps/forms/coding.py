"""Coding pairs: something is asked of code, and the code that answers runs and passes its tests."""

import ast
import difflib
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from knowledge.coding import Bug, CodingTask, Decision, load_tasks
from knowledge.theme import Split
from steps.checks.code import runs
from steps.contracts import Contract
from steps.forms.artefacts import dedented, functions, segment
from steps.forms.form import Draft, Form, answered, asked
from steps.forms.write import WriteForm

Runs = Callable[[Mapping[str, str], Mapping[str, str]], str | None]
BLOCK = re.compile(r"`([\w./-]+\.py)`:?\n\n```python\n(.*?)\n```", re.S)
PLAN = ("build", "mend", "why", "talk", "extend", "build", "tests", "trouble", "talk", "mend", "review", "build", "why", "talk")
FOLLOWS = ("next_why", "next_extend", "next_bug", "next_broken", "next_trouble")


class Coded(Contract):
    """An ask, and what a careful engineer hands over: words, files and tests by name."""

    ask: str
    remark: str
    files: dict[str, str]
    tests: dict[str, str]


class CodingPairs(Form):
    """Build, mend, test, extend, explain, review; a solution that is shown passes its tests.

    Facts: `way`; `files` and `tests`, which are run; `shown`: the pieces of them that an answer holds.

    Args:
        runs: runs tests beside files, and says why they fail; None when they pass.

    Source: pairs of instruction and code as in CodeAlpaca, kept by execution.
    """

    name = "coding"

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self._run: dict[str, str | None] = {}

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """All ways by turns over all tasks, several times over."""
        tasks = [task for task in load_tasks() if task.split == split]
        for turn in range(3 * len(PLAN)):
            for number, task in enumerate(rng.sample(tasks, len(tasks))):
                yield self.draft(task, PLAN[(turn + number) % len(PLAN)], split, rng)

    def draft(self, task: CodingTask, way: str, split: Split, rng: random.Random) -> Draft:
        """A conversation about a task."""
        known = told(task, rng)
        facts: dict[str, Any] = {"way": way, "files": task.files, "tests": task.tests, "shown": []}
        bug = rng.choice(task.bugs)
        opening = "build" if way == "talk" else way
        if way == "extend":
            known["ask"] = task.extension.ask
        if way == "mend":
            known |= mended(task, bug, rng)
        request, family, asker = asked("coding", opening, split, rng, known)
        turns = [(request, answered("coding", opening, rng, known))]
        if way == "talk":
            for follow in rng.sample(FOLLOWS, rng.choice((1, 1, 2))):
                known |= {"harm": patch(task, bug, backwards=True), "symptom": bug.symptom, "diagnosis": bug.diagnosis, "mend": bug.mend, "failing": rng.choice(bug.fails)}
                known |= {"ask": task.extension.ask} | decided(rng.choice(task.decisions))
                turns.append((asked("coding", follow, split, rng, known, asker=asker)[0], answered("coding", follow, rng, known)))
        facts["shown"] = [text for _, answer in turns for _, text in BLOCK.findall(answer)]
        unit = f"task:{task.id}#{way}"
        complexity = "complex" if way == "talk" and task.complexity != "simple" else task.complexity
        draft = Draft(form="coding", unit=unit, family=family, split=split, theme=task.id, complexity=complexity, asker=asker, facts=facts)
        return draft.said(*turns)

    def sound(self, draft: Draft) -> str | None:
        """What code is shown stands in the files that are run, and a build or a suite of tests shows all of them."""
        facts = draft.facts
        pieces = [*facts["files"].values(), *facts["tests"].values()]
        shown = [text for answer in draft.answers for _, text in BLOCK.findall(answer)]
        if any(not any(within(text, piece) for piece in pieces) for text in shown):
            return "coding: the answer shows code that is not run"
        due = {"build": pieces, "talk": pieces, "tests": list(facts["tests"].values())}.get(facts["way"], [])
        if any(piece.rstrip() not in shown for piece in due):
            return "coding: a file of the solution is not shown"
        return "coding: no answer" if not all(answer.strip() for answer in draft.answers) else None

    def check(self, draft: Draft) -> str | None:
        """It is sound, and the code passes its tests."""
        return self.sound(draft) or self.passes(draft.facts["files"], draft.facts["tests"])

    def passes(self, files: Mapping[str, str], tests: Mapping[str, str]) -> str | None:
        """Why a solution fails its tests; each pair is run once."""
        key = repr((sorted(files.items()), sorted(tests.items())))
        if key not in self._run:
            self._run[key] = self.runs(files, tests)
        failed = self._run[key]
        return f"coding: {failed}" if failed else None

    def asked_of(self, files: Mapping[str, str], split: Split = "train") -> list[Draft]:
        """Drafts for a teacher to write: a task in the manner of each of the user's own files."""
        return [
            Draft(form="coding", unit=f"document:{path}:1", family="teacher", split=split, facts={"way": "build", "files": {}, "tests": {}, "path": path, "text": text})
            for path, text in files.items()
            if text.strip()
        ]


class WriteCoding(WriteForm[Coded]):
    """Let a teacher ask for code and write it, with its tests.

    Reads: form, script, seed. Writes: script, requests, messages.
    Rejects when: the tests fail in the sandbox.
    """

    form = CodingPairs(runs)
    writes = Coded
    prompt = "forms/coding.jinja2"

    def finish(self, draft: Draft, made: Coded, rng: random.Random) -> Draft:
        """The ask; then the files, the tests and the remark."""
        facts = draft.facts | {"files": made.files, "tests": made.tests}
        answer = f"{fenced(made.files)}\n\n{fenced(made.tests)}\n\n{made.remark}".strip()
        return draft.model_copy(update={"facts": facts}).said((made.ask, answer))


def told(task: CodingTask, rng: random.Random) -> dict[str, Any]:
    """What templates may say of a task; which of its points they get is drawn."""
    risk, question = rng.choice(task.risks), rng.choice(task.questions or [None])
    picked = rng.sample(task.cases, min(len(task.cases), rng.choice((2, 3))))
    risks = rng.sample(task.risks, min(len(task.risks), 2))
    return {
        "ask": rng.choice(task.asks),
        "code": fenced(task.files),
        "tests": fenced(task.tests),
        "files": " and ".join(f"`{name}`" for name in task.files),
        "about": about(task, rng),
        "parts": "\n".join(f"- `{part.name}` ({part.file}): {part.does}" for part in task.components),
        "assumed": f"{question.ask} {upper(question.default)}." if question else "Nothing beyond what you wrote.",
        "risk": small(risk.risk),
        "shows": small(risk.shows),
        "mitigation": small(risk.mitigation),
        "risks": "\n".join(f"{mark} {upper(one.risk)}. Sign: {small(one.shows)}. {upper(one.mitigation)}." for mark, one in marked(risks, rng)),
        "cases": "\n".join(f"- {one.case}: {one.expect}" for one in picked if one.test) or f"- {picked[0].case}: {picked[0].expect}",
        "points": "\n".join(f"{mark} {one}" for mark, one in marked(rng.sample(task.review, len(task.review)), rng)),
        "operation": rng.choice(task.operation),
        "note": task.extension.note,
    } | decided(rng.choice(task.decisions))


def about(task: CodingTask, rng: random.Random) -> str:
    """A module as people show it who talk about it: the code, its outline, or a few words."""
    match rng.randrange(3):
        case 0:
            return fenced(task.files)
        case 1:
            return fenced({name: outline(text) for name, text in task.files.items()})
        case _:
            parts = "\n".join(f"- `{part.name}` {part.does}" for part in task.components)
            rules = "\n".join(f"- {rule}" for rule in rng.sample(task.requirements, min(3, len(task.requirements))))
            return f"{task.title} ({', '.join(task.files)})\n\n{parts}\n\nIt keeps to these:\n{rules}"


def outline(module: str) -> str:
    """A module without the bodies of its functions."""
    text = module
    for node in functions(module):
        lines = module.splitlines()
        first = node.body[0]
        head = lines[node.lineno - 1 : first.end_lineno if ast.get_docstring(node) else first.lineno - 1]
        indent = " " * (node.col_offset + 4)
        text = text.replace("\n".join(lines[node.lineno - 1 : node.end_lineno]), "\n".join([*head, f"{indent}..."]), 1)
    return text


def decided(decision: Decision) -> dict[str, str]:
    """A decision inside sentences."""
    return {"choose": small(decision.choose), "over": small(decision.over), "because": small(decision.because)}


def mended(task: CodingTask, bug: Bug, rng: random.Random) -> dict[str, Any]:
    """A broken file, and what mends it: the function that held the mistake, or the file."""
    broken = task.broken(bug)
    source = enclosing(task.files[bug.file], bug.before)
    harmed = source.replace(bug.before.rstrip("\n"), bug.after.rstrip("\n"))
    alone = harmed != source and rng.random() < 0.5
    shown = fenced({bug.file: dedented(harmed) if alone else broken[bug.file]})
    fixed = fenced({bug.file: dedented(source) if source and rng.random() < 0.8 else task.files[bug.file]})
    return {
        "code": shown,
        "fixed": fixed,
        "failing": rng.choice(bug.fails),
        "symptom": bug.symptom,
        "diagnosis": bug.diagnosis,
        "mend": bug.mend,
        "diff": patch(task, bug),
    }


def enclosing(module: str, text: str) -> str:
    """The source of the innermost function that a piece of text stands in; empty where it is in none."""
    around = [source for node in functions(module) if text.rstrip("\n") in (source := segment(module, node))]
    return min(around, key=len, default="")


def patch(task: CodingTask, bug: Bug, backwards: bool = False) -> str:
    """The lines that mend a bug, or that make it."""
    broken, fixed = task.broken(bug)[bug.file].splitlines(), task.files[bug.file].splitlines()
    before, after = (fixed, broken) if backwards else (broken, fixed)
    lines = list(difflib.unified_diff(before, after, f"a/{bug.file}", f"b/{bug.file}", lineterm="", n=2))
    return "\n".join(["```diff", *lines, "```"])


def fenced(files: Mapping[str, str]) -> str:
    """Files between fences, each under its name."""
    return "\n\n".join(f"`{name}`:\n\n```python\n{text.rstrip()}\n```" for name, text in files.items())


def within(text: str, piece: str) -> bool:
    """Whether code stands in a file, whole or as one of its functions at the margin."""
    if text.rstrip() in piece:
        return True
    return any(text.rstrip() == dedented(segment(piece, node)).rstrip() for node in functions(piece))


def marked(things: Any, rng: random.Random) -> list[tuple[str, Any]]:
    """Things as a list: with dashes, or numbered."""
    numbered = rng.random() < 0.5
    return [(f"{place}." if numbered else "-", thing) for place, thing in enumerate(things, 1)]


def small(text: str) -> str:
    """A sentence as a clause: without its full stop, and without a capital that only began it."""
    first, *_ = text.split(maxsplit=1)
    plain = first.isalpha() and first[1:].islower() and first not in ("I", "Python", "Linux", "Windows", "Git", "Excel", "Redis", "Postgres", "Unicode")
    return (text[0].lower() + text[1:] if plain else text).rstrip(".")


def upper(text: str) -> str:
    """A clause as a sentence, without its full stop."""
    return (text[0].upper() + text[1:]).rstrip(".")
