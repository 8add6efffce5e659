"""Where versions of a dataset lie: in a folder of this machine, in the same layout as on the Hub."""

import fcntl
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from knowledge.catalog import Unreadable
from pipelines.changes import VERSION, parsed
from pipelines.command import Stopped
from pipelines.folder import sha256
from pipelines.release import MANIFEST, Release

LOCAL = "local:"
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


class Place(Protocol):
    """A repository of versions.

    Attributes:
        name: as a person writes it.
    """

    name: str

    def versions(self) -> list[str]:
        """The versions that are there, the oldest first: `1.0.0`."""

    def file(self, version: str, path: str) -> Path:
        """A version's file, on this machine.

        Raises:
            Stopped: when it cannot be had.
        """

    def send(self, release: Release, folder: Path, last: Release | None, say: str) -> None:
        """Make a version of the files in a folder; what the last version has just so is not sent.

        Args:
            say: what is new, in one line.

        Raises:
            Stopped: when it could not be made; the last version is then as it was.
        """


class Local:
    """Versions as folders below one: `PATH/v1.2.0/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = f"{LOCAL}{root}"

    def versions(self) -> list[str]:
        """The versions that are there, the oldest first."""
        found = [path.parent.name.removeprefix("v") for path in self.root.glob(f"v*/{MANIFEST}")]
        return sorted((name for name in found if VERSION.fullmatch(name)), key=parsed)

    def file(self, version: str, path: str) -> Path:
        """A version's file."""
        found = self.root / f"v{version}" / path
        if not found.is_file():
            raise Stopped(f"{found} is not there: version {version} is not whole.")
        return found

    def send(self, release: Release, folder: Path, last: Release | None, say: str) -> None:
        """Copy what is new, link what is not; a version is there whole or not at all."""
        target, work = self.root / f"v{release.version}", self.root / f".v{release.version}.partial"
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Stopped(f"somebody else publishes to {self.root} now. Wait for it, and try again.") from None
            if target.exists():
                raise Stopped(f"{target} is there already, and a version is never changed. Give another --version.")
            shutil.rmtree(work, ignore_errors=True)
            known = last.files if last else {}
            for path, digest in [*release.files.items(), (MANIFEST, "")]:
                place = work / path
                place.parent.mkdir(parents=True, exist_ok=True)
                if last and known.get(path) == digest:
                    os.link(self.file(last.version, path), place)
                else:
                    shutil.copyfile(folder / path, place)
            os.replace(work, target)


def released(place: Place, version: str) -> Release:
    """A version's manifest.

    Raises:
        Unreadable: when it is none.
    """
    path = place.file(version, MANIFEST)
    try:
        return Release.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        raise Unreadable(f"the manifest.json of {place.name} v{version} cannot be read. Was it published with python -m pipelines.publish?") from None


def checked(place: Place, release: Release, paths: Mapping[str, str]) -> dict[str, Path]:
    """Files of a version, each held against its digest.

    Raises:
        Stopped: when one is not what the manifest says.
    """
    found = {path: place.file(release.version, path) for path in paths}
    for path, file in found.items():
        if sha256(file) != paths[path]:
            raise Stopped(f"{path} of {place.name} v{release.version} is not what its manifest says: it was changed, or did not come whole.")
    return found


def place_of(name: str, public: bool = False) -> Place:
    """The repository that a name means: `local:PATH`, or `owner/name` on the Hub.

    Raises:
        Stopped: when it is neither.
    """
    if name.startswith(LOCAL):
        return Local(Path(name.removeprefix(LOCAL)).expanduser())
    if not NAME.fullmatch(name):
        raise Stopped(f"{name!r} names no dataset: write owner/name for the Hub, or local:PATH for a folder.")
    from pipelines.hub import Hub

    return Hub(name, public)
