"""The exports are valid OpenAI chat fine-tuning files, with and without the tools."""

import json
from pathlib import Path
from typing import Any

import pytest

from steps.contracts import AssistantMessage, ToolCall
from steps.export import export
from tests.unit.conversation import CATALOG, done, row

CHAIN = row("> list data, read the first", [done("list_folder", "[FILE] moon.csv", path="data")], [done("read_file", "Ünicode ✓", path="data/moon.csv")], "< One line.")
PARALLEL = row("> a and b", [done("read_file", "A", path="a"), done("read_file", "B", path="b")], "< A and B.")
OFFLINE = row("> a", [done("read_file", "", by="nobody", path="a")], executes=False)


def rows() -> list[dict[str, Any]]:
    return [{"split": split, "messages": made.messages} for split, made in (("train", CHAIN), ("train", PARALLEL), ("test", OFFLINE))]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written = export(rows(), CATALOG, tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in written) == sorted(
        f"openai-{variant}/{split}.jsonl" for variant in ("full", "in-weights") for split in ("train", "validation", "test")
    )
    return tmp_path


def test_a_row_stands_in_its_split_and_an_empty_split_is_an_empty_file(folder: Path) -> None:
    assert [len(lines(folder / "openai-full" / f"{split}.jsonl")) for split in ("train", "validation", "test")] == [2, 0, 1]


def test_full_has_every_spec_and_in_weights_has_none_and_the_messages_are_the_same(folder: Path) -> None:
    full, lean = (lines(folder / f"openai-{variant}" / "train.jsonl") for variant in ("full", "in-weights"))
    assert [set(line) for line in full] == [{"messages", "tools"}] * 2 and [set(line) for line in lean] == [{"messages"}] * 2
    assert [line["messages"] for line in full] == [line["messages"] for line in lean] == [CHAIN.messages, PARALLEL.messages]
    assert full[0]["tools"] == [tool.spec for tool in CATALOG.tools]
    assert full[0]["tools"][0]["type"] == "function" and set(full[0]["tools"][0]["function"]) == {"name", "description", "parameters"}


def test_every_call_is_answered_before_the_assistant_speaks_again(folder: Path) -> None:
    for line in lines(folder / "openai-full" / "train.jsonl"):
        names, waiting = {tool["function"]["name"] for tool in line["tools"]}, []
        for message in line["messages"]:
            if message["role"] == "tool":
                waiting.remove(message["tool_call_id"])
                continue
            assert waiting == []
            for call in message.get("tool_calls", []):
                assert call["type"] == "function" and call["function"]["name"] in names
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
                waiting.append(call["id"])
        assert waiting == []


def test_text_beyond_ascii_stays_readable(folder: Path) -> None:
    assert "Ünicode ✓" in (folder / "openai-in-weights" / "train.jsonl").read_text(encoding="utf-8")


def test_an_assistants_calls_are_said_in_the_chat_form_with_arguments_as_text() -> None:
    message = AssistantMessage(content=None, calls=(ToolCall(id="c1", name="read_file", arguments={"path": "é"}),)).message()
    assert message == {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "é"}'}}]}
    assert AssistantMessage(content="Hi").message() == {"role": "assistant", "content": "Hi"}
