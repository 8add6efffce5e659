"""The command that writes units: a line of JSON each."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipelines.console import POINT_AT
from pipelines.extract import main
from tests.unit.knowledge.systems import SYSTEMS, source, system

Command = Callable[..., Result]


@pytest.fixture
def command() -> Command:
    """The command, in this process."""
    app = typer.Typer()
    app.command()(main)

    def go(*arguments: object) -> Result:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return go


def test_every_unit_is_a_line(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "units.jsonl"
    done = command(SYSTEMS / "seed", SYSTEMS / "mcp", "--out", out)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    units = [*system("seed").units, *system("mcp").units]
    assert [row["id"] for row in rows] == [unit.id for unit in units]
    assert [row["unit"] for row in rows] == [unit.model_dump(mode="json") for unit in units]
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"persona 2, pattern 2, rule 6, methodology 1, tool 3; 0 not usable, with the reason; {out}" in done.stderr.replace("\n", " ")


def test_what_is_not_usable_is_counted(command: Command, tmp_path: Path) -> None:
    tools = json.dumps({"tools": [{"name": "sail", "inputSchema": {"type": "object"}}]})
    folder = source(tmp_path / "s", {"AGENTS.md": "Never call mcp__sea__sink. Never guess.\n", "sea.json": tools})
    assert "rule 1, tool 1; 1 not usable, with the reason;" in command(folder, "--out", tmp_path / "u.jsonl").stderr


def test_quiet_says_nothing(command: Command, tmp_path: Path) -> None:
    done = command(SYSTEMS / "plain", "--out", tmp_path / "u.jsonl", "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_wrong_usage_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, said in (
        (["no/folder"], "no/folder cannot be read: No such file or directory."),
        ([tmp_path / "empty"], f"the sources hold nothing that an agent is told. {POINT_AT}"),
        ([SYSTEMS / "plain", "--out", tmp_path], f"{tmp_path} cannot be written: Is a directory."),
    ):
        done = command(*arguments, *(() if "--out" in arguments else ("--out", tmp_path / "u.jsonl")))
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr.replace("\n", " ")
    assert not (tmp_path / "u.jsonl").exists()
