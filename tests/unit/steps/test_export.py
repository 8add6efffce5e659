"""Rows become files by format, variant and split; what does not fit is listed beside them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steps.contracts import AssistantMessage, ToolCall
from steps.export import Written, export
from steps.formats import FORMATS, Context
from tests.unit.conversation import CATALOG, done, row

CHAIN = row("> list data, read the first", [done("list_folder", "[FILE] moon.csv", path="data")], [done("read_file", "Ünicode ✓", path="data/moon.csv")], "< One line.")
PARALLEL = row("> a and b", [done("read_file", "A", path="a"), done("read_file", "B", path="b")], "< A and B.")
OFFLINE = row("> a", [done("read_file", "", by="nobody", path="a")], executes=False)
TALK = row("> hello", "< Hello.")
SPECS = tuple(tool.spec for tool in CATALOG.tools)
CONTEXTS = {"full": Context("", SPECS), "in-weights": Context()}


def rows() -> list[dict[str, Any]]:
    made = (("train", CHAIN), ("train", PARALLEL), ("test", OFFLINE), ("test", TALK))
    return [{"id": f"{number}", "split": split, "messages": one.messages} for number, (split, one) in enumerate(made)]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., list[Written]]:
    return lambda *names: export(rows, lambda row, variant: CONTEXTS[variant], [FORMATS[name] for name in names], ("full", "in-weights"), tmp_path)


def test_a_row_stands_in_its_split_and_an_empty_split_has_no_file(write: Callable[..., list[Written]], tmp_path: Path) -> None:
    written = write("openai", "mlx")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == sorted(
        f"{name}-{variant}/{split}.jsonl" for name in ("mlx", "openai") for variant in ("full", "in-weights") for split in ("test", "train")
    )
    assert [(one.format, one.variant, one.split, one.rows) for one in written][:3] == [
        ("openai", "full", "train", 2),
        ("openai", "full", "validation", 0),
        ("openai", "full", "test", 2),
    ]
    assert all(one.bytes == one.file.stat().st_size for one in written if one.file)


def test_full_has_every_spec_and_in_weights_has_none_and_the_messages_are_the_same(write: Callable[..., list[Written]], tmp_path: Path) -> None:
    write("openai")
    full, lean = (lines(tmp_path / f"openai-{variant}" / "train.jsonl") for variant in ("full", "in-weights"))
    assert [set(line) for line in full] == [{"messages", "tools"}] * 2 and [set(line) for line in lean] == [{"messages"}] * 2
    assert [line["messages"] for line in full] == [line["messages"] for line in lean] == [CHAIN.messages, PARALLEL.messages]
    assert full[0]["tools"] == list(SPECS)
    assert "Ünicode ✓" in (tmp_path / "openai-in-weights" / "train.jsonl").read_text(encoding="utf-8")


def test_a_row_that_does_not_fit_is_listed_and_counted(write: Callable[..., list[Written]], tmp_path: Path) -> None:
    written = write("alpaca")
    rule = "a tool is called; alpaca has no place for calls"
    listed = {"train": [{"id": "0", "rule": rule}, {"id": "1", "rule": rule}], "test": [{"id": "2", "rule": rule}]}
    assert json.loads((tmp_path / "alpaca-full" / "left-out.json").read_text()) == listed
    assert [(one.split, one.rows, len(one.left_out)) for one in written if one.variant == "full"] == [("train", 0, 2), ("validation", 0, 0), ("test", 1, 1)]


def test_what_an_earlier_export_left_is_gone(write: Callable[..., list[Written]], tmp_path: Path) -> None:
    folder = tmp_path / "openai-full"
    folder.mkdir()
    for name in ("validation.jsonl", "left-out.json", "mine.txt"):
        (folder / name).write_text("old")
    write("openai")
    assert sorted(path.name for path in folder.iterdir()) == ["mine.txt", "test.jsonl", "train.jsonl"]


def test_the_file_is_validated_and_its_faults_name_rows(write: Callable[..., list[Written]]) -> None:
    found = {(one.variant, one.split): one.faults for one in write("openai") if one.faults}
    assert {key: [fault.rule for fault in faults] for key, faults in found.items()} == {
        (variant, "train"): ["2 examples; a training file has at least 10"] for variant in ("full", "in-weights")
    }


def test_an_assistants_calls_are_said_in_the_chat_form_with_arguments_as_text() -> None:
    message = AssistantMessage(content=None, calls=(ToolCall(id="c1", name="read_file", arguments={"path": "é"}),)).message()
    assert message == {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "é"}'}}]}
    assert AssistantMessage(content="Hi").message() == {"role": "assistant", "content": "Hi"}
