"""A system: the same sources give the same units, and a change of one line is a change of one unit."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from knowledge.catalog import HIVE
from knowledge.overrides import Misfit
from knowledge.system import System, read_system
from knowledge.units import Command, Methodology, Pattern, Persona, Rule, Tool
from tests.unit.knowledge.systems import SYSTEMS, misplaced, reading, source, system, units

RULES = "# Rules\n\n## Git\n\n- Never amend a commit.\n- Always sign a commit.\n\n## Files\n\n- Never delete a file.\n"


def digests(of: System) -> dict[str, str]:
    ids = [unit.id for unit in of.units]
    assert len(set(ids)) == len(ids)
    return {unit.id: unit.digest for unit in of.units}


def changed(tmp_path: Path, name: str, file: str, old: str, new: str) -> tuple[set[str], set[str]]:
    """The ids that a system has lost or that say something else, and those that are new or say something else, after a change in one file."""
    shutil.copytree(SYSTEMS / name, tmp_path / name)
    path = tmp_path / name / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    before, after = digests(system(name)), digests(read_system([str(tmp_path / name)]))
    return {id_ for id_ in before if before[id_] != after.get(id_)}, {id_ for id_ in after if after[id_] != before.get(id_)}


@pytest.mark.parametrize("name", ["claude", "agents", "cursor", "seed", "plain", "mcp", "bmad4", "bmad6", "openapi"])
def test_the_same_sources_give_the_same_units_in_the_same_order(name: str) -> None:
    again = read_system([str(SYSTEMS / name)])
    assert again.units == system(name).units and len(again.units) > 1
    assert (again.files, again.parts, again.mentions, again.notes, again.warnings) == (
        system(name).files,
        system(name).parts,
        system(name).mentions,
        system(name).notes,
        system(name).warnings,
    )
    assert list(digests(again)) == list(digests(system(name)))


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "kind"),
    [
        ("claude", "CLAUDE.md", "Keep a commit to one subject.", "Keep a commit to one file.", "rule"),
        ("claude", "CLAUDE.md", "- force-push to main", "- push to main", "rule"),
        ("claude", "CLAUDE.md", "You must run the tests before you push.", "You must run the tests.", "rule"),
        ("claude", "docs/style.md", "Write dates as year-month-day.", "Write dates as day-month-year.", "rule"),
        ("claude", ".claude/agents/reviewer.md", "Name the line of each defect.", "Name the file of each defect.", "persona"),
        ("claude", ".claude/agents/reviewer.md", "Brief and friendly. Praise is rare.", "Brief.", "persona"),
        ("claude", ".claude/agents/reviewer.md", "Reads it and says what is wrong.", "Reads it.", "persona"),
        ("claude", ".claude/agents/reviewer.md", "tools: Read, Grep,", "tools: Read,", "persona"),
        ("claude", ".claude/agents/reviewer.md", "- To **migrator** when a table changes: the diff and the reason.\n", "", "persona"),
        ("claude", ".claude/agents/reviewer.md", "If a test is missing, ask for it.", "If a test is missing, write it.", "rule"),
        ("claude", ".claude/agents/data/migrator.md", "color: teal", "color: red", "persona"),
        ("claude", ".claude/commands/ship.md", "description: Release the current version", "description: Release a version", "command"),
        ("claude", ".claude/commands/ship.md", 'argument-hint: "[version]"', 'argument-hint: "[version] [date]"', "command"),
        ("claude", ".claude/commands/ship.md", "3. Never move a tag.", "3. Never delete a tag.", "rule"),
        ("claude", ".claude/commands/db/seed.md", "with $2 rows.", "with $3 rows.", "command"),
        ("claude", ".claude/skills/changelog/SKILL.md", "Turns the log into a list of changes.", "Turns the log into a table.", "command"),
        ("claude", ".claude/settings.json", '"Read(.env)"', '"Read(.env.*)"', "rule"),
        ("claude", ".claude/settings.json", "Say what is left to do.", "Say what is left.", "rule"),
        ("claude", "tools/tracker.json", "List the open issues.", "List all issues.", "tool"),
        ("agents", "api/AGENTS.md", "You must keep old routes alive.", "You must keep old routes.", "rule"),
        ("cursor", ".cursor/rules/ui.mdc", "You should keep a component in one file.", "You should keep a component small.", "rule"),
        ("seed", "methodologies/proof.md", "Set them line by line.", "Set them word by word.", "methodology"),
        ("seed", "methodologies/proof.md", "## 2. Pull", "## 2. Draw", "methodology"),
        ("seed", "methodologies/proof.md", "Have all words on the sheet.", "Have all words there.", "methodology"),
        ("seed", "methodologies/proof.md", "A letter is broken: back to Set.", "A line is crooked: back to Set.", "methodology"),
        ("seed", "methodologies/proof.md", "leave out the proof.", "leave it out.", "rule"),
        ("seed", "communication_patterns/quote.md", "length: at most 60 words", "length: at most 50 words", "pattern"),
        ("seed", "communication_patterns/quote.md", "- the day of delivery", "- the hour of delivery", "pattern"),
        ("seed", "communication_patterns/quote.md", "Forty cards cost 31.20", "Forty cards cost 32.20", "pattern"),
        ("seed", "communication_patterns/delay.md", "Say it in at most 30 words.", "Say it in at most 40 words.", "pattern"),
        ("seed", "agent_personas/printer.md", "- Print a proof first.", "- Print two proofs first.", "persona"),
        ("plain", "notes.txt", "Never promise a date.", "Never promise a day.", "rule"),
        ("mcp", "tools_list.json", '"maximum": 1300', '"maximum": 1200', "tool"),
    ],
    ids=lambda value: None if "\n" in value else value[:30],
)
def test_a_change_of_one_line_is_a_change_of_one_unit(tmp_path: Path, name: str, file: str, old: str, new: str, kind: str) -> None:
    gone, come = changed(tmp_path, name, file, old, new)
    assert (len(gone), len(come)) == (1, 1)
    assert {id_.split(":")[0] for id_ in gone | come if ":" in id_} == ({kind} if kind != "tool" else set())
    assert (gone == come) is (kind != "rule")


@pytest.mark.parametrize(
    ("name", "file", "at"),
    [
        ("claude", "CLAUDE.md", "## Working here"),
        ("claude", "CLAUDE.md", "Never:"),
        ("claude", ".claude/agents/reviewer.md", "## Responsibilities"),
        ("claude", ".claude/commands/ship.md", "1. Read the log"),
        ("claude", ".claude/skills/changelog/SKILL.md", "- Group the entries"),
        ("agents", "AGENTS.md", "## Answers"),
        ("cursor", ".cursor/rules/ui.mdc", "- You should keep"),
        ("seed", "methodologies/proof.md", "Two stages, and a rule."),
        ("seed", "operational_rules/press.md", "- Never reach"),
        ("seed", "system_prompts/core.md", "## Git"),
        ("plain", "handbook.md", "## How to answer"),
    ],
)
def test_what_is_put_above_moves_the_units_and_changes_none(tmp_path: Path, name: str, file: str, at: str) -> None:
    assert changed(tmp_path / "blank", name, file, at, f"\n\n{at}") == (set(), set())
    gone, come = changed(tmp_path / "fact", name, file, at, f"A boat has a keel.\n\n{at}")
    assert (gone, come) == (set(), set())
    gone, come = changed(tmp_path / "rule", name, file, at, f"You must keep a log.\n\n{at}")
    assert gone == set() and len(come) == 1
    after = read_system([str(tmp_path / "rule" / name)])
    assert misplaced(after) == []
    (new,) = (unit for unit in after.units if unit.id in come)
    assert isinstance(new, Rule) and (new.sentence, new.modality) == ("You must keep a log.", "must")


def test_a_rule_that_moves_to_another_line_of_its_file_keeps_its_id(tmp_path: Path) -> None:
    one = reading(tmp_path / "a" / "s", {"AGENTS.md": "- Never guess.\n- Always ask.\n"})
    other = reading(tmp_path / "b" / "s", {"AGENTS.md": "- Always ask.\n- Never guess.\n"})
    assert digests(one) == digests(other)
    assert [unit.line for unit in one.units] == [unit.line for unit in other.units] == [1, 2]


def test_a_sentence_twice_in_a_file_is_one_unit_at_its_first_place(tmp_path: Path) -> None:
    (unit,) = reading(tmp_path / "s", {"AGENTS.md": "Never guess.\n\n## More\n\nNever guess.\n"}).units
    assert unit.line == 1


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        (
            "{level: L4}",
            {("Never amend a commit.", "L4", "operational rule"), ("Always sign a commit.", "L4", "operational rule"), ("Never delete a file.", "L4", "operational rule")},
        ),
        (
            "{section: git, category: domain, level: L4}",
            {("Never amend a commit.", "L4", "domain"), ("Always sign a commit.", "L4", "domain"), ("Never delete a file.", "L0", "operational rule")},
        ),
        (
            "{holds: amend, category: methodology}",
            {("Never amend a commit.", "L0", "methodology"), ("Always sign a commit.", "L0", "operational rule"), ("Never delete a file.", "L0", "operational rule")},
        ),
        ("{section: Files, ignore: true}", {("Never amend a commit.", "L0", "operational rule"), ("Always sign a commit.", "L0", "operational rule")}),
        ("{section: Rules / Git, holds: SIGN, ignore: true}", {("Never amend a commit.", "L0", "operational rule"), ("Never delete a file.", "L0", "operational rule")}),
        (
            '{files: "*.txt", ignore: true}',
            {("Never amend a commit.", "L0", "operational rule"), ("Always sign a commit.", "L0", "operational rule"), ("Never delete a file.", "L0", "operational rule")},
        ),
        ('{files: "docs/**", ignore: true}', set()),
        ('{files: "**/rules.md", ignore: true}', set()),
        ("{ignore: true}", set()),
    ],
)
def test_a_knowledge_yaml_says_better_what_documents_are(tmp_path: Path, entry: str, left: set[tuple[str, str, str]]) -> None:
    found = reading(tmp_path / "s", {"docs/rules.md": RULES, "knowledge.yaml": f"documents:\n- {entry}\n"})
    assert {(unit.sentence, unit.level, unit.category) for unit in found.units if isinstance(unit, Rule)} == left
    assert found.notes == ([] if left else ["s/docs/rules.md is left out, as knowledge.yaml says"])
    assert len(found.parts) == (1 if left else 0)


def test_what_is_left_out_is_not_taken_for_something_unknown(tmp_path: Path) -> None:
    found = reading(
        tmp_path / "s", {"AGENTS.md": "Never guess.\n", "essay.md": "x\n", "old/AGENTS.md": "Never ask.\n", "knowledge.yaml": 'documents:\n- {files: "old/**", ignore: true}\n'}
    )
    assert found.notes == [
        "s/old/AGENTS.md is left out, as knowledge.yaml says",
        "s/essay.md is no part of an agent system that is known here. Give it as a source of its own to have it read",
    ]


def test_residency_is_of_parts_and_a_nearer_file_and_a_later_entry_win(tmp_path: Path) -> None:
    files = {
        "knowledge.yaml": "documents:\n- {residency: on demand, level: L4}\n- {files: a/rules.md, level: L1}\n",
        "a/rules.md": RULES,
        "b/rules.md": RULES,
        "b/knowledge.yaml": "documents:\n- {residency: not sent}\n- {category: domain}\n",
        "c/rules.md": "Never guess.\n",
    }
    found = reading(tmp_path / "s", files)
    assert [(part.path, part.residency, part.level, part.category) for part in found.parts] == [
        ("s/a/rules.md", "on demand", "L1", "system prompt"),
        ("s/b/rules.md", "not sent", "L4", "domain"),
        ("s/c/rules.md", "on demand", "L4", "system prompt"),
    ]
    assert {(unit.path, unit.level) for unit in found.units} == {("s/a/rules.md", "L1"), ("s/b/rules.md", "L4"), ("s/c/rules.md", "L4")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("documents:\n- {levle: L1}\n", "s/knowledge.yaml: there is no `levle`; did you mean `level`?"),
        ("documents:\n- {residence: resident}\n", "s/knowledge.yaml: there is no `residence`; did you mean `residency`?"),
        ("document: []\n", "s/knowledge.yaml: there is no `document`; did you mean `documents`?"),
        ("documents:\n- {zebra: 1}\n", "s/knowledge.yaml: there is no `zebra`"),
    ],
)
def test_an_unknown_key_names_its_neighbour(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misfit) as wrong:
        reading(tmp_path / "s", {"AGENTS.md": "Never guess.\n", "knowledge.yaml": text})
    assert str(wrong.value).startswith(said)


def planted(folder: Path) -> tuple[dict[str, str], Path]:
    """A source whose `.mcp.json` would write a file when its server is started."""
    trap = folder / "started"
    entry = {"command": sys.executable, "args": ["-c", f"open({str(trap)!r}, 'w').close()"]}
    return {"AGENTS.md": "Never guess.\n", ".mcp.json": json.dumps({"mcpServers": {"trap": entry, "far": {"url": "https://far.example/mcp"}}})}, trap


def test_no_server_is_started_or_reached_unasked(tmp_path: Path) -> None:
    files, trap = planted(tmp_path)
    told: list[str] = []
    found = read_system([source(tmp_path / "s", files)], tell=lambda server: told.append(server.name))
    assert not trap.exists() and told == []
    assert list(found.servers) == ["trap", "far"] and found.tools == ()
    assert [note.partition(":")[0] for note in found.notes] == ["server trap was not asked for its tools", "server far was not asked for its tools"]
    assert str(trap) in found.notes[0] and "https://far.example/mcp" in found.notes[1]


def test_a_server_that_is_left_out_is_not_named_at_all(tmp_path: Path) -> None:
    files, trap = planted(tmp_path)
    told: list[str] = []
    files["knowledge.yaml"] = "documents:\n- {files: .mcp.json, ignore: true}\n"
    found = read_system([source(tmp_path / "s", files)], allow_servers=True, start_seconds=5, tell=lambda server: told.append(server.name))
    assert (trap.exists(), told, found.servers, found.problems) == (False, [], {}, [])


def test_a_hook_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    hooks = {"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": f"touch {trap}"}]}]}}
    found = reading(tmp_path / "s", {".claude/settings.json": json.dumps(hooks), ".claude/commands/x.md": f"!`touch {trap}`\n"})
    assert not trap.exists()
    assert [unit.kind for unit in found.units] == ["command", "rule"]


def test_a_saved_list_stands_in_for_a_server(tmp_path: Path) -> None:
    files, trap = planted(tmp_path)
    listed = json.dumps({"tools": [{"name": "spring", "description": "Spring it.", "inputSchema": {"type": "object"}}]})
    found = read_system([source(tmp_path / "s", files | {"lists/trap.json": listed})])
    assert [tool.id for tool in found.tools] == ["trap.spring"]
    assert [note.partition(":")[0] for note in found.notes] == ["server far was not asked for its tools"]
    assert not trap.exists()


def test_the_shipped_system_is_read_whole() -> None:
    found = read_system([str(HIVE.parent)])
    assert (found.problems, found.warnings) == ([], [])
    kinds = found.kinds()
    assert {kind: kinds[kind] for kind in ("persona", "command", "pattern", "methodology", "tool")} == {"persona": 4, "command": 12, "pattern": 8, "methodology": 1, "tool": 44}
    (bmad,) = (unit for unit in found.units if isinstance(unit, Methodology))
    assert [stage.name for stage in bmad.stages] == ["Break down", "Make", "Apply", "Debug"]
    assert all(len(stage.steps) >= 4 and len(stage.shows) >= 3 and stage.done_when and stage.back and stage.notes for stage in bmad.stages)
    assert sorted(unit.name for unit in found.units if isinstance(unit, Persona)) == ["architect", "developer", "devops", "qa"]
    assert all(unit.description and unit.role and unit.duties and unit.tone and unit.hand_overs and unit.tools for unit in found.units if isinstance(unit, Persona))
    assert all(unit.description and unit.effect and unit.called_by == "user" for unit in found.units if isinstance(unit, Command))
    assert all(unit.when and unit.format and unit.tone and unit.length and unit.example for unit in found.units if isinstance(unit, Pattern))
    assert sorted(found.servers) == ["fetch", "filesystem", "git", "memory", "sqlite", "time"] == sorted({unit.server for unit in found.units if isinstance(unit, Tool)})
    assert misplaced(found) == []
    assert [file.path for file in found.files if not file.format] == ["hive/README.md"]


def test_sources_add_up_in_their_order() -> None:
    names = ["seed", "agents", "mcp"]
    found = read_system([str(SYSTEMS / name) for name in names])
    assert found.units == [unit for name in names for unit in system(name).units]
    assert [file.path for file in found.files] == [file.path for name in names for file in system(name).files]
    turned = read_system([str(SYSTEMS / name) for name in reversed(names)])
    assert turned.units == [unit for name in reversed(names) for unit in system(name).units]


def test_a_mix_of_folders_files_and_archives_is_one_system(tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "cursor"), "gztar", SYSTEMS, "cursor")
    found = read_system([packed, str(SYSTEMS / "plain" / "notes.txt"), str(SYSTEMS / "mcp" / "tools_list.json"), str(SYSTEMS / "agents")])
    assert [unit for unit in found.units if unit.path.startswith("cursor/")] == system("cursor").units
    assert found.kinds() == {"rule": 6 + 2 + 6, "tool": 2}
    assert [unit.path for unit in units(found, "notes.txt")] == ["notes.txt", "notes.txt"]


def test_two_sources_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        source(tmp_path / name / "s", {"AGENTS.md": "Never guess.\n"})
    found = read_system([str(tmp_path / "a" / "s"), str(tmp_path / "b" / "s")])
    assert [unit.source for unit in found.units] == ["s/AGENTS.md:1", "s-2/AGENTS.md:1"]
    assert len(digests(found)) == 2


def test_one_source_does_not_make_another_an_agent_system(tmp_path: Path) -> None:
    folders = [source(tmp_path / "a", {"AGENTS.md": "Never guess.\n"}), source(tmp_path / "b", {"essay.md": "Never ask.\n"})]
    assert [unit.path for unit in read_system(folders).units] == ["a/AGENTS.md", "b/essay.md"]
