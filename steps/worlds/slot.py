"""A slot: a folder in which one row's world after the other is made, and the servers that run in it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from knowledge.client import Connection, Outcome, ServerFailed
from knowledge.servers import Server
from steps.worlds import filesystem, git, memory, sqlite
from steps.worlds.site import Site
from steps.worlds.world import HOME, World

FIXTURES: dict[str, ModuleType] = {module.__name__.rpartition(".")[2]: module for module in (filesystem, git, sqlite, memory)}


class Slot:
    """One place to act in. A row has it to itself.

    Args:
        folder: an empty real folder; the world's home is made below it.
        servers: by name; each is started when a row first needs it.
        specs: server name to the input schema of each tool, as planned; compared once with the live list.
        stateless: server name to the tools that change nothing; a server whose state cannot be remade is
            restarted after a call to any other tool.
    """

    def __init__(
        self,
        folder: Path,
        servers: dict[str, Server],
        site: Site,
        specs: dict[str, dict[str, Any]],
        stateless: dict[str, frozenset[str]],
        start_seconds: float,
        call_seconds: float,
    ) -> None:
        self.home = folder.resolve() / "home"
        self.home.mkdir(parents=True)
        self.servers, self.site, self.specs, self.stateless = servers, site, specs, stateless
        self.connections = {name: Connection(server, self.home, start_seconds, call_seconds) for name, server in servers.items()}
        self._world: World | None = None
        self._used: tuple[str, ...] = ()
        self._dirty: set[str] = set()
        self._pairs: tuple[tuple[str, str], ...] = ()

    async def reset(self, world: World, used: tuple[str, ...], files: Mapping[str, str] | None = None) -> None:
        """Make the world anew, with the fixtures of the servers that will be used.

        Args:
            files: what else lies in the project folder: path to text.
        """
        for name in sorted(self._dirty):
            await self.connections[name].close()
        self._dirty.clear()
        for entry in self.home.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        (self.home.parent / "clock").write_text(str(int(world.clock.timestamp())))
        self._world = world
        self._used = tuple(name for name in FIXTURES if name in used and self.servers[name].shipped) if used else ()
        if any(not self.servers[name].shipped for name in used):
            self._used = tuple(dict.fromkeys(("filesystem", *self._used)))
        for name in self._used:
            FIXTURES[name].make(world, self.home)
        (self.home / world.theme.name).mkdir(exist_ok=True)
        for path, text in (files or {}).items():
            place = self.home / world.theme.name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        self._pairs = ((HOME, str(self.home)), (world.site, self.site.address(world.theme.name)))

    async def warm(self) -> None:
        """Start the servers before they are needed; one that fails is started, and fails, again when it is."""
        for connection in self.connections.values():
            async with connection.lock:
                try:
                    if not connection.open:
                        await connection.start()
                except ServerFailed:
                    await connection.close()

    def state(self) -> dict[str, Any]:
        """What the world holds now, by the fixtures in use."""
        assert self._world is not None
        found: dict[str, Any] = {}
        for name in self._used:
            found |= FIXTURES[name].state(self._world, self.home)
        return found

    async def call(self, server: str, tool: str, arguments: dict[str, Any]) -> Outcome:
        """Call a tool of a server, starting it first where needed. Paths are virtual on both sides.

        Raises:
            ServerFailed: when the server is lost; it is started anew by the next call.
        """
        connection = self.connections[server]
        try:
            async with connection.lock:
                if not connection.open:
                    await connection.start()
                await self._compare(connection)
            outcome = await connection.call(tool, self.to_real(arguments))
        except ServerFailed:
            await connection.close()
            raise
        if not self.servers[server].shipped and tool not in self.stateless.get(server, frozenset()):
            self._dirty.add(server)
        return Outcome(self.to_virtual(outcome.text), outcome.error, outcome.shape)

    async def _compare(self, connection: Connection) -> None:
        """Hold what the server lists against the specs that the plan was made from.

        Raises:
            ServerFailed: when they differ, naming the tools.
        """
        name = connection.server.name
        planned = self.specs.pop(name, None)
        if planned is None:
            return
        live = {entry["name"]: entry.get("inputSchema") for entry in await connection.tools()}
        if drift := sorted(tool for tool, schema in planned.items() if live.get(tool) != schema):
            raise ServerFailed(f"server {name} lists other specs than the plan was made from, for {', '.join(drift)}. Record them again: make record")

    def to_real(self, thing: Any) -> Any:
        """Virtual paths and addresses replaced by this machine's, at any depth."""
        if isinstance(thing, str):
            for virtual, real in self._pairs:
                thing = thing.replace(virtual, real)
            return thing
        if isinstance(thing, dict):
            return {key: self.to_real(value) for key, value in thing.items()}
        return [self.to_real(value) for value in thing] if isinstance(thing, list) else thing

    def to_virtual(self, text: str) -> str:
        """This machine's paths and addresses replaced by virtual ones."""
        for virtual, real in self._pairs:
            text = text.replace(real, virtual)
        return text.replace(str(self.home.parent), "/tmp")  # noqa: S108

    async def close(self) -> None:
        """Stop every server of the slot."""
        for connection in self.connections.values():
            await connection.close()
