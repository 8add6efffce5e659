"""Fill in the rows of a form that the banks have drafted."""

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput

from knowledge.theme import Split
from steps.forms import FORMS
from steps.forms.form import Draft


def draft_rows(wanted: dict[tuple[str, Split], int], seed: int = 0) -> list[dict[str, object]]:
    """Planned rows of forms: how many of each form in each split.

    Args:
        wanted: (form, split) to a number of rows; fewer come where the banks hold no more.

    Raises:
        KeyError: when there is no form of that name.
    """
    rows = []
    for (form, split), count in wanted.items():
        for number, draft in enumerate(FORMS[form].drafts(count, split, seed)):
            rows.append(draft.row(f"{form}-{split}-{seed}-{number}", seed + number))
    return rows


class MakeForm(Step):
    """Give each drafted row its conversation, and mark it when it fails its form's check; rows of no form pass untouched.

    Reads: form, script (a dumped `Draft`). Writes: requests, messages, reject_reason (`grounded: …`, and so on).
    """

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["form", "script"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["requests", "messages", "reject_reason"]

    def process(self, inputs: StepInput) -> "StepOutput":
        """Fill in a batch."""
        yield [self.row(row) for row in inputs]

    @property
    def in_flight(self) -> int:
        """A row at a time: nothing is waited for."""
        return 1

    async def answer(self, row: dict[str, object]) -> dict[str, object]:
        """Fill in a row of a stream."""
        return self.row(row)

    def row(self, row: dict[str, object]) -> dict[str, object]:
        """One row, with its conversation or the reason against it."""
        row = {"requests": None, "messages": None, "reject_reason": None} | row
        form = FORMS.get(str(row["form"]))
        if form is None or row["reject_reason"] or row["messages"]:
            return row
        draft = Draft.model_validate_json(str(row["script"]))
        if not draft.requests:
            return row
        return row | {"requests": list(draft.requests), "messages": list(draft.messages), "reject_reason": form.check(draft)}
