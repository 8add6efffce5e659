"""Claude Code: memories with their imports, agents, commands and skills."""

from pathlib import Path

from knowledge.system import read_system
from tests.unit.knowledge.systems import misplaced, parts, reading, rules, said, same, source, system, text, units

AT = "claude/.claude"


def test_everything_stands_where_it_says() -> None:
    assert misplaced(system("claude")) == []


def test_every_file_is_read_but_the_one_that_nothing_imports() -> None:
    assert [(file.path, file.format, file.units) for file in system("claude").files] == [
        ("claude/.claude/agents/data/migrator.md", "Claude Code", 3),
        ("claude/.claude/agents/data/scribe.md", "Claude Code", 2),
        ("claude/.claude/agents/reviewer.md", "Claude Code", 3),
        ("claude/.claude/commands/db/seed.md", "Claude Code", 2),
        ("claude/.claude/commands/ship.md", "Claude Code", 4),
        ("claude/.claude/settings.json", "Claude Code settings", 8),
        ("claude/.claude/skills/changelog/SKILL.md", "Claude Code", 3),
        ("claude/.claude/skills/changelog/format.md", "Claude Code", 2),
        ("claude/.mcp.json", "MCP", 0),
        ("claude/CLAUDE.md", "Claude Code", 8),
        ("claude/docs/history.md", "", 0),
        ("claude/docs/naming.md", "Claude Code", 1),
        ("claude/docs/style.md", "Claude Code", 2),
        ("claude/tools/tracker.json", "MCP", 2),
        ("claude/web/CLAUDE.md", "Claude Code", 1),
        ("claude/web/icons.md", "Claude Code", 1),
    ]
    assert system("claude").problems == []
    assert system("claude").notes == [
        "claude/docs/history.md is no part of an agent system that is known here. Give it as a source of its own to have it read",
        "server harbour was not asked for its tools: that would run `tidepool-harbour`. --allow-servers does; its tools are not counted",
    ]


def test_a_memory_is_rules_and_is_sent_on_every_call() -> None:
    found = system("claude")
    assert rules(found, "claude/CLAUDE.md") == [
        (9, "before-after", "You must run the tests before you push."),
        (10, "must not", "Never edit a file below `generated/`."),
        (11, "prefer-over", "Prefer short functions over clever ones."),
        (12, "when-then", "If two bookings overlap, ask the user."),
        (13, "should", "You should keep lines under 100 characters."),
        (14, "must", "Keep a commit to one subject."),
        (18, "must not", "force-push to main"),
        (19, "must not", "delete a migration"),
    ]
    assert same(found, "claude/CLAUDE.md", "scope", "level", "category", "section") == {("", "L0", "system prompt", ("Tidepool", "Working here"))}
    assert [unit.text for unit in units(found, "claude/CLAUDE.md")][-2:] == ["Never: force-push to main", "Never: delete a migration"]
    assert parts(found, "claude/CLAUDE.md") == [("CLAUDE.md", "resident", "L0", "system prompt", text(found, "claude/CLAUDE.md"))]


def test_imports_are_followed_through_one_another_and_not_out_of_code() -> None:
    found = system("claude")
    assert rules(found, "claude/docs/style.md") == [(5, "must", "Write dates as year-month-day."), (6, "must not", "Do not abbreviate the names of stations.")]
    assert rules(found, "claude/docs/naming.md") == [(5, "must", "You must name a table in the plural.")]
    for path in ("claude/docs/style.md", "claude/docs/naming.md"):
        assert parts(found, path) == [(path.rpartition("/")[2], "resident", "L0", "system prompt", text(found, path))]
    assert [mention for mention in found.mentions if mention[1] == "file"] == [
        ("claude/CLAUDE.md:5", "file", "docs/style.md"),
        ("claude/CLAUDE.md:5", "file", "docs/gone.md"),
        ("claude/docs/naming.md:3", "file", "style.md"),
        ("claude/docs/naming.md:3", "file", "../CLAUDE.md"),
        ("claude/docs/style.md:3", "file", "naming.md"),
        ("claude/docs/style.md:3", "file", "absent/words.md"),
        ("claude/web/CLAUDE.md:3", "file", "icons.md"),
    ]


def test_a_memory_below_and_what_it_imports_hold_there_and_are_sent_on_demand() -> None:
    found = system("claude")
    assert rules(found, "claude/web/CLAUDE.md") == [(5, "must not", "Never write colours as literals.")]
    assert rules(found, "claude/web/icons.md") == [(3, "must", "Use the icons of the harbour set.")]
    for path in ("claude/web/CLAUDE.md", "claude/web/icons.md"):
        assert same(found, path, "scope", "level", "category") == {("files:web/**", "L0", "system prompt")}
        assert parts(found, path) == [(path.rpartition("/")[2], "on demand", "L0", "system prompt", text(found, path))]


def test_what_two_memories_import_is_sent_with_the_one_at_the_top(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {"CLAUDE.md": "@a.md", "a.md": "@shared.md", "shared.md": "You must count.", "below/CLAUDE.md": "@../shared.md"})
    assert [(part.path, part.residency) for part in found.parts] == [
        ("s/CLAUDE.md", "resident"),
        ("s/a.md", "resident"),
        ("s/below/CLAUDE.md", "on demand"),
        ("s/shared.md", "resident"),
    ]
    assert same(found, "s/shared.md", "scope") == {("",)}


def test_imports_end_after_five_hops(tmp_path: Path) -> None:
    files = {"CLAUDE.md": "@1.md", **{f"{number}.md": f"@{number + 1}.md" for number in range(1, 8)}}
    assert [file.path for file in reading(tmp_path / "s", files).files if file.format] == ["s/1.md", "s/2.md", "s/3.md", "s/4.md", "s/5.md", "s/CLAUDE.md"]


def test_an_imported_file_of_values_is_counted_and_holds_no_rules(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {"CLAUDE.md": "See @package.json.", "package.json": '{"scripts": {"test": "Always run pytest."}}'})
    assert units(found, "s/package.json") == []
    assert [(part.name, part.residency) for part in found.parts] == [("CLAUDE.md", "resident"), ("package.json", "resident")]


def test_an_agent_is_a_persona_with_its_rules() -> None:
    found = system("claude")
    persona, *_ = units(found, f"{AT}/agents/reviewer.md")
    assert (persona.name, persona.level, persona.category, persona.id) == ("reviewer", "L3", "persona", f"persona:{AT}/agents/reviewer.md#reviewer")
    assert persona.description == "Use after a change is written. Reads it and says what is wrong."
    assert persona.role == "You are a reviewer who reads changes to the booking code."
    assert said(persona.duties) == [(11, "Read the whole diff."), (12, "Name the line of each defect.")]
    assert said(persona.tone) == [(16, "Brief and friendly."), (16, "Praise is rare.")]
    assert [(part.line, part.to, part.text) for part in persona.hand_overs] == [
        (20, "migrator", "To **migrator** when a table changes: the diff and the reason."),
        (21, "Harbour Master", "To **Harbour Master** when a berth is booked twice."),
    ]
    assert rules(found, f"{AT}/agents/reviewer.md") == [(25, "must not", "Never approve a change of your own."), (26, "when-then", "If a test is missing, ask for it.")]
    assert same(found, f"{AT}/agents/reviewer.md", "scope", "level", "category", "section") == {("persona:reviewer", "L3", "persona", ("Limits",))}


def test_an_agents_tools_are_a_text_or_a_list_and_other_keys_are_kept() -> None:
    found = system("claude")
    assert units(found, f"{AT}/agents/reviewer.md")[0].tools == ("Read", "Grep", "mcp__tracker__list_issues")
    migrator = units(found, f"{AT}/agents/data/migrator.md")[0]
    assert (migrator.name, migrator.tools, migrator.extra) == ("migrator", ("Read", "Write", "mcp__tracker__close_issue"), {"model": "sonnet", "color": "teal"})
    assert migrator.role == "Your job is to change tables without losing a row."
    assert rules(found, f"{AT}/agents/data/migrator.md") == [(16, "must", "Write the migration and its way back."), (17, "should", "You should test both on a copy.")]
    assert [mention for mention in found.mentions if mention[1] == "tool" and "agents" in mention[0]] == [
        (f"{AT}/agents/data/migrator.md:5", "tool", "Read"),
        (f"{AT}/agents/data/migrator.md:6", "tool", "Write"),
        (f"{AT}/agents/data/migrator.md:7", "tool", "mcp__tracker__close_issue"),
        (f"{AT}/agents/reviewer.md:4", "tool", "Read"),
        (f"{AT}/agents/reviewer.md:4", "tool", "Grep"),
        (f"{AT}/agents/reviewer.md:4", "tool", "mcp__tracker__list_issues"),
    ]


def test_an_unquoted_colon_in_a_description_is_read_with_a_warning() -> None:
    found = system("claude")
    scribe = units(found, f"{AT}/agents/data/scribe.md")[0]
    assert (scribe.name, scribe.description, scribe.tools) == ("scribe", "Writes release notes. Example: user asks what changed", ())
    assert found.warnings == [(f"{AT}/agents/data/scribe.md:3", "the value of `description` holds an unquoted `: `; it was read as plain text")]


def test_of_an_agent_a_line_is_always_sent_and_the_rest_on_demand() -> None:
    found = system("claude")
    path = f"{AT}/agents/reviewer.md"
    line = "- reviewer: Use after a change is written. Reads it and says what is wrong. (Tools: Read, Grep, mcp__tracker__list_issues)"
    assert parts(found, path) == [("reviewer", "resident", "L3", "persona", line), ("reviewer", "on demand", "L3", "persona", found.documents[path].body)]
    assert found.documents[path].body.startswith("\nYou are a reviewer")
    assert parts(found, f"{AT}/agents/data/scribe.md")[0][-1] == "- scribe: Writes release notes. Example: user asks what changed"


def test_a_command_is_named_by_its_path_and_described_by_its_header() -> None:
    found, path = system("claude"), f"{AT}/commands/ship.md"
    command, *_ = units(found, path)
    assert (command.name, command.description, command.called_by, command.arguments) == ("/ship", "Release the current version", "user", ("[version]",))
    assert (command.effect, command.tools, command.extra) == ("Release $ARGUMENTS, or the next version.", ("Bash(git tag:*)", "Read"), {"model": "haiku"})
    assert (command.level, command.category, command.start, command.end) == ("L3", "command", 0, len(text(found, path)))
    assert rules(found, path) == [(10, "must", "Read the log since the last tag."), (11, "when-then", "If the tests fail, stop."), (12, "must not", "Never move a tag.")]
    assert same(found, path, "scope", "level", "category") == {("command:/ship", "L3", "command")}
    listed = "- /ship [version]: Release the current version"
    assert parts(found, path) == [("/ship", "resident", "L3", "command", listed), ("/ship", "on demand", "L3", "command", found.documents[path].body)]


def test_a_command_without_a_header_is_described_by_its_first_line_and_takes_what_its_placeholders_say() -> None:
    found, path = system("claude"), f"{AT}/commands/db/seed.md"
    command, *_ = units(found, path)
    assert (command.name, command.description, command.arguments, command.effect, command.tools) == (
        "/db:seed",
        "Seed the database",
        ("$1", "$2"),
        "Fill table $1 with $2 rows.",
        (),
    )
    assert rules(found, path) == [(5, "must not", "You must not touch the live database.")]
    assert parts(found, path)[0] == ("/db:seed", "resident", "L3", "command", "- /db:seed $1 $2: Seed the database")


def test_a_skill_is_a_command_that_the_model_calls_and_its_other_files_belong_to_it() -> None:
    found, path = system("claude"), f"{AT}/skills/changelog/SKILL.md"
    skill, *_ = units(found, path)
    assert (skill.kind, skill.name, skill.called_by, skill.level, skill.category) == ("command", "changelog", "model", "L4", "skill")
    assert (skill.description, skill.effect, skill.tools) == ("Use when a release needs its list of changes.", "Turns the log into a list of changes.", ("Read", "Write"))
    assert rules(found, path) == [(11, "must", "Group the entries by station."), (12, "should", "You should leave out typing errors.")]
    assert rules(found, f"{AT}/skills/changelog/format.md") == [(3, "must", "Begin each entry with a verb."), (4, "must not", "Never give an entry two lines.")]
    for file in (path, f"{AT}/skills/changelog/format.md"):
        assert same(found, file, "scope", "level", "category") == {("skill:changelog", "L4", "skill")}
    listed = "- changelog: Use when a release needs its list of changes."
    assert parts(found, path) == [("changelog", "resident", "L4", "skill", listed), ("changelog", "on demand", "L4", "skill", found.documents[path].body)]
    assert parts(found, f"{AT}/skills/changelog/format.md") == [("format.md", "on demand", "L4", "skill", text(found, f"{AT}/skills/changelog/format.md"))]


def test_a_plugin_has_its_folders_without_a_dot_and_skills_and_agents_are_known_by_their_headers(tmp_path: Path) -> None:
    skill = "---\nname: tide\ndescription: Use at sea.\n---\n\nReads the tide.\n"
    agent = "---\nname: pilot\ndescription: Steers.\nmodel: inherit\n---\n\nYou are a pilot.\n"
    files = {"p/.claude-plugin/plugin.json": "{}", "p/agents/mate.md": "You are the mate.", "p/commands/anchor.md": "Drop anchor.", "q/tide/SKILL.md": skill, "q/pilot.md": agent}
    found = reading(tmp_path / "s", files | {"q/agents/readme.md": "Nothing."})
    assert [(unit.kind, unit.name) for unit in found.units] == [("persona", "You are the mate."), ("command", "/anchor"), ("persona", "pilot"), ("command", "tide")]


def test_rules_and_output_styles_are_sent_on_every_call(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {".claude/rules/git.md": "# Commits\n\nNever amend a commit.\n", ".claude/output-styles/terse.md": "# Tone\n\nAlways answer in one line.\n"})
    assert [(unit.path, unit.sentence, unit.level, unit.category, unit.scope) for unit in found.units] == [
        ("s/.claude/output-styles/terse.md", "Always answer in one line.", "L0", "communication pattern", ""),
        ("s/.claude/rules/git.md", "Never amend a commit.", "L0", "operational rule", ""),
    ]
    assert {part.residency for part in found.parts} == {"resident"}


def test_rules_for_some_paths_hold_for_these_and_are_sent_on_demand(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {".claude/rules/py.md": '---\npaths:\n  - "src/**/*.py"\n---\n\nNever guess.\n'})
    assert same(found, "s/.claude/rules/py.md", "scope", "category") == {("files:src/**/*.py", "operational rule")}
    assert [part.residency for part in found.parts] == ["on demand"]


def test_a_memory_in_the_hidden_folder_is_at_the_top_and_so_is_one_of_a_source_that_is_the_hidden_folder(tmp_path: Path) -> None:
    source(tmp_path / "s", {".claude/CLAUDE.md": "Never guess.\n", ".claude/agents/a.md": "You are a helper.\n"})
    for folder, path in ((tmp_path / "s", "s/.claude/CLAUDE.md"), (tmp_path / "s" / ".claude", ".claude/CLAUDE.md"), (tmp_path / "s" / ".claude" / "CLAUDE.md", "CLAUDE.md")):
        found = read_system([str(folder)])
        assert same(found, path, "scope") == {("",)}
        assert [part.residency for part in found.parts if part.path == path] == ["resident"]
