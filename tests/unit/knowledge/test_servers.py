"""Servers: what they are given when they are launched, and what is contained in a fixture world."""

import json
from pathlib import Path

import pytest

from knowledge.servers import Server, Unlaunchable, read_servers

HOME, CLOCK = Path("/w/home"), Path("/w/clock")


def launched(**entry: object) -> tuple[str, list[str], dict[str, str]]:
    return Server(name="s", **entry).launch(HOME, CLOCK)


def test_the_environment_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "SSH_AUTH_SOCK", "HTTPS_PROXY", "PYTHONSTARTUP", "LD_PRELOAD", "MY_SETTING"):
        monkeypatch.setenv(name, "of the user")
    monkeypatch.setenv("LANG", "C.UTF-8")
    _, _, env = launched(command="npx")
    assert "of the user" not in env.values()
    assert env["LANG"] == "C.UTF-8" and env["HOME"] == "/w/home" and env["TMPDIR"] == "/w" and env["WORLD_CLOCK"] == "/w/clock" and env["TZ"] == "UTC"


def test_an_entrys_own_environment_is_passed_on() -> None:
    assert launched(command="x", env={"MEMORY_FILE_PATH": "${HOME}/memory.jsonl"})[2]["MEMORY_FILE_PATH"] == "/w/home/memory.jsonl"


def test_a_variable_of_the_users_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    for entry in ({"env": {"TOKEN": "${GITHUB_TOKEN}"}}, {"args": ("--token", "${GITHUB_TOKEN}")}):
        with pytest.raises(Unlaunchable, match=r"asks for \$\{GITHUB_TOKEN\}") as refused:
            launched(command="x", **entry)
        assert "secret" not in str(refused.value)


def test_a_default_stands_in_for_a_variable_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9999")
    assert launched(command="x", args=("--port", "${PORT:-80}", "${HOME}", "${NOTHING:-}"))[1] == ["--port", "80", "/w/home", ""]


@pytest.mark.parametrize(
    ("entry", "contained"),
    [
        ({"command": "uvx", "args": ("mcp-server-git==2026.10.19",)}, True),
        ({"command": "npx", "args": ("-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "${HOME}")}, True),
        ({"command": "uvx", "args": ("mcp-server-sqlite==2025.4.25", "--db-path", "${HOME}/data.db")}, True),
        ({"command": "uvx", "args": ("x", "--db=${HOME}/data.db")}, True),
        ({"command": "python", "args": ("/srv/tools/server.py",)}, True),
        ({"command": "x", "env": {"FILE": "${HOME}/memory.jsonl"}}, True),
        ({"command": "npx", "args": ("server-filesystem", "/home/rosa")}, False),
        ({"command": "npx", "args": ("server-filesystem", "~/work")}, False),
        ({"command": "npx", "args": ("server-filesystem", "../work")}, False),
        ({"command": "npx", "args": ("server-filesystem", "--root=/home/rosa")}, False),
        ({"command": "npx", "args": ("server-filesystem", "${HOME}/../rosa")}, False),
        ({"command": "x", "args": ("postgres://db.example/prod",)}, False),
        ({"command": "x", "env": {"DATABASE_URL": "postgres://db.example/prod"}}, False),
        ({"command": "x", "env": {"TOKEN": "abc"}}, False),
        ({"url": "https://tools.example/mcp"}, False),
    ],
    ids=str,
)
def test_a_server_is_contained_when_nothing_outside_is_given_to_it(entry: dict, contained: bool) -> None:
    assert Server(name="s", **entry).contained is contained


def test_a_shape_is_a_command_without_its_pins() -> None:
    assert Server(name="a", command="uvx", args=("mcp-server-git==1.2",)).shape == Server(name="b", command="uvx", args=("mcp-server-git",)).shape
    assert Server(name="a", command="npx", args=("@x/y@1",)).shape == Server(name="b", command="npx", args=("@x/y@2",)).shape
    assert Server(name="a", command="npx", args=("@x/y",)).shape != Server(name="b", command="npx", args=("@x/z",)).shape


def test_what_is_shown_of_a_server_holds_no_environment() -> None:
    server = Server(name="s", command="uvx", args=("x==1",), env={"TOKEN": "abc"}, headers={"Authorization": "Bearer abc"})
    assert server.shown == "uvx x==1"
    assert "Bearer" not in repr(server)


def test_servers_are_read_in_order_with_their_lines() -> None:
    text = json.dumps({"mcpServers": {"b": {"command": "x", "unheard": 1}, "a": {"url": "https://a.example/mcp"}}}, indent=1)
    assert [(server.name, server.source) for server in read_servers(text, "mine.json")] == [("b", "mine.json:3"), ("a", "mine.json:7")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"mcpServers": {"a": {"command": "x"}', "not complete JSON"),
        ('{"mcpServers": ["a"]}', "must be an object"),
        ('{"mcpServers": {}}', "is empty"),
        ('{"mcpServers": {"a": {}}}', "server a has neither `command` nor `url`"),
        ('{"mcpServers": {"a": "x"}}', "server a must be an object"),
        ('{"mcpServers": {"a": {"command": ["x"]}}}', r"server a: `command` must be a text, and is \['x'\]"),
        ('{"mcpServers": {"a": {"type": "sse", "url": "https://a.example/sse"}}}', "server a speaks SSE"),
        ('{"mcpServers": {"a": {"url": "ftp://a.example"}}}', "`url` must begin with http"),
        ('{"mcpServers": {"a": {"command": "x", "env": {"K": "${MY_KEY}"}}}}', r"server a asks for \$\{MY_KEY\}"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_servers(text, "mine.json")
