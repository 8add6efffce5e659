"""Calibration on a run folder that is made for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from knowledge.catalog import Unreadable
from pipelines import calibrate
from pipelines.calibrate import described, read_floors
from tests.unit.pipelines.test_gate import ROWS, made

RUN = CliRunner()


def verdicts(score: int | None) -> str:
    return json.dumps([{"criterion": "of_use", "score": score, "floor": 2, "evidence": "so it is", "by": "judge", "why": ""}])


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Rows 0-59 have a score of 3, 60-119 of 2; 20 rejected ones of 1."""
    kept = [row | {"verdicts": verdicts(3 if number < 60 else 2)} for number, row in enumerate(ROWS[:120])]
    rejected = [{**ROWS[0], "id": f"x{number}", "reject_reason": "judge: of_use: 1 of 2: no", "verdicts": verdicts(1)} for number in range(20)]
    return made(tmp_path / "run", kept, rejected)


def labelled(path: Path, *said: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in said))
    return path


def people() -> list[dict[str, Any]]:
    """Two people who agree: what has a score of 3 is good, of what has 2 every other row."""
    ids = [str(row["id"]) for row in ROWS[:120]]
    good = {row: number < 60 or number % 2 == 0 for number, row in enumerate(ids)} | {f"x{number}": False for number in range(20)}
    return [{"id": row, "criterion": "of_use", "good": fine, "by": who} for row, fine in good.items() for who in ("ana", "ben")]


def said(*words: object) -> tuple[int, str, str]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(calibrate.main)
    done = RUN.invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_a_floor_is_set_by_labels_and_a_phase_can_take_it(judged: Path, tmp_path: Path) -> None:
    labels = labelled(tmp_path / "labels.jsonl", *people())
    code, out, err = said(judged, "--labels", labels, "--precision", 0.9)
    assert (code, err) == (0, "") and "2 → 3" in out and "100% of 60" in out
    path = judged / "quality" / "calibration.json"
    assert read_floors(str(path)) == {"of_use": 3}
    told = json.loads(path.read_text())
    assert told["people"]["kappa"]["value"] == 1.0 and told["criteria"][0]["false_reject"]["n"] == 90
    assert "1 of its thresholds rest on labels of 140 rows by 2 people" in described(str(path), {"of_use": 3}, 120, 120)["says"]


def test_a_floor_that_cannot_be_had_is_said_and_not_taken(judged: Path, tmp_path: Path) -> None:
    labels = labelled(tmp_path / "labels.jsonl", *(one | {"good": True} for one in people()))
    code, _, err = said(judged, "--labels", labels)
    assert code == 1 and "no floor could be chosen for 1 of 1 criteria: of_use: all 140 labelled rows are good" in err
    assert read_floors(str(judged / "quality" / "calibration.json")) == {}


def test_labels_of_rows_as_a_whole_measure_agreement_and_set_no_floor(judged: Path, tmp_path: Path) -> None:
    labels = labelled(tmp_path / "labels.jsonl", *({"id": one["id"], "good": one["good"]} for one in people()[::2]), {"id": "gone", "good": True})
    code, out, err = said(judged, "--labels", labels)
    assert code == 0 and "1 labelled rows are not in the run, and were left out: gone" in err and "about the row as a whole: 0.46 (" in out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "x", "good": true}', "none of the 1 rows labelled in"),
        ('{"id": "x", "good": "perhaps"}', "line 1: good: input should be a valid boolean"),
        ("no JSON", "line 1: invalid JSON"),
        ("", "holds no label."),
        (f'{{"id": "{ROWS[0]["id"]}", "good": true, "criterion": "niceness"}}', "there is no criterion 'niceness'; this run's rows were judged by of_use."),
    ],
)
def test_bad_labels_are_named(judged: Path, tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(line)
    code, _, err = said(judged, "--labels", path)
    assert code == 2 and message in err


def test_a_folder_that_is_no_judged_run_is_named(tmp_path: Path) -> None:
    code, _, err = said(tmp_path, "--labels", labelled(tmp_path / "labels.jsonl", {"id": "x", "good": True}))
    assert code == 2 and "is no finished run of a phase that is judged: kept.parquet has no verdicts that can be read." in err


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"criteria": [{"criterion": "of_use", "floor": 9, "chosen": true}]}'])
def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(Unreadable, match="calibration: "):
        read_floors(str(path))


def test_what_a_run_says_of_its_thresholds() -> None:
    assert described("", {}, 0, 9)["says"] == "No judge has seen the 9 rows."
    assert "its thresholds are uncalibrated" in described("", {}, 3, 9)["says"]
