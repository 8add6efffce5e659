"""Reviews, whole: rows go to a real server, two people answer (one of them on the page), and what they said changes the next version."""

import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from knowledge.guard import guard
from pipelines import calibrate, gate, pull, review
from pipelines.argilla import environment
from pipelines.argilla.credentials import read
from pipelines.command import Stopped
from pipelines.console import Console
from tests.argilla import server
from tests.integration.conftest import Done
from tests.integration.test_publish import Runs, go, remade, rows_of, told
from tests.integration.test_publish import publish as publishing
from tests.integration.test_publish import runs as runs

pytest.importorskip("argilla", reason="argilla is not installed (requirements/review.txt)")
pytestmark = pytest.mark.integration
CHROMIUM = shutil.which("chromium")
MARKUP = "Show me <b>the</b> <script>alert(1)</script> books, please."


def say(*words: object) -> Done:
    """A sub-command within this process."""
    guard().open()
    done = CliRunner().invoke(review.cli, [str(word) for word in words], env={"COLUMNS": "200"}, catch_exceptions=False)
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(autouse=True)
def unlogged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that an earlier command left on streams of its own do not write their troubles into ours."""
    monkeypatch.setattr(logging, "raiseExceptions", False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server's folder, while it runs."""
    try:
        environment.python(Console(quiet=True))
    except Stopped as error:
        pytest.skip(f"the server's environment cannot be made: {error}")
    place = tmp_path_factory.mktemp("reviews") / "data"
    with server.running(place):
        yield place


@pytest.fixture
def run(runs: Runs, tmp_path: Path) -> Path:
    """A run with a rejected row or three, and markup in one."""
    return remade(runs.one, tmp_path / "run")


class Annotator:
    """Somebody who answers over the page's own interface."""

    def __init__(self, data: Path, name: str) -> None:
        done = say("add", name, "--data", data)
        found = re.search(r"password (\S+) at (\S+);", done.out)
        assert done.code == 0 and found, done.err
        self.name, self.password, self.url = name, found[1], found[2]
        kept = read(data)
        assert kept is not None
        host = server.client(kept)
        user = next(user for user in host.api.http_client.get("/api/v1/users").json()["items"] if user["username"] == name)
        self.line = server.client(kept, host.api.http_client.get(f"/api/v1/users/{user['id']}").json()["api_key"]).api.http_client

    def answer(self, record: str, status: str = "submitted", **values: object) -> None:
        body = {"items": [{"record_id": record, "status": status, "values": {name: {"value": value} for name, value in values.items()}}]}
        done = self.line.post("/api/v1/me/responses/bulk", json=body)
        assert done.status_code == 200 and done.json()["items"][0]["error"] is None, done.text


def records(data: Path, name: str) -> dict[str, Any]:
    """A dataset's records by row."""
    kept = read(data)
    assert kept is not None
    client = server.client(kept)
    dataset = client.datasets(name, workspace="review")
    done = client.api.http_client.get(f"/api/v1/datasets/{dataset.id}/records", params={"limit": 500, "include": ["suggestions"]})
    return {record["external_id"]: record for record in done.json()["items"]}


def test_what_people_say_becomes_the_next_version(run: Path, data: Path, tmp_path: Path) -> None:
    to = f"local:{tmp_path / 'books'}"
    assert go(publishing.main, run, "--to", to, "--quiet").code == 0
    first = told(say("push", run, "--size", 20, "--overlap", 2, "--name", "books", "--data", data, "--json"))
    again = told(say("push", run, "--size", 24, "--overlap", 2, "--name", "books", "--data", data, "--json"))
    assert (first["new"], first["there"], again["new"] + again["there"]) == (20, 0, 24) and again["there"] >= 18
    there = records(data, "books")
    kept = rows_of(run)
    mine = sorted(there.keys() & kept.keys())
    ana, ben = Annotator(data, "ana"), Annotator(data, "ben")
    corrected = kept[mine[0]]["messages"][-1]["content"]
    for who in (ana, ben):
        who.answer(there[mine[1]]["id"], verdict="keep")
        who.answer(there[mine[2]]["id"], verdict="reject", reasons=["unnatural_request"])
    ana.answer(there[mine[3]]["id"], verdict="keep")
    ben.answer(there[mine[3]]["id"], verdict="reject", reasons=["of_no_use"])
    ana.answer(there[mine[0]]["id"], verdict="fix", corrected=f"{corrected or ''} Tell me if another one was meant.".strip())
    ben.answer(there[mine[4]]["id"], "draft", verdict="reject")
    found = told(say("pull", run, "--name", "books", "--data", data, "--json"))
    assert found["outcomes"] == {"fix": 1, "keep": 1, "reject": 1, "disputed": 1}
    assert (found["people"], found["drafts"], [one["id"] for one in found["disagreements"]]) == ({"ana": 4, "ben": 3}, 1, [mine[3]])
    assert found["agreement"]["verdict"]["n"] == 3 and found["says"].startswith("4 rows were reviewed by 2 people: 1 kept, 1 corrected, 1 left out, 1 disputed")
    labels = [json.loads(line) for line in (run / "quality" / "labels.jsonl").read_text().splitlines()]
    assert len(labels) == 7 and {label["by"] for label in labels} == {"ana", "ben"}
    assert len(calibrate.read_labels(run / "quality" / "labels.jsonl")) == 7
    before = rows_of(run)
    assert before == kept  # a layer, and nothing else
    next_one = told(go(publishing.main, run, "--to", to, "--json"))
    assert {row["id"]: row["how"] for row in next_one["rows"]} == {mine[0]: "changed", mine[2]: "removed"} and next_one["version"] != "1.0.0"
    [back] = told(go(pull.main, to, "--out", tmp_path / "pulled", "--json"))["runs"].values()
    after = rows_of(Path(back["folder"]))
    assert after[mine[0]]["messages"][-1]["content"].endswith("Tell me if another one was meant.") and mine[2] not in after and mine[3] in after
    assert go(gate.main, back["folder"], "--quiet").code == 0
    card = (tmp_path / "books" / f"v{next_one['version']}" / "README.md").read_text()
    assert "4 rows were reviewed by 2 people" in card
    watched = say("watch", "--name", "books", "--data", data)
    assert watched.code == 0 and "books: 3 of" in watched.out and "ana" in watched.out


def test_calls_are_read_by_people_and_markup_is_text(run: Path, data: Path) -> None:
    rows = pq.read_table(run / "kept.parquet").to_pylist()
    marked = rows[0]["messages"]
    next(message for message in marked if message["role"] == "user")["content"] = MARKUP
    schema = pq.read_schema(run / "kept.parquet")
    pq.write_table(pq.read_table(run / "kept.parquet").from_pylist(rows, schema=schema), run / "kept.parquet")
    assert say("push", run, "--size", 60, "--name", "marked", "--data", data).code == 0
    there = records(data, "marked")
    chat = there[rows[0]["id"]]["fields"]["conversation"]
    assert "&lt;script&gt;" in json.dumps(chat) and "<script>" not in json.dumps(chat)
    called = next(row for row in rows if any(message["tool_calls"] for message in row["messages"]))
    text = json.dumps(there[called["id"]]["fields"]["conversation"])
    assert "**calls " in text and '{"' not in text.replace('{"role"', "").replace('{"content"', "")


def test_what_cannot_be_is_said_in_a_sentence(run: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no dataset nothing on the server" in say("pull", run, "--name", "nothing", "--data", data).sentence
    kept = read(data)
    assert kept is not None
    server.dataset(server.client(kept), "shaped")
    assert "there is a dataset shaped of another shape on the server: the field" in say("push", run, "--name", "shaped", "--data", data).sentence
    (tmp_path / "other").mkdir()
    assert "is no finished run" in say("pull", tmp_path / "other", "--data", data).sentence
    assert "no server is known" in say("push", run, "--data", tmp_path / "none").sentence
    monkeypatch.setenv("ARGILLA_API_URL", kept.url)
    monkeypatch.setenv("ARGILLA_API_KEY", "not-a-key")
    assert f"{kept.url} does not know this key" in say("push", run).sentence
    monkeypatch.setenv("ARGILLA_API_URL", "http://127.0.0.1:9")
    assert "could not be reached" in say("push", run).sentence


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_somebody_signs_in_corrects_and_submits_on_the_page(run: Path, data: Path, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    assert say("push", run, "--size", 12, "--name", "paged", "--data", data).code == 0
    who = Annotator(data, "cleo")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 1100})
        page.goto(who.url)
        page.locator("input").first.fill(who.name)
        page.locator("input[type=password]").fill(who.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("paged").first.click()
        page.get_by_text("What should become of this conversation?").first.wait_for()
        for words in ("What it should show", "Conversation", "Good but for something that I correct", "The last answer, as it should be"):
            page.get_by_text(words).first.wait_for()
        page.get_by_text("Good but for something that I correct").first.click()
        box = page.locator("[contenteditable=true], textarea").first
        box.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(" Say if it is another.")
        page.screenshot(path=tmp_path / "page.png")
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Submitted").first.wait_for()
        page.wait_for_timeout(1500)
        browser.close()
    found = told(say("pull", run, "--name", "paged", "--data", data, "--json"))
    assert found["people"] == {"cleo": 1} and sum(found["outcomes"].values()) == 1
    [answer] = [one for row in pq.read_table(run / "review.parquet").to_pylist() for one in json.loads(row["answers"])]
    assert answer["verdict"] == "fix" and "Say if it is another." in answer["corrected"]
