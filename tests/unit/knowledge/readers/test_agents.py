"""AGENTS.md and its kin."""

from pathlib import Path

import pytest

from knowledge.units import Rule
from tests.unit.knowledge.systems import misplaced, parts, reading, rules, same, system, text, units


def test_everything_stands_where_it_says() -> None:
    assert misplaced(system("agents")) == []
    assert [(file.path, file.format) for file in system("agents").files] == [
        ("agents/AGENTS.md", "AGENTS.md"),
        ("agents/GEMINI.md", "AGENTS.md"),
        ("agents/api/AGENTS.md", "AGENTS.md"),
    ]


def test_a_file_at_the_top_holds_everywhere_and_its_rules_are_sorted_by_their_headings() -> None:
    found = system("agents")
    assert rules(found, "agents/AGENTS.md") == [
        (7, "must", "Always sign a commit."),
        (8, "must not", "Never commit a recorded forecast."),
        (12, "must", "Give temperatures in degrees Celsius."),
    ]
    assert [(unit.level, unit.category, unit.scope, unit.section) for unit in units(found, "agents/AGENTS.md")] == [
        ("L0", "operational rule", "", ("Lighthouse", "Commits")),
        ("L0", "operational rule", "", ("Lighthouse", "Commits")),
        ("L0", "communication pattern", "", ("Lighthouse", "Answers")),
    ]
    assert parts(found, "agents/AGENTS.md") == [("AGENTS.md", "resident", "L0", "system prompt", text(found, "agents/AGENTS.md"))]


def test_a_file_below_holds_there_and_is_sent_on_demand() -> None:
    found = system("agents")
    assert rules(found, "agents/api/AGENTS.md") == [(3, "must", "You must keep old routes alive."), (4, "when-then", "If a route changes, write a note for the ports.")]
    assert same(found, "agents/api/AGENTS.md", "scope") == {("files:api/**",)}
    assert [part[:2] for part in parts(found, "agents/api/AGENTS.md")] == [("AGENTS.md", "on demand")]


def test_a_file_for_another_agent_beside_it_is_at_the_top_too() -> None:
    found = system("agents")
    assert rules(found, "agents/GEMINI.md") == [(3, "should", "You should answer in the language of the question.")]
    assert [part[:2] for part in parts(found, "agents/GEMINI.md")] == [("GEMINI.md", "resident")]


@pytest.mark.parametrize(
    "path",
    [
        "AGENT.md",
        "Agents.md",
        "QWEN.md",
        ".windsurfrules",
        ".clinerules",
        ".clinerules/git.md",
        ".windsurf/rules/git.md",
        ".github/copilot-instructions.md",
        ".github/instructions/py.instructions.md",
    ],
)
def test_other_agents_files_are_known_by_their_names_and_folders(tmp_path: Path, path: str) -> None:
    found = reading(tmp_path / "s", {path: "Never guess.\n", "instructions/no.json": "{}"})
    assert rules(found, f"s/{path}") == [(1, "must not", "Never guess.")]
    assert [file.format for file in found.files if file.path == f"s/{path}"] == ["AGENTS.md"]
    assert same(found, f"s/{path}", "scope") == {("",)}
    assert [part.residency for part in found.parts] == ["resident"]


def test_below_another_memory_other_agents_files_hold_there(tmp_path: Path) -> None:
    files = {"AGENTS.md": "Never guess.\n", "web/.windsurfrules": "Never run.\n", "web/.clinerules/a/git.md": "Never push.\n", "web/deep/GEMINI.md": "Never dive.\n"}
    found = reading(tmp_path / "s", files)
    assert [(unit.path, unit.scope) for unit in found.units if isinstance(unit, Rule)] == [
        ("s/AGENTS.md", ""),
        ("s/web/.clinerules/a/git.md", "files:web/**"),
        ("s/web/.windsurfrules", "files:web/**"),
        ("s/web/deep/GEMINI.md", "files:web/deep/**"),
    ]
    assert [part.residency for part in found.parts] == ["resident", "on demand", "on demand", "on demand"]


@pytest.mark.parametrize(
    ("header", "scope", "residency"),
    [
        ('applyTo: "**/*.py,**/*.pyi"', "files:**/*.py,**/*.pyi", "on demand"),
        ("applyTo: '**'", "", "resident"),
        ("description: x", "", "resident"),
    ],
)
def test_instructions_for_some_files_hold_for_these(tmp_path: Path, header: str, scope: str, residency: str) -> None:
    found = reading(tmp_path / "s", {".github/instructions/py.instructions.md": f"---\n{header}\n---\n\nNever guess.\n"})
    assert [unit.scope for unit in found.units if isinstance(unit, Rule)] == [scope]
    assert [part.residency for part in found.parts] == [residency]
