"""distilabel's own runner: a step a call, each a process, batches as large as calls may be in flight, no cache."""

import os
import tempfile
from argparse import Namespace

os.environ.setdefault("DISTILABEL_LOG_LEVEL", "WARNING")

from distilabel.models.llms import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration

from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure


def build(given: Namespace, folder: str) -> Pipeline:
    """The pipeline, whose answers are the columns said1, said2, …"""
    with Pipeline(name="engine", cache_dir=folder) as pipeline:
        rows = [{"instruction": FIRST.format(number)} for number in range(given.rows)]
        last = LoadDataFromDicts(data=rows, batch_size=given.in_flight)
        for call in range(1, given.chain + 1):
            more = {} if call == 1 else {"template": NEXT.format(f"{{{{ said{call - 1} }}}}"), "columns": f"said{call - 1}"}
            step = TextGeneration(
                name=f"call{call}",
                llm=OpenAILLM(model=MODEL, base_url=given.url, api_key="none"),
                input_batch_size=given.in_flight,
                output_mappings={"generation": f"said{call}", "model_name": f"model{call}"},
                add_raw_input=False,
                add_raw_output=False,
                **more,
            )
            last >> step
            last = step
    return pipeline


def run(given: Namespace, pipeline: Pipeline) -> list[str]:
    """Run it and read the last answers."""
    return pipeline.run(use_cache=False)["default"]["train"][f"said{given.chain}"]


if __name__ == "__main__":
    given = flags()
    with tempfile.TemporaryDirectory() as name:
        pipeline = build(given, name)
        measure(given, lambda: run(given, pipeline), "distilabel", "openai")
