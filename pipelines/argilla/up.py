"""Start, stop and look at an Argilla server on this machine, in the background, with its data in one folder."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

from knowledge.install import surroundings
from pipelines.argilla import credentials, environment, leftovers
from pipelines.argilla.credentials import Credentials
from pipelines.command import Stopped
from pipelines.config import Misconfigured
from pipelines.console import Console

PORT = 6900
LOG = "server.log"
DATABASES = tuple(name + end for name in ("argilla.db", "search.db") for end in ("", "-wal", "-shm", "-journal"))
OURS = (credentials.FILE, *DATABASES, "redis", "server_id.dat", LOG, "lock", "starting", "sockets", "running.json", ".gitignore")
TABLES = {"datasets": "datasets", "records": "records", "answers": "responses"}
START_SECONDS = 900  # a large index that must be made anew takes minutes
STOP_SECONDS = 25


def up(data: Path, port: int | None, console: Console) -> tuple[Credentials, bool]:
    """Start the server, and wait until its page opens; who is let in, and whether the credentials are new.

    Raises:
        Misconfigured: when the folder is not the server's, or the port is taken.
        Stopped: when the server does not start.
    """
    prepared(data)
    with (data / "starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # of two that start at once, the second finds a running server
        kept = credentials.read(data)
        if process(data):
            if kept is None:
                raise Stopped(f"the server is running, but {data / credentials.FILE} is gone. Run `down`, then `up`: it makes a new password and key.")
            return waited(data, kept, None), False
        these = kept or credentials.made(port or PORT)
        these = replace(these, url=credentials.address(port or these.port))
        if taken(these.port):
            raise Misconfigured(f"port {these.port} is taken by another program. Give another: --port {these.port + 1}")
        python = environment.python(console)
        if these != kept:
            credentials.write(data, these)
        with (data / LOG).open("w") as log:
            words = [str(python), str(Path(__file__).with_name("launch.py")), str(data)]
            started = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data, env=surroundings(), start_new_session=True)
        try:
            return waited(data, these, started), kept is None
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                started.terminate()
            raise


def down(data: Path) -> bool:
    """Stop the server and all that it started; whether it was running.

    Raises:
        Stopped: when it does not stop.
    """
    number = process(data)
    if number is None:
        if data.is_dir():
            leftovers.clear(data)
        return False
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, kind)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            if process(data) is None:
                leftovers.clear(data)
                return True
            time.sleep(0.05)
    raise Stopped(f"the server (process {number}) does not stop; see {data / LOG}.")


def reset(data: Path) -> None:
    """Stop the server and delete its data.

    Raises:
        Misconfigured: when the folder is not the server's.
    """
    prepared(data)
    down(data)
    for name in OURS:
        path = data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def process(data: Path) -> int | None:
    """The process of the server on this data: it holds a lock for as long as it lives."""
    try:
        with (data / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def counted(data: Path) -> dict[str, int]:
    """What is in the database: datasets, records and answers."""
    try:
        with contextlib.closing(sqlite3.connect(f"{(data / DATABASES[0]).as_uri()}?mode=ro", uri=True)) as database:
            return {name: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for name, table in TABLES.items()}
    except sqlite3.Error:
        return dict.fromkeys(TABLES, 0)


def prepared(data: Path) -> None:
    """Make the data folder: nobody else may look into it, and git does not take it.

    Raises:
        Misconfigured: when the folder has other things in it, or cannot be made.
    """
    try:
        if data.is_dir() and credentials.read(data) is None and any(path.name not in OURS for path in data.iterdir()):
            raise Misconfigured(f"{data} has other things in it. Give a folder for the server alone: --data FOLDER")
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
        (data / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{data} cannot be written ({error.strerror or error}). Give another folder: --data FOLDER") from None


def taken(port: int) -> bool:
    """Whether another program answers on a port."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def waited(data: Path, these: Credentials, started: "subprocess.Popen[bytes] | None") -> Credentials:
    """Wait until the page opens.

    Raises:
        Stopped: when the server ends before, or takes too long.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if answers(these.url):
            return these
        if started is not None and started.poll() is not None:
            told = (data / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Stopped(f"the server did not start: {' '.join(told[-1:])[:300]}. All of it is in {data / LOG}.")
        time.sleep(0.1)
    raise Stopped(f"the server did not answer within {START_SECONDS // 60} minutes; see {data / LOG}.")


def answers(url: str) -> bool:
    """Whether the page opens."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False
