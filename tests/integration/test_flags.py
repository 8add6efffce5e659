"""The flags, and the promise that a seed decides every byte."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.conftest import ROWS, Done, Fake, Unbroken, made, run

pytestmark = pytest.mark.integration
LISTING = Path(__file__).parent / "servers" / "tools_list.json"


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(fake: Fake, limits: str, tmp_path: Path, unbroken: Unbroken) -> None:
    flags = ("--source", fake(), "--config", limits, "--rows", ROWS, "--quiet")
    assert run(*flags, "--out", tmp_path / "again").code == 0
    assert made(tmp_path / "again") == unbroken.made
    assert run(*flags, "--seed", 1, "--out", tmp_path / "other").code == 0
    other = made(tmp_path / "other")
    same = {name for name in other if other[name] == unbroken.made[name]}
    assert "tools.json" in same and not same & {"kept.parquet", "values.parquet", *(name for name in other if name.startswith("exports/") and "train" in name)}


def test_the_plan_is_printed_and_nothing_is_made(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("--source", LISTING, "--offline", "--plan", "--rows", 50, "--out", tmp_path / "out")
    assert done.code == 0
    assert "50 rows would be made, in " in done.out
    assert "No row was made." in done.out
    assert list(tmp_path.iterdir()) == []


def test_the_plan_for_machines_is_one_json_object(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("--source", LISTING, "--offline", "--plan", "--json", "--rows", 50, "--out", tmp_path / "out")
    plan = json.loads(done.out)
    assert (done.code, done.err, sorted(plan), plan["rows"], sum(plan["cells"].values())) == (0, "", ["cells", "excluded", "rows", "splits"], 50, 50)
    assert list(tmp_path.iterdir()) == []


def test_offline_rows_hold_calls_and_no_results(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("--source", LISTING, "--offline", "--rows", 40, "--json", "--out", tmp_path / "out")
    summary = json.loads(done.out)
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1)
    kept, rejected = (pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in ("kept", "rejected"))
    assert summary["rows"] == {"planned": len(kept) + len(rejected), "kept": len(kept), "rejected": len(rejected)}
    assert len({row["id"].partition("-")[0] for row in kept + rejected}) == 40
    assert len({row["id"] for row in kept + rejected}) == len(kept) + len(rejected)
    assert {row["executed"] for row in kept} == {False}
    assert {message["role"] for row in kept for message in row["messages"]} == {"system", "user", "assistant"}
    assert {call["by"] for row in kept for call in json.loads(row["calls"])} == {"nobody"}
    assert summary["cells"]["empty"] == []
    assert all(reason for row in rejected if (reason := row["reject_reason"]) or pytest.fail("a rejected row has no reason"))


def test_one_row_can_be_made(fake: Fake, limits: str, tmp_path: Path) -> None:
    done = run("--source", fake(), "--config", limits, "--rows", 1, "--quiet", "--out", tmp_path / "out")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert pq.read_table(tmp_path / "out" / "kept.parquet").num_rows == 1


def test_a_run_without_out_is_not_made_twice(command: Callable[..., Done], tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(f"out: {tmp_path}/runs\n")
    flags = ("--source", LISTING, "--offline", "--rows", 5, "--config", config)
    first, second = command(*flags), command(*flags)
    assert (first.code, second.code) == (0, 0)
    (folder,) = (tmp_path / "runs" / "phase3").iterdir()
    assert f"{folder} was made before from the same sources, settings and code." in second.err
    assert "was made before" not in first.err


def test_two_sources_add_up_and_name_their_tools_apart(command: Callable[..., Done], limits: str, tmp_path: Path) -> None:
    other = tmp_path / "library"
    other.mkdir()
    (other / "tools_list.json").write_bytes(LISTING.read_bytes())
    done = command("--source", LISTING, "--source", other / "tools_list.json", "--source", LISTING, "--offline", "--plan", "--json", "--rows", 30, "--config", limits)
    tools = {cell.split("/")[0] for cell in json.loads(done.out)["cells"]}
    assert {"servers.servers__find_book", "library.library__find_book"} <= tools
