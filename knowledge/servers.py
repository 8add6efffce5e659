"""What a server is and how it is launched: entries of `.mcp.json` files, and addresses."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.spans import line_of

ALLOWED = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
PIN = re.compile(r"(?<=\w)(==|@)[\w.^~<>=-]+$")
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
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    url: str | None = None
    headers: Annotated[dict[str, str], Field(repr=False)] = {}
    source: str = ""
    shipped: bool = False

    @model_validator(mode="after")
    def one_way_in(self) -> "Server":
        """A server has a command or an address."""
        if not (self.command or self.url):
            raise ValueError(f"server {self.name!r} has neither `command` nor `url`")
        return self

    @property
    def shown(self) -> str:
        """The command line that will run, as a user would type it; values of its environment are not shown."""
        return self.url or " ".join([self.command or "", *self.args])

    @property
    def shape(self) -> tuple[str, ...]:
        """The command without its version pins, to see whether two entries start the same server."""
        return (self.command or self.url or "", *(PIN.sub("", part) for part in self.args))

    @property
    def contained(self) -> bool:
        """Whether nothing outside the fixture world is given to it: no address, no path of the user's, no key.

        What is not contained could change something that matters, so only its read-only tools are run.
        """
        if self.url or not all(value.startswith("${HOME}") for value in self.env.values()):
            return False
        paths = [part for part in self.args if part.startswith(("/", "~", "./", "../")) or "://" in part]
        return all(Path(part).suffix in {".py", ".js", ".mjs", ".cjs", ".ts"} for part in paths)

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
                raise Unlaunchable(f"it asks for ${{{name}}}, and servers are never given your keys")
            return value

        return VARIABLE.sub(fill, text)


def read_servers(text: str, source: str, shipped: bool = False) -> tuple[Server, ...]:
    """The servers of an `.mcp.json` text, in its order.

    Raises:
        ValueError: when an entry has neither command nor address, or is not an object.
    """
    import json

    entries: dict[str, Any] = json.loads(text)["mcpServers"]
    return tuple(
        Server.model_validate(dict(entry) | {"name": name, "source": f"{source}:{line_of(text, name)}", "shipped": shipped})
        for name, entry in entries.items()
    )
