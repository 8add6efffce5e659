"""Plan the rows: the first step of the pipeline after loading."""

import json
from functools import cache

from distilabel.steps import GlobalStep, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from knowledge.catalog import Catalog
from knowledge.theme import load_themes
from steps.contracts import Cell, Scenario
from steps.grid import Grid, grid
from steps.scenario import plan


@cache
def grid_of(catalog: str, offline: bool, writes: bool, banks: bool) -> Grid:
    """The grid of a dumped catalog; made once."""
    return grid(Catalog.model_validate_json(catalog), load_themes(), offline, writes, banks)


class Plan(GlobalStep):
    """Turn the tools into planned rows, every cell of their grid covered.

    Reads: unit, spec. Writes: id, tool, server, kind, complexity, error_case, split, seed, theme, asker, family, script.
    """

    catalog: str = Field(description="The dumped catalog, for the servers behind the tools.")
    rows: int = Field(description="How many rows to plan.")
    seed: int = 0
    offline: bool = False
    writes: bool = False
    banks: bool = True
    only: str = Field(default="[]", description="Cells (JSON) to plan one row each for, again.")
    attempt: int = 0
    known: list[str] = Field(default=[], description="Opening requests that are taken.")

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["unit", "spec"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["id", "tool", "server", "kind", "complexity", "error_case", "split", "seed", "theme", "asker", "family", "script"]

    def process(self, inputs: StepInput) -> "StepOutput":
        """All rows in one batch."""
        made = grid_of(self.catalog, self.offline, self.writes, self.banks)
        only = [Cell.model_validate(cell) for cell in json.loads(self.only)]
        yield [flat(planned) for planned in plan(made, self.rows, self.seed, only, self.attempt, self.known)]


def flat(planned: Scenario) -> dict[str, object]:
    """A scenario as a row of plain columns."""
    out = planned.model_dump(exclude={"cell", "script"}) | planned.cell.model_dump()
    return out | {"family": planned.script.beats[0].family, "script": planned.script.model_dump_json()}
