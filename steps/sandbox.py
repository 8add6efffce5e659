"""The sandbox: the code of a row is run, never believed.

What it is: each job is a folder of files that is made, run and removed. Its processes have no network, an empty environment, HOME and
TMPDIR in the folder, and limits of time, memory, file size, open files and processes; they read the interpreter and the system's
libraries, and write to the folder alone. Whatever they started is dead when the answer comes. `isolation` says which of this the
kernel holds here, and what is left to an audit hook: all of it on a current Linux that allows user namespaces, with or without root;
the files alone in a container with Docker's usual settings; nothing but limits on macOS. `steps.sandbox_walls` is how.

What it is not: a virtual machine. It is for code that errs, as models and authored bugs do: the kernel is shared, memory is limited
by process, and code that sets out to deceive can forge what its own tests are said to do.

The printed text holds no path of this machine, no timing and no address: the same code gets the same text.
"""

import asyncio
import atexit
import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Ended = Literal["passed", "failed", "collection", "empty", "exit", "timeout", "memory", "output", "killed", "refused"]
MIB = 1 << 20
GRACE = 30
LASTING = ("passed", "failed", "collection", "empty", "exit")
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True)
class Limits:
    """What a job may use: seconds by the clock, bytes of memory a process, bytes a file, open files, processes and threads at a time.

    All files together have four times the bytes of one where the kernel gives namespaces; elsewhere their number is not limited.
    """

    seconds: float = 10
    memory: int = 512 * MIB
    file: int = 16 * MIB
    open: int = 128
    processes: int = 64


@dataclass(frozen=True)
class Ran:
    """What came of a job.

    Attributes:
        passed: names of the test functions whose every case passed.
        failed: names of those with a case that failed or was running when the job ended; `collection` for a file that could not be read.
        ended: `passed`, `failed`, `collection` (a test file cannot be read), `empty` (no tests), `exit` (it left by itself), `timeout`,
            `memory`, `output` (it printed too much), `killed` (by a signal), `refused` (a file name outside the folder, or files too large).
        text: what was printed, as a terminal would show it in the folder.
    """

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    ended: Ended
    text: str


class Worker:
    """A warm process that runs one job at a time. It ends when this process does."""

    def __init__(self, kernel: bool) -> None:
        root = str(Path(__file__).parents[1])
        command = [sys.executable, "-B", "-s", "-m", "steps.sandbox_child", *(() if kernel else ("--no-kernel",))]
        self.process = subprocess.Popen(
            command, cwd=root, env=ENVIRONMENT | {"PYTHONPATH": root, "TMPDIR": tempfile.gettempdir()}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self.isolation: dict[str, str] = self.answer(GRACE) or {}

    def answer(self, seconds: float) -> Any:
        """The next line that it writes; None when it is gone, or late."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        line = b""
        while not line.endswith(b"\n"):
            part = self.process.stdout.readline()
            if not part:
                return None
            line += part
        return json.loads(line)

    def run(self, job: Mapping[str, Any]) -> Ran | None:
        """Run a job; None when the worker did not live to tell."""
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{json.dumps(job)}\n".encode())
            if told := self.answer(job["limits"]["seconds"] + GRACE):
                return read(**told)
        return None

    def close(self) -> None:
        """End it, and see it end."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Sandbox:
    """A few workers, and what they found, remembered by the digest of the files. For any number of threads.

    Args:
        workers: how many jobs run at a time.
        kernel: False leaves every wall to the audit hook, as where the kernel will not help.
    """

    def __init__(self, workers: int = min(os.cpu_count() or 1, 8), kernel: bool = True) -> None:
        self.kernel = kernel
        self.idle: list[Worker] = []
        self.found: dict[str, Future[Ran]] = {}
        self.lock = threading.Lock()
        self.threads = ThreadPoolExecutor(workers, "sandbox")

    def start(self) -> Worker:
        """A worker that waits, or a new one.

        Raises:
            RuntimeError: when it does not start, as without pytest.
        """
        with self.lock:
            if self.idle:
                return self.idle.pop()
        worker = Worker(self.kernel)
        if not worker.isolation:
            worker.close()
            raise RuntimeError("the sandbox's worker did not start: is pytest installed?")
        return worker

    def work(self, job: Mapping[str, Any], digest: str) -> Ran:
        """Run a job on a worker; an end that depends on the moment is not remembered."""
        ran = None
        try:
            worker = self.start()
            if ran := worker.run(job):
                with self.lock:
                    self.idle.append(worker)
            else:
                worker.process.kill()
                worker.close()
        finally:
            if not ran or ran.ended not in LASTING:
                with self.lock:
                    self.found.pop(digest, None)
        return ran or Ran((), (), "killed", "")

    def submit(self, files: Mapping[str, str], main: str | None, stdin: str, limits: Limits) -> "Future[Ran]":
        """Have a job run; the same one is run once."""
        job = {"files": dict(files), "main": main, "stdin": stdin, "limits": asdict(limits)}
        digest = hashlib.sha256(json.dumps(job).encode()).hexdigest()
        with self.lock:
            if digest not in self.found:
                self.found[digest] = self.threads.submit(self.work, job, digest)
            return self.found[digest]

    def isolation(self) -> dict[str, str]:
        """Who holds each wall."""
        worker = self.start()
        with self.lock:
            self.idle.append(worker)
        return worker.isolation

    def close(self) -> None:
        """End all workers."""
        self.threads.shutdown()
        while self.idle:
            self.idle.pop().close()


@cache
def shared() -> Sandbox:
    """The sandbox of this process."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


os.register_at_fork(after_in_child=shared.cache_clear)


def read(told: list[list[str]], ended: Ended, text: str) -> Ran:
    """A worker's answer: of each test, the worst that was said of it."""
    seen: dict[str, dict[str, None]] = {"running": {}, "passed": {}, "failed": {}}
    for word, *names in told:
        if word in seen:
            seen[word] |= dict.fromkeys(names)
    cut = list(seen["running"])[-1:] if ended in ("timeout", "exit", "killed", "output") else []
    failed = {*seen["failed"], *cut}
    return Ran(tuple(sorted({*seen["passed"]} - failed)), tuple(sorted(failed)), ended, text)


def run_tests(jobs: Sequence[Mapping[str, str]], limits: Limits = Limits()) -> list[Ran]:
    """Run the pytest tests of each folder (text by file name), and say what came of each, in order."""
    return [done.result() for done in [shared().submit(files, None, "", limits) for files in jobs]]


def run_code(files: Mapping[str, str], main: str, stdin: str = "", limits: Limits = Limits()) -> Ran:
    """Run one file of a folder as a script; `text` is what it printed, to both outputs, and `ended` is `passed` for the exit code 0."""
    return shared().submit(files, main, stdin, limits).result()


async def run_tests_async(jobs: Sequence[Mapping[str, str]], limits: Limits = Limits()) -> list[Ran]:
    """`run_tests`, for a program that has other things to do meanwhile."""
    return await asyncio.to_thread(run_tests, jobs, limits)


def isolation() -> dict[str, str]:
    """Who holds each wall here: `network`, `processes`, `files`, `limits` by `namespace`, `landlock`, `rlimits` or `audit hook`."""
    return shared().isolation()
