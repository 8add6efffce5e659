"""Each rule of each validator: a line that breaks it is named, and the same line whole is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from steps.formats import FORMATS, Fault
from steps.formats.vertex import foreign, schema
from tests.unit.steps.formats.conversations import CALLED, FULL, PAIRED, PARALLEL, SPOKEN, TOOLS

Line = dict[str, Any]
Change = Callable[[Line], object]


def wrong(format: str, row: dict[str, Any], change: Change) -> list[str]:
    """The rules that a changed line breaks; unchanged it breaks none."""
    raw = FORMATS[format].encoded(row, FULL)
    assert list(FORMATS[format].wrong(raw)) == []
    line = orjson.loads(raw)
    change(line)
    return list(FORMATS[format].wrong(orjson.dumps(line)))


def at(*path: str | int, to: Any) -> Change:
    """Put a value at a place."""

    def change(line: Any) -> None:
        for part in path[:-1]:
            line = line[part]
        line[path[-1]] = to

    return change


def less(*path: str | int) -> Change:
    """Take what is at a place away."""

    def change(line: Any) -> None:
        for part in path[:-1]:
            line = line[part]
        del line[path[-1]]

    return change


def swap(key: str, one: int, two: int) -> Change:
    """Swap two places of a list."""

    def change(line: Line) -> None:
        line[key][one], line[key][two] = line[key][two], line[key][one]

    return change


def extra(line: Line) -> None:
    """A key that nobody knows."""
    line["source"] = "x"


def many(line: Line) -> None:
    """More tools than a line may have."""
    line["tools"] = [TOOLS[0] | {"function": TOOLS[0]["function"] | {"name": f"tool_{number}"}} for number in range(129)]


FUNCTION = ("messages", 2, "tool_calls", 0, "function")
CHAT: list[tuple[dict[str, Any], Change, str]] = [
    (CALLED, extra, "source: Extra inputs are not permitted"),
    (CALLED, less("messages"), "messages: Field required"),
    (CALLED, at("messages", to=[]), "there are no messages"),
    (CALLED, at("messages", 0, "role", to="developer"), "messages.0.role: Input should be"),
    (CALLED, at("messages", 1, "name", to="ada"), "messages.1.name: Extra inputs are not permitted"),
    (CALLED, at("messages", 1, "content", to=None), "messages.1: there is no content"),
    (SPOKEN, at("messages", 2, "content", to=None), "messages.2: there is no content"),
    (SPOKEN, less("messages", 4), "messages.3: the assistant has the last word"),
    (SPOKEN, less("messages", 2), "messages.2: a user's message follows that of a user"),
    (SPOKEN, less("messages", 3), "messages.3: an assistant's message follows that of the assistant"),
    (SPOKEN, less("messages", 1), "messages.1: an assistant's message follows that of the system"),
    (SPOKEN, swap("messages", 0, 2), "messages.2: the system speaks first, and once"),
    (CALLED, less("messages", 3), "messages.3: the call call_0 is not answered before the assistant goes on"),
    (PARALLEL, less("messages", 4), "messages.4: the call call_1 is not answered before the assistant goes on"),
    (PARALLEL, at("messages", 4, "tool_call_id", to="call_0"), "messages.4: it answers call_0, and no such call is open"),
    (CALLED, at("messages", 3, "tool_call_id", to="call_7"), "messages.3: it answers call_7, and no such call is open"),
    (CALLED, less("messages", 3, "tool_call_id"), "messages.3: a tool's message, and no other, has a tool_call_id"),
    (CALLED, at("messages", 4, "tool_call_id", to="call_0"), "messages.4: a tool's message, and no other, has a tool_call_id"),
    (PARALLEL, at("messages", 2, "tool_calls", 1, "id", to="call_0"), "messages.2: two calls have the same id"),
    (CALLED, at(*FUNCTION, "name", to="read file"), "messages.2: a tool's name has 1 to 64 letters, digits, _ and -; 'read file' is none"),
    (CALLED, at(*FUNCTION, "name", to="remove"), "tools: remove is called and not declared"),
    (CALLED, at("messages", 1, "tool_calls", to=CALLED["messages"][2]["tool_calls"]), "messages.1: only an assistant calls tools"),
]
IN_CHAT = [
    (CALLED, at("tools", 0, "function", "name", to="git_log"), "tools: two have the same name"),
    (CALLED, at("tools", 0, "function", "name", to="a b"), "tools: a name has 1 to 64 letters, digits, _ and -; 'a b' is none"),
    (CALLED, at("tools", 0, "type", to="web_search"), "tools.0.type: Input should be 'function'"),
]
IN_TEXT = [
    (CALLED, at("tools", to="[{]"), "tools: Invalid JSON"),
    (CALLED, at("tools", to=json.dumps([TOOLS[0], TOOLS[0]])), "tools: two have the same name"),
]
TEXT = [
    (CALLED, at(*FUNCTION, "arguments", to={"path": "a"}), "messages.2: arguments must be text"),
    (CALLED, at(*FUNCTION, "arguments", to="[1]"), "messages.2: arguments are no JSON object"),
    (CALLED, at(*FUNCTION, "arguments", to="{"), "messages.2: arguments are no JSON object"),
]
OBJECT = [(CALLED, at(*FUNCTION, "arguments", to='{"path": "a"}'), "messages.2: arguments must be an object")]
EMPTY = [(CALLED, less("messages", 2, "content"), "messages.2: there is no content")]
WEIGHTS = [
    (CALLED, at("messages", 4, "weight", to=2), "messages.4.weight: Input should be 0 or 1"),
    (CALLED, at("messages", 1, "weight", to=1), "messages.1: only an assistant's message has a weight"),
]
ALL_LIGHT = [(CALLED, lambda line: [message.update(weight=0) for message in line["messages"] if message["role"] == "assistant"], "no answer is trained")]
OWN = {
    "openai": [*CHAT, *IN_CHAT, *TEXT, *WEIGHTS, *ALL_LIGHT, (CALLED, many, "tools: 129; a line may have 128")],
    "together": [*CHAT, *IN_CHAT, *TEXT, *WEIGHTS, *ALL_LIGHT, *EMPTY],
    "fireworks": [*CHAT, *IN_CHAT, *TEXT, *WEIGHTS, *ALL_LIGHT, *EMPTY],
    "mlx": [*CHAT, *IN_CHAT, *OBJECT, *EMPTY, (CALLED, at("messages", 4, "weight", to=1), "messages.4: mlx knows no weight")],
    "trl": [*CHAT, *IN_TEXT, *OBJECT, *EMPTY, (CALLED, at("messages", 4, "weight", to=1), "messages.4: trl knows no weight")],
    "parquet": [*CHAT, *IN_TEXT, *TEXT, *WEIGHTS, *ALL_LIGHT, (CALLED, less("id"), "id: Field required")],
    "trl-completion": [
        (CALLED, extra, "source: Extra inputs are not permitted"),
        (CALLED, less("prompt", 3), "messages.3: the call call_0 is not answered before the assistant goes on"),
        (CALLED, at("completion", to=[]), "completion: it is one message of the assistant"),
        (CALLED, at("tools", to="{}"), "tools: Input should be"),
    ],
    "trl-preference": [
        (PAIRED, extra, "source: Extra inputs are not permitted"),
        (PAIRED, less("prompt", 1), "messages.1: an assistant's message follows that of the system"),
        (PAIRED, at("chosen", to=[]), "chosen: it is one message of the assistant, with content"),
        (PAIRED, at("rejected", 0, "role", to="user"), "rejected: it is one message of the assistant, with content"),
        (PAIRED, at("rejected", 0, "content", to=""), "rejected: it is one message of the assistant, with content"),
        (PAIRED, at("rejected", 0, "content", to="Ä and B."), "rejected: both ways are the same"),
    ],
    "sharegpt": [
        (CALLED, extra, "source: Extra inputs are not permitted"),
        (CALLED, at("conversations", 0, "from", to="user"), "conversations.0.from: Input should be"),
        (CALLED, less("conversations", 3), "conversations: 3 turns; their number is even, and not 0"),
        (SPOKEN, swap("conversations", 0, 1), "conversations.0: gpt stands at an odd place"),
        (SPOKEN, at("conversations", 1, "value", to=""), "conversations.1: it is empty"),
        (CALLED, at("conversations", 2, "from", to="human"), "conversations.2: human follows function_call"),
        (SPOKEN, at("conversations", 2, "from", to="observation"), "conversations.2: observation follows gpt"),
        (CALLED, at("conversations", 1, "value", to='{"name": "read_file"}'), "conversations.1: it is no call, {name, arguments}, and no list of calls"),
        (CALLED, at("conversations", 1, "value", to="read_file"), "conversations.1: it is no call, {name, arguments}, and no list of calls"),
        (CALLED, at("tools", to="no JSON"), "tools: Invalid JSON"),
    ],
    "alpaca": [
        (SPOKEN, extra, "source: Extra inputs are not permitted"),
        (SPOKEN, less("input"), "input: Field required"),
        (SPOKEN, at("instruction", to=" "), "instruction: it is empty"),
        (SPOKEN, at("output", to=""), "output: it is empty"),
        (SPOKEN, at("history", 0, to=["a"]), "history.0.1: Field required"),
        (SPOKEN, at("history", 0, to=["a", ""]), "history.0: a text is empty"),
    ],
    "gemini": [
        (CALLED, extra, "source: Extra inputs are not permitted"),
        (CALLED, at("contents", to=[]), "contents: there are none"),
        (CALLED, at("contents", 1, "role", to="assistant"), "contents.1.role: Input should be 'user' or 'model'"),
        (CALLED, at("systemInstruction", "role", to="user"), "systemInstruction.role: Input should be 'system'"),
        (SPOKEN, less("contents", 1), "contents.1: user and model speak in turn, the user first"),
        (SPOKEN, less("contents", 3), "contents: the model has the last word"),
        (SPOKEN, at("contents", 1, "parts", to=[]), "contents.1: a part is one of text, functionCall and functionResponse"),
        (SPOKEN, at("contents", 1, "parts", 0, "functionCall", to={"name": "x"}), "contents.1: a part is one of text, functionCall and functionResponse"),
        (SPOKEN, at("contents", 1, "parts", 0, "text", to=""), "contents.1: a text is empty"),
        (PARALLEL, less("contents", 2, "parts", 1), "contents.2: 1 functionResponse to 2 functionCall, or other names"),
        (PARALLEL, at("contents", 2, "parts", 0, "functionResponse", "name", to="x"), "contents.2: 2 functionResponse to 2 functionCall, or other names"),
        (SPOKEN, at("contents", 0, "parts", 0, to={"functionCall": {"name": "x", "args": {}}}), "contents.0: only the model calls functions"),
        (CALLED, at("tools", 0, "functionDeclarations", 0, "name", to="git_log"), "tools: two have the same name"),
        (CALLED, at("tools", 0, "functionDeclarations", 0, "name", to="1 a"), "tools: '1 a' is no name of a function"),
        (CALLED, at("tools", 0, "functionDeclarations", 0, "parameters", "$schema", to="x"), "tools: parameters of read_file: there is no $schema in Vertex's Schema"),
    ],
    "anthropic": [
        (CALLED, extra, "source: Extra inputs are not permitted"),
        (CALLED, at("messages", to=[]), "messages: there are none"),
        (CALLED, at("messages", 0, "role", to="system"), "messages.0.role: Input should be 'user' or 'assistant'"),
        (SPOKEN, less("messages", 1), "messages.1: user and assistant speak in turn, the user first"),
        (SPOKEN, less("messages", 3), "messages: the assistant has the last word"),
        (SPOKEN, at("messages", 1, "content", to=" "), "messages.1: a text is empty"),
        (SPOKEN, at("messages", 3, "content", to="Any time. "), "messages: the last text ends in white space"),
        (PARALLEL, less("messages", 2, "content", 1), "messages.2: 1 tool_result to 2 tool_use, or other ids"),
        (PARALLEL, at("messages", 2, "content", 1, "tool_use_id", to="x"), "messages.2: 2 tool_result to 2 tool_use, or other ids"),
        (CALLED, lambda line: line["messages"][2]["content"].insert(0, {"type": "text", "text": "Here:"}), "messages.2: results stand before other blocks"),
        (CALLED, lambda line: line["messages"][0].update(content=line["messages"][1]["content"]), "messages.0: only the assistant uses tools"),
        (CALLED, at("messages", 1, "content", 0, "id", to="a b"), "messages.1: 'a b' is no id, or 'read_file' no name"),
        (CALLED, at("messages", 1, "content", 0, "name", to="remove"), "tools: remove is used and not declared"),
        (CALLED, at("tools", 0, "name", to="git_log"), "tools: two have the same name"),
        (CALLED, less("tools", 0, "input_schema"), "tools.0.input_schema: Field required"),
    ],
    "bedrock": [
        (CALLED, extra, "source: Extra inputs are not permitted"),
        (CALLED, at("tools", to=[]), "tools: Extra inputs are not permitted"),
        (CALLED, at("messages", 0, "content", to=[{"type": "text", "text": "x"}]), "messages.0.content: Input should be a valid string"),
        (CALLED, at("messages", to=[{"role": "user", "content": "x"}]), "messages: 1; there are at least two"),
        (SPOKEN, less("messages", 1), "messages.1: user and assistant speak in turn, the user first"),
        (SPOKEN, less("messages", 3), "messages: the assistant has the last word"),
        (SPOKEN, at("messages", 1, "content", to=""), "messages.1: it is empty"),
    ],
}  # fmt: skip
CASES = [(format, *case) for format, cases in OWN.items() for case in cases]


@pytest.mark.parametrize(("format", "row", "change", "rule"), CASES, ids=[f"{format}: {rule}"[:90] for format, _, _, rule in CASES])
def test_a_broken_rule_is_named(format: str, row: dict[str, Any], change: Change, rule: str) -> None:
    assert any(found.startswith(rule) for found in wrong(format, row, change))


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda format: format.name)
def test_a_line_that_is_no_json_or_no_object_is_named_with_its_row(format: Any, tmp_path: Path) -> None:
    if format.suffix != ".jsonl":
        return
    file = tmp_path / "train.jsonl"
    good = format.encoded(PAIRED, FULL)
    file.write_bytes(good * 40 + b"{\n" + b"[]\n")
    ids = [f"row {number}" for number in range(42)]
    found = list(format.faults(file, ids))
    assert [(fault.line, fault.id) for fault in found] == [(41, "row 40"), (42, "row 41")]
    assert "JSON" in found[0].rule and "object" in found[1].rule


@pytest.mark.parametrize(
    ("format", "rows", "split", "faults"),
    [
        ("openai", 9, "train", [Fault(0, None, "9 examples; a training file has at least 10")]),
        ("openai", 10, "train", []),
        ("openai", 1, "validation", []),
        ("fireworks", 2, "train", [Fault(0, None, "2 examples; a training file has at least 3")]),
        ("bedrock", 31, "train", [Fault(0, None, "31 examples; a training file has at least 32")]),
        ("bedrock", 1_001, "validation", [Fault(0, None, "1,001 examples; a validation file has at most 1,000")]),
        ("bedrock", 10_001, "train", [Fault(0, None, "10,001 examples; a train file has at most 10,000")]),
        ("gemini", 5_001, "validation", [Fault(0, None, "5,001 examples; a validation file has at most 5,000")]),
    ],
)
def test_a_file_has_as_many_examples_as_the_service_takes(format: str, rows: int, split: str, faults: list[Fault], tmp_path: Path) -> None:
    file = tmp_path / "file.jsonl"
    file.write_bytes(FORMATS[format].encoded(SPOKEN, FULL) * rows)
    assert list(FORMATS[format].faults(file, (), split)) == faults


@pytest.mark.parametrize(("format", "most"), [("openai", 512 * 10**6), ("gemini", 10**9), ("bedrock", 10 * 2**30), ("together", int(50.1 * 2**30))])
def test_a_file_is_no_larger_than_the_service_takes(format: str, most: int) -> None:
    assert list(FORMATS[format].beyond(50, most, "train")) == []
    assert list(FORMATS[format].beyond(50, most + 1, "train")) == [f"{most + 1:,} bytes; a file may have {most:,}"]


def test_an_example_is_no_longer_than_the_service_takes() -> None:
    assert wrong("bedrock", SPOKEN, at("messages", 0, "content", to="word " * 33_000))[0].endswith("tokens (o200k); an example may have 32,000")
    assert wrong("bedrock", SPOKEN, at("messages", 0, "content", to="word " * 30_000)) == []


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"type": "string", "title": "Path"}, {"title": "Path", "type": "STRING"}),
        ({"type": ["integer", "null"], "minimum": 1}, {"minimum": 1, "nullable": True, "type": "INTEGER"}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}, {"default": None, "nullable": True, "type": "STRING"}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"const": "a", "type": "string"}, {"enum": ["a"], "type": "STRING"}),
        ({"enum": [1, 2], "type": "integer"}, {"type": "INTEGER"}),
        ({"type": "array"}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        ({"type": "array", "items": {"type": "number"}, "uniqueItems": True}, {"type": "ARRAY", "items": {"type": "NUMBER"}}),
        ({"type": "object", "properties": {"a": {"type": "string", "$comment": "x"}}, "additionalProperties": False, "required": ["a"]},
         {"required": ["a"], "type": "OBJECT", "properties": {"a": {"type": "STRING"}}}),
        ({}, {"type": "STRING"}),
    ],
)  # fmt: skip
def test_a_json_schema_becomes_vertexs(given: dict[str, Any], made: dict[str, Any]) -> None:
    assert schema(given) == made and foreign(made) is None


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        ({"type": "OBJECT", "properties": {"a": {"type": "STRING", "oneOf": []}}}, "there is no oneOf in Vertex's Schema"),
        ({"type": "ARRAY", "items": {"type": "null"}}, "null is no type"),
        ({"anyOf": [{"type": "date"}]}, "date is no type"),
    ],
)
def test_what_vertex_does_not_know_is_named(found: dict[str, Any], rule: str) -> None:
    assert foreign(found) == rule
