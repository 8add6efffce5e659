"""Whole agent systems of others: everything in their archives is read, counted or named."""

import json
import re
import tarfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import quicktok

from knowledge.audit import Audit, audit
from knowledge.findings import findings
from knowledge.readers.claude import FORMAT as CLAUDE
from knowledge.system import System, read_system
from knowledge.units import Command, Methodology, Rule, Tool
from tests.integration.conftest import ROOT
from tests.unit.knowledge.systems import misplaced

CORPUS = ROOT.parent / "shared" / "corpus"
ARCHIVES = sorted(CORPUS.glob("*.tar.gz"))
pytestmark = [pytest.mark.integration, pytest.mark.skipif(not ARCHIVES, reason=f"{CORPUS} is not there")]
FLOW, SERVERS, BMAD = "claude-flow-2.7.47", "mcp-reference-servers", "bmad-method-4.44.3"


@cache
def system(name: str) -> System:
    return read_system([str(CORPUS / f"{name}.tar.gz")])


@cache
def raw(name: str) -> dict[str, str]:
    """The files of an archive as they are, by the path that the readers give them."""
    with tarfile.open(CORPUS / f"{name}.tar.gz") as bundle:
        return {member.name.removeprefix("./"): (bundle.extractfile(member) or pytest.fail()).read().decode() for member in bundle if member.isfile()}


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.gz"))
def archive(request: pytest.FixtureRequest) -> str:
    """The name of each archive."""
    path: Path = request.param
    return path.name.removesuffix(".tar.gz")


def test_every_archive_is_read_without_a_problem(archive: str) -> None:
    assert system(archive).problems == []
    assert len(system(archive).units) > 10


def test_no_file_of_an_archive_is_lost(archive: str) -> None:
    others = [re.match(r"(\d+) other files? ", note) for note in system(archive).notes]
    read = {file.path for file in system(archive).files}
    assert read <= set(raw(archive))
    assert len(raw(archive)) - len(read) == sum(int(found[1]) for found in others if found)


def test_everything_stands_where_it_says(archive: str) -> None:
    assert misplaced(system(archive)) == []


def test_the_same_archive_gives_the_same_units(archive: str) -> None:
    again = read_system([str(CORPUS / f"{archive}.tar.gz")])
    assert [unit.id for unit in again.units] == [unit.id for unit in system(archive).units]
    assert [unit.digest for unit in again.units] == [unit.digest for unit in system(archive).units]
    assert len({unit.id for unit in again.units}) == len(again.units)


def test_totals_are_the_sums_of_the_lines(archive: str) -> None:
    report = audit(system(archive))
    assert report.resident[0] == sum(line.tokens for line in report.lines if line.residency == "resident")
    assert report.on_demand[0] == sum(line.tokens for line in report.lines if line.residency == "on demand")


# claude-flow 2.7.47


def test_claude_flow_is_read_whole() -> None:
    found = system(FLOW)
    assert found.kinds()["persona"] == 76 and found.kinds()["tool"] == 90
    assert Counter(unit.called_by for unit in found.units if isinstance(unit, Command)) == {"user": 104, "model": 23}
    assert found.kinds()["rule"] > 1000
    assert Counter(file.format for file in found.files) == {CLAUDE: 204, "Claude Code settings": 1, "MCP": 2, "": 2}
    assert [file.path for file in found.files if not file.format] == [f"{FLOW}/SOURCE.txt", f"{FLOW}/mcp/claude-flow/session.json"]
    assert list(found.servers) == ["claude-flow@alpha", "ruv-swarm", "flow-nexus"]
    assert audit(found).unasked == ("ruv-swarm", "flow-nexus")


def test_claude_flows_two_unreadable_headers_are_named_with_their_lines_and_read_all_the_same() -> None:
    agents = f"{FLOW}/project/.claude/agents"
    assert [source for source, _ in system(FLOW).warnings] == [f"{agents}/base-template-generator.md:3", f"{agents}/goal/code-goal-planner.md:3"]
    for name in ("base-template-generator", "code-goal-planner"):
        (unit,) = (unit for unit in system(FLOW).units if unit.kind == "persona" and unit.path.endswith(f"/{name}.md"))
        assert unit.name == name and "<example>" in unit.description and "Context: " in unit.description


def header(text: str, key: str) -> str:
    """A value of a header by the simplest means: the rest of its line, or the items below it joined by commas."""
    head = text.split("\n---", 1)[0] if text.startswith("---\n") else ""
    found = re.search(rf"^{key}:[ \t]*(.*(?:\n[ \t]+- .*)*)", head, re.M)
    if not found:
        return ""
    items = re.findall(r"^[ \t]+- (.*)", found[1], re.M)
    return ", ".join(items) if items else found[1].strip().strip("\"'").strip("[]")


def first(text: str) -> str:
    """The first line that says something."""
    return next((line.strip("#> *") for line in text.splitlines() if line.strip("#> *-")), "")


def test_claude_flows_idle_tokens_are_those_of_a_count_by_hand() -> None:
    """The memory, a line an agent, command and skill, and the tools, straight from the archive."""
    encoder = quicktok.get_encoding("o200k_base")

    def tokens(text: str) -> int:
        return len(encoder.encode_ordinary(text))

    total = tokens(raw(FLOW)[f"{FLOW}/project/CLAUDE.md"])
    for path, text in raw(FLOW).items():
        name, described = header(text, "name"), header(text, "description")
        if "/.claude/agents/" in path:
            tools = header(text, "tools")
            total += tokens(f"- {name or first(text)}: {described}" + (f" (Tools: {tools})" if tools else ""))
        elif "/.claude/commands/" in path:
            called = path.partition("/.claude/commands/")[2].removesuffix(".md").replace("/", ":")
            total += tokens(f"- /{called}: {described or first(text)}")
        elif path.endswith("/SKILL.md"):
            total += tokens(f"- {name}: {described}")
    listed = json.loads(raw(FLOW)[f"{FLOW}/mcp/claude-flow/tools_list.json"])["tools"]
    specs = [{"name": f"mcp__claude-flow__{tool['name']}", "description": tool["description"], "input_schema": tool["inputSchema"]} for tool in listed]
    tools = sum(tokens(json.dumps(spec, separators=(",", ":"), ensure_ascii=False)) for spec in specs)
    report: Audit = audit(system(FLOW))
    assert report.tool_tokens == tools
    assert report.resident[0] == pytest.approx(total + tools, rel=0.03)


def test_claude_flow_names_tools_that_its_server_does_not_have() -> None:
    words = {finding.words for finding in findings(system(FLOW)) if finding.kind == "stale reference"}
    assert {
        "mcp__claude-flow__bottleneck_detect: server claude-flow has no such tool",
        "mcp__claude-flow__auto_agent: server claude-flow has no such tool",
        "mcp__claude-flow__github_swarm: server claude-flow has no such tool",
    } <= words
    assert all("no server in the sources is called " in sentence for sentence in words if "server claude-flow" not in sentence)
    assert not [sentence for sentence in words if "ruv-swarm" in sentence or "flow-nexus" in sentence]
    assert [unit for unit in system(FLOW).units if isinstance(unit, Rule) and unit.unknown and not all(name in unit.text for name in unit.unknown)] == []


# the reference servers


def test_the_tools_of_the_reference_servers_are_those_of_their_lists() -> None:
    expected = {path.split("/")[1]: [tool["name"] for tool in json.loads(text)["tools"]] for path, text in sorted(raw(SERVERS).items()) if path.endswith("/tools_list.json")}
    found: dict[str, list[str]] = {}
    for unit in system(SERVERS).units:
        if isinstance(unit, Tool):
            found.setdefault(unit.server, []).append(unit.called)
    assert found == expected and sum(map(len, found.values())) == 58
    assert len({tool.name for tool in system(SERVERS).tools}) == 58
    assert system(SERVERS).warnings == []


def test_the_tools_of_the_reference_servers_stand_at_their_lines() -> None:
    texts = raw(SERVERS)
    for tool in system(SERVERS).tools:
        assert f'"name": {json.dumps(tool.called)}' in texts[tool.path].splitlines()[tool.line - 1]


# BMAD-METHOD 4.44.3: what becomes which unit


def test_every_agent_task_template_and_workflow_of_bmad_is_a_unit() -> None:
    paths = [path.split("/", 1)[1] for path in raw(BMAD)]
    found = Counter((unit.kind, unit.path) for unit in system(BMAD).units)
    for folder, kind in (("agents", "persona"), ("tasks", "command"), ("templates", "pattern"), ("workflows", "methodology")):
        files = [path for path in paths if f"/{folder}/" in f"/{path}" and path.endswith((".md", ".yaml"))]
        assert files and [path for path in files if not found[kind, f"{BMAD}/{path}"]] == []


def test_the_stages_of_bmads_workflows_stand_in_the_order_of_the_files() -> None:
    methods = [unit for unit in system(BMAD).units if isinstance(unit, Methodology)]
    assert {unit.path.rpartition("/")[2]: len(unit.stages) for unit in methods} == {
        "brownfield-fullstack.yaml": 20,
        "brownfield-service.yaml": 14,
        "brownfield-ui.yaml": 15,
        "greenfield-fullstack.yaml": 19,
        "greenfield-service.yaml": 15,
        "greenfield-ui.yaml": 18,
    }
    for unit in methods:
        lines = [stage.line for stage in unit.stages]
        assert lines == sorted(lines) and lines[0] > 1
    service = next(unit for unit in methods if unit.path.endswith("greenfield-service.yaml"))
    assert [(stage.actor, stage.creates) for stage in service.stages[:3]] == [("analyst", ("project-brief.md",)), ("pm", ("prd.md",)), ("architect", ("architecture.md",))]
    assert service.stages[2].requires == ("prd.md",)
