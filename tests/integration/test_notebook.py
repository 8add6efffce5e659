"""The notebooks read runs of their phases."""

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import Unreadable
from pipelines import phase1_system_prompt, phase2_methodology, phase3_tools, phase4_agents
from pipelines.gate import load_gates, look, write
from pipelines.notebook import open_run
from tests.integration.test_behaviours import go
from tests.unit.pipelines.test_phase5_integration import whole_of

pytestmark = pytest.mark.integration
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PHASES = {"phase1": phase1_system_prompt, "phase2": phase2_methodology, "phase3": phase3_tools, "phase4": phase4_agents}


def shown(phase: str, run: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of a notebook after each of its cells was run on a run."""
    monkeypatch.setenv("RUN", run)
    monkeypatch.chdir(NOTEBOOKS)
    names: dict[str, Any] = {}
    for cell in json.loads((NOTEBOOKS / f"{phase}.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    return names


@pytest.mark.parametrize("phase", PHASES)
def test_every_cell_runs_on_a_run_of_its_phase(phase: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done = go(PHASES[phase].main, "--rows", "12", "--quiet", "--out", tmp_path / "run")
    assert done.code == 0, done.err
    run = shown(phase, str(tmp_path / "run"), monkeypatch)["run"]
    assert len(run.kept) == 12 and run.gates()["passed"].notna().sum() >= 10 and "distinct-2 of requests" in run.measures().index
    assert "assistant" in capsys.readouterr().out


def test_every_cell_runs_on_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = whole_of(tmp_path)
    write(folder, look(folder, load_gates(None), []))
    run = shown("phase5", str(folder), monkeypatch)["run"]
    assert run.coverage("phase", "level").to_numpy().sum() == 60


def test_what_cannot_be_opened_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(Unreadable, match="nobody/nothing is no run folder, and the Hub does not give it as a dataset"):
        open_run("nobody/nothing", "phase1")
