"""The walls around code that is run: what the kernel holds, and what an audit hook holds where the kernel will not.

| wall | held by the kernel (Linux) | otherwise |
|---|---|---|
| network | a network namespace without any interface | an audit hook refuses every socket but AF_UNIX |
| processes | a process namespace, whose end kills all in it, and RLIMIT_NPROC | an audit hook refuses to fork and to start programs |
| files | Landlock: reads the interpreter and the system's libraries, writes the job's folder alone | an audit hook refuses to write outside |

An audit hook is a fence for code that errs, not a wall against code that attacks: native code passes it. So processes are
only held by the kernel where the network and the files are too, since a program that is started has no hook.
"""

import ctypes
import os
import resource
import socket
import sys
import sysconfig
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = 0x0002_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000
PRIVATE, RECURSIVE, NO_SUID, NO_DEVICES = 1 << 18, 1 << 14, 2, 4
SET_DEATH_SIGNAL, SET_SECURE_BITS, NO_NEW_PRIVILEGES, NO_ROOT = 1, 28, 38, 3
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
TRUNCATE_ABI, SIGNALS_ABI = 3, 6
READ, WRITE_FILE, ALL = 0b1101, 0b110, (1 << 15) - 1
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/System", "/Library")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
NOBODY = 65_534
LINUX = sys.platform == "linux"

libc: Any = ctypes.CDLL(None, use_errno=True)


def held(result: int) -> int:
    """The result of a system call.

    Raises:
        OSError: when it failed.
    """
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def alone() -> None:
    """Leave the network, and become able to make process and mount namespaces. Called once, by a process with one thread.

    For root, whom RLIMIT_NPROC spares, the real user becomes nobody; files are still opened as before.

    Raises:
        OSError: where the kernel will not.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        os.setresuid(NOBODY, 0, 0)
    held(libc.unshare(NEW_USER | NEW_NETWORK | NEW_IPC))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)


def own_room(folder: Path, size: int) -> None:
    """Give the processes forked from here a namespace, and this one file systems in memory at a folder and for shared memory, of `size` bytes each.

    Raises:
        OSError: where the kernel will not.
    """
    held(libc.unshare(NEW_PIDS | NEW_MOUNTS))
    held(libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None))
    for place in (str(folder), "/dev/shm"):  # noqa: S108
        if place == str(folder) or Path(place).is_dir():
            held(libc.mount(b"tmpfs", place.encode(), b"tmpfs", NO_SUID | NO_DEVICES, f"size={size},nr_inodes=16384,mode=700".encode()))


def dies_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    if LINUX:
        libc.prctl(SET_DEATH_SIGNAL, 9, 0, 0, 0)


def landlock() -> int:
    """The version of Landlock that the kernel offers; 0 for none that guards truncation too."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1) if LINUX else 0
    return int(version) if version >= TRUNCATE_ABI else 0


@cache
def libraries() -> list[str]:
    """What the interpreter reads: itself, its packages, the system's libraries and time zones."""
    own = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *(path for path in sys.path if path)}
    return sorted(path for path in {*own, *SYSTEM, *DEVICES} if Path(path).exists())


def confine(folder: Path) -> None:
    """Let this process read the libraries alone and write to a folder alone, by Landlock.

    Raises:
        OSError: where the kernel will not.
    """
    version = landlock()
    rules = (ctypes.c_uint64 * 3)(ALL, 0, 0b11)
    ruleset = held(libc.syscall(CREATE_RULESET, rules, ctypes.c_size_t(24 if version >= SIGNALS_ABI else 8), 0))
    written = [(str(folder), ALL), ("/dev/shm", ALL), ("/dev/null", READ | WRITE_FILE)]  # noqa: S108
    for path, rights in [*((path, READ) for path in libraries()), *((path, rights) for path, rights in written if Path(path).exists())]:
        allow(ruleset, path, rights if Path(path).is_dir() else rights & 0b111)
    held(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    held(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def allow(ruleset: int, path: str, rights: int) -> None:
    """Add a path and what may be done below it to a Landlock ruleset."""

    class Rule(ctypes.Structure):
        _pack_ = 1
        _fields_ = [("rights", ctypes.c_uint64), ("path", ctypes.c_int32)]

    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    held(libc.syscall(ADD_RULE, ruleset, 1, ctypes.byref(Rule(rights, opened)), 0))
    os.close(opened)


def powerless() -> None:
    """Give up every capability that came with the namespaces, now and for programs that are started."""
    libc.prctl(SET_SECURE_BITS, NO_ROOT, 0, 0, 0)
    held(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    held(libc.capset((ctypes.c_uint32 * 2)(0x2008_0522, 0), (ctypes.c_uint32 * 6)()))


def bound(kind: str, amount: int) -> None:
    """Set a limit of this process; where the system does not know it, or allows less, it stays as it is."""
    try:
        limit = getattr(resource, f"RLIMIT_{kind}")
        most = resource.getrlimit(limit)[1]
        amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(limit, (amount, amount))
    except (AttributeError, ValueError, OSError):
        return


def fence(folder: Path, refused: Sequence[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that refuses what the kernel does not: `network`, `processes`, `files` (to write outside the folder)."""
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    starts = {"os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "subprocess.Popen", "pty.spawn"}
    changes = {f"os.{name}" for name in "remove rename mkdir rmdir link symlink truncate chmod chown utime setxattr removexattr".split()} | {"sqlite3.connect"}
    inside = (f"{folder}{os.sep}", os.devnull)

    def outside(path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike) or os.fsdecode(path) == ":memory:":
            return False
        return not f"{os.path.realpath(os.fsdecode(path))}".startswith(inside)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        __tracebackhide__ = True
        if "network" in refused and (event in ("socket.getaddrinfo", "socket.gethostbyname") or (event == "socket.__new__" and args[1] != socket.AF_UNIX)):
            raise PermissionError(1, "the sandbox has no network")
        if "processes" in refused and (event in starts or (event in ("os.kill", "os.killpg") and args[0] != os.getpid())):
            raise PermissionError(1, "the sandbox has one process")
        if "files" in refused and ((event == "open" and args[2] & writes and outside(args[0])) or (event in changes and any(map(outside, args[:2])))):
            raise PermissionError(13, "the sandbox writes to its folder alone", str(args[0]))

    return hook
