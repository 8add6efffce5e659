"""What the whole-run tests share: the command as a user runs it, servers that misbehave, and one unbroken run to compare with."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
FAKE = Path(__file__).parent / "servers" / "fake.py"
LIMITS = "limits: {start_seconds: 4, call_seconds: 1}\n"
ROWS = 30


def heed_interrupts() -> None:
    """Let a command be interrupted even where the tests run in the background, which ignores interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What the error stream says, without its notes of progress."""
        assert "Traceback" not in self.err, self.err
        return self.err.partition("error: ")[2].strip()


@dataclass(frozen=True)
class Fake:
    """A `.mcp.json` with the misbehaving server, whose processes carry a marker of their own."""

    folder: Path
    marker: str = field(default_factory=lambda: f"fake{uuid.uuid4().hex[:12]}")

    def __call__(self, tools: str = "notes", fault: str = "none", **entry: object) -> str:
        """Write the source; its path."""
        server = {"command": sys.executable, "args": [str(FAKE), self.marker, tools, fault]} | entry
        path = self.folder / "mcp.json"
        path.write_text(json.dumps({"mcpServers": {"notes": server}}))
        return str(path)

    @property
    def processes(self) -> list[psutil.Process]:
        """The server's processes that run now."""
        found = []
        for process in psutil.process_iter():
            try:
                if self.marker in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    @property
    def calls(self) -> int:
        """How many calls it got, over all its processes."""
        path = Path(f"/tmp/{self.marker}.calls")
        return path.stat().st_size if path.exists() else 0

    def mend(self) -> None:
        """Let it misbehave no more."""
        Path(f"/tmp/{self.marker}.mended").touch()

    def gone(self, seconds: float = 0.5) -> bool:
        """Whether all its processes end within some seconds."""
        until = time.monotonic() + seconds
        while self.processes and time.monotonic() < until:
            time.sleep(0.05)
        return not self.processes


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """The misbehaving server; whatever a test leaves of it is ended."""
    made = Fake(tmp_path)
    yield made
    for process in made.processes:
        process.kill()
    for end in ("calls", "mended"):
        Path(f"/tmp/{made.marker}.{end}").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def limits(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Settings with small limits."""
    path = tmp_path_factory.mktemp("settings") / "limits.yaml"
    path.write_text(LIMITS)
    return str(path)


def phase3(*flags: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "pipelines.phase3_tools", *map(str, flags)]


def run(*flags: object, env: dict[str, str] | None = None, seconds: float = 240, **options: object) -> Done:
    """Run the command to its end; it may start servers."""
    done = subprocess.run(phase3(*flags, "--allow-servers"), cwd=ROOT, env=os.environ | (env or {}), capture_output=True, text=True, timeout=seconds, check=False, **options)  # type: ignore[call-overload]
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class Started:
    """A command that runs in the background."""

    process: "subprocess.Popen[str]"

    def ends(self, seconds: float = 120) -> Done:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=seconds)
        return Done(self.process.returncode, out, err)

    def until(self, ready: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something is so, or the command has ended."""
        end = time.monotonic() + seconds
        while not ready() and self.process.poll() is None:
            assert time.monotonic() < end, "it never came to that"
            time.sleep(0.002)


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Start the command in a session of its own; it is killed when the test ends."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*flags: object) -> Started:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(phase3(*flags, "--allow-servers"), cwd=ROOT, start_new_session=True, preexec_fn=heed_interrupts, **streams)
        begun.append(process)
        return Started(process)

    yield begin
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def through(out: Path) -> int:
    """How many rows of an unfinished run are through its stream, and on disk."""
    return sum(path.read_bytes().count(b"\n") for path in out.with_name(out.name + ".partial").glob("round*/ask.jsonl"))


def made(folder: Path) -> dict[str, bytes]:
    """The bytes of everything in a run folder that a seed decides."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"}


@dataclass(frozen=True)
class Unbroken:
    """A run that nothing befell."""

    folder: Path
    flags: tuple[object, ...]
    calls: int
    made: dict[str, bytes]


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory: pytest.TempPathFactory, limits: str) -> Unbroken:
    """The run that killed and resumed ones are held against."""
    folder = tmp_path_factory.mktemp("unbroken")
    fake = Fake(folder)
    flags = ("--source", fake(), "--config", limits, "--rows", ROWS, "--quiet", "--out", folder / "out")
    done = run(*flags)
    assert (done.code, done.out, done.err) == (0, "", "")
    files = made(folder / "out")
    assert sorted(files) == [
        *(f"exports/openai-{kind}/{split}.jsonl" for kind in ("full", "in-weights") for split in ("test", "train", "validation")),
        "kept.parquet",
        *(f"quality/{name}" for name in ("flags.parquet", "gate.json", "map.parquet", "measures.json")),
        "rejected.parquet",
        "tools.json",
        "values.parquet",
    ]
    return Unbroken(folder / "out", flags, fake.calls, files)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """The command within this process: fast, for input that is refused before anything starts."""
    from pipelines.command import start
    from pipelines.phase3_tools import main

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def go(*flags: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["phase3_tools", *map(str, flags)])
        with pytest.raises(SystemExit) as ended:
            start(main)
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    yield go
    for number, handler in before.items():
        signal.signal(number, handler)
