"""The DAG of the tool phase, checked without running it, and the bookkeeping around it."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from distilabel.pipeline import Pipeline

from pipelines.config import Phase3, load_settings
from pipelines.folder import reasons
from pipelines.phase3_tools import ROLES, build, cell_key, cell_of
from pipelines.rounds import empty_cells
from pipelines.team import Team
from steps.contracts import Cell
from steps.dedup import MarkDuplicates
from steps.load import LoadTools
from steps.plan import Plan
from steps.verify import Verify
from tests.unit.shipped import shipped

SETTINGS = load_settings(Phase3, None, {"rows": 5}, "phase3")
CATALOG = shipped("time")
TEAM = Team(SETTINGS, "", ROLES)


def test_the_dag_is_a_line_of_six_steps_that_validates() -> None:
    pipeline = build(SETTINGS, CATALOG, TEAM)
    pipeline.dag.validate()
    assert [name for level in pipeline.dag.iter_based_on_trophic_levels() for name in level] == ["load", "plan", "ask", "respond", "verify", "dedup"]


def test_a_missing_column_is_found_before_a_run() -> None:
    dumped = CATALOG.model_dump_json()
    with Pipeline(name="short") as pipeline:
        LoadTools(name="load", catalog=dumped) >> Plan(name="plan", catalog=dumped, rows=5) >> Verify(name="verify", catalog=dumped) >> MarkDuplicates(name="dedup")
    with pytest.raises(ValueError, match=r"'verify' requires inputs .*messages"):
        pipeline.dag.validate()


def test_build_is_pure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No process, no socket, and no file is made; the settings' dials all arrive."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("build() reached out")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)
    settings = load_settings(Phase3, None, {"rows": 7, "seed": 9, "near": 0.5, "offline": True, "allow_writes": True, "banks": False}, "phase3")
    cells = [Cell(tool="convert_time", server="time", kind="one_call", complexity="simple", error_case="none")]
    pipeline = build(settings, CATALOG, TEAM, cells, 2, ["what time is it"])
    plan, dedup, respond = (pipeline.dag.get_step(name)["step"] for name in ("plan", "dedup", "respond"))
    assert (plan.rows, plan.seed, plan.offline, plan.writes, plan.banks, plan.attempt, json.loads(plan.only)) == (7, 9, True, True, False, 2, [cells[0].model_dump()])
    assert (dedup.near, dedup.known, respond.slots) == (0.5, ["what time is it"], 2)
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_can_be_written_down() -> None:
    text = json.dumps(build(SETTINGS, CATALOG, TEAM).dump())
    assert "steps.respond" in text and "__main__" not in text


def test_importing_the_command_is_quick_and_pulls_in_no_pipeline() -> None:
    made = subprocess.run([sys.executable, "-c", "import sys, pipelines.phase3_tools; print('distilabel' in sys.modules)"], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "False"


def row(id_: str, kind: str, reason: str | None) -> dict[str, Any]:
    return {"id": id_, "tool": "t", "server": "s", "kind": kind, "complexity": "simple", "error_case": "none", "reject_reason": reason}


def test_a_cell_is_empty_when_every_row_of_it_was_rejected() -> None:
    rows = [row("1", "chain", "x"), row("2", "one_call", "x"), row("3", "one_call", None), row("4", "chain", "y"), row("5", "follow_up", "z")]
    assert [cell.kind for cell in empty_cells(rows, cell_of)] == ["chain", "follow_up"]
    assert cell_key(rows[0]) == ("s", "t", "chain", "simple", "none")


def test_reasons_are_counted_by_step_and_check() -> None:
    rows = [row("1", "chain", "verify: order: a instead of b"), row("2", "chain", "verify: order: c"), row("3", "chain", "dedup: 0.93 like 1")]
    assert reasons(rows) == {"verify: order": 2, "dedup: 0.93 like 1": 1}
