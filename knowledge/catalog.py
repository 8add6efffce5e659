"""The catalog: the tools of any mix of sources, cross-checked, and the servers behind them."""

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from knowledge.client import Connection, ServerFailed
from knowledge.readers.listing import Unreadable, saved, tools_of
from knowledge.servers import Server, read_servers
from knowledge.units import Tool

HIVE = Path(__file__).parent / "hive" / "mcp.json"
RECORDED = HIVE.parent / "tools"
NEEDS = {"npx": "Node.js", "uvx": "uv", "docker": "Docker"}


class Catalog(BaseModel):
    """What is known of tools.

    Attributes:
        tools: by server, in the servers' own order; names are unique.
        servers: by name, those that can be started or reached.
        left_out: what could not be had, and why, in words for the user.
    """

    model_config = ConfigDict(frozen=True)

    tools: tuple[Tool, ...]
    servers: dict[str, Server] = {}
    left_out: dict[str, str] = {}

    @cached_property
    def by_name(self) -> dict[str, Tool]:
        """The tools by the name that calls use."""
        return {tool.name: tool for tool in self.tools}

    def tool(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            KeyError: when there is none.
        """
        return self.by_name[name]

    def has(self, name: str) -> bool:
        """Whether a tool has that name."""
        return name in self.by_name


def load_catalog(sources: Sequence[str], offline: bool = False, start_seconds: float = 30) -> Catalog:
    """Read every source and join what is found.

    Args:
        sources: paths of `.mcp.json` files or saved tool lists, and addresses of streamable-HTTP servers.
        offline: start nothing; the shipped servers' recorded lists and saved lists serve.
        start_seconds: how long a server may take to start.

    Raises:
        Unreadable: when a source cannot be read.
        ServerFailed: when a server that a source names does not start or lists nothing.
    """
    tools: list[Tool] = []
    servers: dict[str, Server] = {}
    left_out: dict[str, str] = {}
    for source in sources:
        found, behind, missing = read_source(source, offline, start_seconds)
        for server in behind:
            if server.name in servers and servers[server.name] != server:
                raise Unreadable(f"{source}: a server called {server.name} was read from {servers[server.name].source} already. Rename one of them.")
            servers[server.name] = server
        tools += [tool for tool in found if tool.id not in {known.id for known in tools}]
        left_out |= missing
    if not tools:
        reasons = " ".join(f"{name}: {why}" for name, why in left_out.items())
        raise Unreadable(f"no tools are left to work with. {reasons}".strip())
    return Catalog(tools=distinct(tools), servers=servers, left_out=left_out)


def distinct(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """Where servers share a tool name, the names carry the server's: `server__tool`."""
    counts = Counter(tool.name for tool in tools)
    return tuple(tool.model_copy(update={"name": f"{tool.server}__{tool.name}"[:64]}) if counts[tool.name] > 1 else tool for tool in tools)


def read_source(source: str, offline: bool, start_seconds: float) -> tuple[list[Tool], list[Server], dict[str, str]]:
    """The tools and servers of one source, and what had to be left out."""
    if source.startswith(("http://", "https://")):
        if offline:
            raise Unreadable(f"{source} is a live server, and --offline reaches none. Save its tools/list answer and give the file.")
        server = Server(name=source.split("/")[2].split(":")[0].replace(".", "-"), url=source, source=source)
        return asyncio.run(listed([server], start_seconds)), [server], {}
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{source} cannot be read: {error.strerror or error}. Give a .mcp.json, a saved tools list, or an address.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{source} is not a text file. Give a .mcp.json, a saved tools list, or an address.") from None
    if '"mcpServers"' not in text:
        return list(saved(text, path)), [], {}
    try:
        shipped = path.resolve() == HIVE.resolve()
        servers = read_servers(text, source, shipped)
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"{source} is not a usable .mcp.json: {str(error).splitlines()[0]}.") from None
    left_out: dict[str, str] = {}
    if not shipped:
        if offline:
            raise Unreadable(f"{source} names live servers, and --offline starts none. Give a saved tools list instead.")
        shapes = {server.shape for server in read_servers(HIVE.read_text(encoding="utf-8"), str(HIVE))}
        servers = tuple(server.model_copy(update={"shipped": server.shape in shapes}) for server in servers)
        return asyncio.run(listed(servers, start_seconds)), list(servers), left_out
    usable = list(servers)
    if not offline:
        for server in servers:
            if not shutil.which(server.command or ""):
                left_out[server.name] = f"{server.command} is not installed ({NEEDS.get(server.command or '', 'see its documentation')})"
        if "git" not in left_out and not shutil.which("git"):
            left_out["git"] = "git is not installed"
        usable = [server for server in servers if server.name not in left_out]
    return [tool for server in usable for tool in recorded(server)], [] if offline else usable, left_out


def recorded(server: Server) -> tuple[Tool, ...]:
    """The tools of a shipped server, as recorded when its version was pinned; a start holds them against the live list."""
    path = RECORDED / f"{server.name}.json"
    text = path.read_text(encoding="utf-8")
    return tools_of(json.loads(text)["tools"], server.name, f"knowledge/hive/tools/{path.name}", text)


async def listed(servers: Sequence[Server], start_seconds: float) -> list[Tool]:
    """The tools that live servers list; all are started at once, in an empty folder, and stopped again.

    Raises:
        ServerFailed: when one does not start or list its tools.
        Unreadable: when one lists nothing, or nonsense.
    """
    with tempfile.TemporaryDirectory(prefix="finetune-") as folder:
        connections = []
        for server in servers:
            home = Path(folder).resolve() / server.name / "home"
            home.mkdir(parents=True)
            connections.append(Connection(server, home, start_seconds))

        async def one(connection: Connection) -> tuple[Tool, ...]:
            await connection.start()
            return tools_of(await connection.tools(), connection.server.name, connection.server.source)

        try:
            results = await asyncio.gather(*(one(connection) for connection in connections), return_exceptions=True)
        finally:
            await asyncio.gather(*(connection.close() for connection in connections))
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [tool for result in results if not isinstance(result, BaseException) for tool in result]


__all__ = ["Catalog", "ServerFailed", "Unreadable", "load_catalog"]
