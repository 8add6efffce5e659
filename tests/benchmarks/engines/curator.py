"""Curator: its online processor, an LLM a call, rate limits too high to throttle, no cache, no viewer, no telemetry."""

import os
import tempfile
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ |= {
    "CURATOR_DISABLE_CACHE": "true",
    "CURATOR_DISABLE_RICH_DISPLAY": "1",
    "CURATOR_VIEWER": "0",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "TELEMETRY_ENABLED": "false",
    "TIKTOKEN_CACHE_DIR": str(Path(find_spec("litellm").origin).with_name("litellm_core_utils") / "tokenizers"),  # it brings the file that would be fetched
}

from bespokelabs import curator
from datasets import Dataset

from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure

ANY = 10**12


class Call(curator.LLM):
    """One call of a row: its prompt is a column, and its answer makes the next one."""

    def prompt(self, input: dict[str, Any]) -> str:
        return input["prompt"]

    def parse(self, input: dict[str, Any], response: str) -> dict[str, Any]:
        return {"said": response, "prompt": NEXT.format(response)}


def build(given: Namespace) -> list[Call]:
    """The calls of a row."""
    limits = {"max_concurrent_requests": given.in_flight, "max_requests_per_minute": ANY, "max_tokens_per_minute": ANY}
    return [Call(model_name=MODEL, backend="openai", backend_params={"base_url": given.url, **limits}) for _ in range(given.chain)]


def run(given: Namespace, calls: list[Call], folder: str) -> list[str]:
    """Ask call after call, each of all rows, and read the last answers."""
    rows = Dataset.from_dict({"prompt": [FIRST.format(number) for number in range(given.rows)]})
    for call in calls:
        rows = call(rows, working_dir=folder).dataset
    return rows["said"]


if __name__ == "__main__":
    given = flags()
    with tempfile.TemporaryDirectory() as name:
        calls = build(given)
        measure(given, lambda: run(given, calls, name), "bespokelabs-curator", "litellm")
