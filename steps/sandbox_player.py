"""The sandbox's player: it goes behind the walls, runs tests or a script there, and writes down what comes of them."""

import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from steps import sandbox_walls as walls

COLLECTION = "collection"
REPORT = 60
PLUGINS = ("cacheprovider", "doctest", "faulthandler", "junitxml", "pastebin", "setuponly", "setupplan", "stepwise", "unraisableexception")  # that are not needed
SPARE = 4  # the worker, the keeper, the init and the player are processes too


class Told:
    """Writes down what comes of each test while it runs, so that it is known of a run that is killed as well."""

    def __init__(self, file: int) -> None:
        self.file, self.owner = file, os.getpid()

    def say(self, *words: object) -> None:
        """Add a line, unless a fork of the tests is speaking."""
        if os.getpid() == self.owner:
            os.write(self.file, f"{json.dumps(words)}\n".encode())

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """A test begins."""
        self.say("running", location[2].partition("[")[0])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A part of a test ended."""
        if report.failed or (report.passed and report.when == "call"):
            self.say(report.outcome, report.location[2].partition("[")[0])

    def pytest_collectreport(self, report: Any) -> None:
        """A file was read, or could not be."""
        if report.failed:
            self.say("failed", COLLECTION)

    def pytest_exception_interact(self, call: Any) -> None:
        """A test raised."""
        if call.excinfo.errisinstance(MemoryError):
            self.say("memory")


def play(job: Mapping[str, Any], project: Path, files: Sequence[int], by: Mapping[str, str]) -> None:
    """Go behind the walls and run the code; `files` are those of its input, its output and its report. Never returns."""
    try:
        walls.dies_with_parent()
        stdin, printed, report = files
        for file, place in ((stdin, 0), (printed, 1), (printed, 2), (report, REPORT)):
            os.dup2(file, place, inheritable=place != REPORT)
        os.closerange(3, REPORT)
        os.closerange(REPORT + 1, 256)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", buffering=1, closefd=False)
        enclose(project, job["limits"], by)
        told = Told(REPORT)
        told.say("ended", tested(project, told) if job["main"] is None else ran(project / job["main"], told))
    except Exception:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(0)


def enclose(project: Path, limits: Mapping[str, Any], by: Mapping[str, str]) -> None:
    """Everything that this process may have from here on."""
    room = project.parent
    os.chdir(project)
    os.environ.clear()
    os.environ |= {"HOME": str(room / "home"), "TMPDIR": str(room / "tmp"), "PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "80"}
    os.environ |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tempfile.tempdir = None
    vars(tempfile)["_name_sequence"] = map(numbered, count(1))
    vars(os)["listdir"] = in_order(os.listdir)
    random.seed(0)
    sys.path.insert(0, str(project))
    for name in [name for name in sys.modules if name.partition(".")[0] == "steps"]:
        del sys.modules[name]
    seconds = int(limits["seconds"]) + 1
    for kind, amount in (("CPU", seconds), ("AS", limits["memory"]), ("FSIZE", limits["file"]), ("NOFILE", limits["open"]), ("CORE", 0)):
        walls.bound(kind, amount)
    if by["files"] == "landlock":
        walls.confine(room)
    if by["processes"] == "namespace":
        walls.bound("NPROC", limits["processes"] + SPARE)
        walls.powerless()
    if refused := [name for name, holder in by.items() if holder == "audit hook"]:
        sys.addaudithook(walls.fence(room, refused))


def in_order(listdir: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """A folder's names in the order of the alphabet, which differs by file system otherwise."""

    def ordered(path: Any = ".") -> list[str]:
        __tracebackhide__ = True
        return sorted(listdir(path))

    return ordered


def numbered(number: int) -> str:
    """The name of a temporary file: one that looks drawn, and is the same each time."""
    return "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=8))


def tested(project: Path, told: Told) -> int:
    """Run the project's tests, and return pytest's exit code."""
    import pytest

    plain = [word for name in PLUGINS for word in ("-p", f"no:{name}")]
    where = ["--rootdir", str(project), "--confcutdir", str(project), "-c", os.devnull, "--basetemp", str(project.parent / "tmp" / "pytest"), str(project)]
    return int(pytest.main(["-q", "--tb=short", *plain, *where], plugins=[told]))


def ran(main: Path, told: Told) -> int:
    """Run a file as a script, and return 0 or 1 as the interpreter's exit code would be."""
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__file__, sys.argv = str(main), [main.name]
    try:
        exec(compile(main.read_text(encoding="utf-8"), main, "exec"), module.__dict__)  # noqa: S102
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except SystemExit as left:
        if isinstance(left.code, str):
            print(left.code, file=sys.stderr)  # noqa: T201
        return int(left.code not in (None, 0))
    except BaseException as error:
        if isinstance(error, MemoryError):
            told.say("memory")
        sys.stdout.flush()
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, frames)
        return 1
    return 0
