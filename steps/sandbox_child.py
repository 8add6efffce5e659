"""The sandbox's worker: one warm process that reads jobs as lines of JSON, forks for each, and answers in lines.

For each job a keeper makes the room, watches the clock and tells what came of it; in it an init is the first process of its
namespace, so that nothing outlives it; and under that the player runs the code. `steps.sandbox` starts it.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from steps import sandbox_walls as walls
from steps.sandbox_player import COLLECTION, play
from steps.sandbox_text import clip, settled, shelves


def isolation(kernel: bool) -> dict[str, str]:
    """Put up the walls that a worker has, and say of each who holds it."""
    by = {"network": "audit hook", "processes": "audit hook", "files": "landlock" if kernel and walls.landlock() else "audit hook", "limits": "rlimits"}
    if not (kernel and walls.LINUX and by["files"] == "landlock" and namespaces()):
        return by
    walls.alone()
    return by | {"network": "namespace", "processes": "namespace"}


def namespaces() -> bool:
    """Whether a process can be given namespaces here; tried by a fork."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as room:
        if (child := os.fork()) == 0:
            try:
                walls.alone()
                walls.own_room(Path(room), 1 << 20)
            except OSError:
                os._exit(1)
            os._exit(0)
        return os.waitpid(child, 0)[1] == 0


def keep(job: Mapping[str, Any], room: Path, by: Mapping[str, str]) -> dict[str, Any]:
    """Run a job to its end or to its limit, and say what came of it."""
    limits = job["limits"]
    walls.dies_with_parent()
    stdin, printed, report = (tempfile.TemporaryFile(dir=room) for _ in range(3))  # noqa: SIM115  # noqa: SIM115
    if by["processes"] == "namespace":
        walls.own_room(room, 4 * limits["file"])
    try:
        project = lay(job["files"], room)
        stdin.write(job["stdin"].encode())
        stdin.seek(0)
    except (OSError, ValueError) as error:
        return {"told": [], "ended": "refused", "text": settled(f"{error}\n", room)}
    watch, alive = os.pipe()
    if (init := os.fork()) == 0:
        os.setsid()
        walls.dies_with_parent()
        if (player := os.fork()) == 0:
            play(job, project, (stdin.fileno(), printed.fileno(), report.fileno()), by)
        os.write(report.fileno(), f"{json.dumps(['status', until(player)])}\n".encode())
        os._exit(0)
    os.close(alive)
    ready, _, _ = select.select([watch, 0], [], [], limits["seconds"])
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(init, signal.SIGKILL)
    os.waitpid(init, 0)
    report.seek(0)
    told = [json.loads(line) for line in report.read().splitlines()]
    ended = end(told, timed_out=not ready, full=printed.seek(0, os.SEEK_END) >= limits["file"])
    text = clip(printed)
    if ended == "timeout":
        text = f"{text.rstrip()}\n\nTimeout: stopped after {limits['seconds']:g} seconds\n".lstrip()
    return {"told": told, "ended": ended, "text": settled(text, room)}


def lay(files: Mapping[str, str], room: Path) -> Path:
    """Write a job's files into the project folder of a room; home and the temporary folder lie beside it.

    Raises:
        ValueError: for a name outside the folder, or one that no file can have.
        OSError: for files that are too large, or that stand in each other's way.
    """
    for name in ("project", "home", "tmp"):
        (room / name).mkdir()
    for name, text in files.items():
        file = Path(name)
        if file.is_absolute() or ".." in file.parts or not file.parts:
            raise ValueError(f"{name} is outside the folder")
        (room / "project" / file).parent.mkdir(parents=True, exist_ok=True)
        (room / "project" / file).write_text(text, encoding="utf-8")
    return room / "project"


def until(player: int) -> int:
    """Wait for a process, as an init does: for all that is orphaned too."""
    while True:
        ended, status = os.wait()
        if ended == player:
            return os.waitstatus_to_exitcode(status)


def end(told: list[list[Any]], timed_out: bool, full: bool) -> str:
    """How a run ended, in a word."""
    said = {words[0]: words[-1] for words in told}
    status = said.get("status")
    if timed_out or status == -signal.SIGXCPU:
        return "timeout"
    if full:
        return "output"
    if "memory" in said:
        return "memory"
    if status is None or status < 0:
        return "killed"
    if said.get("ended") == 2 and ["failed", COLLECTION] in told:
        return "collection"
    return {0: "passed", 1: "failed", 5: "empty"}.get(said.get("ended", -1), "exit")


def answer(job: Mapping[str, Any], by: Mapping[str, str]) -> dict[str, Any]:
    """Have a fork keep a job, in a room of its own that is removed."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as room:
        if (keeper := os.fork()) == 0:
            try:
                os.close(read)
                with os.fdopen(write, "w") as told:
                    told.write(json.dumps(keep(job, Path(room).resolve(), by)))
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as heard:
            found = heard.read()
        os.waitpid(keeper, 0)
    made: dict[str, Any] = json.loads(found or '{"told": [], "ended": "killed", "text": ""}')
    return made


def main() -> None:
    """Work until there is nobody left to ask."""
    importlib.import_module("pytest")
    for module in pkgutil.iter_modules(importlib.import_module("_pytest").__path__):
        importlib.import_module(f"_pytest.{module.name}")
    own = {str(Path(__file__).parents[1])} - {sysconfig.get_path("purelib")}
    sys.path[:] = [path for path in sys.path if path not in own]
    walls.libraries()
    shelves()
    by = isolation(sys.argv[1:] != ["--no-kernel"])
    gc.freeze()
    for said in chain([by], (answer(json.loads(line), by) for line in iter(sys.stdin.readline, ""))):
        sys.stdout.write(f"{json.dumps(said)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
