"""The catalog: the tools of any mix of sources, cross-checked, and the servers behind them."""

import asyncio
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from knowledge.client import Connection, ServerFailed
from knowledge.document import Document
from knowledge.guard import guard
from knowledge.intake import NoSource, take_in
from knowledge.readers import listing, openapi
from knowledge.readers.listing import Unreadable, saved, tools_of
from knowledge.readers.reading import Around
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


def load_catalog(sources: Sequence[str], offline: bool = False, start_seconds: float = 30, allow_servers: bool = False) -> Catalog:
    """Read every source and join what is found.

    Args:
        sources: `.mcp.json` files, saved tool lists, OpenAPI documents, folders and archives that hold them, and addresses of streamable-HTTP servers.
        offline: start nothing; the shipped servers' recorded lists and saved lists serve.
        start_seconds: how long a server may take to start.
        allow_servers: start servers that are not the shipped ones.

    Raises:
        Unreadable: when a source cannot be read, or names servers that may not be started.
        ServerFailed: when a server that a source names does not start or lists nothing.
    """
    tools: list[Tool] = []
    servers: dict[str, Server] = {}
    left_out: dict[str, str] = {}
    for source in sources:
        found, behind, missing = read_source(source, offline, start_seconds, allow_servers)
        found, behind = beside(found, behind, tools, servers, source)
        tools += [tool.model_copy(update={"source": tool.source.replace(source, shown(source), 1)}) for tool in found]
        servers |= {server.name: server for server in behind}
        left_out |= missing
    if not tools:
        reasons = " ".join(f"{name}: {why}" for name, why in left_out.items())
        raise Unreadable(f"no tools are left to work with. {reasons}".strip())
    return Catalog(tools=distinct(tools), servers=servers, left_out=left_out)


def beside(found: list[Tool], behind: list[Server], tools: Sequence[Tool], servers: Mapping[str, Server], source: str) -> tuple[list[Tool], list[Server]]:
    """What a source adds to those before it: nothing where it says the same again; another name where a server's is taken.

    Raises:
        Unreadable: when a `.mcp.json` uses a server name for something else.
    """
    for server in behind:
        known = servers.get(server.name)
        if known and not server.url and known.model_dump(exclude={"source"}) != server.model_dump(exclude={"source"}):
            raise Unreadable(f"{source}: a server called {server.name} was read from {known.source} already. Rename one of them.")
    before: dict[str, list[Tool]] = {}
    for tool in tools:
        before.setdefault(tool.server, []).append(tool)
    names: dict[str, str | None] = {}
    for name in dict.fromkeys(tool.server for tool in found):
        mine = {tool.called: tool.digest for tool in found if tool.server == name}
        same = mine == {tool.called: tool.digest for tool in before.get(name, ())}
        free = (other for other in [name, *(f"{name}-{number}" for number in range(2, 1_000))] if other not in before)
        names[name] = None if same else next(free)
    renamed = [tool.model_copy(update={"server": new}) for tool in found if (new := names[tool.server])]
    return renamed, [server.model_copy(update={"name": new}) for server in behind if (new := names.get(server.name, server.name))]


def shown(source: str) -> str:
    """A source as rows may show it: no folder of this machine's, no password of an address."""
    if source.startswith(("http://", "https://")):
        parts = urlsplit(source)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    path = Path(source).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else path.name


def distinct(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """Where servers share a tool name, the names carry the server's: `server__tool`. No two names are the same."""
    counts = Counter(tool.name for tool in tools)
    taken = {name for name, count in counts.items() if count == 1}
    out = []
    for tool in tools:
        name = tool.name
        if counts[name] > 1:
            long = re.sub(r"[^A-Za-z0-9_-]", "_", f"{tool.server}__{name}")
            name = next(free for free in [long[:64], *(f"{long[:60]}_{number}" for number in range(2, 1_000))] if free not in taken)
            taken.add(name)
        out.append(tool.model_copy(update={"name": name}))
    return tuple(out)


def read_source(source: str, offline: bool, start_seconds: float, allow_servers: bool) -> tuple[list[Tool], list[Server], dict[str, str]]:
    """The tools and servers of one source, and what had to be left out."""
    if source.startswith(("http://", "https://")):
        if offline:
            raise Unreadable(f"{source} is a live server, and --offline reaches none. Save its tools/list answer and give the file.")
        server = server_of(source)
        return asyncio.run(listed([server], start_seconds)), [server], {}
    if Path(source).resolve() == HIVE.resolve():
        return shipped_tools(source, offline)
    try:
        intake = take_in([source])
    except NoSource as error:
        raise Unreadable(str(error)) from None
    documents = [replace(document, path=source) if document.whole else document for document in intake.documents]
    around = Around({document.path: document for document in documents})
    apis = [document for document in documents if openapi.claims(document, around)]
    lists = [document for document in documents if document not in apis and (document.whole or listing.claims(document, around))]
    live = [document for document in lists if '"mcpServers"' in document.text]
    if not lists and not apis:
        why = intake.problems[0][1] if intake.problems else "holds no tool list and no API description"
        raise Unreadable(f"{source} {why}. Give a .mcp.json, a saved tools/list answer, an OpenAPI document, a folder or archive with one, or an address.")
    found = [tool for document in lists if document not in live for tool in saved(document.text, Path(document.path))]
    for document in apis:
        reading = openapi.read(document, around)
        if not reading.units:
            raise Unreadable(f"{document.path}: {reading.warnings[0][1] if reading.warnings else 'it describes no operation'}.")
        found += [unit for unit in reading.units if isinstance(unit, Tool)]
    behind: list[Server] = []
    left_out: dict[str, str] = {}
    for document in live:
        servers = servers_of(document)
        if found and (offline or not allow_servers):
            left_out |= {server.name: f"it is not started ({'--offline' if offline else '--allow-servers starts it'})" for server in servers}
        elif offline:
            raise Unreadable(f"{source} names live servers, and --offline starts none. Give a saved tools list instead.")
        elif not allow_servers:
            commands = "\n  ".join(server.shown for server in servers)
            raise Unreadable(f"{source} names servers, and reading their tools runs these commands:\n  {commands}\nAdd --allow-servers to run them, or give saved tools lists.")
        else:
            found += asyncio.run(listed(servers, start_seconds))
            behind += servers
    return found, behind, left_out


def server_of(address: str) -> Server:
    """The server at an address, named by its host."""
    name = (urlsplit(address).hostname or "server").replace(".", "-").replace(":", "-")
    return Server(name=name, url=address, source=address)


def servers_of(document: Document) -> list[Server]:
    """The servers of an `.mcp.json`; those that start what a shipped one starts are marked so.

    Raises:
        Unreadable: when it cannot be used.
    """
    shapes = {server.shape for server in read_servers(HIVE.read_text(encoding="utf-8"), str(HIVE))}
    try:
        servers = read_servers(document.unmasked, document.path)
    except ValueError as error:
        raise Unreadable(f"{document.path} cannot be used: {error}.") from None
    return [server.model_copy(update={"shipped": server.shape in shapes}) for server in servers]


def shipped_tools(source: str, offline: bool) -> tuple[list[Tool], list[Server], dict[str, str]]:
    """The recorded tools of the shipped servers, those that can be started, and what they lack."""
    usable = list(read_servers(HIVE.read_text(encoding="utf-8"), source, shipped=True))
    left_out: dict[str, str] = {}
    if not offline:
        for server in usable:
            if not shutil.which(server.command or ""):
                left_out[server.name] = f"{server.command} is not installed ({NEEDS.get(server.command or '', 'see its documentation')})"
        if "git" not in left_out and not shutil.which("git"):
            left_out["git"] = "git is not installed"
        usable = [server for server in usable if server.name not in left_out]
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
    with tempfile.TemporaryDirectory(prefix="finetune-", dir=guard().folder, ignore_cleanup_errors=True) as folder:
        connections = []
        for number, server in enumerate(servers):
            home = Path(folder).resolve() / f"server{number}" / "home"
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
