"""Run a DAG on Ray, by distilabel's own Ray pipeline: on a cluster that is there, or on one of this machine's for the run."""

import importlib
import io
import json
import logging
import os
import secrets
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from distilabel.pipeline import Pipeline

from steps.pack import packed

Row = dict[str, Any]
START = 120.0  # seconds that a worker may take until it knows the steps
ROOT = Path(__file__).parent.parent


class RowsLost(RuntimeError):
    """A step failed on a worker, and distilabel put empty rows in place of its batch; the message says which and how many."""


def on_ray(pipeline: Pipeline, address: str) -> list[Row]:
    """Every row of the pipeline's leaf, in order.

    Args:
        address: of a running cluster whose machines have this package and the keys' variables; empty for one on this machine.

    Raises:
        RowsLost: when a step failed.
        ConnectionError: when no cluster answers at the address.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("DISTILABEL_LOG_LEVEL", "ERROR")
    if not address:  # all of it before ray is imported: on loopback, with a word of its own, and with our path
        os.environ["PYTHONPATH"] = path
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import datasets
    import ray

    datasets.disable_progress_bars()
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address:
        ray.init(address, runtime_env={"working_dir": str(ROOT), "excludes": [".venv", ".git", "runs", "tests"]}, **quiet)
    else:
        ray.init(num_cpus=os.cpu_count(), include_dashboard=False, _node_ip_address="127.0.0.1", **quiet)
    with redirect_stdout(io.StringIO()):  # on which Ray says, until it is shut down, that it starts more workers than there are cores
        try:
            steps = [pipeline.dag.get_step(name)["step"] for name in pipeline.dag]
            modules = sorted({type(part).__module__ for step in steps for part in (step, getattr(step, "llm", None)) if part is not None})
            ray.get(ray.remote(num_cpus=0)(known).remote(modules), timeout=START)
            with tempfile.TemporaryDirectory(prefix="finetune-ray-") as cache:
                remote = packed(pipeline).ray()
                remote._cache_dir = Path(cache)
                rows: list[Row] = [json.loads(row) for row in remote.run(use_cache=False)["default"]["train"]["row"]]
        finally:
            ray.shutdown()
    for step in steps:
        if not step.is_generator:
            whole(step, rows)
    return rows


def known(modules: list[str]) -> None:
    """See on a worker that the steps can be imported there.

    Raises:
        ImportError: when they cannot.
    """
    for module in modules:
        importlib.import_module(module)


def whole(step: Any, rows: list[Row]) -> None:
    """See that a step gave every row either what it writes or a reason.

    Raises:
        RowsLost: when it did not.
    """
    written = [column for column in step.outputs if column != "reject_reason"]
    lost = [row for row in rows if written and not row.get("reject_reason") and all(row.get(column) is None for column in written)]
    if lost:
        where = f"step {step.name} failed on Ray for {len(lost)} of {len(rows)} rows, the first being {lost[0].get('id')}"
        raise RowsLost(f"{where}. What was answered is in the ledger: run the same command again.")
