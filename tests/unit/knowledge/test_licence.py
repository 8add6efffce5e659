from pathlib import Path

import pytest

from knowledge.licence import licence_of, licences_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "text", "licence"),
    [
        ("LICENSE", "MIT License\n\nCopyright (c) 2025", "MIT"),
        ("LICENCE.md", "# Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("COPYING", "          GNU GENERAL PUBLIC LICENSE\n             Version 3, 29 June 2007", "GPL-3.0"),
        ("LICENSE-APACHE", "                 Apache License\n           Version 2.0, January 2004", "Apache-2.0"),
        ("LICENSE.txt", "All rights reserved. Ask the harbour master before you use any of this.", "All rights reserved. Ask the harbour master before"),
        ("LICENSE", "", None),
        ("licence.py", "MIT License", None),
    ],
)
def test_a_licence_is_known_by_its_file(tmp_path: Path, name: str, text: str, licence: str | None) -> None:
    (tmp_path / "system" / "rules").mkdir(parents=True)
    (tmp_path / "system" / ".git").mkdir()
    (tmp_path / "system" / name).write_text(text)
    (tmp_path / "system" / "rules" / "a.md").write_text("Always ask.")
    assert licence_of(str(tmp_path / "system" / "rules")) == licence_of(str(tmp_path / "system" / "rules" / "a.md")) == licence


def test_nothing_is_looked_for_above_a_repository_or_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("MIT License")
    (tmp_path / "own" / ".git").mkdir(parents=True)
    assert licence_of(str(tmp_path / "own")) is None and licence_of("https://example.com/mcp") is None


def test_the_shipped_system_has_the_project_s_licence() -> None:
    assert licences_of([str(ROOT / "knowledge" / "hive")]) == {"hive": "Apache-2.0"}
