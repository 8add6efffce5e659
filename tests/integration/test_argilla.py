"""The Argilla server of one's own, real and whole: started as a person starts it, filled by Argilla's SDK, asked as the page asks, killed and healed."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipelines.argilla import environment
from pipelines.argilla.credentials import FILE, Credentials
from pipelines.command import Stopped
from pipelines.console import Console
from tests.argilla import server

pytest.importorskip("argilla", reason="argilla is not installed (requirements/review.txt)")
pytestmark = pytest.mark.integration
NUMBER = 60
CHROMIUM = shutil.which("chromium")


@dataclass
class Running:
    """A server with a dataset."""

    data: Path
    kept: Credentials
    said: str
    client: Any
    dataset: Any

    @property
    def line(self) -> Any:
        """The host's connection."""
        return self.client.api.http_client

    def find(self, **body: Any) -> list[dict[str, Any]]:
        """What the page's search finds."""
        done = self.line.post(f"/api/v1/datasets/{self.dataset.id}/records/search?limit=200", json=body)
        assert done.status_code == 200, done.text
        assert done.json()["total"] >= len(done.json()["items"])
        return [item["record"] for item in done.json()["items"]]

    def words(self, text: str, field: str | None = None) -> set[str]:
        """The records that a search for words finds."""
        return {record["external_id"] for record in self.find(query={"text": {"q": text} | ({"field": field} if field else {})})}


@pytest.fixture(scope="session")
def python() -> Path:
    """The server's environment."""
    try:
        return environment.python(Console(quiet=True))
    except Stopped as error:
        pytest.skip(f"the server's environment cannot be made: {error}")


@pytest.fixture(scope="session")
def running(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with rows on it."""
    data = tmp_path_factory.mktemp("argilla") / "data"
    first = server.review("up", "--data", data, "--port", server.free_port())
    assert first.returncode == 0, first.stderr
    with server.running(data) as kept:
        client = server.client(kept)
        dataset = server.dataset(client, "phase3", overlap=2)
        dataset.records.log(server.rows(NUMBER))
        yield Running(data, kept, first.stdout, client, client.datasets("phase3", workspace="review"))


@pytest.fixture
def own(python: Path, tmp_path: Path) -> Path:
    """A folder for a server of the test's own, which is stopped afterwards."""
    yield tmp_path / "own"
    server.review("down", "--data", tmp_path / "own")


def processes(data: Path) -> list[psutil.Process]:
    """What runs for the server on a folder."""
    return [psutil.Process(number) for number in json.loads((data / "running.json").read_text()).values()]


def gone(these: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether processes end within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in these):
            return True
        time.sleep(0.05)
    return False


def ids(rows: list[Any]) -> set[str]:
    return {str(row.id) for row in rows}


def test_the_password_is_shown_once_and_lies_in_one_file(running: Running) -> None:
    kept, said = running.kept, server.review("up", "--data", running.data).stdout
    assert kept.password in running.said and kept.key in running.said and running.kept.url in said
    assert kept.password not in said and kept.key not in said
    assert stat.S_IMODE((running.data / FILE).stat().st_mode) == 0o600 and stat.S_IMODE(running.data.stat().st_mode) == 0o700
    holding = [path.name for path in running.data.rglob("*") if path.is_file() and kept.password.encode() in path.read_bytes()]
    assert holding == [FILE]
    for process in processes(running.data):
        assert kept.key not in " ".join([*process.cmdline(), *process.environ().values()])


def test_nobody_else_on_the_network_reaches_it(running: Running) -> None:
    listening = {line.laddr.ip for one in processes(running.data) for child in (one, *one.children(recursive=True)) for line in child.net_connections() if line.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def test_words_are_found_in_all_fields_and_in_one(running: Running) -> None:
    rows = server.rows(NUMBER)
    commit = ids([row for row in rows if "commit" in row.fields["conversation"][0]["content"]])
    assert 0 < len(commit) < NUMBER and running.words("commit") == commit
    assert running.words("commit", "conversation") == commit and running.words("commit", "rule") == set()
    assert running.words('"the commit of yesterday"') == commit and running.words('"yesterday of commit"') == set()
    assert running.words("commit -yesterday") == set() and running.words("commi*") == commit
    assert running.words('"number 7" rule') == {"row-0-7"} and running.words("commit | file") > commit
    assert running.words('"unclosed (and - odd') == set()


def test_metadata_and_suggestions_filter(running: Running) -> None:
    rows = server.rows(NUMBER)
    tool = {"type": "terms", "scope": {"entity": "metadata", "metadata_property": "tool"}, "values": ["git_log", "query"]}
    turns = {"type": "range", "scope": {"entity": "metadata", "metadata_property": "turns"}, "ge": 5, "le": 6}
    found = running.find(filters={"and": [tool, turns]})
    assert {one["external_id"] for one in found} == ids([row for row in rows if row.metadata["tool"] in ("git_log", "query") and 5 <= row.metadata["turns"] <= 6]) != set()
    kept = {"type": "terms", "scope": {"entity": "suggestion", "question": "verdict", "property": "value"}, "values": ["fix"]}
    assert len(running.find(filters={"and": [kept]})) == sum(row.suggestions["verdict"].value == "fix" for row in rows) > 0


def test_sorting_by_metadata(running: Running) -> None:
    by = [{"scope": {"entity": "metadata", "metadata_property": "turns"}, "order": "desc"}, {"scope": {"entity": "metadata", "metadata_property": "score"}, "order": "asc"}]
    shown = [(one["metadata"]["turns"], one["metadata"]["score"]) for one in running.find(sort=by)]
    assert len(shown) == NUMBER and shown == sorted(shown, key=lambda pair: (-pair[0], pair[1]))


def test_similar_rows_come_by_their_vectors(running: Running) -> None:
    import argilla as rg
    import numpy as np

    rows = server.rows(NUMBER)
    wanted = np.array(rows[7].vectors["meaning"])
    cosine = {str(row.id): float(np.dot(wanted, row.vectors["meaning"]) / np.linalg.norm(wanted) / np.linalg.norm(row.vectors["meaning"])) for row in rows}
    found = [str(record.id) for record, _ in running.dataset.records(rg.Query(similar=rg.Similar("meaning", list(wanted))), limit=5)]
    assert found == sorted(cosine, key=lambda name: -cosine[name])[:5] and found[0] == "row-0-7"


def test_a_record_with_vectors_can_be_read_alone(running: Running) -> None:
    """The server of itself answers 500."""
    [record] = running.find(query={"text": {"q": '"number 7" rule'}})
    done = running.line.get(f"/api/v1/records/{record['id']}")
    assert done.status_code == 200 and len(done.json()["vectors"]["meaning"]) == server.SIZE


def test_answers_count_for_annotators_and_for_the_dataset(running: Running) -> None:
    lines = [server.client(running.kept, server.annotator(running.client, name)[0]).api.http_client for name in ("anna", "ben")]
    done, half, discarded = running.find()[:3]
    for line in lines:
        assert server.submit(line, done["id"], "keep") == 200
    assert server.submit(lines[0], half["id"], "fix") == 200
    assert lines[0].post(f"/api/v1/records/{discarded['id']}/responses", json={"status": "discarded"}).status_code == 201
    mine = lines[0].get(f"/api/v1/me/datasets/{running.dataset.id}/metrics").json()["responses"]
    assert (mine["submitted"], mine["discarded"], mine["total"]) == (2, 1, NUMBER)
    assert running.line.get(f"/api/v1/datasets/{running.dataset.id}/progress").json()["completed"] == 1
    said = {"type": "terms", "scope": {"entity": "response", "question": "verdict"}, "values": ["keep"]}
    assert [one["id"] for one in running.find(filters={"and": [said]})] == [done["id"]]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine (apt-get install chromium)")
def test_the_page_opens_and_the_host_signs_in(running: Running) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        page = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]).new_page()
        page.goto(running.kept.url)
        page.get_by_label("Username").or_(page.locator("input").first).first.fill(running.kept.name)
        page.locator("input[type=password]").fill(running.kept.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("phase3").first.wait_for()


def test_status_says_where_it_runs_and_what_it_holds(running: Running, tmp_path: Path) -> None:
    told = json.loads(server.review("status", "--data", running.data, "--json").stdout)
    assert told["running"] and told["url"] == running.kept.url and (told["datasets"], told["records"]) == (1, NUMBER)
    nothing = server.review("status", "--data", tmp_path / "none")
    assert nothing.returncode == 1 and "not running" in nothing.stdout and not (tmp_path / "none").exists()


def test_a_taken_port_and_a_folder_of_something_else_are_named(running: Running, tmp_path: Path) -> None:
    taken = server.review("up", "--data", tmp_path / "new", "--port", running.kept.port)
    assert taken.returncode == 2 and f"port {running.kept.port} is taken" in taken.stderr and "Traceback" not in taken.stderr
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "redis").mkdir()
    other = server.review("up", "--data", tmp_path)
    assert other.returncode == 2 and "has other things in it" in other.stderr
    assert server.review("up", "--data", tmp_path, "--reset", "--yes").returncode == 2 and (tmp_path / "redis").exists()


def test_a_killed_server_comes_back_and_a_stop_leaves_nothing(own: Path) -> None:
    with server.running(own) as kept:
        first = processes(own)
        numbers = json.loads((own / "running.json").read_text())
        for name in ("server", "worker", "redis"):
            os.kill(numbers[name], signal.SIGKILL)
        until = time.monotonic() + 60
        while time.monotonic() < until and set(json.loads((own / "running.json").read_text()).values()) & {numbers[name] for name in ("server", "worker", "redis")}:
            time.sleep(0.2)
        assert server.review("up", "--data", own).returncode == 0  # waits for the page
        assert server.client(kept).me.username == kept.name
        everything = [child for one in (*first, *processes(own)) if one.is_running() for child in (one, *one.children(recursive=True))]
    assert gone(everything) and not (own / "running.json").exists()
    assert server.review("down", "--data", own).returncode == 0


def test_nothing_outlives_the_keeper_and_the_next_start_puts_the_index_right(own: Path) -> None:
    with server.running(own) as kept:
        client = server.client(kept)
        server.dataset(client, "one").records.log(server.rows(20))
        line = server.client(kept, server.annotator(client, "anna")[0]).api.http_client
        records = client.api.http_client.get(f"/api/v1/datasets/{client.datasets('one', workspace='review').id}/records?limit=20").json()["items"]
        assert server.submit(line, records[3]["id"], "fix") == 200
        everything = [child for one in processes(own) for child in (one, *one.children(recursive=True))]
        os.kill(json.loads((own / "running.json").read_text())["keeper"], signal.SIGKILL)
        assert gone(everything)
    with sqlite3.connect(own / "search.db") as index:  # as if the kill had come between the database and the index
        index.execute("UPDATE documents SET source = json_remove(source, '$.responses') WHERE id = ?", (records[3]["id"],))
        index.execute("DELETE FROM documents WHERE id = ?", (records[5]["id"],))
        index.execute("INSERT INTO documents (name, id, source) SELECT name, 'alien', '{}' FROM documents LIMIT 1")
    with server.running(own) as kept:
        assert "the search index was put right: 2 records" in (own / "server.log").read_text()
        client = server.client(kept)
        dataset = client.datasets("one", workspace="review")
        again = Running(own, kept, "", client, dataset)
        assert len(again.find()) == 20
        said = {"type": "terms", "scope": {"entity": "response", "question": "verdict"}, "values": ["fix"]}
        assert [one["id"] for one in again.find(filters={"and": [said]})] == [records[3]["id"]]
    for name in ("search.db-wal", "search.db-shm"):
        (own / name).unlink()
    (own / "search.db").write_bytes(b"nothing of the kind" * 1000)
    with server.running(own):
        assert "it is made anew\nthe search index was put right: 20 records" in (own / "server.log").read_text()
    with server.running(own):
        assert "put right" not in (own / "server.log").read_text()
    asked = server.review("up", "--data", own, "--reset")  # nobody answers
    assert asked.returncode == 1 and "Delete 1 dataset, 20 records, 1 answer in" in asked.stderr and "nothing was deleted" in asked.stderr
    assert json.loads(server.review("status", "--data", own, "--json").stdout)["answers"] == 1
    with_new = server.review("up", "--data", own, "--reset", "--yes", "--port", server.free_port())
    assert with_new.returncode == 0 and kept.password not in with_new.stdout
    assert json.loads(server.review("status", "--data", own, "--json").stdout)["records"] == 0
