"""What goes into a format comes back, breaks none of its rules, and is written and read as it is."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given

from steps.formats import FORMATS, Context, Format, Inexpressible
from steps.formats.context import told
from tests.unit.steps.formats.conversations import BOTH, CALLED, FULL, LEAN, PAIRED, PARALLEL, ROWS, TOOLS, plain, rows

CALLING = [format for name, format in FORMATS.items() if name not in ("alpaca", "trl-preference")]


def back(format: Format, row: dict[str, Any], context: Context) -> list[Any]:
    """A row, written and read."""
    raw = format.encoded(row, context)
    assert raw.endswith(b"\n") and raw.count(b"\n") == 1
    assert list(format.wrong(raw)) == []
    return plain(format.back(orjson.loads(raw)))


@pytest.mark.parametrize("format", CALLING, ids=lambda format: format.name)
@given(row=rows(words=False))
def test_a_conversation_with_calls_comes_back(format: Format, row: dict[str, Any]) -> None:
    assert back(format, row, LEAN) == plain(row["messages"])


@pytest.mark.parametrize("format", [format for format in CALLING if format.name != "sharegpt"], ids=lambda format: format.name)
@given(row=rows())
def test_so_does_one_that_speaks_and_calls_at_once(format: Format, row: dict[str, Any]) -> None:
    assert back(format, row, LEAN) == plain(row["messages"])


@given(row=rows(calls=False))
def test_alpaca_holds_what_is_said_in_turn(row: dict[str, Any]) -> None:
    assert back(FORMATS["alpaca"], row, LEAN) == plain(row["messages"])


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("format", CALLING, ids=lambda format: format.name)
def test_rows_of_every_kind_fit_where_they_may(format: Format, name: str) -> None:
    if (format.name, name) == ("sharegpt", "both"):
        with pytest.raises(Inexpressible, match="row 000001: a message both speaks and calls a tool"):
            format.encoded(ROWS[name], FULL)
        return
    assert back(format, ROWS[name], LEAN) == plain(ROWS[name]["messages"])


@pytest.mark.parametrize("format", CALLING, ids=lambda format: format.name)
def test_the_full_variant_has_the_manual_before_the_rows_own_lines_and_the_tools(format: Format) -> None:
    raw = format.encoded(CALLED, FULL)
    assert list(format.wrong(raw)) == []
    system = format.back(orjson.loads(raw))[0]["content"]
    assert system.endswith("The manual.\n\nYou are an assistant.")
    assert all(tool["function"]["name"] in raw.decode() and tool["function"]["description"] in raw.decode() for tool in TOOLS)
    lean = format.encoded(CALLED, LEAN).decode()
    assert "manual" not in lean and "What read_file does" not in lean


def test_a_row_without_a_system_message_gets_one_from_its_context_alone() -> None:
    bare = {**CALLED, "messages": CALLED["messages"][1:]}
    assert told(bare, LEAN)[0]["role"] == "user"
    assert told(bare, Context("Be brief."))[0] == {"role": "system", "content": "Be brief."}


def test_a_preference_goes_on_from_the_same_prompt_in_two_ways() -> None:
    line = FORMATS["trl-preference"].line(PAIRED, LEAN)
    assert line["chosen"][0]["content"] == "Ä and B." and line["rejected"] == [{"role": "assistant", "content": "I do not know it."}]
    assert [message["role"] for message in line["prompt"]] == ["system", "user"]
    assert back(FORMATS["trl-preference"], PAIRED, LEAN) == plain(PAIRED["messages"])


@pytest.mark.parametrize(
    ("format", "row", "rule"),
    [
        ("alpaca", CALLED, "a tool is called; alpaca has no place for calls"),
        ("alpaca", {**CALLED, "messages": CALLED["messages"][:2]}, "user and assistant do not speak in turn; alpaca has pairs alone"),
        ("sharegpt", BOTH, "a message both speaks and calls a tool; in sharegpt a turn does one of them"),
        ("trl-preference", CALLED, "the row has no second answer"),
        ("trl-preference", PAIRED | {"preference": json.dumps({"unpaired": "preference: the row knows no violation"})}, "the row knows no violation"),
        ("trl-preference", PAIRED | {"preference": json.dumps({"rejected": "x", "judged": "two"})}, "a judge found the second answer better"),
        ("trl-preference", PAIRED | {"preference": json.dumps({"rejected": "x", "judged": "tie"})}, "a judge found both answers as good"),
        ("trl-completion", {**CALLED, "messages": CALLED["messages"][:2]}, "there is no answer after a prompt"),
        ("bedrock", {**CALLED, "messages": [*CALLED["messages"][:-1], {"role": "assistant", "content": "<tool_use>\n{}\n</tool_use>"}]}, "its text holds the marks"),
        ("bedrock", {**CALLED, "messages": [{"role": "user", "content": "word " * 40_000}, CALLED["messages"][-1]]}, "an example may have 32,000"),
        ("openai", {**CALLED, "messages": [{"role": "user", "content": "word " * 70_000}, CALLED["messages"][-1]]}, "an example may have 65,536"),
        ("mlx", {**CALLED, "messages": [{**CALLED["messages"][2], "tool_calls": [{**CALLED["messages"][2]["tool_calls"][0], "function": {"name": "x", "arguments": "{"}}]}]},
         "arguments of a call are no JSON"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_named_with_the_rule(format: str, row: dict[str, Any], rule: str) -> None:
    with pytest.raises(Inexpressible) as raised:
        FORMATS[format].encoded(row, LEAN)
    assert raised.value.id == "000001" and rule in raised.value.rule


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda format: format.name)
def test_a_weight_of_0_is_written_or_the_row_is_named(format: Format) -> None:
    light = {**PAIRED, "messages": [*PAIRED["messages"][:2], PAIRED["messages"][2] | {"weight": 0}, *ROWS["spoken"]["messages"][3:]]}
    if format.name == "trl-completion":  # trains the last answer alone
        assert list(format.wrong(format.encoded(light, LEAN))) == []
    elif format.name in ("openai", "together", "fireworks", "parquet"):
        raw = format.encoded(light, LEAN)
        assert list(format.wrong(raw)) == [] and b'"weight":0' in raw
    else:
        with pytest.raises(Inexpressible, match="weight 0"):
            format.encoded(light, LEAN)


def test_pairs_are_evened_by_length_and_the_others_are_named() -> None:
    found = [{**PAIRED, "id": f"{number}", "preference": json.dumps({"rejected": "No." if number else "I do not know what is in them.", "judged": None})} for number in range(9)]
    format = FORMATS["trl-preference"].among(found)
    lines = []
    for row in found:
        try:
            lines.append(format.encoded(row, LEAN))
        except Inexpressible as error:
            assert error.rule == "left out so that length does not tell the better answer"
    assert 1 < len(lines) < 9


def test_parquet_is_read_as_it_was_written(tmp_path: Path) -> None:
    format = FORMATS["parquet"]
    sink = format.sink(tmp_path / "a.parquet")
    written = [format.encoded(row, FULL) for row in (CALLED, PARALLEL)]
    for raw in written:
        sink.write(raw)
    sink.close()
    read = [orjson.loads(raw) for raw in format.lines(tmp_path / "a.parquet")]
    assert [plain(format.back(line)) for line in read] == [plain(format.back(orjson.loads(raw))) for raw in written]
    assert [line["id"] for line in read] == ["000001"] * 2 and json.loads(read[0]["tools"]) == list(TOOLS)
    assert list(format.faults(tmp_path / "a.parquet")) == []
