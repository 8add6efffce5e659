"""The seed form: six folders."""

from knowledge.units import Pattern, Tool
from tests.unit.knowledge.systems import misplaced, parts, rules, said, same, system, text, units


def test_everything_stands_where_it_says() -> None:
    found = system("seed")
    assert misplaced(found) == []
    assert (found.warnings, found.problems, found.notes) == ([], [], [])
    assert [(file.path, file.format, file.units) for file in found.files] == [
        ("seed/agent_personas/printer.md", "seed folder", 1),
        ("seed/agent_personas/setter.md", "seed folder", 1),
        ("seed/communication_patterns/delay.md", "seed folder", 1),
        ("seed/communication_patterns/quote.md", "seed folder", 2),
        ("seed/methodologies/proof.md", "seed folder", 2),
        ("seed/operational_rules/press.md", "seed folder", 2),
        ("seed/system_prompts/core.md", "seed folder", 2),
        ("seed/tool_specifications/jobs.json", "MCP", 1),
    ]


def test_prompts_are_rules_by_their_headings() -> None:
    found, path = system("seed"), "seed/system_prompts/core.md"
    assert [(unit.line, unit.modality, unit.sentence, unit.level, unit.category) for unit in units(found, path)] == [
        (7, "must", "Begin with the price.", "L0", "communication pattern"),
        (11, "must not", "Never rewrite the history of a branch that others use.", "L0", "operational rule"),
    ]
    assert parts(found, path) == [("core.md", "resident", "L0", "system prompt", text(found, path))]


def test_operational_rules_are_of_that_category_whatever_their_headings() -> None:
    found, path = system("seed"), "seed/operational_rules/press.md"
    assert rules(found, path) == [(3, "must not", "Never reach into a running press."), (4, "before-after", "Before you change a plate, stop the press.")]
    assert same(found, path, "scope", "level", "category") == {("", "L0", "operational rule")}
    assert parts(found, path) == [("press.md", "resident", "L0", "operational rule", text(found, path))]


def test_a_pattern_is_described_by_its_header_and_its_directing_items_are_rules() -> None:
    found, path = system("seed"), "seed/communication_patterns/quote.md"
    pattern = units(found, path)[0]
    assert isinstance(pattern, Pattern) and (pattern.level, pattern.category, pattern.id) == ("L0", "communication pattern", f"pattern:{path}#quote")
    assert (pattern.when, pattern.format, pattern.tone, pattern.length) == ("the user asks what something costs", "one sentence, then a table", "plain", "at most 60 words")
    assert said(pattern.parts) == [(9, "the price"), (10, "the day of delivery")]
    assert pattern.example == "Forty cards cost 31.20, ready on Friday."
    assert rules(found, path) == [(11, "must not", "Never leave out the tax.")]
    assert same(found, path, "scope", "level", "category") == {("pattern:quote", "L0", "communication pattern")}
    assert parts(found, path) == [("quote", "resident", "L0", "communication pattern", text(found, path))]


def test_without_a_header_a_pattern_takes_its_length_from_the_first_sentence_that_gives_one() -> None:
    (pattern,) = units(system("seed"), "seed/communication_patterns/delay.md")
    assert isinstance(pattern, Pattern)
    assert (pattern.name, pattern.length, pattern.when, said(pattern.parts)) == ("Delay", "Say it in at most 30 words.", "", [(5, "what is late"), (6, "the new day")])


def test_tools_are_read_from_saved_lists() -> None:
    (tool,) = units(system("seed"), "seed/tool_specifications/jobs.json")
    assert isinstance(tool, Tool) and (tool.server, tool.called, tool.line) == ("jobs", "open_job", 1)
