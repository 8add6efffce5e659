"""Coding pairs: something is asked of code, and the code that answers runs and passes its tests."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from knowledge.coding import CodingTask, load_tasks
from knowledge.theme import Split
from steps.contracts import Contract
from steps.forms.engineer import decided, fenced, mended, patch, told, within
from steps.forms.form import Draft, Form, answered, asked
from steps.forms.given import Given

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
    writes = Coded

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

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """A draft for each passage of the user's own documents: a task from that trade."""
        facts = [(path, line, {"way": "build", "files": {}, "tests": {}, "path": path, "text": passage}) for path, line, passage in given.passages]
        return [Draft(form="coding", unit=f"document:{path}:{line}", family="teacher", split="train", facts=fact) for path, line, fact in facts]

    def finish(self, draft: Draft, made: Coded, rng: random.Random) -> Draft:
        """The ask; then the files, the tests and the remark."""
        facts = draft.facts | {"files": made.files, "tests": made.tests}
        answer = f"{fenced(made.files)}\n\n{fenced(made.tests)}\n\n{made.remark}".strip()
        return draft.model_copy(update={"facts": facts}).said((made.ask, answer))
