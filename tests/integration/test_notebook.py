"""The notebook reads a run."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "phase3.ipynb"


@pytest.mark.integration
def test_every_cell_of_the_notebook_runs_on_a_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.integration.conftest import run

    done = run("--rows", "20", "--offline", "--quiet", "--out", tmp_path / "run")
    assert done.code == 0, done.err
    monkeypatch.setenv("RUN", str(tmp_path / "run"))
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert len(names["kept"]) == 20
    assert "assistant" in capsys.readouterr().out
