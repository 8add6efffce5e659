"""Plain documents."""

from pathlib import Path

from knowledge.system import read_system
from tests.unit.knowledge.systems import misplaced, parts, reading, rules, same, source, system, text, units


def test_markdown_and_text_are_rules_by_their_headings_and_are_sent_whole() -> None:
    found = system("plain")
    assert misplaced(found) == []
    assert [(unit.line, unit.modality, unit.sentence, unit.category) for unit in units(found, "plain/handbook.md")] == [
        (7, "must not", "You must not open the kiln above 200 degrees.", "operational rule"),
        (8, "when-then", "When the alarm rings, leave the room.", "operational rule"),
        (12, "before-after", "You should name the glaze before its price.", "communication pattern"),
    ]
    assert rules(found, "plain/notes.txt") == [(3, "must", "Write the order number on every parcel."), (3, "must not", "Never promise a date.")]
    assert same(found, "plain/notes.txt", "scope", "level", "category", "section") == {("", "L0", "system prompt", ())}
    assert parts(found, "plain/notes.txt") == [("notes.txt", "resident", "L0", "system prompt", text(found, "plain/notes.txt"))]
    assert {file.format for file in found.files} == {"document"}


def test_in_an_agent_system_other_prose_is_not_taken_for_part_of_it(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"AGENTS.md": "Never guess.\n", "essay.md": "Never read this.\n"})
    assert [unit.path for unit in read_system([folder]).units] == ["s/AGENTS.md"]
    assert [unit.path for unit in read_system([folder, f"{folder}/essay.md"]).units] == ["s/AGENTS.md", "essay.md"]


def test_a_file_that_is_given_itself_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"a.text": "Never guess.\n", "b.markdown": "Always ask.\n"})
    assert [unit.sentence for unit in read_system([f"{folder}/a.text", f"{folder}/b.markdown"]).units] == ["Never guess.", "Always ask."]


def test_empty_files_are_parts_without_rules(tmp_path: Path) -> None:
    found = reading(tmp_path / "s", {"a.md": "", "b.txt": "\n\n"})
    assert (found.units, [(part.name, part.text) for part in found.parts]) == ([], [("a.md", ""), ("b.txt", "\n\n")])
