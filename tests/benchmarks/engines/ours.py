"""This project's engine as its phases use it: contract tasks on a model, with schema, ledger and journal."""

import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any, ClassVar

import openai  # noqa: F401 - imports are not measured, and ours comes late
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep
from distilabel.typing import GeneratorStepOutput

from pipelines.runner import Runner
from steps.contracts import Contract
from steps.task import ContractTask
from steps.teachers.openai import OpenAI
from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure


class Prompted(Contract):
    """The column that is read."""

    prompt: str


class Said(Contract):
    """The column that is written."""

    said: str


class Rows(GeneratorStep):
    """The rows, each with its first prompt."""

    number: int

    @property
    def outputs(self) -> list[str]:
        return ["id", "prompt"]

    def process(self, offset: int = 0) -> GeneratorStepOutput:
        yield [{"id": str(number), "prompt": FIRST.format(number)} for number in range(self.number)], True


class Write(ContractTask[Prompted, Said]):
    """Ask, and make the answer the next prompt."""

    reads = Prompted
    writes = Said
    prompt = "write.jinja2"
    folder: ClassVar[Path] = Path(__file__).parent / "prompts"

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        made = await super().answer(row)
        return made | {"prompt": NEXT.format(made["said"])}


def build(given: Namespace, ledger: Path) -> Pipeline:
    """A line of contract tasks."""
    with Pipeline(name="engine") as pipeline:
        last: Any = Rows(name="rows", number=given.rows)
        for call in range(1, given.chain + 1):
            llm = OpenAI(model=MODEL, base_url=given.url, role="writer", run="engine", ledger=str(ledger), concurrency=given.in_flight)
            step = Write(name=f"call{call}", llm=llm)
            last >> step
            last = step
    return pipeline


def run(given: Namespace, pipeline: Pipeline, folder: Path) -> list[str]:
    """Run it and read the last answers."""
    return [row["said"] for row in Runner(pipeline, folder / "work", lambda *_: None).run()]


if __name__ == "__main__":
    given = flags()
    with tempfile.TemporaryDirectory() as name:
        pipeline = build(given, given.ledger or Path(name) / "ledger.sqlite")
        measure(given, lambda: run(given, pipeline, Path(name)), "openai")
