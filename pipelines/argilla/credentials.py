"""The host's name, password and key: in one file that only its owner may read, and nowhere else."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FILE = "credentials.env"
HOST = "host"
HEAD = "# Who hosts the reviews. Keep this file to yourself: it lets in whoever reads it.\n"


@dataclass(frozen=True)
class Credentials:
    """What lets the host in.

    Attributes:
        url: where the server answers.
        key: the API key, which `push` and `pull` use.
        name: who signs in on the page.
        password: the host's.
        secret: what the server signs its sessions with.
    """

    url: str
    key: str
    name: str
    password: str
    secret: str

    @property
    def port(self) -> int:
        """The port of the server."""
        return int(self.url.rsplit(":", 1)[1])


def address(port: int) -> str:
    """Where a server on this machine answers."""
    return f"http://127.0.0.1:{port}"


def made(port: int) -> Credentials:
    """New credentials, drawn at random."""
    return Credentials(address(port), secrets.token_urlsafe(32), HOST, secrets.token_urlsafe(12), secrets.token_hex(32))


def read(data: Path) -> Credentials | None:
    """The credentials in a data folder, if there are any."""
    try:
        lines = (data / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    kept = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    try:
        return Credentials(kept["ARGILLA_API_URL"], kept["ARGILLA_API_KEY"], kept["ARGILLA_USERNAME"], kept["ARGILLA_PASSWORD"], kept["ARGILLA_AUTH_SECRET_KEY"])
    except KeyError:
        return None


def write(data: Path, these: Credentials) -> None:
    """Write the credentials; the file is never readable by others, not even while it is written."""
    names = ("ARGILLA_API_URL", "ARGILLA_API_KEY", "ARGILLA_USERNAME", "ARGILLA_PASSWORD", "ARGILLA_AUTH_SECRET_KEY")
    values = (these.url, these.key, these.name, these.password, these.secret)
    new = data / f"{FILE}.new"
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(f"{name}={value}\n" for name, value in zip(names, values, strict=True)))
    new.replace(data / FILE)
