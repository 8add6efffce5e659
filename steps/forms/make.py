"""Give rows of the field's forms their conversations: as the banks drafted them, or as a teacher writes them from the user's own material."""

import hashlib
import random
from itertools import islice
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field, ValidationError

from knowledge.theme import Split
from steps.forms import FORMS
from steps.forms.form import Draft, Form
from steps.forms.given import Given
from steps.loop import run, together
from steps.task import PROMPTS, ask, fault
from steps.teachers.embedded import Embedded
from steps.teachers.teacher import Question, Refused, Teacher


def draft_rows(wanted: dict[tuple[str, Split], int], seed: int = 0, given: Given | None = None) -> list[dict[str, object]]:
    """Planned rows of forms: how many of each form in each split.

    Args:
        wanted: (form, split) to a number of rows; fewer come where there is no more to make them from.
        given: what a teacher writes them from; None: the shipped banks.

    Raises:
        KeyError: when there is no form of that name.
    """
    rows = []
    for form in dict.fromkeys(form for form, _ in wanted):
        counts = {split: count for (name, split), count in wanted.items() if name == form}
        made = dealt(FORMS[form], counts, given, seed) if given else {split: FORMS[form].drafts(count, split, seed) for split, count in counts.items()}
        rows += [draft.row(f"{form}-{split}-{seed}-{number}", seed + number) for split, drafts in made.items() for number, draft in enumerate(drafts)]
    return rows


def dealt(form: Form, counts: dict[Split, int], given: Given, seed: int) -> dict[Split, list[Draft]]:
    """The drafts that a teacher is to write, in an order drawn by seed, each in one split; where they are few, the splits keep their shares."""
    wanted = sum(counts.values())
    drafts = form.asked_of(given, wanted, seed)
    random.Random(f"{form.name} {seed}").shuffle(drafts)
    pile = iter(drafts)
    share = min(1, len(drafts) / max(1, wanted))
    return {split: [draft.model_copy(update={"split": split}) for draft in islice(pile, int(count * share))] for split, count in counts.items()}


class MakeForm(Step):
    """Give each drafted row its conversation, and mark it when it fails its form's check; rows of no form pass untouched.

    Where a draft has no conversation a teacher is asked for it, with `prompts/forms/<form>.jinja2`; what it answers is held against
    the same check.

    Reads: form, script (a dumped `Draft`), seed. Writes: script, requests, messages, boundary, reject_reason (`grounded: …`, `forms: …`).
    """

    llm: Teacher = Field(default_factory=Embedded)
    prompts: str = Field(default="", description="The prompts' digest: public, so that an edited prompt changes the step's signature.")

    def model_post_init(self, context: Any, /) -> None:
        """Take the prompts' digest into a public field."""
        super().model_post_init(context)
        texts = "".join((PROMPTS / "forms" / f"{name}.jinja2").read_text(encoding="utf-8") for name in sorted(FORMS))
        self.prompts = hashlib.sha256(texts.encode()).hexdigest()[:16]

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["form", "script", "seed"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["script", "requests", "messages", "boundary", "reject_reason"]

    def load(self) -> None:
        """Load the teacher."""
        super().load()
        self.llm.load()

    def unload(self) -> None:
        """Let the teacher go."""
        self.llm.unload()

    @property
    def in_flight(self) -> int:
        """As many rows as the teacher takes questions."""
        return self.llm.in_flight

    def process(self, inputs: StepInput) -> "StepOutput":
        """Fill in a batch."""
        yield run(together(self.answer(row) for row in inputs))

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """One row, with its conversation or the reason against it."""
        row = {"requests": None, "messages": None, "reject_reason": None} | row
        form = FORMS.get(str(row["form"]))
        if form is None or row["reject_reason"] or row["messages"]:
            return row
        draft = Draft.model_validate_json(str(row["script"]))
        if not draft.requests:
            try:
                draft = await self.written(form, draft, row["seed"])
            except (Refused, ValidationError) as error:
                return row | {"reject_reason": fault(self.name or "", error)}
            row |= {"script": draft.model_dump_json(), "boundary": draft.boundary}
        return row | {"requests": list(draft.requests), "messages": list(draft.messages), "reject_reason": form.check(draft)}

    async def written(self, form: Form, draft: Draft, seed: int) -> Draft:
        """A draft as the teacher writes it.

        Raises:
            Refused: when the teacher gives no answer.
            ValidationError: when the answer does not keep the form's contract.
        """
        prompt = f"forms/{form.name}.jinja2"
        question = Question(task=prompt.removesuffix(".jinja2"), facts=draft.facts, messages=ask(prompt, draft.facts), answer=form.writes)
        made: Any = await self.llm.answer(question)
        return form.finish(draft, made, random.Random(f"{form.name} {seed}"))
