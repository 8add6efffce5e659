"""The join of the phases' runs, on run folders that are made for it."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines import folder as run_folder
from pipelines.config import Phase5, load_settings
from pipelines.phase5_integration import made_of
from tests.unit.pipelines.test_gate import ROWS


def run_of(folder: Path, cell: tuple[str, ...], rows: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    run_folder.write_rows(rows, [], folder, cell)
    return folder


def whole_of(folder: Path) -> Path:
    """The whole, joined from 40 rows of phase 1 and 40 of the tool phase."""
    shared = {"complexity": "simple", "error_case": "none", "seed": 1, "calls": "[]", "checks": [], "tokens_in_weights": 40, "passport": "{}"}
    act = {"unit": "rule:x", "level": "L0", "category": "rule", "behaviour": "applies", "boundary": True, "form": "play", "verdicts": "[]", "evolution": "[]"}
    tool = {"tool": "add_note", "server": "notes", "kind": "direct"}
    folders = {
        "phase1": run_of(folder / "one", run_folder.ACT, [row | shared | act for row in ROWS[:40]]),
        "phase3": run_of(folder / "three", run_folder.CELL, [{**row, **shared, **tool, "form": None} for row in ROWS[40:80]]),
    }
    made_of(load_settings(Phase5, None, {"rows": 60}, "phase5"), folders, "abc", folder / "whole", 0.0)
    return folder / "whole"


def test_rows_of_all_phases_are_joined_under_names_of_their_own(tmp_path: Path) -> None:
    folder = whole_of(tmp_path)
    facts = json.loads((folder / "manifest.json").read_text())
    kept, rejected = (pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("kept", "rejected"))
    ids = [row["id"] for row in kept + rejected]
    assert len(kept) == 60 == facts["rows"]["kept"] and len(ids) == len(set(ids)) == facts["rows"]["planned"]
    assert {row["id"].partition("-")[0] for row in kept} == {"phase1", "phase3", "phase5"} and {row["phase"] for row in kept} == {"phase1", "phase3", "phase5"}
    tools = [row for row in kept if row["phase"] == "phase3"]
    assert {(row["unit"], row["level"], row["behaviour"], row["form"]) for row in tools} == {("notes.add_note", "L2", "direct", "play")}
    places = [row["place"] for row in kept]
    assert places == sorted(places) and len(set(places)) == 60
