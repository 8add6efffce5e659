"""Starting an engine: its environment, the mock that it asks, and one run of it."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.engines.memory import Peak

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ROOT / ".venv" / ".bench"
LOCKS = ROOT / "requirements" / "bench"
LIMIT = 1800  # seconds that a run may take

Run = dict[str, Any]


@dataclass(frozen=True)
class Engine:
    """How an engine is started.

    Attributes:
        script: a module of `tests.benchmarks.engines`.
        lock: the lock of its environment; None for the project's own.
        more: flags of its own.
        counts: it counts tokens with a file that it fetches on first use; litellm, in Curator's environment, brings that file.
    """

    script: str
    lock: str | None = None
    more: tuple[str, ...] = ()
    counts: bool = False


ENGINES = {
    "ours": Engine("ours"),
    "openai": Engine("asyncio_openai", "asyncio"),
    "openai-aiohttp": Engine("asyncio_openai", "asyncio", ("--transport", "aiohttp")),
    "aiohttp": Engine("asyncio_aiohttp", "asyncio"),
    "distilabel": Engine("distilabel_own"),
    "data-designer": Engine("data_designer", "data-designer", counts=True),
    "curator": Engine("curator", "curator"),
}


class Failed(Exception):
    """An engine could not be installed or did not do the task; the reason is a line."""


@cache
def python(lock: str | None) -> str:
    """The interpreter of an environment, which is made where it is missing or its lock has changed.

    Raises:
        Failed: it cannot be installed.
    """
    if lock is None:
        return sys.executable
    folder, source = ENVIRONMENTS / lock, LOCKS / f"{lock}.txt"
    stamp, digest = folder / "lock.sha256", hashlib.sha256(source.read_bytes()).hexdigest()
    found = str(folder / "bin" / "python")
    if stamp.is_file() and stamp.read_text() == digest:
        return found
    print(f"installing {lock} into {folder.relative_to(ROOT)}", flush=True)
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "--quiet", "--python", found, "--require-hashes", "-r", str(source)],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"not installed: {' '.join(lines(done.stderr)[:2])[:200]}")
    stamp.write_text(digest)
    return found


def lines(text: str) -> list[str]:
    """The lines that say something, frames and pointers left out."""
    said = [line.strip(" ╭╰│─▶╮╯^~×+-|") for line in text.splitlines()]
    return [line for line in said if line] or ["it said nothing"]


def surroundings(home: Path, counts: bool) -> dict[str, str]:
    """The variables that an engine sees: a home of its own, no proxy, no hub."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower() and not name.startswith(("PYTHON", "OPENAI_", "HF_", "XDG_"))}
    home.mkdir(exist_ok=True)
    more = {"HOME": str(home), "TMPDIR": str(home), "HF_HUB_OFFLINE": "1", "OPENAI_API_KEY": "none"}
    if counts:
        with suppress(Failed):
            python("curator")
        for folder in (ENVIRONMENTS / "curator").glob("lib/*/site-packages/litellm/litellm_core_utils/tokenizers"):
            more["TIKTOKEN_CACHE_DIR"] = str(folder)
    return kept | more


@contextmanager
def mock(latency: float) -> Iterator[str]:
    """A mock server in a process of its own; its address."""
    command = [python("asyncio"), "-m", "tests.benchmarks.engines.mock", "--latency", str(latency)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        except urllib.error.URLError as error:
            raise SystemExit(f"the mock is gone (exit code {process.poll()}): {error.reason}") from None
        finally:
            process.terminate()


def ask(address: str, data: bytes | None = None) -> Run:
    """What the mock says; with data, it is posted to."""
    with urllib.request.urlopen(address, data=data, timeout=10) as response:
        return json.load(response)


def run(name: str, server: str, rows: int, chain: int, in_flight: int, *more: str) -> Run:
    """One run of an engine.

    Raises:
        Failed: it ended with an error, took too long, or a row has not the answer it should have.
    """
    engine = ENGINES[name]
    interpreter = python(engine.lock)
    with tempfile.TemporaryDirectory() as folder:
        out, said = Path(folder) / "out.json", Path(folder) / "said.txt"
        asked = ["--url", f"{server}/v1", "--rows", str(rows), "--chain", str(chain), "--in-flight", str(in_flight), "--out", str(out)]
        command = [interpreter, "-m", f"tests.benchmarks.engines.{engine.script}", *engine.more, *asked, *more]
        ask(f"{server}/reset", b"")
        with said.open("w") as log:
            began = time.time()
            process = subprocess.Popen(command, cwd=ROOT, env=surroundings(Path(folder) / "home", engine.counts), stdout=log, stderr=log)
            peak = Peak(process.pid)
            try:
                code = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                end(process)
                raise Failed(f"not done after {LIMIT} s") from None
            ended = time.time()
        seen = ask(f"{server}/stats")
        if code or not out.is_file():
            raise Failed(f"exit code {code}: {lines(said.read_text(errors='replace'))[-1][:200]}")
        told = json.loads(out.read_text())
    if told["rows_ok"] != rows:
        raise Failed(f"{told['rows_ok']} of {rows} rows have the right answer")
    return {
        "engine": name,
        "rows": rows,
        "chain": chain,
        "in_flight": in_flight,
        **told,
        "process_start_to_first_request": seen["first"] and seen["first"] - began,
        "process_seconds": ended - began,
        "peak_mb": peak.pss,
        "summed_rss_mb": peak.rss,
        "requests": seen["requests"],
        "most_in_flight": seen["in_flight"],
    }


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all its children."""
    for each in (*psutil.Process(process.pid).children(recursive=True), process):
        each.kill()
    process.wait()
