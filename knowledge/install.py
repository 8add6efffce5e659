"""Let a launcher fetch a server's package, so that the server needs no network afterwards."""

import asyncio
import os
import shutil

from knowledge.guard import guard
from knowledge.servers import ALLOWED, Server

SECONDS = 300
FOR_LAUNCHERS = ("UV_", "PIP_", "NPM_", "npm_", "NODE_", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")
HOST = ("HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "NETRC")


def fetching(server: Server) -> list[str] | None:
    """The command that fetches the package without starting the server; None where there is nothing to fetch."""
    match server.command:
        case "uvx":
            at = next((index for index, part in enumerate(server.args) if not part.startswith("-") and server.args[index - 1] != "--with"), None)
            if at is None:
                return None
            options = [part for part in server.args[:at] if part != "--from"]
            return ["uvx", *options, "--from", server.args[at], "python", "-c", "pass"]
        case "npx":
            package = next((part for part in server.args if not part.startswith("-")), None)
            return ["npx", "--yes", f"--package={package}", "--call", "true"] if package else None
    return None


def surroundings() -> dict[str, str]:
    """What a launcher gets to see while it fetches: the way to its registry and caches, and no other key of the user's."""
    return {name: value for name, value in os.environ.items() if name in ALLOWED + HOST or name.startswith(FOR_LAUNCHERS)}


async def install(server: Server) -> bool:
    """Fetch a server's package with the user's own registry settings; whether there was something to fetch, and it came."""
    command = fetching(server)
    if command is None or not shutil.which(command[0]):
        return False
    wrapped, note = guard().wrapped(command)
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*wrapped, env=surroundings(), stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    try:
        async with asyncio.timeout(SECONDS):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        guard().end(note)
