"""What a killed server leaves behind. Runs in either environment."""

import contextlib
import shutil
import socket
from pathlib import Path


def clear(data: Path) -> None:
    """End the Redis of a server that was killed, and remove the folder of its socket."""
    note = data / "sockets"
    with contextlib.suppress(FileNotFoundError):
        old = Path(note.read_text(encoding="utf-8").strip())
        end_redis(old)
        shutil.rmtree(old, ignore_errors=True)
    for name in ("sockets", "running.json"):
        (data / name).unlink(missing_ok=True)


def end_redis(sockets: Path) -> None:
    """End the Redis that answers in a folder, if one does."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(sockets / "redis.sock"))
        line.sendall(b"SHUTDOWN\r\n")
        line.recv(1)
