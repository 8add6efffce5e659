"""Install the shipped servers' packages, so that they need no network afterwards: `python -m pipelines.install`."""

import asyncio
import shutil
import sys

from knowledge.catalog import HIVE, NEEDS
from knowledge.install import install
from knowledge.servers import Server, read_servers
from pipelines.console import Console


async def one(server: Server) -> str | None:
    """Install one server's package; what is wrong, in a sentence, if anything."""
    if not shutil.which(server.command or ""):
        return f"server {server.name} is left out: {server.command} is not installed ({NEEDS[server.command or '']})"
    return None if await install(server) else f"server {server.name} could not be installed: {server.shown}. Is the package registry reached?"


async def main() -> int:
    """Install all; a missing launcher is no failure, a failing one is."""
    console = Console(quiet=False)
    servers = read_servers(HIVE.read_text(encoding="utf-8"), str(HIVE), shipped=True)
    problems = [problem for problem in await asyncio.gather(*map(one, servers)) if problem]
    for problem in problems:
        console.note(problem)
    return int(any("could not" in problem for problem in problems))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
