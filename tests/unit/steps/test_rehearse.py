"""Rehearsal rows come from the bank or from a dataset of any known layout, and a dataset that will not do is told why."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError

from knowledge.rehearsal import load_rehearsal
from steps import rehearse
from steps.rehearse import rehearsed

USER, ANSWER = {"role": "user", "content": "why?"}, {"role": "assistant", "content": "Because."}
TALK = [USER, ANSWER]


def jsonl(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def asked(number: int, **more: str) -> dict[str, Any]:
    return {"instruction": f"What is {number}?", "output": f"It is {number}."} | more


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def test_a_row_of_the_bank_says_word_for_word_what_the_bank_says() -> None:
    row = next(row for row in rehearsed(len(load_rehearsal()), 0) if row["id"] == "rehearsal-leap-year-rule")
    assert row | {"seed": 0} == {
        "id": "rehearsal-leap-year-rule",
        "unit": "rehearsal:leap-year-rule",
        "level": "L0",
        "category": "rehearsal",
        "behaviour": "rehearsal",
        "complexity": "simple",
        "error_case": "none",
        "boundary": False,
        "form": "rehearsal",
        "split": "train",
        "seed": 0,
        "theme": "knowledge",
        "asker": "verbatim",
        "family": "calendar",
        "script": "{}",
        "requests": ["was 1900 a leap year", "and 2100?"],
        "messages": [
            {"role": "user", "content": "was 1900 a leap year"},
            {"role": "assistant", "content": "No. Years divisible by 100 are leap years only if they are also divisible by 400, so 1900 wasn't and 2000 was."},
            {"role": "user", "content": "and 2100?"},
            {"role": "assistant", "content": "Not a leap year either: divisible by 100, not by 400."},
        ],
        "executed": "[]",
        "state": [],
        "evolution": "[]",
        "reject_reason": None,
    }


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert rehearsed(40, 7) == rehearsed(40, 7)
    assert [row["id"] for row in rehearsed(40, 7)] != [row["id"] for row in rehearsed(40, 8)]


def test_a_larger_count_holds_the_rows_of_a_smaller_one_each_once() -> None:
    few, many = rehearsed(30, 3), rehearsed(200, 3)
    assert many[:30] == few
    assert len({row["id"] for row in many}) == 200


@pytest.mark.parametrize("count", [50, 100, 300])
def test_every_count_has_the_splits_in_their_shares(count: int) -> None:
    split = Counter(row["split"] for row in rehearsed(count, 1))
    assert abs(split["train"] / count - 0.8) < 0.03 and min(split["validation"], split["test"]) >= 0.07 * count


def test_more_rows_than_the_bank_holds_ask_for_a_dataset() -> None:
    with pytest.raises(ValueError, match=r"5000 rows are planned and the bank holds \d+ conversations; name a dataset"):
        rehearsed(5000, 0)


@pytest.mark.parametrize(
    "entry",
    [
        {"messages": TALK},
        {"conversations": [{"from": "human", "value": "why?"}, {"from": "gpt", "value": "Because."}]},
        {"conversations": TALK},
        {"instruction": "why?", "input": "", "output": "Because."},
        {"instruction": "why?", "response": "Because."},
        {"prompt": "why?", "completion": "Because."},
        {"prompt": [USER], "completion": [ANSWER]},
        {"id": 3, "source": "forum", "messages": TALK},
    ],
    ids=lambda entry: "-".join(sorted(entry)),
)
def test_each_known_layout_gives_the_same_conversation(tmp_path: Path, entry: dict[str, Any]) -> None:
    (row,) = rehearsed(1, 0, jsonl(tmp_path / "own.jsonl", entry))
    assert row["messages"] == TALK
    assert row["requests"] == ["why?"]


def test_an_input_follows_the_instruction(tmp_path: Path) -> None:
    (row,) = rehearsed(1, 0, jsonl(tmp_path / "own.jsonl", {"instruction": "Translate.", "input": "chat", "output": "cat"}))
    assert row["requests"] == ["Translate.\n\nchat"]


def test_a_system_message_is_kept(tmp_path: Path) -> None:
    system = {"role": "system", "content": "Be brief."}
    (row,) = rehearsed(1, 0, jsonl(tmp_path / "own.jsonl", {"messages": [system, *TALK]}))
    assert row["messages"] == [system, *TALK]
    assert row["requests"] == ["why?"]


def test_parquet_and_a_folder_of_files_are_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"prompt": ["a?", "b?"], "completion": ["A.", "B."]}), tmp_path / "one.parquet")
    (tmp_path / "deep").mkdir()
    pq.write_table(pa.table({"prompt": ["c?"], "completion": ["C."]}), tmp_path / "deep" / "two.parquet")
    assert {row["requests"][0] for row in rehearsed(3, 0, str(tmp_path))} == {"a?", "b?", "c?"}
    assert {row["requests"][0] for row in rehearsed(2, 0, str(tmp_path / "one.parquet"))} == {"a?", "b?"}


def test_own_rows_are_drawn_by_seed_and_split_by_their_content(tmp_path: Path) -> None:
    own = jsonl(tmp_path / "own.jsonl", *(asked(number) for number in range(400)))
    rows, again, other = rehearsed(200, 1, own), rehearsed(200, 1, own), rehearsed(200, 2, own)
    assert rows == again
    assert {row["unit"] for row in rows} != {row["unit"] for row in other}
    split = {row["unit"]: row["split"] for row in rows}
    assert all(split.get(row["unit"], row["split"]) == row["split"] for row in other)
    assert 140 <= Counter(split.values())["train"] <= 180 and set(split.values()) == {"train", "validation", "test"}


def test_the_same_question_with_two_answers_stays_in_one_split(tmp_path: Path) -> None:
    pairs = [asked(number, output=answer) for number in range(30) for answer in ("yes", "no")]
    split: dict[str, set[str]] = {}
    for row in rehearsed(60, 0, jsonl(tmp_path / "own.jsonl", *pairs)):
        split.setdefault(row["requests"][0], set()).add(row["split"])
    assert len(split) == 30 and all(len(splits) == 1 for splits in split.values())


def test_columns_of_no_known_layout_are_named_with_those_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"its columns are label, text; expected are the columns messages, conversations \(ShareGPT\), instruction and output"):
        rehearsed(1, 0, jsonl(tmp_path / "own.jsonl", {"text": "a", "label": 1}))


def test_too_few_rows_say_how_many_there_are_and_why_others_were_left_out(tmp_path: Path) -> None:
    own = jsonl(
        tmp_path / "own.jsonl",
        {"messages": TALK},
        {"messages": TALK},
        {"messages": [USER]},
        {"messages": [USER, {"role": "assistant", "content": " "}]},
        {"messages": [USER, {"role": "tool", "content": "3"}]},
    )
    with pytest.raises(ValueError) as error:
        rehearsed(5, 0, own)
    said = str(error.value)
    assert "5 conversations are planned and 1 can be used" in said
    for reason in ("it stands there twice", "user and assistant do not speak by turns", "a message is empty", "it calls tools or has roles other than system, user and assistant"):
        assert f"1 left out: {reason}" in said


@pytest.mark.parametrize("entry", [{"messages": ["why?", "Because."]}, {"messages": [{"role": "user", "content": None}, ANSWER]}, {"prompt": "why?", "completion": 3}])
def test_what_is_not_text_is_left_out(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 left out: a message is not plain text"):
        rehearsed(1, 0, jsonl(tmp_path / "own.jsonl", entry))


def test_an_empty_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it is empty"):
        rehearsed(1, 0, jsonl(tmp_path / "own.jsonl"))
    with pytest.raises(ValueError, match="kinds none; expected is one of jsonl, json, parquet"):
        (tmp_path / "bare").mkdir()
        rehearsed(1, 0, str(tmp_path / "bare"))


def test_an_empty_parquet_file_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"prompt": pa.array([], pa.string()), "completion": pa.array([], pa.string())}), tmp_path / "none.parquet")
    with pytest.raises(ValueError, match="it is empty"):
        rehearsed(1, 0, str(tmp_path / "none.parquet"))


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text("{'single': 'quotes'}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"own\.jsonl: it cannot be read"):
        rehearsed(1, 0, str(tmp_path / "own.jsonl"))


def test_a_file_of_blank_lines_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text("\n\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"own\.jsonl: it cannot be read"):
        rehearsed(1, 0, str(tmp_path / "own.jsonl"))


def test_a_kind_of_file_that_is_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("prompt,completion\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"kinds \.csv; expected is one of jsonl, json, parquet"):
        rehearsed(1, 0, str(tmp_path / "own.csv"))


def test_what_is_neither_a_path_nor_an_id_is_said_so() -> None:
    with pytest.raises(ValueError, match=r"no/such/file\.jsonl: no such file or folder, and no id of the Hugging Face Hub"):
        rehearsed(1, 0, "no/such/file.jsonl")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            DatasetNotFoundError("Dataset 'a/b' doesn't exist on the Hub."),
            r"a/b: no such file or folder, and the Hugging Face Hub shows no such dataset \(Dataset 'a/b'",
        ),
        (ValueError("Config name is missing.\nPick one"), r"a/b: the Hugging Face Hub's dataset does not open: Config name is missing\. Pick one$"),
        (ConnectionError("Couldn't reach the Hub"), r"a/b: it cannot be read: Couldn't reach the Hub"),
    ],
)
def test_an_id_that_does_not_open_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(rehearse, "load_dataset", refuse)
    with pytest.raises(ValueError, match=said):
        rehearsed(1, 0, "a/b")


def test_an_id_may_name_revision_and_config_and_is_streamed_from_its_train_split(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = load_dataset("json", data_files=jsonl(tmp_path / "own.jsonl", {"messages": TALK}), split="train", streaming=True)
    called: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def hub(*names: object, **more: object) -> dict[str, object]:
        called.append((names, more))
        return {"test_sft": None, "train_sft": own}

    monkeypatch.setattr(rehearse, "load_dataset", hub)
    assert [row["messages"] for row in rehearsed(1, 0, "owner/name@v2:all")] == [TALK]
    assert called == [(("owner/name", "all"), {"revision": "v2", "streaming": True})]
