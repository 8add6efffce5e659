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
import random
import re
import select
import shutil
import signal
import sys
import sysconfig
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain, count
from pathlib import Path
from types import ModuleType
from typing import Any

from steps import sandbox_walls as walls

HOME = "/home/dev"
COLLECTION = "collection"
KEPT = 12_000
REPORT = 60
PLUGINS = ("cacheprovider", "doctest", "faulthandler", "junitxml", "pastebin", "setuponly", "setupplan", "stepwise", "unraisableexception")  # that are not needed
ADDRESS = re.compile(r"(?<=\bat 0x)[0-9a-f]{6,16}\b|(?<=\.\.\.x)[0-9a-f]{6,16}(?=>)|(?<=\.\.\.)[0-9a-f]{4,11}(?=>)|(?<=\bid=')\d{12,16}(?=')")
STAT = {"st_ino": 131_842, "st_dev": 65_024, "st_uid": 1000, "st_gid": 1000, "st_atime": 1_759_312_800, "st_mtime": 1_759_312_800, "st_ctime": 1_759_312_800}
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


def isolation(kernel: bool, room: Path) -> dict[str, str]:
    """Put up the walls that a worker has, and say of each who holds it."""
    by = {"network": "audit hook", "processes": "audit hook", "files": "landlock" if kernel and walls.landlock() else "audit hook", "limits": "rlimits"}
    if not (kernel and walls.LINUX and by["files"] == "landlock" and namespaces(room)):
        return by
    walls.alone()
    return by | {"network": "namespace", "processes": "namespace"}


def namespaces(room: Path) -> bool:
    """Whether a process can be given namespaces here; tried by a fork."""
    if (child := os.fork()) == 0:
        try:
            walls.alone()
            walls.own_room(room, 1 << 20)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def keep(job: Mapping[str, Any], room: Path, by: Mapping[str, str]) -> dict[str, Any]:
    """Run a job to its end or to its limit, and say what came of it."""
    limits = job["limits"]
    namespaced = by["processes"] == "namespace"
    walls.dies_with_parent()
    if namespaced:
        walls.own_room(room, 4 * limits["file"])
    try:
        project = lay(job["files"], room)
    except (OSError, ValueError) as error:
        return {"told": [], "ended": "refused", "text": settled(f"{error}\n", room / "project")}
    printed, report = room / "printed", room / "report"
    watch, alive = os.pipe()
    if (init := os.fork()) == 0:
        os.setsid()
        walls.dies_with_parent()
        files = [os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for file in (printed, report)]
        if (player := os.fork()) == 0:
            play(job, project, files[0], files[1], by)
        os.write(files[1], f"{json.dumps(['status', until(player)])}\n".encode())
        os._exit(0)
    os.close(alive)
    ready, _, _ = select.select([watch, 0], [], [], limits["seconds"])
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(init, signal.SIGKILL)
    os.waitpid(init, 0)
    told = [json.loads(line) for line in (report.read_text().splitlines() if report.exists() else ())]
    size = printed.stat().st_size if printed.exists() else 0
    ended = end(told, timed_out=not ready, full=size >= limits["file"])
    text = clip(printed) if size else ""
    if ended == "timeout":
        text = f"{text.rstrip()}\n\nTimeout: stopped after {limits['seconds']:g} seconds\n".lstrip()
    return {"told": told, "ended": ended, "text": settled(text, project)}


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


def play(job: Mapping[str, Any], project: Path, printed: int, report: int, by: Mapping[str, str]) -> None:
    """Go behind the walls and run the code. Never returns."""
    walls.dies_with_parent()
    stdin = project.parent / "stdin"
    stdin.write_text(job["stdin"], encoding="utf-8")
    for file, place in ((os.open(stdin, os.O_RDONLY), 0), (printed, 1), (printed, 2), (report, REPORT)):
        os.dup2(file, place, inheritable=place != REPORT)
    os.closerange(3, REPORT)
    os.closerange(REPORT + 1, 256)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", buffering=1, closefd=False)
    enclose(project, job["limits"], by)
    told = Told(REPORT)
    try:
        told.say("ended", tested(project, told) if job["main"] is None else ran(project, job["main"], told))
    except SystemExit:
        told.say("exit")
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


def ran(project: Path, main: str, told: Told) -> int:
    """Run a file as a script, and return 0 or 1 as the interpreter's exit code would be."""
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__file__ = main
    sys.argv = [main]
    try:
        exec(compile((project / main).read_text(encoding="utf-8"), main, "exec"), module.__dict__)  # noqa: S102
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


def clip(printed: Path) -> str:
    """What was printed; of much, the beginning and the end."""
    with printed.open("rb") as file:
        head = file.read(2 * KEPT)
        rest = printed.stat().st_size - len(head)
        if rest <= 0:
            return head.decode(errors="replace")
        file.seek(-KEPT, os.SEEK_END)
        return f"{head[:KEPT].decode(errors='replace')}\n[... {rest + len(head) - 2 * KEPT} bytes ...]\n{file.read().decode(errors='replace')}"


@cache
def shelves() -> dict[str, str]:
    """Where the interpreter and its packages lie here, and where a text says that they do."""
    library = f"/usr/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    packages = f"{library}/site-packages"
    own = str(Path(__file__).parents[1])
    return {sysconfig.get_path("purelib"): packages, sysconfig.get_path("stdlib"): library, sys.prefix: "/usr", sys.base_prefix: "/usr", own: packages}


def settled(text: str, project: Path) -> str:
    """A run's text as it is on every machine at any time: the paths of a developer's own, one timing, one numbering of addresses."""
    room, places = project.parent, shelves()
    for real, shown in [*places.items(), (f"{project}/", ""), (str(project), "."), (f"{room}/tmp", "/tmp"), (f"{room}/home", HOME)]:  # noqa: S108
        text = text.replace(os.path.relpath(real, project), shown) if real in places else text
        text = text.replace(real, shown)
    text = re.sub(r"(?<= in )\d+\.\d\ds(?: \(\d+:\d\d:\d\d\))?(?=$| =)", "0.03s", text, flags=re.M)
    text = re.sub(r"\b(st_\w+)=\d+", lambda stat: f"{stat[1]}={STAT[stat[1]]}" if stat[1] in STAT else stat[0], text)
    addresses = {real: number for number, real in enumerate(dict.fromkeys(ADDRESS.findall(text)))}
    return ADDRESS.sub(lambda real: f"{0x7F3C_5A1E_4D60 + 0x70 * addresses[real[0]]:{'d' if real[0].isdecimal() and len(real[0]) > 12 else 'x'}}"[-len(real[0]) :], text)


def answers(requests: Iterator[str], room: Path, by: Mapping[str, str]) -> Iterator[str]:
    """Answer each job by a fork; what it leaves in the room is removed."""
    for line in requests:
        read, write = os.pipe()
        if (keeper := os.fork()) == 0:
            os.close(read)
            with os.fdopen(write, "w") as answer:
                answer.write(json.dumps(keep(json.loads(line), room, by)))
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            yield answer.read() or json.dumps({"told": [], "ended": "killed", "text": ""})
        os.waitpid(keeper, 0)
        for left in room.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def main() -> None:
    """Work until there is nobody left to ask."""
    importlib.import_module("pytest")
    for module in pkgutil.iter_modules(importlib.import_module("_pytest").__path__):
        importlib.import_module(f"_pytest.{module.name}")
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parents[1])]
    walls.libraries()
    shelves()
    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        room = Path(folder).resolve()
        by = isolation(sys.argv[1:] != ["--no-kernel"], room)
        for line in chain([json.dumps(by)], answers(iter(sys.stdin.readline, ""), room, by)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
