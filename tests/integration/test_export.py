"""The export command on real runs: every format, loaded again by what reads it; what is refused, and what falls short."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from anthropic.types import MessageParam, ToolParam
from datasets import load_dataset
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter

from pipelines import export, phase1_system_prompt, phase3_tools
from steps.formats import FORMATS
from tests.integration.test_models import go

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of phase 3 without servers, one of phase 1, and a whole that is made of both."""
    folder = tmp_path_factory.mktemp("runs")
    assert go(phase3_tools.main, "--rows", 120, "--offline", "--out", folder / "phase3").code == 0
    assert go(phase1_system_prompt.main, "--rows", 60, "--out", folder / "phase1").code == 0
    tables = {phase: pq.read_table(folder / phase / "kept.parquet", columns=["id", "split", "messages"]).to_pylist() for phase in ("phase1", "phase3")}
    rows = [row | {"id": f"{phase}-{row['id']}", "phase": phase} for phase, found in tables.items() for row in found]
    rehearsed = {"id": "phase5-x", "split": "train", "phase": "phase5", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}]}
    (folder / "whole").mkdir()
    pq.write_table(pa.Table.from_pylist([*rows, rehearsed]), folder / "whole" / "kept.parquet")
    (folder / "whole" / "manifest.json").write_text(json.dumps({"phase": "phase5", "runs": {phase: str(folder / phase) for phase in tables}}))
    return folder


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("phase", ["phase1", "phase3", "whole"])
def test_every_format_and_variant_is_written_and_breaks_no_rule(runs: Path, phase: str, tmp_path: Path) -> None:
    done = go(export.main, runs / phase, "--format", "all", "--json", "--out", tmp_path)
    told = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    kept = Counter(pq.read_table(runs / phase / "kept.parquet", columns=["split"])["split"].to_pylist())
    assert {(one["format"], one["variant"]) for one in told["exports"]} == {(name, variant) for name in FORMATS for variant in ("full", "in-weights")}
    assert all(one["rows"] + one["left_out"] == kept[one["split"]] and not one["faults"] for one in told["exports"])
    assert sorted(told["files"]) == sorted(str(path) for path in tmp_path.rglob("*") if path.is_file() and path.name != "left-out.json")


def test_the_manual_of_a_row_is_that_of_its_phase(runs: Path, tmp_path: Path) -> None:
    assert go(export.main, runs / "whole", "--format", "parquet", "--variant", "full", "--out", tmp_path).code == 0
    manual = (runs / "phase1" / "manual.md").read_text().strip()
    found = {row["id"]: row for row in pq.read_table(tmp_path / "parquet-full" / "train.parquet").to_pylist()}
    for name, row in found.items():
        first = row["messages"][0]["content"] if row["messages"][0]["role"] == "system" else ""
        assert (first.startswith(manual), row["tools"] != "[]") == {"phase1": (True, True), "phase3": (False, True), "phase5": (False, False)}[name.partition("-")[0]]


def test_the_minimal_prompt_stands_before_rows_in_weights_alone(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("minimal_prompt: You work for Ada.\n")
    assert go(export.main, runs / "whole", "--format", "openai", "--config", tmp_path / "my.yaml", "--out", tmp_path).code == 0
    for line in lines(tmp_path / "openai-in-weights" / "train.jsonl"):
        assert line["messages"][0]["role"] == "system" and line["messages"][0]["content"].startswith("You work for Ada.")
    assert "You work for Ada." not in (tmp_path / "openai-full" / "train.jsonl").read_text()


def test_datasets_loads_what_trl_reads_as_it_was_written(runs: Path, tmp_path: Path) -> None:
    assert go(export.main, runs / "phase3", "--format", "trl", "--format", "parquet", "--out", tmp_path).code == 0
    for name, kind in (("trl-full/train.jsonl", "json"), ("parquet-full/train.parquet", "parquet")):
        loaded = load_dataset(kind, data_files=str(tmp_path / name), split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == sum(split == "train" for split in pq.read_table(runs / "phase3" / "kept.parquet")["split"].to_pylist())
        assert {tool["function"]["name"] for tool in json.loads(loaded[0]["tools"])} >= {"git_status", "read_query"}
        if kind == "json":
            assert [row["messages"] for row in loaded] == [line["messages"] for line in lines(tmp_path / name)]


@pytest.mark.parametrize("phase", ["phase1", "phase3"])
def test_the_providers_own_packages_take_what_is_written(runs: Path, phase: str, tmp_path: Path) -> None:
    assert go(export.main, runs / phase, "--format", "openai", "--format", "anthropic", "--out", tmp_path).code == 0
    for name, message, tool in (("openai", ChatCompletionMessageParam, ChatCompletionToolParam), ("anthropic", MessageParam, ToolParam)):
        messages, tools = TypeAdapter(list[message]), TypeAdapter(list[tool])  # type: ignore[valid-type]
        for variant in ("full", "in-weights"):
            for line in lines(tmp_path / f"{name}-{variant}" / "train.jsonl"):
                messages.validate_python(line["messages"])
                tools.validate_python(line.get("tools", []))


def test_only_the_last_turn_is_trained_where_that_is_asked_for(runs: Path, tmp_path: Path) -> None:
    assert go(export.main, runs / "phase3", "--format", "openai", "--variant", "in-weights", "--last", "--out", tmp_path).code == 0
    weighed = 0
    for line in lines(tmp_path / "openai-in-weights" / "train.jsonl"):
        asked = max(place for place, message in enumerate(line["messages"]) if message["role"] == "user")
        for place, message in enumerate(line["messages"]):
            assert message.get("weight") == (0 if message["role"] == "assistant" and place < asked else None)
            weighed += "weight" in message
    assert weighed > 5


def test_the_same_run_gives_the_same_bytes(runs: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert go(export.main, runs / "phase1", "--format", "all", "--out", tmp_path / name).code == 0
    made = [{path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()} for name in ("a", "b")]
    assert made[0] == made[1] and len(made[0]) > 60


def test_a_file_with_too_few_rows_is_a_fault_and_exit_code_1(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "phase3", tmp_path / "few")
    table = pq.read_table(tmp_path / "few" / "kept.parquet")
    pq.write_table(table.slice(0, 8), tmp_path / "few" / "kept.parquet")
    done = go(export.main, tmp_path / "few", "--format", "openai", "--out", tmp_path / "out")
    assert done.code == 1 and "break rules of their format" in done.err and "a training file has at least 10" in done.err
    assert "a training file has at least 10" in done.out


def test_without_its_manual_a_run_is_exported_in_weights_alone(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "phase1", tmp_path / "old")
    (tmp_path / "old" / "manual.md").unlink()
    done = go(export.main, tmp_path / "old", "--format", "openai", "--out", tmp_path / "out")
    assert done.code == 1
    assert f"the full variant is left out: {tmp_path / 'old'} has no manual.md that can be read. Make the run of phase1 again." in " ".join((done.out + done.err).split())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["openai-in-weights"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "--format must be given; there are openai, anthropic, "),
        (("--format", "opena"), "there is no format 'opena'; did you mean openai? There are openai, "),
        (("--format", "openai", "--variant", "lean"), "--variant lean: there are full, in-weights and both."),
    ],
)
def test_what_is_asked_wrongly_is_said_in_a_sentence(runs: Path, flags: tuple[str, ...], says: str) -> None:
    done = go(export.main, runs / "phase3", *flags)
    assert done.code == 2 and says in " ".join(done.err.split())


def test_what_is_no_run_is_refused(tmp_path: Path, runs: Path) -> None:
    done = go(export.main, tmp_path, "--format", "openai")
    assert done.code == 2 and "is no finished run" in done.err
    shutil.copytree(runs / "phase3", tmp_path / "damaged")
    (tmp_path / "damaged" / "kept.parquet").write_text("PAR1 nothing")
    done = go(export.main, tmp_path / "damaged", "--format", "openai")
    assert done.code == 2 and "cannot be read" in done.err


def test_a_place_that_cannot_be_written_is_named(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = go(export.main, runs / "phase3", "--format", "openai", "--out", tmp_path / "taken")
    assert done.code == 2 and f"{tmp_path / 'taken'} cannot be written: Not a directory. Make room, or give another --out." in " ".join(done.err.split())


def test_the_formats_are_listed() -> None:
    done = go(export.main, "--list")
    assert done.code == 0 and all(name in done.out for name in FORMATS)
    done = go(export.main, "--format", "openai")
    assert done.code == 2 and "a run folder must be given" in done.err


def test_a_phase_ends_with_the_formats_of_its_settings(tmp_path: Path) -> None:
    for names, made in (("[mlx, alpaca]", {"mlx-in-weights", "alpaca-in-weights"}), ("[]", set())):
        (tmp_path / "my.yaml").write_text(f"exports: {names}\nvariants: [in-weights]\n")
        out = tmp_path / f"run{len(made)}"
        assert go(phase3_tools.main, "--rows", 20, "--offline", "--config", tmp_path / "my.yaml", "--out", out).code in (0, 1)
        assert {path.name for path in (out / "exports").glob("*")} == made
        files = json.loads((out / "manifest.json").read_text())["exports"]["files"]
        assert {f"{one['format']}-{one['variant']}" for one in files} == made
    (tmp_path / "my.yaml").write_text("exports: [gemin]\n")
    done = go(phase3_tools.main, "--rows", 20, "--offline", "--config", tmp_path / "my.yaml", "--out", tmp_path / "no")
    assert done.code == 2 and "there is no format 'gemin'; did you mean gemini?" in " ".join(done.err.split()) and not (tmp_path / "no").exists()
