"""Servers that do not start, die, hang, flood or lie: one clear sentence each, nobody left behind, nothing lost."""

import json
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.conftest import ROWS, Fake, Unbroken, made, run

pytestmark = pytest.mark.integration
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "FOO_SECRET")


@pytest.mark.parametrize(
    ("tools", "fault", "code", "what"),
    [
        ("notes", "exit", 1, "server notes cannot start (Connection closed); its last words: FATAL no licence found. Try it by hand: "),
        ("notes", "hang-start", 1, "server notes did not answer within 4 s of its start. Try it by hand: "),
        ("notes", "junk-start", 1, "server notes cannot start (it floods its output); "),
        ("notes", "endless-start", 1, "server notes did not answer within 4 s of its start. Try it by hand: "),
        ("none", "none", 2, "server notes (MCP:1) lists no tools, so there is nothing to learn from it. Check the server, or leave it out."),
        (
            "invalid",
            "none",
            2,
            "MCP:1: the input schema of notes's tool broken is not valid JSON Schema (properties.x.type: 'text' is not valid under any of the given schemas). Mend it, or ",
        ),
        ("dangling", "none", 2, "MCP:1: the input schema of notes's tool broken refers to #/$defs/nowhere, which it does not hold. Mend it, or leave the server out."),
    ],
)
def test_a_server_that_cannot_be_read_is_named_with_what_to_do(fake: Fake, limits: str, tmp_path: Path, tools: str, fault: str, code: int, what: str) -> None:
    source = fake(tools, fault)
    began = time.monotonic()
    done = run("--source", source, "--config", limits, "--out", tmp_path / "out")
    assert done.code == code
    assert done.sentence.startswith(what.replace("MCP", source))
    assert len(done.sentence.splitlines()) == 1
    assert fake.gone()
    assert time.monotonic() - began < 40
    assert [path.name for path in tmp_path.iterdir()] == ["mcp.json"]


def test_a_command_that_is_missing_is_named(fake: Fake, limits: str, tmp_path: Path) -> None:
    source = fake(command="no-such-server")
    done = run("--source", source, "--config", limits, "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (1, f"server notes cannot start: the command no-such-server is not there. Install it, or take the server out of {source}:1.")


def test_one_bad_server_of_two_leaves_no_process_of_the_good_one(fake: Fake, limits: str, tmp_path: Path) -> None:
    good = json.loads(Path(fake()).read_text())["mcpServers"]["notes"]
    both = tmp_path / "both.json"
    both.write_text(json.dumps({"mcpServers": {"good": good, "bad": {"command": "false"}}}))
    done = run("--source", both, "--config", limits, "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (1, "server bad cannot start (Connection closed). Try it by hand: false")
    assert fake.gone()


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("die", "went away during {tool}; its last words: out of cheese"),
        ("hang", "did not answer {tool} within 1 s"),
        ("malformed", "did not answer {tool} within 1 s; 1 of its lines were not the protocol's JSON"),
        ("junk", "went away during {tool}; "),
        ("endless", "did not answer {tool} within 1 s"),
    ],
)
def test_a_server_that_fails_half_way_stops_the_run_and_what_is_done_is_kept(fake: Fake, limits: str, tmp_path: Path, fault: str, what: str) -> None:
    source = fake("notes", f"{fault}:6")
    flags = ("--source", source, "--config", limits, "--rows", 15, "--out", tmp_path / "out")
    done = run(*flags)
    said, kept = done.sentence.splitlines()
    assert done.code == 1
    assert said.startswith("server notes ")
    assert any(what.format(tool=tool) in said for tool in ("list_notes", "read_note", "add_note", "delete_note", "find_notes"))
    assert f"Try it by hand: {sys.executable} " in said
    assert kept == "What is finished is kept: mend the server, and run the same command again with --resume."
    assert fake.gone()
    if fault == "die":
        fake.mend()
        assert run(*flags, "--resume").code == 0
        kept_rows, rejected = (pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in ("kept", "rejected"))
        assert {row["reject_reason"].partition(" during ")[0] for row in rejected} == {"act: server notes went away"}
        assert len({row["id"].partition("-")[0] for row in kept_rows + rejected}) >= 15


def test_a_server_that_dies_now_and_then_is_started_again_and_nothing_is_missing(fake: Fake, limits: str, tmp_path: Path, unbroken: Unbroken) -> None:
    source = fake("notes", "die-once:7")
    assert run("--source", source, "--config", limits, "--rows", ROWS, "--out", tmp_path / "out").code == 0
    assert made(tmp_path / "out") == unbroken.made
    assert 1 <= fake.calls - unbroken.calls <= 5  # the row whose call was lost is played again, and no other
    assert fake.gone()


def test_a_server_that_will_not_end_is_ended(fake: Fake, limits: str, tmp_path: Path) -> None:
    assert run("--source", fake("notes", "deaf"), "--config", limits, "--rows", 2, "--out", tmp_path / "out").code == 0
    assert fake.gone()


def test_a_server_that_complains_all_the_time_is_heard_to_no_harm(fake: Fake, limits: str, tmp_path: Path, unbroken: Unbroken) -> None:
    done = run("--source", fake("notes", "chatty"), "--config", limits, "--rows", ROWS, "--out", tmp_path / "out")
    assert (done.code, "warning: something" in done.err) == (0, False)
    assert made(tmp_path / "out") == unbroken.made


def test_schemas_of_every_form_give_rows(fake: Fake, limits: str, tmp_path: Path) -> None:
    assert run("--source", fake("odd"), "--config", limits, "--rows", ROWS, "--out", tmp_path / "out").code == 0
    rows = pq.read_table(tmp_path / "out" / "kept.parquet").to_pylist()
    assert {row["tool"] for row in rows} == {"plan_route", "book", "ping"}
    called = [
        json.loads(call["function"]["arguments"]) for row in rows for message in row["messages"] for call in message["tool_calls"] or () if call["function"]["name"] == "plan_route"
    ]
    assert called
    assert all(isinstance(arguments["start"]["city"], str) and 1 <= len(arguments["stops"]) <= 3 for arguments in called)


def test_three_shapes_of_error_are_seen_as_errors_of_the_server(fake: Fake, limits: str, tmp_path: Path) -> None:
    run("--source", fake("errors"), "--config", limits, "--rows", ROWS, "--out", tmp_path / "out")
    tables = [pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in ("kept", "rejected")]
    calls = [call for rows in tables for row in rows for call in json.loads(row["calls"]) or () if call["by"] == "server"]
    assert {(call["tool"], call["shape"], call["error"]) for call in calls} == {
        ("is_error", "is_error", True),
        ("rpc_error", "rpc_error", True),
        ("error_inside", "error_inside", True),
        ("fine", "ok", False),
    }


def test_an_oversized_result_is_cut_and_says_so(fake: Fake, limits: str, tmp_path: Path) -> None:
    run("--source", fake("big"), "--config", limits, "--rows", 2, "--out", tmp_path / "out")
    tables = [pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in ("kept", "rejected")]
    texts = [call["text"] for rows in tables for row in rows for call in json.loads(row["calls"]) or () if call["by"] == "server"]
    assert texts
    assert set(texts) == {"0123456789" * 2_000 + "\n[980000 more characters left out]"}


def test_a_thousand_tools_are_planned(fake: Fake, limits: str, tmp_path: Path) -> None:
    done = run("--source", fake("thousand"), "--config", limits, "--rows", 20, "--out", tmp_path / "out")
    assert done.code == 0
    assert pq.read_table(tmp_path / "out" / "kept.parquet").num_rows == 20


def test_no_key_of_the_users_reaches_a_server(fake: Fake, limits: str, tmp_path: Path) -> None:
    keys = {name: f"very-secret-{name}" for name in KEYS}
    run("--source", fake("environment"), "--config", limits, "--rows", 6, "--out", tmp_path / "out", env=keys)
    tables = [pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist() for name in ("kept", "rejected")]
    texts = [call["text"] for rows in tables for row in rows for call in json.loads(row["calls"]) or () if call["by"] == "server"]
    assert texts
    for text in texts:
        names = {line.partition("=")[0] for line in text.splitlines()}
        assert {"HOME", "PATH", "TZ"} <= names
        assert not names & set(KEYS)
        assert "very-secret" not in text
        assert "HOME=/home/dev" in text


def test_two_servers_with_one_tool_name_are_told_apart(fake: Fake, limits: str, tmp_path: Path) -> None:
    entry = json.loads(Path(fake()).read_text())["mcpServers"]["notes"]
    both = tmp_path / "both.json"
    both.write_text(json.dumps({"mcpServers": {"home.notes": entry, "work notes": entry}}))
    assert run("--source", both, "--config", limits, "--rows", ROWS, "--out", tmp_path / "out").code == 0
    names = [tool["name"] for tool in json.loads((tmp_path / "out" / "tools.json").read_text())]
    assert names[:2] == ["home_notes__list_notes", "home_notes__read_note"]
    assert names[5:7] == ["work_notes__list_notes", "work_notes__read_note"]
    assert fake.gone()
