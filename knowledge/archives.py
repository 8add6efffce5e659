"""The files of archives, one after the other, read in memory and not trusted in anything that they claim."""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
FARTHEST, LONGEST = 1_000_000_000, 16_000_000  # bytes that an archive may unpack to, and that are read of it at once
REFUSED = dict.fromkeys((stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK), "is a device in an archive; it is not read") | {
    stat.S_IFLNK: "is a link in an archive; it is not followed"
}


class Member(NamedTuple):
    """A file in an archive. `refused` says why it is not read, whatever it is called."""

    name: str
    size: int
    refused: str
    open: Callable[[], IO[bytes] | None]


def members(path: Path) -> Iterator[Member]:
    """The files of an archive, in its order.

    Raises:
        Exception: of many kinds, when it is damaged, cut off, or unpacks to too much.
    """
    return zipped(path) if path.name.lower().endswith(".zip") else tarred(path)


def unsafe(member: str) -> bool:
    """Whether a member's name leads out of its archive."""
    return member.startswith(("/", "\\")) or bool(re.match(r"[A-Za-z]:", member)) or ".." in re.split(r"[/\\]", member)


def zipped(path: Path) -> Iterator[Member]:
    """The files of a zip archive."""
    with zipfile.ZipFile(path) as bundle:
        for info in bundle.infolist():
            if not info.is_dir():
                kind = stat.S_IFMT(info.external_attr >> 16)
                refused = "is locked with a password; unpack it yourself, and give the folder" if info.flag_bits & 1 else REFUSED.get(kind, "")
                yield Member(info.filename.replace("\\", "/"), info.file_size, refused, partial(bundle.open, info))


def tarred(path: Path) -> Iterator[Member]:
    """The files of a tar archive; what it is packed by is found out."""
    with path.open("rb") as raw:
        begin = raw.read(6)
    open_ = next((open_ for mark, open_ in PACKED.items() if begin.startswith(mark)), None)
    with open_(path) if open_ else path.open("rb") as unpacked:
        stream = Stream(unpacked, FARTHEST if open_ else None)
        with tarfile.open(fileobj=stream, mode="r:") as bundle:  # type: ignore[call-overload]
            for info in bundle:
                if info.size < 0:
                    raise ValueError("a member claims less than nothing")
                if not info.isdir():
                    kind = stat.S_IFLNK if info.issym() or info.islnk() else 0 if info.isreg() else stat.S_IFCHR
                    yield Member(info.name, info.size, REFUSED.get(kind, ""), partial(bundle.extractfile, info))
            stream.seek(bundle.offset)
            if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
                raise ValueError("what comes then is no member")


class Stream:
    """An unpacked archive for tarfile, which would else believe any size that it is told."""

    def __init__(self, stream: IO[bytes], farthest: int | None) -> None:
        self.stream, self.farthest, self.tell = stream, farthest, stream.tell

    def seek(self, to: int) -> None:
        """Go on; not beyond what an archive may unpack to."""
        if self.farthest and to > self.farthest:
            raise ValueError(f"it unpacks to more than {self.farthest / 1e6:,.0f} MB")
        self.stream.seek(to)

    def read(self, size: int) -> bytes:
        """Read on; not more at once than a document is."""
        if not 0 <= size <= LONGEST:
            raise ValueError("a header in it is too large")
        return self.stream.read(size)
