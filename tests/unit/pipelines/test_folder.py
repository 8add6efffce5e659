"""The run folder: claimed by one process, there whole or not at all."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.folder import CELL, KEPT, REJECTED, Occupied, claimed, counts, fingerprint, finish, leave, made_before, manifest, write, write_rows
from tests.unit.conversation import CATALOG, TOOLS, done, row

ROW: dict[str, Any] = dict.fromkeys(("split", "tool", "server", "kind", "complexity", "error_case", "theme", "asker", "family"), "x") | {
    "id": "1", "seed": 3, "executed": True, "calls": "[]", "checks": ["a"], "tokens_in_weights": 4, "passport": "{}",
    "messages": row("> read a", [done("read_file", "A", path="a")], "< A").messages, "unheard": "of",
}  # fmt: skip


def test_a_run_is_made_beside_its_place_and_moved_there_when_it_is_done(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "one"
    with claimed(target, "f1", resume=False) as work:
        assert work == tmp_path / "runs" / "one.partial" and not target.exists()
        write(work / "final" / "manifest.json", '{"fingerprint": "f1"}')
        finish(work, target)
    assert [path.name for path in tmp_path.joinpath("runs").iterdir()] == ["one"]
    assert made_before(target, "f1") == {"fingerprint": "f1"} and made_before(target, "f2") is None


def test_an_unfinished_run_needs_resume_and_the_same_fingerprint(tmp_path: Path) -> None:
    target = tmp_path / "one"
    with claimed(target, "f1", resume=False):
        pass
    with pytest.raises(Occupied, match=r"holds an unfinished run\. Add --resume"), claimed(target, "f1", resume=False):
        pass
    with pytest.raises(Occupied, match="an unfinished run with other settings"), claimed(target, "f2", resume=True):
        pass
    with claimed(target, "f1", resume=True) as work:
        assert (work / "fingerprint").read_text() == "f1"
    leave(target)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    (tmp_path / "odd.partial").mkdir()
    (tmp_path / "odd.partial" / "thesis.tex").write_text("x")
    for name, said in (("file", "file is a file"), ("full", "full exists and is not empty"), ("odd", "holds something else")):
        with pytest.raises(Occupied, match=said), claimed(tmp_path / name, "f1", resume=True):
            pass
    assert (tmp_path / "full" / "thesis.tex").exists() and (tmp_path / "odd.partial" / "thesis.tex").exists()


def test_an_empty_folder_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with claimed(tmp_path / "one", "f1", resume=False) as work:
        write(work / "final" / "x", "x")
        finish(work, tmp_path / "one")
    assert (tmp_path / "one" / "x").read_text() == "x"


def hold(target: Path, ready: Any, go: Any) -> None:
    with claimed(target, "f1", resume=True):
        ready.set()
        go.wait(20)


def test_two_processes_never_write_to_one_run(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    ready, go = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path / "one", ready, go))
    other.start()
    try:
        assert ready.wait(20)
        with pytest.raises(Occupied, match="another run is writing to"), claimed(tmp_path / "one", "f1", resume=True):
            pass
    finally:
        go.set()
        other.join(20)
    with claimed(tmp_path / "one", "f1", resume=True):
        pass


def test_a_fingerprint_follows_settings_and_tools_alone() -> None:
    first = fingerprint("phase3", {"rows": 1}, CATALOG)
    assert len(first) == 12 and first == fingerprint("phase3", {"rows": 1}, CATALOG)
    other = CATALOG.model_copy(update={"tools": (TOOLS[0].model_copy(update={"description": "another"}), *TOOLS[1:])})
    assert len({first, fingerprint("phase3", {"rows": 2}, CATALOG), fingerprint("phase4", {"rows": 1}, CATALOG), fingerprint("phase3", {"rows": 1}, other)}) == 4


def test_the_same_rows_give_the_same_bytes_and_come_back_whole(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_rows([ROW], [ROW | {"reject_reason": "ask: x", "requests": ["read a"], "script": "{}"}], tmp_path / name, CELL)
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in ("kept.parquet", "rejected.parquet"))
    kept, rejected = (pq.read_table(tmp_path / "a" / f"{name}.parquet") for name in ("kept", "rejected"))
    first = ["id", "split", "tool", "server", "kind", "complexity", "error_case", "theme", "asker", "family"]
    assert kept.schema.names == [*first, *KEPT.names] and rejected.schema.names == [*first, *REJECTED.names]
    (back,) = kept.to_pylist()
    assert json.loads(back["messages"][2]["tool_calls"][0]["function"]["arguments"]) == {"path": "a"}
    assert rejected.to_pylist()[0]["reject_reason"] == "ask: x"


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    write_rows([], [], tmp_path, CELL)
    assert pq.read_table(tmp_path / "kept.parquet").num_rows == 0


def test_a_manifest_names_versions(tmp_path: Path) -> None:
    manifest(tmp_path, seed=3)
    facts = json.loads((tmp_path / "manifest.json").read_text())
    assert facts["seed"] == 3 and facts["versions"]["distilabel"] == "1.5.3"


def test_counts_fall_and_ties_stand_by_name() -> None:
    assert list(counts([{"a": "z"}, {"a": "y"}, {"a": "x"}, {"a": "x"}], "a").items()) == [("x", 2), ("y", 1), ("z", 1)]
    assert counts([{"a": "z", "b": 1}], "a", "b") == {"z/1": 1}
