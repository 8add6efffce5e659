"""Load what is to be shown: the points of a phase."""

import json

from distilabel.steps import GeneratorStep
from distilabel.typing import GeneratorStepOutput
from pydantic import Field


class LoadPoints(GeneratorStep):
    """Yield the points of a phase, a row a point.

    Writes: unit (the point's id), point (the dumped Point).
    """

    points: str = Field(description="The dumped points (JSON).")

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["unit", "point"]

    def process(self, offset: int = 0) -> "GeneratorStepOutput":
        """All points in one batch."""
        yield [{"unit": point["id"], "point": json.dumps(point, ensure_ascii=False)} for point in json.loads(self.points)[offset:]], True
