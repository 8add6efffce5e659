"""Claude Code's settings: permissions and hooks."""

from pathlib import Path

import pytest

from knowledge.units import Rule
from tests.unit.knowledge.systems import misplaced, parts, reading, system, text, units

PATH = "claude/.claude/settings.json"


def test_every_permission_and_hook_is_a_rule_as_it_is_written() -> None:
    assert [(unit.line, unit.modality, unit.under, unit.sentence) for unit in units(system("claude"), PATH)] == [
        (7, "should", "permissions.allow", "Bash(make test)"),
        (7, "should", "permissions.allow", "Read(docs/**)"),
        (8, "when-then", "permissions.ask", "Bash(git push:*)"),
        (9, "must not", "permissions.deny", "Read(.env)"),
        (9, "must not", "permissions.deny", "Bash(make test)"),
        (9, "must not", "permissions.deny", "WebFetch"),
        (3, "when-then", "hooks.PostToolUse on WebFetch", r"make format && echo \"done\""),
        (4, "when-then", "hooks.Stop", "Say what is left to do."),
    ]
    assert {(unit.level, unit.category, unit.scope) for unit in units(system("claude"), PATH)} == {("L0", "operational rule", "")}


def test_the_same_words_twice_have_two_places() -> None:
    found = system("claude")
    first, second = (unit for unit in units(found, PATH) if isinstance(unit, Rule) and unit.sentence == "Bash(make test)")
    assert first.start < second.start and text(found, PATH)[second.start : second.end] == "Bash(make test)"


def test_nothing_of_it_is_sent() -> None:
    assert parts(system("claude"), PATH) == [("settings.json", "not sent", "L0", "operational rule", text(system("claude"), PATH))]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ('{"permissions": {"deny": ["a"]},\n "hooks": ', [("s/.claude/settings.json:2", "is not complete JSON; its permissions and hooks are left out")]),
        ("[]", [("s/.claude/settings.json:1", "is no JSON object; it is left out")]),
        ("[" * 100_000, [("s/.claude/settings.json:1", "is not complete JSON; its permissions and hooks are left out")]),
        ('{"permissions": [], "hooks": {"Stop": "x", "Start": [3, {"hooks": 4}, {"hooks": [5, {"command": 6}]}]}}', []),
        ('{"permissions": {"deny": "Bash", "allow": [1, null], "other": ["x"]}, "hooks": null}', []),
        ("{}", []),
    ],
    ids=["cut off", "a list", "nested deeply", "hooks of other types", "permissions of other types", "empty"],
)
def test_what_is_not_as_it_should_be_is_left_out(tmp_path: Path, text: str, warnings: list[tuple[str, str]]) -> None:
    found = reading(tmp_path / "s", {".claude/settings.json": text})
    assert (found.units, found.warnings, found.problems) == ([], warnings, [])


def test_words_that_json_writes_by_their_codes_are_found(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {".claude/settings.json": '{"permissions": {"deny": ["Read(h\\u00f6fe/**)", "Read(häfen/**)", "a\\/b"]}}'})
    assert [unit.sentence for unit in found.units if isinstance(unit, Rule)] == [r"Read(h\u00f6fe/**)", "Read(häfen/**)", "a/b"]
    assert misplaced(found) == []


def test_settings_of_others_are_not_read(tmp_path: Path) -> None:
    assert reading(tmp_path / "s", {"settings.json": '{"editor.tabSize": 4}'}).units == []
    assert [unit.text for unit in reading(tmp_path / "t", {"settings.json": '{"permissions": {"deny": ["Bash"]}}'}).units] == ["permissions.deny Bash"]
