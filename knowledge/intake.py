"""Take in sources: folders, files and archives, whatever state they are in. Nothing is unpacked to disk, nothing is run."""

import errno
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from knowledge.converters import CONVERTED, Unconvertible, converted
from knowledge.document import Document, make_document

TEXTS = {".md", ".mdc", ".markdown", ".txt", ".text", ".yaml", ".yml", ".json", ".toml"}
NAMED = {".cursorrules", ".windsurfrules", ".clinerules"}
SKIPPED = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", "site-packages", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
NAMELESS = {"tools_list", "tools", "SKILL"}  # files that only their folder tells apart
LARGEST = 8_000_000  # bytes of one document
ALL, MOST = 256_000_000, 50_000  # bytes and files of one source


@dataclass
class Intake:
    """What came in.

    Attributes:
        documents: in the order of the sources, and of their paths.
        problems: path and words, for what should have been read and could not be.
        others: how many files are no documents, by ending.
    """

    documents: list[Document] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def pass_over(self, name: str) -> None:
        """Count a file that is no document."""
        ending = PurePosixPath(name).suffix.lower() or "no ending"
        self.others[ending] = self.others.get(ending, 0) + 1


class NoSource(ValueError):
    """A source is not there, or nothing can be done with it; says what to do."""


def take_in(sources: Sequence[str], ignore: Sequence[str] = ()) -> Intake:
    """Read every document of the sources.

    Args:
        sources: paths of folders, files and archives.
        ignore: globs of paths within a source that are passed over.

    Raises:
        NoSource: when a source does not exist, or is a device.
    """
    intake = Intake()
    names: dict[str, int] = {}
    for source in sources:
        path = Path(source)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            raise NoSource(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}. Give a folder, a file, an archive or an address.") from None
        name = path.resolve().name or "root"
        names[name] = names.get(name, 0) + 1
        name = name if names[name] == 1 else f"{name}-{names[name]}"
        if stat.S_ISDIR(mode):
            folder(path, name, intake, ignore)
        elif not stat.S_ISREG(mode):
            raise NoSource(f"{source} is neither a folder nor a file.")
        elif path.name.lower().endswith(ARCHIVES):
            archive(path, name.removesuffix(next(end for end in ARCHIVES[::-1] if name.lower().endswith(end))) or name, intake, ignore)
        else:
            nameless = path.stem in NAMELESS and path.resolve().parent.name
            one(path, f"{nameless}/{name}" if nameless else name, intake, whole=True)
    return intake


def folder(root: Path, name: str, intake: Intake, ignore: Sequence[str]) -> None:
    """Every document below a folder. Links to files within it are followed once, other links are named."""
    budget = Budget()

    def denied(error: OSError) -> None:
        where = Path(error.filename).relative_to(root).as_posix() if error.filename else ""
        intake.problems.append((f"{name}/{where}", f"cannot be opened: {error.strerror}"))

    found: dict[str, Path] = {}
    for here, folders, files in os.walk(root, onerror=denied):
        inner = Path(here).relative_to(root)
        for entry in sorted(folders):
            if (Path(here) / entry).is_symlink() and (why := astray(Path(here) / entry, root)):
                intake.problems.append((f"{name}/{(inner / entry).as_posix()}", why))
        folders[:] = sorted(entry for entry in folders if entry not in SKIPPED and not (Path(here) / entry).is_symlink())
        found |= {(inner / entry).as_posix(): Path(here) / entry for entry in files}
    for relative, path in sorted(found.items()):
        shown = f"{name}/{relative}"
        if ignored(relative, ignore):
            continue
        if not is_document(path.name):
            intake.pass_over(path.name)
        elif path.is_symlink():
            if why := astray(path, root):
                intake.problems.append((shown, why))
            elif path.resolve().relative_to(root.resolve()).as_posix() in found:
                intake.pass_over(path.name)  # it is read at its own place
            else:
                one(path, shown, intake)
        elif not path.is_file():
            intake.problems.append((shown, "is no ordinary file"))
        elif why := budget.spend(path.stat().st_size):
            intake.problems.append((shown, why))
        else:
            one(path, shown, intake)


def astray(link: Path, root: Path) -> str | None:
    """Why a link is not followed; None for one to another place in the source, where the files are read anyway."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        return "is a link that leads in a circle" if isinstance(error, RuntimeError) or error.errno == errno.ELOOP else "is a link that leads nowhere"
    if link.parent.resolve().is_relative_to(target):
        return "is a link to a folder that it lies in; it is not followed"
    return None if target.is_relative_to(root.resolve()) else "is a link that leads out of the source; it is not followed"


@dataclass
class Budget:
    """How much one source may hold."""

    files: int = 0
    bytes: int = 0

    def spend(self, size: int) -> str | None:
        """Why a file of this size is not read any more; None when it may be."""
        if size > LARGEST:
            return f"is too large: {size / 1e6:.0f} MB, and a document may have {LARGEST / 1e6:.0f} MB"
        if self.files >= MOST:
            return f"comes after the first {MOST:,} documents of the source, and is not read"
        if self.bytes + size > ALL:
            return f"comes after the first {ALL / 1e6:.0f} MB of the source, and is not read"
        self.files += 1
        self.bytes += size
        return None


def one(path: Path, shown: str, intake: Intake, whole: bool = False) -> None:
    """Read one file."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            intake.problems.append((shown, Budget().spend(size) or ""))
            return
        take(path.read_bytes(), shown, intake, whole)
    except OSError as error:
        intake.problems.append((shown, f"cannot be opened: {error.strerror}"))


def take(data: bytes, shown: str, intake: Intake, whole: bool = False) -> None:
    """Make a document of a file's bytes, or name the problem."""
    try:
        text = converted(data, shown) if PurePosixPath(shown).suffix.lower() in CONVERTED else decoded(data)
    except Unconvertible as error:
        intake.problems.append((shown, str(error)))
        return
    except UnicodeDecodeError as error:
        intake.problems.append((shown, f"is not UTF-8 text: byte {error.start + 1} is {data[error.start]:#04x}"))
        return
    if "\0" in text:
        intake.problems.append((shown, "is a binary file"))
        return
    intake.documents.append(make_document(shown, text, len(data), whole))


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.

    Raises:
        UnicodeDecodeError: when it is neither.
    """
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding)
    return data.decode("utf-8")


def archive(path: Path, name: str, intake: Intake, ignore: Sequence[str]) -> None:
    """Every document of an archive, read in memory. Members that lead out of it, links and devices are refused by name."""
    budget, before = Budget(), len(intake.documents)
    try:
        for member, size, link, read in zipped(path) if path.name.lower().endswith(".zip") else tarred(path):
            shown = f"{name}/{member}"
            if unsafe(member):
                intake.problems.append((f"{name}: {member}", "leads out of the archive, and is refused"))
            elif link:
                intake.problems.append((shown, f"is a {link} in an archive; it is not followed"))
            elif set(PurePosixPath(member).parts) & SKIPPED or ignored(member, ignore):
                continue
            elif not is_document(member):
                intake.pass_over(member)
            elif why := budget.spend(size):
                intake.problems.append((shown, why))
            else:
                data = read()
                if len(data) > LARGEST:
                    intake.problems.append((shown, Budget().spend(len(data)) or ""))
                else:
                    take(data, shown, intake)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        intake.problems.append((name, f"is no archive that can be read to its end: {str(error)[:100]}"))
    intake.documents[before:] = sorted(below_top(intake.documents[before:], name), key=lambda document: document.path)


def below_top(documents: list[Document], name: str) -> list[Document]:
    """The documents of an archive, without the one folder that all of them lie in."""
    tops = {document.inner.parts[0] if len(document.inner.parts) > 1 else "" for document in documents}
    if len(tops) != 1 or "" in tops or next(iter(tops)).startswith("."):
        return documents
    return [replace(document, path="/".join([name, *document.inner.parts[1:]])) for document in documents]


Member = tuple[str, int, str, "Reader"]


class Reader:
    """Reads a member, not more than a document may have."""

    def __init__(self, open_: object) -> None:
        self.open = open_

    def __call__(self) -> bytes:
        stream = self.open()  # type: ignore[operator]
        if stream is None:
            return b""
        with stream:
            return bytes(stream.read(LARGEST + 1))


def zipped(path: Path) -> Iterator[Member]:
    """The members of a zip archive."""
    with zipfile.ZipFile(path) as bundle:
        for info in bundle.infolist():
            if not info.is_dir():
                linked = "link" if stat.S_ISLNK(info.external_attr >> 16) else ""
                yield info.filename, info.file_size, linked, Reader(lambda info=info: bundle.open(info))


def tarred(path: Path) -> Iterator[Member]:
    """The members of a tar archive; what it is packed by is found out."""
    with tarfile.open(path) as bundle:
        for number, info in enumerate(bundle):
            if number > MOST * 2:
                raise ValueError(f"it has more than {MOST * 2:,} members")
            if not info.isdir():
                linked = "link" if info.issym() or info.islnk() else "" if info.isreg() else "device"
                yield info.name.removeprefix("./"), info.size, linked, Reader(lambda info=info: bundle.extractfile(info))


def unsafe(member: str) -> bool:
    """Whether a member's name leads out of its archive."""
    return member.startswith(("/", "\\")) or bool(re.match(r"[A-Za-z]:", member)) or ".." in re.split(r"[/\\]", member)


def is_document(name: str) -> bool:
    """Whether a file might be a document, by its name."""
    path = PurePosixPath(name)
    return path.suffix.lower() in TEXTS | CONVERTED or path.name in NAMED


def ignored(relative: str, patterns: Sequence[str]) -> bool:
    """Whether a path is passed over."""
    return any(fnmatch(relative, pattern) for pattern in patterns)


__all__ = ["Intake", "NoSource", "take_in"]
