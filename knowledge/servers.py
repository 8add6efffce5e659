"""What a server is and how it is launched: entries of `.mcp.json` files, and addresses."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.secrets import masked, secrets
from knowledge.spans import line_of

ALLOWED = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
PIN = re.compile(r"(?<=\w)(==|@)[\w.^~<>=-]+$")
OUTWARD = re.compile(r"[/\\~]|\.\.")
INSIDE = re.compile(r"(?:--?[\w-]+=)?\$\{HOME\}(?!.*\.\.).*")
PACKAGE = re.compile(r"@[\w.-]+/[\w.-]+(?:@[\w.^~<>=-]+)?|\w[\w.-]*(?:\[[\w,-]+\])?(?:@|~=)[~^]?[\w.*]+")
PROGRAM = re.compile(r"(?!-)(?!.*://).+\.(?:py|js|mjs|cjs|ts)")
REFUSED = {"string_type": "a text", "tuple_type": "a list of texts", "dict_type": "an object of texts"}
LAUNCH = Path(__file__).resolve().parent / "launch"


class Unlaunchable(ValueError):
    """A server cannot be launched as it is written; the message says why, in words for the user."""


class Server(BaseModel):
    """One entry of `mcpServers`: a command to start (stdio), or the address of a streamable-HTTP server.

    Attributes:
        source: the file and line that it stands in, or the address itself.
        shipped: whether its fixture worlds and banks are part of this package.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    command: str | None = None
    args: Annotated[tuple[str, ...], Field(repr=False)] = ()
    env: Annotated[dict[str, str], Field(repr=False)] = {}
    url: str | None = None
    headers: Annotated[dict[str, str], Field(repr=False)] = {}
    source: str = ""
    shipped: bool = False

    @property
    def shown(self) -> str:
        """The command line that will run, as a user would type it; secrets and the values of its environment are not shown."""
        line = self.url or " ".join([self.command or "", *self.args])
        return masked(line, secrets(line))

    @property
    def shape(self) -> tuple[str, ...]:
        """The command without its version pins, to see whether two entries start the same server."""
        return (self.command or self.url or "", *(PIN.sub("", part) for part in self.args))

    @property
    def contained(self) -> bool:
        """Whether nothing outside the fixture world is given to it: no address, no path of the user's, no key.

        What is not contained could change something that matters, so only its read-only tools are run. An argument that
        might be a path is taken for one, also within `--option=/path`; the world's own, a package and a program file may stand.
        """
        if self.url or not all(INSIDE.fullmatch(value) for value in self.env.values()):
            return False
        return all(INSIDE.fullmatch(part) or PACKAGE.fullmatch(part) or PROGRAM.fullmatch(part) for part in self.args if OUTWARD.search(part))

    def launch(self, home: Path, clock: Path) -> tuple[str, list[str], dict[str, str]]:
        """The command, arguments and whole environment for a start in a fixture world.

        The environment is an allow-list: no key of the user's reaches a server. `HOME` is the world.

        Raises:
            Unlaunchable: when the entry asks for a variable that servers do not get.
        """
        caches = {
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
            "npm_config_cache": os.environ.get("npm_config_cache", str(Path.home() / ".npm")),
            "npm_config_update_notifier": "false",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_OFFLINE": "1",
            "npm_config_offline": "true",
        }
        world = {
            "HOME": str(home),
            "USER": "dev",
            "LOGNAME": "dev",
            "SHELL": "/bin/sh",
            "TERM": "dumb",
            "TMPDIR": str(home.parent),
            "TZ": "UTC",
            "WORLD_CLOCK": str(clock),
            "PYTHONPATH": str(LAUNCH),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NODE_OPTIONS": f"--require {LAUNCH / 'clock.cjs'}",
        }
        base = {name: os.environ[name] for name in ALLOWED if name in os.environ} | caches | world
        if self.command == "uvx":
            base["PATH"] = f"{LAUNCH / 'bin'}{os.pathsep}{base.get('PATH', os.defpath)}"
        args = [self.expand(part, base) for part in self.args]
        return self.expand(self.command or "", base), args, base | {name: self.expand(value, base) for name, value in self.env.items()}

    def expand(self, text: str, known: dict[str, str]) -> str:
        """Fill `${NAME}` and `${NAME:-default}` from what servers get.

        Raises:
            Unlaunchable: naming the variable.
        """

        def fill(match: re.Match[str]) -> str:
            name, default = match[1], match[2]
            if (value := known.get(name, default)) is None:
                raise Unlaunchable(
                    f"server {self.name} asks for ${{{name}}}, and servers are never given your keys or settings. "
                    f"Write a value that is safe to test with in its place, or take the server out"
                )
            return value

        return VARIABLE.sub(fill, text)


def read_servers(text: str, source: str, shipped: bool = False) -> tuple[Server, ...]:
    """The servers of an `.mcp.json` text, in its order.

    Raises:
        ValueError: when it is not whole, names no server, or an entry cannot be launched as it is written; says what to do.
    """
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        place = f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"it is not complete JSON{place}. Write it again") from None
    if not isinstance(value, dict) or "mcpServers" not in value:
        raise ValueError("`mcpServers` does not stand at its top")
    entries = value["mcpServers"]
    if not isinstance(entries, dict):
        raise ValueError('`mcpServers` must be an object: {"name": {"command": …, "args": […]}}')
    if not entries:
        raise ValueError("`mcpServers` is empty. Add a server, or give another source")
    return tuple(read_server(name, entry, f"{source}:{line_of(text, name)}", shipped) for name, entry in entries.items())


def read_server(name: str, entry: Any, source: str, shipped: bool) -> Server:
    """One entry of `mcpServers`.

    Raises:
        ValueError: when it cannot be launched as it is written.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"server {name} must be an object with `command` and `args`, or with `url`")
    try:
        server = Server.model_validate(entry | {"name": name, "source": source, "shipped": shipped})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"server {name}: `{'.'.join(map(str, first['loc']))}` must be {REFUSED.get(first['type'], 'something else')}, and is {first['input']!r}") from None
    if not (server.command or server.url):
        raise ValueError(f"server {name} has neither `command` nor `url`. Add one, or take it out")
    if entry.get("type") == "sse":
        raise ValueError(f"server {name} speaks SSE, which the protocol has left behind. Give its streamable-HTTP address")
    if server.url and not server.url.startswith(("http://", "https://")):
        raise ValueError(f"server {name}: `url` must begin with http:// or https://, and is {server.url!r}")
    server.launch(Path("/"), Path("/"))
    headers = {key: server.expand(value, {}) for key, value in server.headers.items()}
    return server.model_copy(update={"url": server.expand(server.url, {}) if server.url else None, "headers": headers})
