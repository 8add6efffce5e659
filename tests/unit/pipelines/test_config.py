"""Settings: later ones win, and what is wrong is named."""

from pathlib import Path

import pytest

from pipelines.config import Misconfigured, load_settings


def mine(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_settings_are_whole() -> None:
    settings = load_settings("phase3", None, {})
    assert (settings.rows, settings.seed, settings.near, settings.sources) == (1000, 0, 0.8, ("knowledge/hive/mcp.json",))


def test_a_users_file_wins_over_the_shipped_ones_and_flags_win_over_both(tmp_path: Path) -> None:
    config = mine(tmp_path, "rows: 50\nseed: 3\nlimits: {slots: 4}\n")
    settings = load_settings("phase3", config, {"rows": 7, "seed": None})
    assert (settings.rows, settings.seed, settings.limits.slots, settings.limits.batch) == (7, 3, 4, 25)


def test_a_list_is_replaced_and_not_joined() -> None:
    assert load_settings("phase3", None, {"sources": ["a.json"]}).sources == ("a.json",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("row: 5", "there is no setting `row`; did you mean `rows`?"),
        ("limits: {slot: 5}", "there is no setting `limits.slot`; did you mean `slots`?"),
        ("roles: {writter: embedded}", "there is no setting `roles.writter`; did you mean `writer`?"),
        ("zzz: 5", "there is no setting `zzz`; known are out, roles, limits, sources"),
        ("rows: many", "`rows` must be a whole number, and is 'many'"),
        ("rows: 0", "`rows` must be greater than or equal to 1, and is 0"),
        ("near: 1.5", "`near` must be less than or equal to 1, and is 1.5"),
        ("sources: []", "`sources` must have at least 1 entry"),
        ("roles: {writer: gpt}", "`roles.writer` must be 'embedded', and is 'gpt'"),
        ("limits: 3", "`limits` must hold `key: value` lines"),
        ("- a", "must hold `key: value` lines"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        load_settings("phase3", mine(tmp_path, text), {})
    assert said in str(wrong.value) and "mine.yaml" in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.yaml cannot be read: No such file"):
        load_settings("phase3", tmp_path / "nowhere.yaml", {})


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings("phase3", None, {}).rows = 5  # type: ignore[misc]
