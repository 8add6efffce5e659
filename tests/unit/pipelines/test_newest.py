"""Finding the newest run of each phase, and making what is missing."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipelines import newest
from pipelines.command import Stopped


def made(out: Path, phase: str, name: str, age: int, **facts: object) -> Path:
    folder = out / phase / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"seed": 0} | facts))
    os.utime(folder / "manifest.json", (1_000_000 - age, 1_000_000 - age))
    return folder


def test_the_newest_run_that_says_the_wanted_facts_is_taken(tmp_path: Path) -> None:
    made(tmp_path, "phase1", "old", 50)
    mine = made(tmp_path, "phase1", "mine", 20)
    made(tmp_path, "phase1", "other", 5, seed=1)
    (tmp_path / "phase1" / "half.partial").mkdir()
    broken = made(tmp_path, "phase1", "broken", 1)
    (broken / "manifest.json").write_text("{")
    assert newest.newest(tmp_path, "phase1", {"seed": 0}) == mine
    assert newest.newest(tmp_path, "phase1", {"seed": 2}) is None and newest.newest(tmp_path, "phase9", {}) is None


def test_what_is_missing_is_made_and_what_is_there_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = made(tmp_path, "phase1", "a", 1)
    lines: list[list[str]] = []

    def ran(line: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        lines.append(line[2:])
        return subprocess.CompletedProcess(line, 0, json.dumps({"folder": str(tmp_path / "phase2" / "new")}) + "\n", "")

    monkeypatch.setattr(subprocess, "run", ran)
    said: list[str] = []
    found = newest.runs(tmp_path, {"phase1": {"seed": 0}, "phase2": {"seed": 0}}, {"phase1": ["--x"], "phase2": ["--rows=9"]}, said.append)
    assert found == {"phase1": there, "phase2": tmp_path / "phase2" / "new"}
    assert lines == [["pipelines.phase2_methodology", "--json", "--resume", "--rows=9"]]
    assert said[1] == "phase2: there is no run yet; it is made now"


def test_a_phase_that_fails_stops_the_whole_with_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda line, **_: subprocess.CompletedProcess(line, 2, "", "error: no key is set"))
    with pytest.raises(Stopped, match="phase4 could not be made: error: no key is set"):
        newest.runs(tmp_path, {"phase4": {}}, {"phase4": []}, lambda _: None)
