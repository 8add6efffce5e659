"""Versions of a dataset: published to a folder and to a Hub on loopback, read by `datasets`, brought back, refused, and cut off at every request."""

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from huggingface_hub import constants
from typer.testing import CliRunner

from knowledge.guard import guard
from pipelines import folder as run_folder
from pipelines import gate, hub, phase3_tools, publish, pull, report
from pipelines.release import dumped
from tests.hub import Fault, Hub
from tests.integration.conftest import ROOT, Done

pytestmark = pytest.mark.integration
LISTING = Path(__file__).parent / "servers" / "tools_list.json"
NAME = "org/books"
LOAD = """
import json, sys
from datasets import load_dataset
found = load_dataset(*sys.argv[1:3], **({"revision": sys.argv[3]} if len(sys.argv) > 3 else {}))
print(json.dumps({split: rows.to_list() for split, rows in found.items()}))
"""


def go(main: Callable[..., None], *flags: object, **env: str) -> Done:
    """A command within this process."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    cli.command()(main)
    guard().open()
    done = CliRunner().invoke(cli, [str(flag) for flag in flags], env={"COLUMNS": "160", **env}, catch_exceptions=False)
    return Done(done.exit_code, done.stdout, done.stderr)


@dataclass(frozen=True)
class Runs:
    """Two runs of which one tool's description is all that differs."""

    one: Path
    two: Path


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("runs")
    text = LISTING.read_text()
    found = []
    for name, listing in (("one", text), ("two", text.replace("Find books in the library by title or author.", "Search the shelves of the library by title or by author."))):
        source = folder / name / "library" / "tools_list.json"
        source.parent.mkdir(parents=True)
        source.write_text(listing)
        done = go(phase3_tools.main, "--source", source, "--offline", "--rows", 60, "--quiet", "--out", folder / name / "run")
        assert (done.code, done.sentence) == (0, "")
        found.append(folder / name / "run")
    return Runs(*found)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub, and this process's clients told to talk to it."""
    monkeypatch.setattr(hub, "PAUSE", 0.0)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    with Hub(tmp_path / "hub") as found:
        for name, value in (
            ("ENDPOINT", found.url),
            ("HUGGINGFACE_CO_URL_TEMPLATE", f"{found.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"),
            ("HF_HUB_CACHE", str(tmp_path / "cache")),
            ("HF_HUB_DISABLE_XET", True),
            ("HF_HUB_OFFLINE", False),
        ):
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", "hf_owner")
        yield found


def rows_of(folder: Path, name: str = "kept") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in pq.read_table(folder / f"{name}.parquet").to_pylist()}


def loaded(env: dict[str, str], *words: str) -> dict[str, list[dict[str, Any]]]:
    """What `datasets` loads, in a process that has nothing of this project."""
    done = subprocess.run([sys.executable, "-I", "-W", "ignore", "-c", LOAD, *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def holds(folder: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    """Every row of the run, in its split, and no other."""
    assert {row["id"]: row for rows in found.values() for row in rows} == rows_of(folder)
    assert all(row["split"] == split for split, rows in found.items() for row in rows)


def told(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    return json.loads(done.out)  # type: ignore[no-any-return]


def quiet_home(tmp_path: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HF_")} | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}


def test_a_folder_holds_versions_that_datasets_loads_and_pull_brings_back(runs: Runs, tmp_path: Path) -> None:
    to = f"local:{tmp_path / 'books'}"
    first = told(go(publish.main, runs.one, "--to", to, "--json"))
    assert (first["version"], first["published"], first["before"]) == ("1.0.0", True, "")
    again = go(publish.main, runs.one, "--to", to)
    assert again.code == 0 and f"{to} v1.0.0 holds just this; nothing is sent." in again.err
    planned = told(go(publish.main, runs.two, "--to", to, "--plan", "--json"))
    second = told(go(publish.main, runs.two, "--to", to, "--json"))
    assert not planned["published"] and second["published"] and planned["rows"] == second["rows"]
    assert (second["version"], second["level"], second["before"]) == ("1.1.0", "minor", "1.0.0")
    assert len(second["units"]) == 1 and "tools_list.json" in second["units"][0] and "was changed: find_book" in second["units"][0]
    before, after = rows_of(runs.one), rows_of(runs.two)
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {row["id"] for row in second["rows"]} == differ and 0 < len(differ) < len(before)
    env = quiet_home(tmp_path)
    for version, folder in (("1.0.0", runs.one), ("1.1.0", runs.two)):
        holds(folder, loaded(env, str(tmp_path / "books" / f"v{version}"), "phase3"))
        out = tmp_path / f"pulled-{version}"
        [back] = told(go(pull.main, f"{to}@v{version}", "--out", out, "--json"))["runs"].values()
        assert rows_of(Path(back["folder"])) == rows_of(folder)
        assert (Path(back["folder"]) / "kept.parquet").read_bytes() == (folder / "kept.parquet").read_bytes()
        assert go(gate.main, back["folder"], "--quiet").code == 0
        assert go(report.main, back["folder"], "--quiet").code == 0
    assert (tmp_path / "books" / "v1.1.0" / "CHANGELOG.md").read_text().count("\n## v1.") == 2


def test_no_file_names_a_place_of_this_machine(runs: Runs, tmp_path: Path) -> None:
    assert go(publish.main, runs.one, "--to", f"local:{tmp_path / 'books'}", "--quiet").code == 0
    shutil.unpack_archive(tmp_path / "books" / "v1.0.0" / "run" / "phase3.zip", tmp_path / "books" / "unpacked")
    for path in (tmp_path / "books").rglob("*"):
        if path.is_file() and path.suffix != ".zip":
            found = path.read_bytes() if path.suffix != ".parquet" else json.dumps(pq.read_table(path).to_pylist()).encode()
            assert str(runs.one.parent).encode() not in found and str(tmp_path).encode() not in found, path


def test_the_hub_holds_versions_and_only_changed_files_are_sent(runs: Runs, server: Hub, tmp_path: Path) -> None:
    first = told(go(publish.main, runs.one, "--to", NAME, "--json"))
    whole = server.sent("PUT") + server.sent("POST", "/commit/")
    assert server.repositories[NAME].private
    server.forget()
    second = told(go(publish.main, runs.two, "--to", NAME, "--json"))
    assert server.sent("PUT") + server.sent("POST", "/commit/") < whole and second["sent"] < first["sent"]
    env = server.environment(tmp_path / "home", "hf_owner")
    for version, folder in (("v1.0.0", runs.one), ("v1.1.0", runs.two)):
        holds(folder, loaded(env, NAME, "phase3", version))
        [back] = told(go(pull.main, f"{NAME}@{version}", "--out", tmp_path / version, "--json"))["runs"].values()
        assert rows_of(Path(back["folder"])) == rows_of(folder)
    server.forget()
    assert "nothing is sent" in go(publish.main, runs.two, "--to", NAME).err
    assert server.sent("PUT") == 0 and not [seen for seen in server.requests if "/commit/" in seen.path]
    assert go(publish.main, runs.one, "--to", "org/open", "--public", "--quiet").code == 0 and not server.repositories["org/open"].private


@pytest.mark.parametrize("cut", ["before", "during", "after"])
def test_a_cut_at_any_request_breaks_no_version_and_a_second_try_succeeds(runs: Runs, server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    assert go(publish.main, runs.one, "--to", NAME, "--quiet").code == 0
    kept, bodies = copy.deepcopy(server.repositories), set(server.bodies.folder.iterdir())
    server.forget()
    assert go(publish.main, runs.two, "--to", NAME, "--quiet").code == 0
    number, wanted = len(server.requests), server.repositories[NAME]
    tagged = {name: wanted.commits[oid].files for name, oid in wanted.tags.items()}
    monkeypatch.setattr(hub, "TRIES", 1)
    broken = 0
    for at in range(1, number + 1):
        server.repositories = copy.deepcopy(kept)
        for body in set(server.bodies.folder.iterdir()) - bodies:
            body.unlink()
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        server.forget()
        server.faults = [Fault(at=at, onwards=True, cut=cut)]  # type: ignore[arg-type]
        done = go(publish.main, runs.two, "--to", NAME, "--quiet")
        broken += done.code != 0
        assert done.code == 0 or (done.code == 1 and "Nothing that was published before has changed" in done.sentence), done.err
        server.forget()
        here = server.repositories[NAME]
        assert here.commits[here.tags["v1.0.0"]].files == tagged["v1.0.0"]
        assert here.tags.keys() <= tagged.keys() and all(here.commits[oid].files.keys() == tagged[name].keys() for name, oid in here.tags.items())
        assert go(publish.main, runs.two, "--to", NAME, "--quiet").code == 0
        assert {path: entry.sha256 for path, entry in here.commits[here.tags["v1.1.0"]].files.items()} == {path: entry.sha256 for path, entry in tagged["v1.1.0"].items()}
    assert broken >= number - 2


def test_a_busy_hub_is_asked_again(runs: Runs, server: Hub) -> None:
    for status in (429, 500, 503):
        server.faults = [Fault(path="/commit/", status=status, times=2, headers={"Retry-After": "0"}), Fault(method="POST", path="/tag/", status=status, times=1)]
        assert go(publish.main, runs.one, "--to", f"org/busy{status}", "--quiet").code == 0
        assert list(server.repositories[f"org/busy{status}"].tags) == ["v1.0.0"]


@pytest.mark.parametrize(
    ("fault", "token", "name", "says"),
    [
        (None, "hf_nobody", NAME, "does not know who you are. Set HF_TOKEN"),
        (None, "hf_reader", NAME, "It needs write access, and the name must be yours"),
        (None, "hf_owner", "somebody/books", "the name must be yours or your organisation's"),
        (Fault(path="/commit/", status=412), "hf_owner", NAME, "somebody else has published in the meantime"),
        (Fault(path="/commit/", status=413), "hf_owner", NAME, "takes no files that large"),
        (Fault(path="validate-yaml", status=400, message="licence: unknown"), "hf_owner", NAME, "the Hub does not take the card"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_sentence(runs: Runs, server: Hub, monkeypatch: pytest.MonkeyPatch, fault: Fault | None, token: str, name: str, says: str) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    server.faults = [fault] if fault else []
    done = go(publish.main, runs.one, "--to", name, "--quiet")
    assert (done.code, done.sentence.count("\n")) == (1, 0) and says in done.sentence and done.sentence.startswith(name)
    assert not server.repositories.get(name) or not server.repositories[name].tags


def test_versions_that_do_not_fit_are_refused(runs: Runs, tmp_path: Path) -> None:
    to = f"local:{tmp_path / 'books'}"
    assert go(publish.main, runs.one, "--to", to, "--version", "2.3.0", "--quiet").code == 0
    for version, says in (
        ("2.3.0", "has a v2.3.0 already, and a version is never changed. What follows from the changes is 2.4.0."),
        ("2.2.9", "is not above the last one, 2.3.0"),
        ("2.3.1", "promises less than was changed"),
        ("next", "is no version: write it as 1.2.0"),
    ):
        done = go(publish.main, runs.two, "--to", to, "--version", version, "--quiet")
        assert done.code == 1 and says in done.sentence, done.sentence
    assert told(go(publish.main, runs.two, "--to", to, "--version", "v3.0.0", "--json"))["version"] == "3.0.0"
    assert "owner/name for the Hub" in go(publish.main, runs.one, "--to", "books").sentence
    assert "has no version v9.9.9; it has v2.3.0, v3.0.0" in go(pull.main, f"{to}@v9.9.9").sentence


def remade(run: Path, to: Path, **facts: Any) -> Path:
    """A copy of a run whose last three rows were rejected."""
    shutil.copytree(run, to)
    kept = pq.read_table(run / "kept.parquet").to_pylist()
    run_folder.write_rows(kept[:-3], [row | {"reject_reason": "judge: of no use"} for row in kept[-3:]], to, run_folder.CELL)
    known = json.loads((run / "manifest.json").read_text())
    known |= {"rows": {"planned": len(kept), "kept": len(kept) - 3, "rejected": 3}, "files": {name: run_folder.sha256(to / name) for name in known["files"]}} | facts
    (to / "manifest.json").write_bytes(dumped(known))
    return to


def test_rejected_rows_are_published_when_asked_for(runs: Runs, tmp_path: Path) -> None:
    run = remade(runs.one, tmp_path / "run")
    env = quiet_home(tmp_path)
    assert go(publish.main, run, "--to", f"local:{tmp_path / 'without'}", "--quiet").code == 0
    assert go(publish.main, run, "--to", f"local:{tmp_path / 'with'}", "--rejected", "--quiet").code == 0
    [rows] = loaded(env, str(tmp_path / "with" / "v1.0.0"), "rejected").values()
    assert {row["id"]: row["reject_reason"] for row in rows} == {name: row["reject_reason"] for name, row in rows_of(run, "rejected").items()} and len(rows) == 3
    for name in ("with", "without"):
        [back] = told(go(pull.main, f"local:{tmp_path / name}", "--out", tmp_path / f"pulled-{name}", "--json"))["runs"].values()
        assert len(rows_of(Path(back["folder"]), "rejected")) == (3 if name == "with" else 0)
        assert go(gate.main, back["folder"], "--quiet").code == 0
    assert rows_of(
        tmp_path / "pulled-with" / "phase3" / run_folder.made_before(run, json.loads((run / "manifest.json").read_text())["fingerprint"])["fingerprint"], "rejected"
    ) == rows_of(run, "rejected")  # type: ignore[index]


def test_a_run_that_fell_short_or_was_edited_is_refused(runs: Runs, tmp_path: Path) -> None:
    to = f"local:{tmp_path / 'books'}"
    lost = remade(runs.one, tmp_path / "lost", rows={"planned": 99, "kept": 57, "rejected": 3})
    done = go(publish.main, lost, "--to", to)
    assert done.code == 1 and "falls short of lost rows" in done.sentence and '--force "the reason"' in done.sentence and not (tmp_path / "books").exists()
    assert "needs a reason" in go(publish.main, lost, "--to", to, "--force", "why not").sentence
    reason = "the lost rows were a rehearsal of the plan"
    assert go(publish.main, lost, "--to", to, "--force", reason, "--quiet").code == 0
    card = (tmp_path / "books" / "v1.0.0" / "README.md").read_text()
    assert f"**Published although gates fell short**, since: {reason}" in card and "short: lost rows" in card
    edited = remade(runs.one, tmp_path / "edited")
    (edited / "tools.json").write_text("[]")
    assert f"{edited / 'tools.json'} is not what the run's manifest.json says" in go(publish.main, edited, "--to", to).sentence
    assert "is no finished run" in go(publish.main, tmp_path, "--to", to).sentence
    done = go(publish.main, runs.one, lost, "--to", to)
    assert done.code == 1 and "are both of phase3" in done.sentence


def test_what_was_changed_after_it_was_published_is_not_pulled(runs: Runs, tmp_path: Path) -> None:
    to = f"local:{tmp_path / 'books'}"
    assert go(publish.main, runs.one, "--to", to, "--quiet").code == 0
    shard = next((tmp_path / "books" / "v1.0.0" / "phase3").glob("train-*"))
    shard.write_bytes(shard.read_bytes() + b" ")
    done = go(pull.main, to, "--out", tmp_path / "pulled")
    assert done.code == 1 and f"phase3/{shard.name}" in done.sentence and "is not what its manifest says" in done.sentence and not list((tmp_path / "pulled").rglob("kept.parquet"))
    assert "has no version yet" in go(pull.main, f"local:{tmp_path / 'nothing'}").sentence


def test_there_is_no_room_for_the_shards(runs: Runs, tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    (small_disk / "full").write_bytes(bytes(150_000))
    done = go(publish.main, runs.one, "--to", f"local:{tmp_path / 'books'}")
    assert done.code == 1 and "there is no room for the shards" in done.sentence and not (tmp_path / "books").exists()


def test_the_commands_find_the_hub_by_its_variable_and_take_xet_where_it_is(runs: Runs, tmp_path: Path) -> None:
    with Hub(tmp_path / "hub") as server:
        env = server.environment(tmp_path / "home", "hf_owner", xet=True) | {"PYTHONPATH": str(ROOT)}
        line = [sys.executable, "-W", "ignore", "-m"]
        done = subprocess.run([*line, "pipelines.publish", str(runs.one), "--to", NAME], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and f"published {NAME} v1.0.0" in done.stdout, done.stderr
        assert [seen for seen in server.requests if "/v1/xorbs" in seen.path]
        back = subprocess.run([*line, "pipelines.pull", NAME, "--out", str(tmp_path / "out"), "--json"], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert back.returncode == 0 and rows_of(Path(json.loads(back.stdout)["runs"]["phase3"]["folder"])) == rows_of(runs.one), back.stderr
