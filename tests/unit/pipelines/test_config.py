"""Settings: later ones win, and what is wrong is named."""

from pathlib import Path

import pytest

from pipelines.config import Misconfigured, Phase3, load_settings, shared


def mine(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_settings_are_whole() -> None:
    settings = load_settings(Phase3, None, {}, "phase3")
    assert (settings.rows, settings.seed, settings.near, settings.sources) == (1000, 0, 0.8, ("knowledge/hive/mcp.json",))


def test_a_users_file_wins_over_the_shipped_ones_and_flags_win_over_both(tmp_path: Path) -> None:
    config = mine(tmp_path, "rows: 50\nseed: 3\nlimits: {slots: 4}\n")
    settings = load_settings(Phase3, config, {"rows": 7, "seed": None}, "phase3")
    assert (settings.rows, settings.seed, settings.limits.slots, settings.limits.retries) == (7, 3, 4, 2)


def test_a_list_is_replaced_and_not_joined() -> None:
    assert load_settings(Phase3, None, {"sources": ["a.json"]}, "phase3").sources == ("a.json",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("row: 5", "there is no setting `row`; did you mean `rows`?"),
        ("limits: {slot: 5}", "there is no setting `limits.slot`; did you mean `slots`?"),
        ("roles: {writter: embedded}", "there is no setting `roles.writter`; did you mean `writer`?"),
        (
            "zzz: 5",
            "there is no setting `zzz`; known are out, ledger, engine, cluster, batch, calibration, gate, exports, variants, minimal_prompt, teachers, roles",
        ),
        ("rows: many", "`rows` must be a whole number, and is 'many'"),
        ("rows: 0", "`rows` must be greater than or equal to 1, and is 0"),
        ("near: 1.5", "`near` must be less than or equal to 1, and is 1.5"),
        ("sources: []", "`sources` must have at least 1 entry"),
        ("roles: {writer: gpt}", "`roles.writer` is bound to 'gpt', and the teachers it can have are embedded, openai, anthropic, local."),
        ("roles: {judge: embedded}", "`roles.judge` is bound to 'embedded', and the teachers it can have are openai, anthropic, local."),
        ("roles: {writer: {teacher: openai, rpm: 5}}", "there is no setting `roles.writer.rpm`"),
        ("roles: {writer: {teacher: openai, concurrency: 0}}", "`roles.writer.concurrency` must be greater than or equal to 1, and is 0"),
        ("teachers: {mine: {api: openai, modell: x}}", "there is no setting `teachers.mine.modell`; did you mean `model`?"),
        ("teachers: {mine: {api: openai}}", "`teachers.mine.model` must be given"),
        ("teachers: {mine: {api: gemini, model: x}}", "`teachers.mine.api` must be 'openai' or 'anthropic', and is 'gemini'"),
        ("teachers: {openai: {key: sk-live-0123456789}}", "`teachers.openai.key` must name the environment variable that holds the key, such as OPENAI_API_KEY."),
        ("limits: {max_cost: -1}", "`limits.max_cost` must be greater than or equal to 0, and is -1"),
        ("engine: spark", "`engine` must be 'stream' or 'ray', and is 'spark'"),
        ("limits: 3", "`limits` must hold `key: value` lines"),
        ("- a", "must hold `key: value` lines"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        load_settings(Phase3, mine(tmp_path, text), {}, "phase3")
    assert said in str(wrong.value) and "mine.yaml" in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.yaml cannot be read: No such file"):
        load_settings(Phase3, tmp_path / "nowhere.yaml", {}, "phase3")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(Phase3, None, {}, "phase3").rows = 5  # type: ignore[misc]


def test_a_key_in_a_file_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as wrong:
        load_settings(Phase3, mine(tmp_path, "teachers: {openai: {key: sk-live-0123456789}}"), {}, "phase3")
    assert "sk-live" not in str(wrong.value)


def test_a_bare_name_binds_a_role_and_a_flag_binds_it_anew(tmp_path: Path) -> None:
    config = mine(tmp_path, "roles: {writer: openai, responder: {teacher: anthropic, tokens_per_minute: 9}}\n")
    given = shared(["writer=local"], 2.5, None, 7, False, None)
    settings = load_settings(Phase3, config, given, "phase3")
    writer, responder = settings.roles.writer, settings.roles.responder
    assert (writer.teacher, responder.teacher, responder.tokens_per_minute) == ("local", "anthropic", 9)
    assert (settings.limits.max_cost, settings.limits.max_calls, settings.limits.concurrency, settings.batch) == (2.5, None, 7, False)


def test_one_key_of_a_shipped_teacher_can_be_changed(tmp_path: Path) -> None:
    settings = load_settings(Phase3, mine(tmp_path, "teachers: {openai: {max_tokens: 99}}"), {}, "phase3")
    assert (settings.teachers["openai"].max_tokens, settings.teachers["openai"].key) == (99, "OPENAI_API_KEY")


@pytest.mark.parametrize("word", ["writer", "writer=", "poet=openai", "=openai"])
def test_a_role_that_is_written_otherwise_is_shown_how(word: str) -> None:
    with pytest.raises(Misconfigured, match="write it as ROLE=TEACHER; the roles are writer, responder, judge, extractor"):
        shared([word], None, None, None, False, None)
