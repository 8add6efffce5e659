"""Bad input: sources, settings and output folders. One clear sentence, exit code 2, nothing made."""

import json
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.config import Phase3
from tests.integration.conftest import ROWS, Done, Fake, Started, Unbroken, made, run, through

pytestmark = pytest.mark.integration
KNOWN = ", ".join(Phase3.model_fields)
Command = Callable[..., Done]
TOOL = {
    "name": "roll_dice",
    "description": "Roll some dice.",
    "inputSchema": {"type": "object", "properties": {"sides": {"type": "integer", "minimum": 2, "maximum": 100}}, "required": ["sides"]},
}


def server(**entry: object) -> str:
    """A `.mcp.json` with one entry."""
    return json.dumps({"mcpServers": {"mail": entry}})


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("tools_list.json", json.dumps({"tools": [TOOL]})[:90], "FILE is not complete JSON (Expecting value, line 1). Save the server's tools/list answer again."),
        ("tools_list.json", "tools: [roll_dice]", "FILE is not complete JSON (Expecting value, line 1). Save the server's tools/list answer again."),
        ("tools_list.json", "", "FILE is not complete JSON (Expecting value, line 1). Save the server's tools/list answer again."),
        ("tools_list.json", "[" * 100_000, "FILE is not complete JSON. Save the server's tools/list answer again."),
        ("tools_list.json", "{}", "FILE holds no tool list. Give a JSON object with `tools` (a server's tools/list answer) or with `mcpServers`."),
        ("tools_list.json", "42", "FILE holds no tool list. Give a JSON object with `tools` (a server's tools/list answer) or with `mcpServers`."),
        ("dice.json", '{"tools": []}', "server dice (FILE) lists no tools, so there is nothing to learn from it. Check the server, or leave it out."),
        ("dice.json", '{"tools": ["roll"]}', "FILE: tool 1 of server dice has no name. Mend the list, or leave the server out."),
        ("dice.json", json.dumps([TOOL, TOOL]), "FILE: the tool roll_dice of server dice is listed twice. Mend the list, or leave the server out."),
        (
            "dice.json",
            json.dumps([TOOL | {"inputSchema": "none"}]),
            "FILE: the input schema of dice's tool roll_dice is no JSON object but 'none'. Mend it, or leave the server out.",
        ),
        (
            "dice.json",
            json.dumps([TOOL | {"inputSchema": {"type": "array"}}]),
            "FILE: the input schema of dice's tool roll_dice must be of the type object, and is of 'array'. Mend it, or leave the server out.",
        ),
        ("mcp.json", server(args=["x"]), "FILE cannot be used: server mail has neither `command` nor `url`. Add one, or take it out."),
        ("mcp.json", server(command=["x"]), "FILE cannot be used: server mail: `command` must be a text, and is ['x']."),
        ("mcp.json", server(command="x", args="--fast"), "FILE cannot be used: server mail: `args` must be a list of texts, and is '--fast'."),
        ("mcp.json", server(command="x", env={"A": 1}), "FILE cannot be used: server mail: `env.A` must be a text, and is 1."),
        ("mcp.json", server(url="ftp://x"), "FILE cannot be used: server mail: `url` must begin with http:// or https://, and is 'ftp://x'."),
        ("mcp.json", server(url="http://x", type="sse"), "FILE cannot be used: server mail speaks SSE, which the protocol has left behind. Give its streamable-HTTP address."),
        ("mcp.json", '{"mcpServers": {"mail": "x"}}', "FILE cannot be used: server mail must be an object with `command` and `args`, or with `url`."),
        ("mcp.json", '{"mcpServers": []}', 'FILE cannot be used: `mcpServers` must be an object: {"name": {"command": …, "args": […]}}.'),
        ("mcp.json", '{"mcpServers": {}}', "FILE cannot be used: `mcpServers` is empty. Add a server, or give another source."),
        ("mcp.json", server(command="x")[:-4], "FILE cannot be used: it is not complete JSON (Unterminated string starting at, line 1). Write it again."),
        *(
            (
                "mcp.json",
                server(**{"command": "x"} | entry),
                "FILE cannot be used: server mail asks for ${OPENAI_API_KEY}, and servers are never given your keys or settings. "
                "Write a value that is safe to test with in its place, or take the server out.",
            )
            for entry in (
                {"env": {"KEY": "${OPENAI_API_KEY}"}},
                {"args": ["--key=${OPENAI_API_KEY}"]},
                {"url": "http://x", "headers": {"Authorization": "Bearer ${OPENAI_API_KEY}"}},
            )
        ),
    ],
)
def test_a_source_that_cannot_be_used_is_named_with_what_to_do(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, sentence: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    path = tmp_path / name
    path.write_text(text)
    done = command("--source", path, "--out", tmp_path / "out")
    assert (done.code, done.out, done.sentence) == (2, "", sentence.replace("FILE", str(path)))
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_source_that_is_no_text_file_is_named(command: Command, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)))
    advice = "Give a .mcp.json, a saved tools/list answer, an OpenAPI document, a folder or archive with one, or an address."
    for source, sentence in (
        (tmp_path / "nowhere", "cannot be read: No such file or directory. Give a folder, a file, an archive or an address."),
        (tmp_path, f"holds no tool list and no API description. {advice}"),
        (binary, f"is no UTF-8 text: byte 129 is 0x80; save it as UTF-8. {advice}"),
    ):
        done = command("--source", source)
        assert (done.code, done.sentence) == (2, f"{source} {sentence}")


def test_servers_start_only_where_that_is_allowed(command: Command, fake: Fake) -> None:
    source = fake()
    done = command("--source", source)
    assert done.code == 2
    assert done.sentence.startswith(f"{source} names servers, and reading their tools runs these commands:")
    assert done.sentence.endswith("Add --allow-servers to run them, or give saved tools lists.")
    assert fake.gone()


def test_live_servers_are_not_started_offline(command: Command, fake: Fake) -> None:
    source = fake()
    done = command("--source", source, "--offline")
    assert (done.code, done.sentence) == (2, f"{source} names live servers, and --offline starts none. Give a saved tools list instead.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("row: 5", "FILE: there is no setting `row`; did you mean `rows`?"),
        ("limits: {start_secs: 5}", "FILE: there is no setting `limits.start_secs`; did you mean `start_seconds`?"),
        ("zebra: 5", f"FILE: there is no setting `zebra`; known are {KNOWN}."),
        ("rows: many", "FILE: `rows` must be a whole number, and is 'many'."),
        ("rows: 0", "FILE: `rows` must be greater than or equal to 1, and is 0."),
        ("rows: 2.5", "FILE: `rows` must be a whole number, and is 2.5."),
        ("sources: mcp.json", "FILE: `sources` must be a list, and is 'mcp.json'."),
        ("sources: []", "FILE: `sources` must have at least 1 entry, and is []."),
        ("limits: 5", "FILE: `limits` must hold `key: value` lines, and is 5."),
        ("limits: {slots: 0}", "FILE: `limits.slots` must be greater than or equal to 1, and is 0."),
        ("offline: perhaps", "FILE: `offline` must be true or false, and is 'perhaps'."),
        ("roles: {writer: gpt}", "FILE: `roles.writer` is bound to 'gpt', and the teachers it can have are embedded, openai, anthropic, local."),
        ("5: 5", f"FILE: there is no setting `5`; known are {KNOWN}."),
        ("- rows", "FILE must hold `key: value` lines."),
        ("rows: [5", "FILE is not YAML: while parsing a flow sequence in \"<unicode string>\", line 1, column 7: rows: [5 ^ expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_meant(command: Command, tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    done = command("--config", path)
    assert done.code == 2
    assert done.sentence.startswith(sentence.replace("FILE", str(path)))


def test_a_config_that_is_missing_is_named(command: Command, tmp_path: Path) -> None:
    done = command("--config", tmp_path / "mine.yaml")
    assert (done.code, done.sentence) == (2, f"{tmp_path}/mine.yaml cannot be read: No such file or directory.")


@pytest.fixture
def dice(tmp_path: Path) -> Path:
    """A saved listing of one tool."""
    path = tmp_path / "dice.json"
    path.write_text(json.dumps({"tools": [TOOL]}))
    return path


def test_an_output_folder_that_is_in_use_is_left_alone(command: Command, dice: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("precious")
    done = command("--source", dice, "--offline", "--rows", 2, "--out", out)
    assert (done.code, done.sentence) == (2, f"{out} exists and is not empty. Give another --out, or move it away.")
    assert (out / "mine.txt").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dice.json", "out"]


def test_an_output_folder_that_is_a_file_is_refused(command: Command, dice: Path, tmp_path: Path) -> None:
    done = command("--source", dice, "--offline", "--rows", 2, "--out", dice)
    assert (done.code, done.sentence) == (2, f"{dice} is a file. Give another --out.")
    done = command("--source", dice, "--offline", "--rows", 2, "--out", dice / "below")
    assert (done.code, done.sentence) == (2, f"{dice}/below.partial cannot be written: Not a directory. Give another --out.")


def test_an_output_folder_that_is_read_only_is_refused(command: Command, dice: Path) -> None:
    done = command("--source", dice, "--offline", "--rows", 2, "--out", "/proc/runs/mine")
    assert (done.code, done.sentence) == (2, "/proc/runs/mine.partial cannot be written: No such file or directory. Give another --out.")


def test_somebody_elses_folder_is_not_taken_for_an_unfinished_run(command: Command, dice: Path, tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "mine.txt").write_text("precious")
    for resume in ((), ("--resume",)):
        done = command("--source", dice, "--offline", "--rows", 2, "--out", tmp_path / "out", *resume)
        assert (done.code, done.sentence) == (2, f"{tmp_path}/out.partial is needed for the unfinished run, and holds something else. Move it away, or give another --out.")
    assert (tmp_path / "out.partial" / "mine.txt").read_text() == "precious"


def test_an_unfinished_run_is_not_begun_again_by_accident(fake: Fake, limits: str, start: Callable[..., Started], command: Command, tmp_path: Path, unbroken: Unbroken) -> None:
    flags = ("--source", fake("notes", "hang:15"), "--allow-servers", "--config", limits, "--out", tmp_path / "out")
    first = start(*flags, "--rows", ROWS)
    first.until(lambda: through(tmp_path / "out") > 3)
    done = command(*flags, "--rows", ROWS, "--resume")
    assert (done.code, done.sentence) == (2, f"another run is writing to {tmp_path}/out. Wait for it, or give another --out.")
    first.process.kill()
    first.ends()
    done = command(*flags, "--rows", ROWS)
    assert (done.code, done.sentence) == (2, f"{tmp_path}/out.partial holds an unfinished run. Add --resume to finish it, or delete it to start over.")
    done = command(*flags, "--rows", ROWS + 1, "--resume")
    assert (done.code, done.sentence) == (2, f"{tmp_path}/out.partial holds an unfinished run with other settings, sources or code. Delete it, or give another --out.")
    assert fake.gone(6)


def test_a_full_disk_is_said_and_room_made_finishes_the_run(fake: Fake, limits: str, small_disk: Path, unbroken: Unbroken) -> None:
    flags = ("--source", fake(), "--config", limits, "--rows", ROWS, "--out", small_disk / "out")
    done = run(*flags)
    assert (done.code, done.sentence) == (1, "the run cannot be written (No space left on device). Make room, or give another --out; then run again with --resume.")
    assert fake.gone()
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
    assert run(*flags, "--resume").code == 0
    assert made(small_disk / "out") == unbroken.made


def test_a_limit_on_the_size_of_files_is_said(fake: Fake, limits: str, tmp_path: Path) -> None:
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, 15_000))  # noqa: E731
    done = run("--source", fake(), "--config", limits, "--rows", ROWS, "--out", tmp_path / "out", preexec_fn=small)
    assert (done.code, done.sentence) == (1, "the run cannot be written (File too large). Make room, or give another --out; then run again with --resume.")
    assert fake.gone()
