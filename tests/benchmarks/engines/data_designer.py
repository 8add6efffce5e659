"""NeMo Data Designer: a seed column and an LLM column a call, its own limit on parallel requests, no telemetry, no probe of the model."""

import os
import tempfile
from argparse import Namespace

os.environ["NEMO_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("DATA_DESIGNER_HOME", tempfile.mkdtemp(prefix="data-designer-"))

import data_designer.config as dd
import pandas as pd
from data_designer.interface import DataDesigner

from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure


def build(given: Namespace) -> dd.DataDesignerConfigBuilder:
    """The columns: number, then said1, said2, …"""
    inference = dd.ChatCompletionInferenceParams(max_parallel_requests=given.in_flight)
    model = dd.ModelConfig(alias="model", model=MODEL, provider="mock", inference_parameters=inference, skip_health_check=True)
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.DataFrameSeedSource(df=pd.DataFrame({"number": range(given.rows)})))
    prompt = FIRST.format("{{ number }}")
    for call in range(1, given.chain + 1):
        builder.add_column(dd.LLMTextColumnConfig(name=f"said{call}", model_alias="model", prompt=prompt))
        prompt = NEXT.format(f"{{{{ said{call} }}}}")
    return builder


def run(given: Namespace, designer: DataDesigner, builder: dd.DataDesignerConfigBuilder) -> list[str]:
    """Make the data set and read the last answers."""
    made = designer.create(builder, num_records=given.rows).load_dataset()
    return made.sort_values("number")[f"said{given.chain}"].tolist()


if __name__ == "__main__":
    given = flags()
    with tempfile.TemporaryDirectory() as name:
        designer = DataDesigner(artifact_path=name, model_providers=[dd.ModelProvider(name="mock", endpoint=given.url, api_key="none")])
        designer.set_run_config(dd.RunConfig(otel_metrics_port=None))
        builder = build(given)
        measure(given, lambda: run(given, designer, builder), "data-designer")
