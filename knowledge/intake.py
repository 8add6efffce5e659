"""Take in sources: folders, files and archives, whatever state they are in. Nothing is unpacked to disk, nothing is run."""

import errno
import io
import itertools
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO

from knowledge.archives import ENDINGS, members, unsafe
from knowledge.converters import CONVERTED, Unconvertible, converted
from knowledge.document import Document, make_document

TEXTS = {".md", ".mdc", ".markdown", ".txt", ".text", ".yaml", ".yml", ".json", ".toml"}
NAMED = {".cursorrules", ".windsurfrules", ".clinerules"}
SKIPPED = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", "site-packages", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
NAMELESS = {"tools_list", "tools", "SKILL"}  # files that only their folder tells apart
LARGEST = 8_000_000  # bytes of one document
ALL, MOST = 256_000_000, 50_000  # bytes and documents of one source
MEMBERS = 100_000  # of an archive that are gone through in search of documents
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")  # controls, turned writing, bytes that are no text


@dataclass
class Intake:
    """What came in.

    Attributes:
        documents: in the order of the sources, and of their paths.
        problems: path and words, for what should have been read and could not be.
        others: how many files are no documents, by ending; links to documents that are read at their own place are `link`.
    """

    documents: list[Document] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def pass_over(self, ending: str) -> None:
        """Count a file that is no document."""
        ending = ending.lower() or "no ending"
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
    intake, names = Intake(), Names()
    for source in sources:
        path = Path(source)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            raise NoSource(f"{printable(source)} cannot be read: {getattr(error, 'strerror', None) or error}. Give a folder, a file, an archive or an address.") from None
        ending = next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), "")
        if stat.S_ISDIR(mode):
            folder(path, names.top(path), intake, ignore)
        elif not stat.S_ISREG(mode):
            raise NoSource(f"{printable(source)} is neither a folder nor a file. Give a folder, a file, an archive or an address.")
        elif ending:
            archive(path, names.top(path, ending), intake, ignore)
        else:
            one(path, names.file(path), intake, Budget(), whole=True)
    return intake


@dataclass
class Names:
    """What sources are called: each as its file or folder is, and no two the same."""

    tops: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def top(self, path: Path, ending: str = "") -> str:
        """The name of a folder, or of an archive without its ending."""
        name = printable(path.resolve().name) or "root"
        if name.lower().endswith(ending):
            name = name[: len(name) - len(ending)] or name
        taken = self.tops | {PurePosixPath(file).parts[0] for file in self.files}
        name = next(free for free in numbered(name) if free not in taken)
        self.tops.add(name)
        return name

    def file(self, path: Path) -> str:
        """The name of a file; its folder's before it, where the name alone does not tell it from another."""
        name, above = printable(path.resolve().name), printable(path.resolve().parent.name) or "root"
        wanted = itertools.chain([] if path.stem in NAMELESS else [name], (f"{top}/{name}" for top in numbered(above)))
        name = next(free for free in wanted if free not in self.files and PurePosixPath(free).parts[0] not in self.tops)
        self.files.add(name)
        return name


def numbered(name: str) -> Iterator[str]:
    """A name, and with numbers where it is taken."""
    return itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))


def printable(name: str) -> str:
    r"""A file's name in one line of sound text: `\n` for a line end in it, `\udcff` for a byte that is no text."""
    return UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), name)


def folder(root: Path, name: str, intake: Intake, ignore: Sequence[str]) -> None:
    """Every document below a folder. A link to a file in it is followed where that is not read anyway; links that lead astray are named."""
    budget, base = Budget(), root.resolve()
    found = walk(root)
    read = {base / relative for relative, (path, _) in found.items() if is_document(path.name) and not path.is_symlink() and not ignored(relative, ignore)}
    if not found:
        intake.problems.append((name, "holds nothing to read"))
    for relative, (path, why) in sorted(found.items()):
        shown = f"{name}/{printable(relative)}".removesuffix("/")
        if budget.full:
            break
        if ignored(relative, ignore):
            continue
        if why:
            intake.problems.append((shown, why))
        elif not is_document(path.name):
            intake.pass_over(path.suffix)
        elif path.is_symlink() and path.resolve() in read:
            intake.pass_over("link")
        else:
            read.add(path.resolve())
            one(path, shown, intake, budget)


def walk(root: Path) -> dict[str, tuple[Path, str | None]]:
    """The files below a folder, by their paths in it; and, with the reason, the folders and links that are not entered."""
    found: dict[str, tuple[Path, str | None]] = {}
    left = [""]
    while left:
        inner = left.pop()
        try:
            with os.scandir(root / inner) as entries:
                for entry in entries:
                    path, relative = Path(entry.path), f"{inner}/{entry.name}".removeprefix("/")
                    leads_in = is_folder(path) if entry.is_symlink() else entry.is_dir()
                    if leads_in and entry.name in SKIPPED:
                        continue
                    if entry.is_symlink():
                        why = astray(path, root) if leads_in or is_document(entry.name) or not path.suffix else None
                        if why or not leads_in:
                            found[relative] = (path, why)
                    elif leads_in:
                        left.append(relative)
                    else:
                        found[relative] = (path, None)
        except OSError as error:
            found[inner] = (root / inner, f"cannot be opened: {error.strerror}")
    return found


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; not where that cannot be found out."""
    try:
        return path.is_dir()
    except OSError:
        return False


def astray(link: Path, root: Path) -> str | None:
    """Why a link is not followed; None for one to another place in the source, where the files are read anyway."""
    try:
        target = link.resolve(strict=True)
    except FileNotFoundError:
        return "is a link that leads nowhere"
    except (OSError, RuntimeError) as error:
        circle = isinstance(error, RuntimeError) or error.errno == errno.ELOOP
        return "is a link that leads in a circle" if circle else f"is a link that cannot be followed: {reason(error)}"
    if link.parent.resolve().is_relative_to(target):
        return "is a link to a folder that it lies in; it is not followed"
    return None if target.is_relative_to(root.resolve()) else "is a link that leads out of the source; it is not followed"


@dataclass
class Budget:
    """How much one source may hold."""

    files: int = 0
    bytes: int = 0
    full: bool = False

    def spend(self, size: int) -> str | None:
        """Why a document of this size is not read; None when it may be."""
        if size > LARGEST:
            return f"is too large: {size / 1e6:.1f} MB, and a document may have {LARGEST / 1e6:.0f} MB; split it"
        self.files += 1
        self.bytes += size
        self.full = self.files > MOST or self.bytes > ALL
        return f"and what comes after it is not read: a source may hold {MOST:,} documents of {ALL / 1e6:.0f} MB; give parts of it as sources of their own" if self.full else None


def one(path: Path, shown: str, intake: Intake, budget: Budget, whole: bool = False) -> None:
    """Read what a path leads to, where that is a file: a pipe would be waited for."""
    try:
        state = path.stat()
    except OSError as error:
        intake.problems.append((shown, f"cannot be read: {reason(error)}"))
        return
    if stat.S_ISREG(state.st_mode):
        take(shown, state.st_size, lambda: path.open("rb"), intake, budget, whole)
    else:
        intake.problems.append((shown, "is no ordinary file"))


def take(shown: str, size: int, open_: Callable[[], IO[bytes] | None], intake: Intake, budget: Budget, whole: bool = False) -> None:
    """Make a document of a file or member, or name the problem."""
    if why := budget.spend(size):
        intake.problems.append((shown, why))
        return
    try:
        with open_() or io.BytesIO() as stream:
            data = stream.read(LARGEST)
        text = converted(data, shown) if PurePosixPath(shown).suffix.lower() in CONVERTED else decoded(data)
    except Unconvertible as error:
        intake.problems.append((shown, str(error)))
    except Exception as error:  # what is raised on a damaged archive is not foreseeable
        intake.problems.append((shown, f"cannot be read: {reason(error)}"))
    else:
        intake.documents.append(make_document(shown, text, len(data), whole))


def reason(error: Exception) -> str:
    """What an error says, in a line."""
    return printable(getattr(error, "strerror", None) or str(error))[:100] or type(error).__name__


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.

    Raises:
        Unconvertible: when it is neither, or holds zero bytes, as no text does.
    """
    marks = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
    encoding = next((encoding for mark, encoding in marks.items() if data.startswith(mark)), "UTF-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unconvertible(f"is no {encoding} text: byte {error.start + 1} is {data[error.start]:#04x}; save it as UTF-8") from None
    if "\0" in text:
        raise Unconvertible("is a binary file, or UTF-16 without a byte-order mark; if it is text, save it as UTF-8")
    return text


def archive(path: Path, name: str, intake: Intake, ignore: Sequence[str]) -> None:
    """Every document of an archive, read in memory. Members that lead out of it, links and devices are refused by name."""
    came, budget, number = Intake(others=intake.others), Budget(), 0
    try:
        for number, member in enumerate(members(path), 1):
            inner = printable(PurePosixPath(member.name).as_posix())
            if number > MEMBERS or budget.full:
                break
            if unsafe(member.name):
                came.problems.append((f"{name}: {printable(member.name)}", "leads out of the archive, and is refused"))
            elif set(PurePosixPath(inner).parts) & SKIPPED or ignored(inner, ignore):
                continue
            elif member.refused:
                came.problems.append((f"{name}/{inner}", member.refused))
            elif not is_document(inner):
                came.pass_over(PurePosixPath(inner).suffix)
            else:
                take(f"{name}/{inner}", member.size, member.open, came, budget)
        if number > MEMBERS:
            came.problems.append((name, f"has more than {MEMBERS:,} members, and was read up to there; give its folder"))
        elif not number:
            came.problems.append((name, "holds nothing to read"))
    except Exception as error:  # what is raised on a damaged archive is not foreseeable
        came.problems.append((name, f"is damaged, and was read as far as it goes ({reason(error)}); pack it again, or give its folder"))
    last = {document.path: document for document in came.documents}
    repeated = Counter(document.path for document in came.documents)
    came.problems += [(shown, "is in the archive more than once; the last one is read") for shown, times in repeated.items() if times > 1]
    intake.documents += sorted(below_top(list(last.values()), name), key=lambda document: document.path)
    intake.problems += came.problems


def below_top(documents: list[Document], name: str) -> list[Document]:
    """The documents of an archive, without the one folder that all of them lie in."""
    tops = {document.inner.parts[0] if len(document.inner.parts) > 1 else "" for document in documents}
    if len(tops) != 1 or "" in tops or next(iter(tops)).startswith("."):
        return documents
    return [replace(document, path="/".join([name, *document.inner.parts[1:]])) for document in documents]


def is_document(name: str) -> bool:
    """Whether a file might be a document, by its name."""
    path = PurePosixPath(name)
    return path.suffix.lower() in TEXTS | CONVERTED or path.name in NAMED


def ignored(relative: str, patterns: Sequence[str]) -> bool:
    """Whether a path is passed over."""
    return any(fnmatch(relative, pattern) for pattern in patterns)


__all__ = ["Intake", "NoSource", "take_in"]
