"""Verify a row by everything that can be decided without a model."""

import dataclasses
import json
from collections.abc import Callable

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field, PrivateAttr

from knowledge.catalog import Catalog
from steps.checks import calls, grounding, leaks, outcome, shown, stages
from steps.checks.row import Row
from steps.contracts import Executed, Script
from steps.evolve import keeps_form

Check = Callable[[Row], str | None]


def keeps_stages(row: Row) -> str | None:
    """A row of the methodology shows its stages by their signs; see `steps.checks.stages`."""
    return stages.stage_kept(row.behaviour, row.key, row.messages) if row.key else None


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        calls.schema_valid,
        calls.right_tool,
        calls.abstains,
        calls.confirms,
        calls.ordered,
        outcome.executed,
        outcome.in_state,
        outcome.recovered,
        outcome.answers,
        grounding.grounded,
        leaks.names_nothing,
        leaks.recites_nothing,
        leaks.keeps_secrets,
        leaks.hides_machine,
        shown.recites_no_document,
        shown.announces_nothing,
        keeps_stages,
    )
}


OTHERS: dict[str, Check] = {check.__name__: check for check in (leaks.keeps_secrets, leaks.hides_machine, shown.announces_nothing)}


def written(row: dict[str, object]) -> bool:
    """Whether a row was written from a script; rows of other forms have checks of their own."""
    return row.get("form") in (None, "play")


class Verify(Step):
    """Mark each row with the first check that it fails.

    Reads: kind and tool (in the tool phase), complexity, error_case, script, messages, executed, state.
    Writes: checks (the names of those that were passed, in order), reject_reason (`verify: …`).
    """

    catalog: str = Field(description="The dumped catalog.")
    documents: list[str] = Field(default=[], description="Texts that no answer may recite.")
    keys: dict[str, str] = Field(default={}, description="Of points of the methodology: id to key.")
    names: dict[str, list[str]] = Field(default={}, description="Names that are not to be announced, by kind (method, stage, persona).")
    _catalog: Catalog = PrivateAttr()
    _runs: frozenset[int] = PrivateAttr(default=frozenset())

    @property
    def inputs(self) -> list[str]:
        """The columns that are read; those of the grid are of the tool phase or of the others."""
        return ["complexity", "error_case", "script", "messages", "executed", "state"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["checks", "reject_reason"]

    def load(self) -> None:
        """Parse the catalog once."""
        super().load()
        self._catalog = Catalog.model_validate_json(self.catalog)
        self._runs = shown.runs(self.documents)

    @property
    def in_flight(self) -> int:
        """A row at a time: nothing is waited for."""
        return 1

    def process(self, inputs: StepInput) -> "StepOutput":
        """Verify a batch."""
        yield [self.row(row) for row in inputs]

    async def answer(self, row: dict[str, object]) -> dict[str, object]:
        """Verify a row of a stream."""
        return self.row(row)

    def row(self, row: dict[str, object]) -> dict[str, object]:
        """One row, marked."""
        if row.get("reject_reason"):
            return {"checks": None} | row
        seen = dataclasses.replace(
            parse(row, self._catalog),
            documents=self._runs,
            names=tuple((kind, name) for kind, names in self.names.items() for name in names),
            behaviour=str(row.get("behaviour") or ""),
            key=self.keys.get(str(row.get("unit")), ""),
        )
        passed: list[str] = []
        if reason := keeps_form(row):
            return row | {"checks": passed, "reject_reason": f"verify: {reason}"}
        for name, check in (CHECKS if written(row) else OTHERS).items():
            if reason := check(seen):
                return row | {"checks": passed, "reject_reason": f"verify: {reason}"}
            passed.append(name)
        return row | {"checks": passed, "reject_reason": None}


def parse(row: dict[str, object], catalog: Catalog) -> Row:
    """A row's columns as the checks see them."""
    return Row(
        kind=str(row.get("kind") or ""),
        complexity=str(row["complexity"]),
        tool=str(row.get("tool") or ""),
        error_case=str(row["error_case"]),
        messages=row["messages"],  # type: ignore[arg-type]
        executed=[Executed.model_validate(done) for done in json.loads(str(row["executed"] or "[]"))],
        script=Script.model_validate_json(str(row["script"])) if written(row) else Script(beats=()),
        state=list(row["state"] or ()),  # type: ignore[call-overload]
        catalog=catalog,
    )
