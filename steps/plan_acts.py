"""Plan the rows of a phase of behaviours: every cell of its grid, then its share of the other forms and of rehearsal."""

import json
from functools import cache

from distilabel.steps import GlobalStep, StepInput
from distilabel.typing import StepOutput
from pydantic import Field, TypeAdapter

from knowledge.catalog import Catalog
from knowledge.play import BOUNDARY, load_plays
from knowledge.points import Phase, Point
from knowledge.theme import Split, load_themes
from steps.acts import Stage, stage
from steps.contracts import Act, Scenario
from steps.forms.given import Given
from steps.forms.make import draft_rows
from steps.rehearse import rehearsed
from steps.scenario import plan

COLUMNS = "id unit level category behaviour complexity error_case boundary form split seed theme asker family script requests messages executed state reject_reason".split()


@cache
def stage_of(phase: Phase, points: str, catalog: str, models: bool) -> Stage:
    """The grid of dumped points; made once."""
    return stage(phase, TypeAdapter(list[Point]).validate_json(points), Catalog.model_validate_json(catalog), load_themes(), load_plays(phase), models)


class PlanActs(GlobalStep):
    """Turn points into planned rows: every cell covered, then rows of other forms and of rehearsal, which come whole.

    Reads: unit, point. Writes: id, unit, level, category, behaviour, complexity, error_case, boundary, form (`play`, `rehearsal`, or one of
    steps.forms), split, seed, theme, asker, family, script, requests, messages, executed, state, reject_reason.
    """

    phase: str
    points: str = Field(description="The dumped points (JSON).")
    catalog: str = Field(description="The dumped catalog of tools that the rows may call.")
    rows: int = Field(description="How many rows to plan in all.")
    seed: int = 0
    models: bool = Field(default=False, description="Whether a model writes and responds, so that every cell of the table is asked for.")
    rehearsal: int = Field(default=0, description="How many of the rows are rehearsal.")
    dataset: str = Field(default="", description="Where rehearsal comes from; empty: the authored bank.")
    forms: dict[str, int] = Field(default={}, description="How many of the rows are of each other form.")
    only: str = Field(default="[]", description="Cells (JSON) to plan one row each for, again.")
    attempt: int = 0
    known: list[str] = Field(default=[], description="Opening requests that are taken.")
    given: str = Field(default="", description="What a teacher writes rows of other forms from (a dumped Given); empty: the shipped banks.")

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["unit", "point"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return COLUMNS

    def process(self, inputs: StepInput) -> "StepOutput":
        """All rows in one batch."""
        made = stage_of(self.phase, self.points, self.catalog, self.models)
        only = [Act.model_validate(cell) for cell in json.loads(self.only)]
        others = self.rehearsal + sum(self.forms.values())
        rows = [flat(planned, made) for planned in plan(made, max(self.rows - others, 1), self.seed, only, self.attempt, self.known)]
        if not only:
            given = Given.model_validate_json(self.given) if self.given else None
            wanted = {(name, split): number for name, count in self.forms.items() for split, number in shared_out(count).items()}
            rows += [row | {"behaviour": row["form"], "error_case": "none", "executed": "[]", "state": []} for row in draft_rows(wanted, self.seed, given)]
            rows += rehearsed(self.rehearsal, self.seed, self.dataset) if self.rehearsal else []
        yield [dict.fromkeys(COLUMNS) | row for row in rows]


def shared_out(count: int) -> dict[Split, int]:
    """So many rows over the splits: a tenth validation, a tenth test."""
    tenth = count // 10
    return {"train": count - 2 * tenth, "validation": tenth, "test": tenth}


def flat(planned: Scenario, made: Stage) -> dict[str, object]:
    """A scenario as a row of plain columns."""
    assert isinstance(planned.cell, Act)
    point = made.points[planned.cell.unit]
    out = planned.model_dump(exclude={"cell", "script"}) | planned.cell.model_dump()
    about = {"level": point.level, "category": point.category, "boundary": planned.cell.behaviour in BOUNDARY, "form": "play"}
    return out | about | {"family": planned.script.beats[0].family, "script": planned.script.model_dump_json()}
