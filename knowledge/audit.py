"""What a system costs in tokens: by category, level, file and server; resident on every call, or loaded on demand."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from knowledge.findings import Finding, findings
from knowledge.readers.reading import Part, Residency
from knowledge.system import System
from knowledge.tokens import ENCODING, OPEN, count
from knowledge.units import Category, Level

SERIALISATION = (
    "tools as compact JSON {name, description, input_schema} with the name mcp__server__tool; "
    "agents, commands and skills as `- name: description` until they are used; memory files, rules and prompts as they are"
)


class Line(BaseModel):
    """What one piece costs.

    Attributes:
        path: file and line, or the server's command or address.
        tokens: by o200k_base; open_tokens: by the Qwen3 tokenizer.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    name: str
    category: Category
    level: Level
    residency: Residency
    server: str = ""
    tokens: int
    open_tokens: int


class ServerCost(BaseModel):
    """What the tools of one server cost.

    Attributes:
        names: the tokens of their names alone, as deferred tools keep them.
    """

    model_config = ConfigDict(frozen=True)

    server: str
    tools: int
    tokens: int
    open_tokens: int
    names: int


class Audit(BaseModel):
    """What a system costs, and what is wrong in it.

    Attributes:
        resident, on_demand: tokens, by o200k_base and by the Qwen3 tokenizer.
        units: how many of each kind.
        unasked: servers that the sources name and whose tools are not counted.
    """

    model_config = ConfigDict(frozen=True)

    encodings: tuple[str, str] = (ENCODING, OPEN)
    serialisation: str = SERIALISATION
    files: int
    bytes: int
    units: dict[str, int]
    resident: tuple[int, int]
    on_demand: tuple[int, int]
    lines: tuple[Line, ...]
    servers: tuple[ServerCost, ...]
    unasked: tuple[str, ...] = ()
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def tool_tokens(self) -> int:
        """The o200k tokens of all tools."""
        return sum(server.tokens for server in self.servers)

    @property
    def tool_names(self) -> int:
        """The o200k tokens of the tools' names alone."""
        return sum(server.names for server in self.servers)

    def by_category(self) -> list[tuple[Category, Level, int, int, int]]:
        """Category, level, files or tools, resident tokens and tokens on demand; dearest first."""
        keys = dict.fromkeys((line.category, line.level) for line in self.lines)
        rows = []
        for category, level in keys:
            mine = [line for line in self.lines if (line.category, line.level) == (category, level)]
            pieces = len({(line.path, line.name) for line in mine})
            rows.append((category, level, pieces, total(mine, "resident")[0], total(mine, "on demand")[0]))
        return sorted(rows, key=lambda row: (-row[3], -row[4], row[0]))


def audit(system: System) -> Audit:
    """Count and check a system. Marks, in the system, the rules that name what does not exist."""
    lines = tuple(line_of(part) for part in system.parts)
    found = findings(system)
    servers = dict.fromkeys(line.server for line in lines if line.server)
    return Audit(
        files=sum(bool(file.format) for file in system.files),
        bytes=sum(file.size for file in system.files if file.format),
        units=system.kinds(),
        resident=total(lines, "resident"),
        on_demand=total(lines, "on demand"),
        lines=lines,
        servers=tuple(cost_of(server, [line for line in lines if line.server == server]) for server in servers),
        unasked=tuple(name for name in system.servers if name.split("@")[0] not in servers),
        findings=tuple(found),
        notes=tuple(system.notes),
    )


def line_of(part: Part) -> Line:
    """A part, counted."""
    return Line(
        path=part.source,
        name=part.name,
        category=part.category,
        level=part.level,
        residency=part.residency,
        server=part.server,
        tokens=count(part.text),
        open_tokens=count(part.text, OPEN),
    )


def total(lines: Iterable[Line], residency: Residency) -> tuple[int, int]:
    """The tokens of the lines of one residency, by both tokenizers."""
    chosen = [line for line in lines if line.residency == residency]
    return sum(line.tokens for line in chosen), sum(line.open_tokens for line in chosen)


def cost_of(server: str, lines: list[Line]) -> ServerCost:
    """The cost of a server's tools."""
    names = count("\n".join(f"mcp__{server}__{line.name}" for line in lines))
    return ServerCost(server=server, tools=len(lines), tokens=sum(line.tokens for line in lines), open_tokens=sum(line.open_tokens for line in lines), names=names)
