"""The command that writes the report of a run."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from pipelines import gate, report
from tests.unit.pipelines.test_gate import made
from tests.unit.steps.filters.test_filters import ROWS

RUN = CliRunner()
LOST = {"id": "x", "split": "train", "reject_reason": "verify: grounding: 'seven' stands nowhere", "messages": ROWS[0]["messages"][:1]}


def called(main: Any, *words: object) -> tuple[int, str, str]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    done = RUN.invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_a_run_becomes_one_page_beside_it(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS, [LOST])
    code, out, err = called(report.main, run)
    assert code == 0 and out.startswith(f"{run}/report.html  300 rows kept, 1 rejected;") and "nobody has looked at it yet" in err
    text = (run / "report.html").read_text()
    assert "Passes all 15 gates that were measured; 2 were not" in text and "grounding" in text
    assert sorted(path.name for path in (run / "quality").iterdir()) == ["flags.parquet", "gate.json", "map.parquet", "measures.json"]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS[:20], [LOST])
    called(report.main, run, "--out", tmp_path / "one.html")
    called(report.main, run, "--out", tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_machines_are_told_in_json(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS[:3])
    code, out, err = called(report.main, run, "--json", "--out", tmp_path / "new" / "page.html")
    assert (code, err) == (0, "") and json.loads(out)["rows"] == 3 and Path(json.loads(out)["page"]).stat().st_size == json.loads(out)["bytes"]


def test_what_was_seen_of_other_rows_is_looked_at_again(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS)
    assert called(gate.main, run, "--quiet")[0] == 0
    assert called(report.main, run)[2] == ""
    made(run, [*ROWS[:50], ROWS[0] | {"id": "again"}])
    assert "quality/ is about other rows, settings or code" in called(report.main, run)[2]
    assert {flag["id"] for flag in pq.read_table(run / "quality" / "flags.parquet").to_pylist()} == {"again"}
    (run / "quality" / "flags.parquet").unlink()
    assert "quality/" in called(report.main, run)[2] and (run / "quality" / "flags.parquet").is_file()


def test_what_the_gate_was_held_against_the_report_is_held_against_too(tmp_path: Path) -> None:
    run, held = made(tmp_path / "run", ROWS), tmp_path / "held.txt"
    held.write_text(ROWS[4]["messages"][0]["content"])
    assert called(gate.main, run, "--quiet", "--benchmark", held)[0] == 1
    code, _, err = called(report.main, run)
    assert (code, err) == (0, "") and "Falls short of 1 of" in (run / "report.html").read_text()
    assert called(report.main, run, "--benchmark", held)[2] == ""
    held.unlink()
    assert "looking at" in called(report.main, run)[2] and "Passes all" in (run / "report.html").read_text()


@pytest.mark.parametrize("rows", [[], ROWS[:1]])
def test_small_runs_make_a_page_that_says_so(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    run = made(tmp_path / "run", rows)
    assert called(report.main, run, "--quiet")[::2] == (0, "")
    text = (run / "report.html").read_text()
    assert ("This run is empty" in text) == (not rows) and "No row was rejected." in text and ("no cell is covered" in text) == (not rows)


def test_two_runs_are_compared(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one", ROWS[:30]), made(tmp_path / "two", ROWS[10:40])
    assert called(report.main, one, "--against", two, "--quiet")[0] == 0
    assert "What changed since" in (one / "report.html").read_text()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    code, _, err = called(report.main, tmp_path)
    assert code == 2 and "is no finished run: there is no manifest.json that can be read in it" in err
    assert called(report.main, tmp_path / "nowhere")[0] == 2
    run = made(tmp_path / "run", ROWS[:3])
    assert called(report.main, run, "--against", tmp_path)[0] == 2
    (run / "manifest.json").write_text("[]")
    assert "is no JSON object" in called(report.main, run)[2]
    made(run, ROWS[:3])
    (run / "kept.parquet").write_bytes(b"PAR1")
    code, _, err = called(report.main, run)
    assert code == 2 and "cannot be read" in err
    pq.write_table(pq.read_table(run / "rejected.parquet").drop_columns(["messages"]), run / "kept.parquet")
    code, _, err = called(report.main, run)
    assert code == 2 and "has no column messages" in err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS[:3])
    code, _, err = called(report.main, run, "--out", tmp_path)
    assert code == 2 and err.endswith(f"error: {tmp_path} cannot be written: Is a directory. Give another --out.")


def test_a_benchmark_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    code, _, err = called(report.main, made(tmp_path / "run", ROWS[:3]), "--benchmark", tmp_path / "none.jsonl")
    assert code == 2 and "none.jsonl" in err


def test_a_run_that_cannot_be_looked_at_is_shown_all_the_same(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS[:3])
    pq.write_table(pq.read_table(run / "kept.parquet").drop_columns(["complexity"]), run / "kept.parquet")
    code, _, err = called(report.main, run)
    text = (run / "report.html").read_text()
    assert "Not measured" in text and code == 0 and "This run could not be looked at (&#39;complexity&#39;)" in text and "could not be looked at" in err
    assert text.count("not measured. <code>python -m pipelines.gate") == 5


def test_what_cannot_be_written_beside_the_rows_is_shown_all_the_same(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS)
    (run / "quality").touch()
    code, _, err = called(report.main, run)
    assert code == 0 and "could not be written into the run folder (File exists)" in err
    assert "Passes all 15 gates" in (run / "report.html").read_text()
