"""Load what is known: the units that everything else is traced to."""

import json

from distilabel.steps import GeneratorStep
from distilabel.typing import GeneratorStepOutput
from pydantic import Field

from knowledge.catalog import Catalog


class LoadTools(GeneratorStep):
    """Yield the catalog's tools, a row a tool.

    Writes: unit (`server.tool`), spec (the dumped Tool unit).
    """

    catalog: str = Field(description="The dumped catalog.")

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["unit", "spec"]

    def process(self, offset: int = 0) -> "GeneratorStepOutput":
        """All tools in one batch."""
        tools = Catalog.model_validate_json(self.catalog).tools[offset:]
        yield [{"unit": tool.id, "spec": json.dumps(tool.model_dump(), ensure_ascii=False)} for tool in tools], True
