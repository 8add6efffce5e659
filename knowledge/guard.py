"""End what is left of servers when this process is gone, however it went."""

import contextlib
import itertools
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

NOTE = 'echo $$ > "$0" && exec "$@"'
WATCH = """
cat > /dev/null
cd "$0" || exit
set -- *.pid
[ -e "$1" ] && sleep 2
for note in *.pid; do read -r group < "$note" && kill -s KILL -- "-$group"; done
cd / && rm -rf "$0"
"""
GRACE = 1.0
MEMORY = "/dev/shm"  # noqa: S108  (worlds are small, and made anew for each row)


class Guard:
    """A shell beside this process. Once the process has ended, even by SIGKILL, it ends the servers that outlived it.

    A server that is started through the guard leads a process group of its own, whose number is on disk before the server
    runs. A server that heeds the end of its input is gone before the guard looks.

    Attributes:
        folder: a temporary folder that is removed with this process.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="finetune-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None)).resolve()
        self.stopping = False
        self._numbers = itertools.count()
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, str(self.folder)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )

    def wrapped(self, command: Sequence[str]) -> tuple[list[str], Path]:
        """A command that takes its number down before it runs, and where; to be started in a session of its own."""
        note = self.folder / f"{next(self._numbers)}.pid"
        return ["/bin/sh", "-c", NOTE, str(note), *command], note

    def end(self, note: Path, kind: signal.Signals = signal.SIGKILL) -> None:
        """Signal a whole group, if any of it is left; after SIGKILL it is forgotten."""
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(note.read_text()), kind)
        if kind == signal.SIGKILL:
            note.unlink(missing_ok=True)

    def stop(self) -> None:
        """End every server now, politely at first, and let none start any more until `open`."""
        self.stopping = True
        notes = list(self.folder.glob("*.pid"))
        for note in notes:
            self.end(note, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while time.monotonic() < until and any(alive(note) for note in notes):
            time.sleep(0.05)
        for note in notes:
            self.end(note)

    def open(self) -> None:
        """Let servers start again."""
        self.stopping = False


def alive(note: Path) -> bool:
    """Whether anything of a group runs."""
    try:
        os.killpg(int(note.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


@cache
def guard_of(process: int) -> Guard:
    """The guard of a process; a fork gets one of its own."""
    return Guard()


def guard() -> Guard:
    """This process's guard."""
    return guard_of(os.getpid())
