"""Pack each row into one text, for runners that would give all rows the same fields."""

import json

from distilabel.pipeline import Pipeline
from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput


class Pack(Step):
    """Writes the whole row as JSON, and nothing else. A table of rows would give every row's dictionaries the keys of all others.

    Writes: row.
    """

    @property
    def outputs(self) -> list[str]:
        """The column that is written."""
        return ["row"]

    def process(self, inputs: StepInput) -> "StepOutput":
        """Pack a batch."""
        yield [{"row": json.dumps(row, ensure_ascii=False)} for row in inputs]


def packed(pipeline: Pipeline) -> Pipeline:
    """The pipeline with its leaf packed."""
    *_, (leaf,) = pipeline.dag.iter_based_on_trophic_levels()
    with pipeline:
        pipeline.dag.get_step(leaf)["step"] >> Pack(name="pack")
    return pipeline
