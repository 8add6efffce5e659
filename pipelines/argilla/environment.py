"""The environment of the server: its packages are older than ours, so it has one of its own, made on first use and kept."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

from knowledge.install import surroundings
from pipelines.command import Stopped
from pipelines.console import Console

HERE = Path(__file__).parent
LOCK = next(path for path in (HERE / "requirements.txt", HERE.parents[1] / "requirements" / "argilla-server.txt") if path.exists())
PYTHONS = ((3, 11), (3, 12))  # those that the server's packages were built for
SECONDS = 900


def folder() -> Path:
    """Where the environment is: one for each list of packages."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "finetune-compiler" / f"argilla-server-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"


def python(console: Console) -> Path:
    """The interpreter of the server's environment; the environment is made if it is not there.

    Raises:
        Stopped: when it cannot be made.
    """
    place = folder()
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two that start at once make one
        if not (place / "ready").exists():
            console.note("Installing the Argilla server, this once. It takes up to three minutes.")
            shutil.rmtree(place, ignore_errors=True)
            version = sys.executable if sys.version_info[:2] in PYTHONS else "{}.{}".format(*PYTHONS[-1])
            uv("venv", "--quiet", "--python", version, str(place))
            uv("pip", "install", "--quiet", "--python", str(place / "bin" / "python"), "--require-hashes", "--compile-bytecode", "-r", str(LOCK))
            (place / "ready").touch()
    return place / "bin" / "python"


def uv(*words: str) -> None:
    """Run uv with the user's own registry settings.

    Raises:
        Stopped: when it fails.
    """
    try:
        done = subprocess.run([find_uv_bin(), *words], env=surroundings(), capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Stopped(f"the Argilla server was not installed after {SECONDS // 60} minutes. Is the package registry reached? Then run the command again.") from None
    if done.returncode:
        told = " ".join(done.stderr.split())[-400:]
        raise Stopped(f"the Argilla server could not be installed: {told}. Is the package registry reached, and a C compiler here (other than on Linux x86-64)?")
