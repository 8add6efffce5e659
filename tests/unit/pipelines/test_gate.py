"""The gate on run folders that are made for it."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from pipelines import folder as run_folder
from pipelines import gate
from tests.planted import planted
from tests.unit.steps.filters.test_filters import ANYWHERE, ROWS

RUN = CliRunner()


def command() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(gate.main)
    return app


def made(folder: Path, rows: list[dict[str, Any]], rejected: list[dict[str, Any]] | None = None, lost: int = 0, **facts: Any) -> Path:
    folder.mkdir(exist_ok=True)
    filled = [{"asker": f"a{number % 12}", "unit": f"u{number % 40}", "complexity": "simple", "error_case": "none", "verdicts": "[]", **row} for number, row in enumerate(rows)]
    run_folder.write_rows(filled, rejected or [], folder, run_folder.ACT)
    counts = {"planned": len(rows) + len(rejected or []) + lost, "kept": len(rows), "rejected": len(rejected or [])}
    run_folder.manifest(folder, phase="phase1", rows=counts, cells={"empty": []}, **facts)
    return folder


def gated(*words: object) -> tuple[int, str, str]:
    done = RUN.invoke(command(), [str(word) for word in words])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_a_good_run_passes_and_what_was_seen_lies_beside_it(tmp_path: Path) -> None:
    run = made(tmp_path, ROWS, [{"id": "x", "split": "train", "reject_reason": "verify: secrets: a key"}])
    code, out, err = gated(run, "--json")
    assert (code, err) == (0, "") and json.loads(out)["passed"]
    told = json.loads((run / "quality" / "measures.json").read_text())
    assert told["funnel"] == [{"stage": "verify", "reason": "secrets: a key", "rows": 1}] and told["splits"] == {"train": 270, "test": 30}
    assert pq.read_table(run / "quality" / "flags.parquet").num_rows == 0
    assert all(one["n"] and one["definition"] for one in told["measures"])


def test_a_bad_run_falls_short_by_name_and_its_rows_are_flagged(tmp_path: Path) -> None:
    rows, faults = planted(ROWS, 30, only=ANYWHERE)
    code, _, err = gated(made(tmp_path, rows, lost=2), "--quiet")
    assert code == 1 and "lost rows: 2, must be at most 0" in err and "rows with a secret: 2, must be at most 0" in err
    flags = pq.read_table(tmp_path / "quality" / "flags.parquet").to_pylist()
    assert {flag["id"] for flag in flags} == set(faults)
    gates = {one["name"]: one for one in json.loads((tmp_path / "quality" / "gate.json").read_text())["gates"]}
    assert gates["rows that leak across splits"]["passed"] is False and gates["rows of a benchmark"]["passed"] is None
    assert "no benchmark was named" in gates["rows of a benchmark"]["why"]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    rows, _ = planted(ROWS, 30, only=ANYWHERE)
    made(tmp_path, rows)
    first, second = ([path.read_bytes() for path in sorted((tmp_path / "quality").iterdir())] for _ in range(2) if gated(tmp_path, "--quiet"))
    assert first == second and len(first) == 4


def test_a_benchmark_must_stay_unseen(tmp_path: Path) -> None:
    text = ROWS[4]["messages"][0]["content"]
    held = tmp_path / "held.jsonl"
    held.write_text(json.dumps({"question": text}) + "\n")
    words = tmp_path / "words.yaml"
    words.write_text("embedder: ''\n")  # these rows are made of twenty words, and all mean much the same
    code, _, err = gated(made(tmp_path / "run", ROWS), "--benchmark", held, "--config", words)
    assert code == 1 and "rows of a benchmark: 1, must be at most 0" in err
    (tmp_path / "bad.jsonl").write_text("{")
    assert gated(tmp_path / "run", "--benchmark", tmp_path / "bad.jsonl")[::2] == (2, f"error: the benchmark {tmp_path}/bad.jsonl is not JSON in line 1.")


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[9:10]])
def test_small_runs_are_looked_at_too(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    code, _, err = gated(made(tmp_path, rows), "--quiet")
    assert code == (0 if rows else 1), err


def test_without_its_embedder_a_run_cannot_pass_and_says_why(tmp_path: Path) -> None:
    run = made(tmp_path / "run", ROWS)
    assert gated(run, "--quiet")[0] == 0 and (run / "quality" / "map.parquet").is_file()
    mine = tmp_path / "mine.yaml"
    mine.write_text("embedder: model2vec:nobody/nothing\n")
    code, _, err = gated(run, "--quiet", "--config", mine)
    assert code == 1 and "rows put otherwise: not known, since the embedder model2vec:nobody/nothing needs the package model2vec: pip install model2vec" in err
    told = json.loads((run / "quality" / "measures.json").read_text())
    assert "model2vec" in told["skipped"]["semantic"] and told["clusters"] == [] and not (run / "quality" / "map.parquet").exists()
    mine.write_text("embedder: ''\n")
    assert gated(run, "--quiet", "--config", mine)[0] == 0


def test_an_earlier_version_is_named_and_counted(tmp_path: Path) -> None:
    old, run = made(tmp_path / "old", ROWS[:30]), made(tmp_path / "run", ROWS)
    code, out, _ = gated(run, "--earlier", old)
    assert code == 0 and "rows already in an earlier version" in out and json.loads((run / "quality" / "gate.json").read_text())["earlier"] == [str(old)]
    measures = {one["name"]: one for one in json.loads((run / "quality" / "measures.json").read_text())["measures"]}
    assert measures["rows already in an earlier version"]["value"] == 0.1
    assert gated(run, "--earlier", tmp_path / "nowhere")[0] == 2


def test_bars_are_the_users_and_a_misprint_is_named(tmp_path: Path) -> None:
    run = made(tmp_path / "run", [row | {"split": "train"} for row in ROWS[:60]])
    mine = tmp_path / "mine.yaml"
    assert "held-out rows: 0, must be at least 1" in gated(run, "--quiet")[2]
    mine.write_text("at_least: {held-out rows: null}\n")
    assert gated(run, "--config", mine)[0] == 0
    mine.write_text("at_least: {heldout rows: 1}\n")
    code, _, err = gated(run, "--config", mine)
    assert code == 2 and "there is no gate 'heldout rows' below `at_least`; there are rows, held-out rows." in err


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    code, _, err = gated(tmp_path)
    assert code == 2 and "is no finished run: there is no manifest.json that can be read in it" in err
    made(tmp_path, ROWS[:3])
    (tmp_path / "kept.parquet").write_bytes(b"PAR1")
    code, _, err = gated(tmp_path)
    assert code == 2 and "cannot be read" in err
