"""The command of the audit: what it prints, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from pipelines.audit import main
from pipelines.config import FOLDER, load_prices
from pipelines.console import POINT_AT
from tests.unit.knowledge.systems import SYSTEMS, source

MODELS = [price.name for price in load_prices(None, {}).models]
Command = Callable[..., Result]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in this process, on a terminal wide enough for whole lines."""
    app = typer.Typer()
    app.command()(main)
    monkeypatch.setenv("COLUMNS", "200")

    def go(*arguments: object) -> Result:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return go


def failed(done: Result) -> tuple[int, str, str]:
    return done.exit_code, done.stdout, done.stderr.partition("error: ")[2].strip()


def test_a_system_that_is_read_whole_ends_well(command: Command) -> None:
    done = command(SYSTEMS / "claude")
    assert done.exit_code == 0
    for words in ("What an agent is told (tokens, o200k_base)", "Tools by server", "tracker", "Files, the dearest first", "prices of 2026-", "7 findings", "docs/gone.md"):
        assert words in done.stdout
    assert "server harbour was not asked for its tools: that would run `tidepool-harbour`" in done.stderr
    assert "Traceback" not in done.output


def test_without_sources_the_shipped_system_is_read(command: Command) -> None:
    report = json.loads(command("--json").stdout)
    assert report["units"]["tool"] == 44 and report["units"]["persona"] == 4


def test_something_that_cannot_be_read_is_said_and_is_exit_code_1(command: Command, tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"AGENTS.md": "Never guess.\n"})
    (tmp_path / "s" / "bad.md").write_bytes(b"caf\xe9")
    done = command(folder)
    assert done.exit_code == 1
    assert "Sources that could not be read: 1" in done.stdout and "s/bad.md" in done.stdout


def test_json_is_one_object_and_nothing_else(command: Command) -> None:
    done = command(SYSTEMS / "claude", "--json", "--calls", 5, "--sessions", 2)
    report = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    assert report["calls"] == 5 * 2 * 22
    assert [cost["model"] for cost in report["costs"]] == MODELS
    assert report["resident"][0] == sum(line["tokens"] for line in report["lines"] if line["residency"] == "resident")
    assert [finding["kind"] for finding in report["findings"]] == ["stale reference"] * 4 + ["header"] + ["no description"] * 2


def test_quiet_says_nothing(command: Command) -> None:
    done = command(SYSTEMS / "claude", "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_few_findings_of_a_kind_are_shown_unless_all_are_asked_for(command: Command, tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"CLAUDE.md": "\n".join(f"See @gone{number}.md." for number in range(9))})
    few, every = command(folder).stdout, command(folder, "--all").stdout
    assert "gone3.md" in few and "gone4.md" not in few and "5 more with --all, --json or --html" in few
    assert "gone8.md" in every and "more with" not in every


def test_a_page_is_written_where_it_is_asked_for(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "new" / "audit.html"
    done = command(SYSTEMS / "claude", "--html", page)
    assert done.exit_code == 0 and f"the page is {page}" in done.stderr
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_named(command: Command, tmp_path: Path) -> None:
    assert failed(command(SYSTEMS / "plain", "--html", tmp_path)) == (2, "", f"{tmp_path} cannot be written: Is a directory.")


def test_one_model_alone_is_shown(command: Command) -> None:
    report = json.loads(command(SYSTEMS / "plain", "--json", "--model", MODELS[2], "--model", MODELS[0]).stdout)
    assert [cost["model"] for cost in report["costs"]] == [MODELS[2], MODELS[0]]


def test_a_model_without_a_price_is_named_with_those_that_have_one(command: Command) -> None:
    code, out, sentence = failed(command(SYSTEMS / "plain", "--model", "gpt-9"))
    assert (code, out) == (2, "")
    assert sentence == f"there is no price for gpt-9. The table has {', '.join(MODELS)}; add yours with --prices"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day: 20", "FILE: there is no setting `day`; did you mean `days`?"),
        ("calls_per_sesion: 20", "FILE: there is no setting `calls_per_sesion`; did you mean `calls_per_session`?"),
        ("models: [{name: m, provider: p, input: 1, output: 2, source: s, cache_reed: 1}]", "FILE: there is no setting `models.0.cache_reed`; did you mean `cache_read`?"),
        ("days: 40", "FILE: `days` must be less than or equal to 31, and is 40."),
        ("models: [{name: m, provider: p, input: cheap, output: 2, source: s}]", "FILE: `models.0.input` must be a number, and is 'cheap'."),
        ("- a", "FILE must hold `key: value` lines."),
    ],
)
def test_a_wrong_price_table_names_the_key_and_its_neighbour(command: Command, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    assert failed(command(SYSTEMS / "plain", "--prices", path)) == (2, "", said.replace("FILE", str(path)))


def test_a_price_table_that_is_not_there_is_named(command: Command) -> None:
    assert failed(command(SYSTEMS / "plain", "--prices", "no/prices.yaml")) == (2, "", "no/prices.yaml cannot be read: No such file or directory.")


def test_ones_own_prices_go_over_the_shipped_ones(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("models: [{name: mine, provider: me, input: 1000000, output: 2, source: me}]\ndays: 1\nsessions_per_day: 1\ncalls_per_session: 1\n", encoding="utf-8")
    report = json.loads(command(SYSTEMS / "plain", "--json", "--prices", path).stdout)
    assert [(cost["model"], cost["dollars"]) for cost in report["costs"]] == [("mine", {"as it is": report["resident"][0]})]


@pytest.mark.parametrize(("flag", "value"), [("--calls", 0), ("--sessions", 0), ("--calls", "many")])
def test_a_use_that_cannot_be_is_wrong_usage(command: Command, flag: str, value: object) -> None:
    assert command(SYSTEMS / "plain", flag, value).exit_code == 2


def test_a_path_that_is_not_there_is_named(command: Command) -> None:
    assert failed(command("no/such/folder")) == (2, "", "no/such/folder cannot be read: No such file or directory. Give a folder, a file, an archive or an address.")


@pytest.mark.parametrize("name", ["empty", "logo.png", "notes.toml", "bad.md"])
def test_where_nothing_is_told_the_command_says_where_to_point(command: Command, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "empty":
        path.mkdir()
    else:
        path.write_bytes(b"\x00\x01" if name in ("logo.png", "bad.md") else b"a = 1\n")
    code, out, sentence = failed(command(path))
    assert (code, out) == (2, "")
    assert sentence.startswith(f"nothing that an agent is told was found in {path}") and sentence.endswith(f". {POINT_AT}")
    assert "\n" not in sentence


def test_a_knowledge_yaml_that_cannot_be_used_is_named(command: Command, tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"AGENTS.md": "Never guess.\n", "knowledge.yaml": "documents:\n- {levle: L1}\n"})
    assert failed(command(folder)) == (2, "", "s/knowledge.yaml: there is no `levle`; did you mean `level`?")


def test_every_shipped_price_has_a_source_and_a_date() -> None:
    table: dict[str, Any] = yaml.safe_load((FOLDER / "prices.yaml").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in table["models"] if not (entry["source"].startswith("https://") and entry["as_of"])] == []
    assert len({entry["name"] for entry in table["models"]}) == len(table["models"]) > 3
