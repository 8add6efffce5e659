"""The same DAG on a local Ray, with a model and one ledger for all its processes: the same bytes as in one process."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelines.cluster import RowsLost, whole
from steps.ask import WriteRequests
from steps.teachers.embedded import Embedded
from tests.integration.conftest import ROOT, made
from tests.integration.oracle import Oracle
from tests.provider import Provider

pytestmark = pytest.mark.integration
LISTING = Path(__file__).parent / "servers" / "tools_list.json"


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the package ray is not installed")
def test_rows_on_ray_are_those_of_one_process_and_no_answer_is_paid_twice(tmp_path: Path) -> None:
    with Provider(answer=Oracle(), key="sk-ray") as provider:
        teacher = {"api": "openai", "base_url": provider.openai, "model": "teacher-1", "key": "RAY_TEST_KEY"}
        config = tmp_path / "mine.yaml"
        config.write_text(yaml.safe_dump({"ledger": str(tmp_path / "ledger.sqlite"), "teachers": {"gpt": teacher}, "roles": {"writer": "gpt"}}))
        line = [sys.executable, "-m", "pipelines.phase3_tools", "--source", str(LISTING), "--offline", "--rows", "10", "--config", str(config), "--quiet"]
        for name, more in (("ray", ["--engine", "ray"]), ("stream", [])):
            environment = os.environ | {"RAY_TEST_KEY": "sk-ray", "HF_HUB_OFFLINE": "1", "HOME": str(tmp_path / "home")}
            done = subprocess.run([*line, *more, "--out", str(tmp_path / name)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done.stderr[-2000:]
        assert made(tmp_path / "ray") == made(tmp_path / "stream")
        assert sum(seen.billed for seen in provider.seen) == len(provider.seen) == 10
    assert not any(b"sk-ray" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_rows_that_a_step_on_ray_failed_on_are_found() -> None:
    """distilabel puts empty rows in place of a batch that failed, and says nothing."""
    step = WriteRequests(name="ask", llm=Embedded())
    good = [{"id": "a", "requests": ["x"], "reject_reason": None}, {"id": "b", "requests": None, "reject_reason": "ask: no"}]
    whole(step, good)
    with pytest.raises(RowsLost, match="step ask failed on Ray for 1 of 3 rows, the first being c"):
        whole(step, [*good, {"id": "c", "requests": None, "reject_reason": None}])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"engine": "ray", "batch": True}, "--batch is for engine: stream"),
        ({"engine": "ray", "cluster": "10.0.0.1:6379", "roles": {"writer": "local"}}, "cannot share the file runs/ledger.sqlite: set `ledger: postgresql://…`"),
    ],
)
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the package ray is not installed")
def test_what_cannot_be_on_ray_is_said_before_anything_starts(tmp_path: Path, settings: dict[str, object], said: str) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(yaml.safe_dump(settings))
    line = [sys.executable, "-m", "pipelines.phase3_tools", "--source", str(LISTING), "--offline", "--rows", "10", "--config", str(config), "--out", str(tmp_path / "out")]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and said in done.stderr and sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml"]


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the package ray is not installed")
@pytest.mark.skipif(not os.environ.get("RAY"), reason="a proof of its own: make prove-ray")
def test_a_phase_of_behaviours_makes_the_same_rows_on_ray(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "pipelines.phase2_methodology", "--rows", "12", "--quiet"]
    for name, more in (("ray", ["--engine", "ray"]), ("stream", [])):
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "HOME": str(tmp_path / "home"), "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))}
        done = subprocess.run([*line, *more, "--out", str(tmp_path / name)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]
    assert made(tmp_path / "ray") == made(tmp_path / "stream")
