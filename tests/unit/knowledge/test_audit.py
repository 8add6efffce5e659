"""The audit: its totals are sums of its lines, and its lines are what is sent."""

import json
from pathlib import Path

import pytest
import quicktok

from knowledge.audit import SERIALISATION, Audit, audit
from knowledge.system import read_system
from tests.unit.knowledge.systems import SYSTEMS, reading

NAMES = ["claude", "agents", "cursor", "seed", "plain", "mcp", "bmad4", "bmad6", "openapi"]
TOOL = {"name": "roll", "description": "Roll dice.", "inputSchema": {"type": "object", "properties": {"sides": {"type": "integer", "description": "How many."}}}}


def counted(name: str) -> Audit:
    return audit(read_system([str(SYSTEMS / name)]))


def tokens(text: str, encoding: str = "o200k_base") -> int:
    return len(quicktok.get_encoding(encoding).encode_ordinary(text))


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_the_sums_of_the_lines(name: str) -> None:
    report = counted(name)
    for residency, totals in (("resident", report.resident), ("on demand", report.on_demand)):
        mine = [line for line in report.lines if line.residency == residency]
        assert totals == (sum(line.tokens for line in mine), sum(line.open_tokens for line in mine))
    rows = report.by_category()
    assert (sum(row[3] for row in rows), sum(row[4] for row in rows)) == (report.resident[0], report.on_demand[0])
    assert len({row[:2] for row in rows}) == len(rows) and rows == sorted(rows, key=lambda row: (-row[3], -row[4], row[0]))
    assert sum(server.tokens for server in report.servers) == report.tool_tokens == sum(line.tokens for line in report.lines if line.server)
    assert sum(server.open_tokens for server in report.servers) == sum(line.open_tokens for line in report.lines if line.server)
    assert sum(server.tools for server in report.servers) == report.units.get("tool", 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_counted_by_both_tokenizers_as_it_is_sent(name: str) -> None:
    system = read_system([str(SYSTEMS / name)])
    report = audit(system)
    assert [(line.path, line.name, line.tokens, line.open_tokens) for line in report.lines] == [
        (part.source, part.name, tokens(part.text), tokens(part.text, "qwen3")) for part in system.parts
    ]


def test_an_audit_of_few_words_by_hand(tmp_path: Path) -> None:
    agent = "---\nname: mate\ndescription: Helps.\ntools: Read\n---\n\nYou are a mate.\n"
    files = {
        "CLAUDE.md": "Never guess.\n",
        "web/CLAUDE.md": "Always ask.\n",
        ".claude/agents/mate.md": agent,
        ".claude/settings.json": '{"permissions": {"deny": ["Bash"]}}',
        "dice.json": json.dumps([TOOL]),
        "logo.png": "",
    }
    report = audit(reading(tmp_path / "s", files))
    listed, spec = "- mate: Helps. (Tools: Read)", json.dumps({"name": "mcp__dice__roll", "description": "Roll dice.", "input_schema": TOOL["inputSchema"]}, separators=(",", ":"))
    assert report.resident[0] == tokens("Never guess.\n") + tokens(listed) + tokens(spec)
    assert report.on_demand[0] == tokens("Always ask.\n") + tokens("\nYou are a mate.\n")
    assert [(line.path, line.category, line.level, line.residency, line.tokens) for line in report.lines] == [
        ("s/.claude/agents/mate.md:1", "persona", "L3", "resident", tokens(listed)),
        ("s/.claude/agents/mate.md:1", "persona", "L3", "on demand", tokens("\nYou are a mate.\n")),
        ("s/.claude/settings.json:1", "operational rule", "L0", "not sent", tokens('{"permissions": {"deny": ["Bash"]}}')),
        ("s/CLAUDE.md:1", "system prompt", "L0", "resident", tokens("Never guess.\n")),
        ("s/dice.json:1", "tool", "L2", "resident", tokens(spec)),
        ("s/web/CLAUDE.md:1", "system prompt", "L0", "on demand", tokens("Always ask.\n")),
    ]
    (server,) = report.servers
    assert (server.server, server.tools, server.tokens, server.names) == ("dice", 1, tokens(spec), tokens("mcp__dice__roll"))
    assert (report.tool_tokens, report.tool_names) == (tokens(spec), tokens("mcp__dice__roll"))
    assert report.units == {"persona": 1, "rule": 3, "tool": 1}
    assert report.files == 5 and report.bytes == sum(len(text) for text in files.values())
    assert report.notes == ("1 other file is no document (1 .png)",)
    assert (report.serialisation, report.encodings) == (SERIALISATION, ("o200k_base", "qwen3"))


def test_the_names_of_a_server_are_counted_as_they_are_sent(tmp_path: Path) -> None:
    report = audit(reading(tmp_path / "s", {"dice.json": json.dumps([TOOL, TOOL | {"name": "roll.twice"}])}))
    assert report.tool_names == tokens("mcp__dice__roll\nmcp__dice__roll_twice")


def test_servers_that_were_not_asked_are_named() -> None:
    assert counted("claude").unasked == ("harbour",)
    assert [server.server for server in counted("claude").servers] == ["tracker"]


def test_what_is_left_out_or_unread_is_not_counted(tmp_path: Path) -> None:
    files = {"AGENTS.md": "Never guess.\n", "essay.md": "A long essay.\n", "old/AGENTS.md": "Never ask.\n", "knowledge.yaml": 'documents:\n- {files: "old/**", ignore: true}\n'}
    report = audit(reading(tmp_path / "s", files))
    assert [line.path for line in report.lines] == ["s/AGENTS.md:1"]
    assert (report.files, report.bytes) == (1, len("Never guess.\n"))


def test_an_audit_is_json_and_back() -> None:
    report = counted("claude")
    assert Audit.model_validate_json(report.model_dump_json()) == report


def test_nothing_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    report = audit(read_system([str(tmp_path / "s")]))
    assert (report.resident, report.on_demand, report.lines, report.servers, report.by_category()) == ((0, 0), (0, 0), (), (), [])
