"""Repositories: commits that never change, names that point at them, and bodies by their hash."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.hub.problem import no_entry, no_revision

ATTRIBUTES = b"".join(b"*.%s filter=lfs diff=lfs merge=lfs -text\n" % end for end in (b"arrow", b"parquet", b"zip", b"zst"))
PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Account:
    """Who a token stands for, the namespaces beside their own, and whether the token may write."""

    user: str
    write: bool = True
    orgs: tuple[str, ...] = ()

    def owns(self, namespace: str) -> bool:
        return namespace in (self.user, *self.orgs)


@dataclass(frozen=True)
class Entry:
    """A file of a commit: `sha256` names its body, `oid` is git's own name of it (of the pointer to it, for LFS)."""

    sha256: str
    size: int
    oid: str
    lfs: bool

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.oid


@dataclass(frozen=True)
class Commit:
    sha: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    files: dict[str, Entry]

    def entry(self, path: str) -> Entry:
        if path not in self.files:
            raise no_entry(path)
        return self.files[path]


def git_name(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


class Bodies:
    """Bodies in one folder, each under its hash: what is there is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def add(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Keep a body; its hash and size."""
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            try:
                for piece in pieces:
                    digest.update(piece)
                    size += file.write(piece)
            except BaseException:
                Path(name).unlink()
                raise
        Path(name).rename(self.path(digest.hexdigest()))
        return digest.hexdigest(), size

    def regular(self, body: bytes) -> Entry:
        sha256, size = self.add([body])
        return Entry(sha256, size, git_name(body), lfs=False)

    def large(self, sha256: str) -> Entry | None:
        """An LFS file whose body is here, or None."""
        if not self.path(sha256).is_file():
            return None
        size = self.path(sha256).stat().st_size
        return Entry(sha256, size, git_name(pointer(sha256, size)), lfs=True)


@dataclass
class Repository:
    name: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        return self.name.split("/")[0]

    def sha(self, revision: str) -> str:
        """The commit that a branch, a tag or the hash itself means."""
        short = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        found = self.branches.get(short) or self.tags.get(short) or (revision if revision in self.commits else None)
        if found is None:
            raise no_revision(revision)
        return found

    def at(self, revision: str) -> Commit:
        return self.commits[self.sha(revision)]

    def commit(self, branch: str, files: dict[str, Entry], title: str, message: str, author: str) -> Commit:
        """One more commit on a branch: the branch moves when all else is done."""
        parent, date = self.branches.get(branch), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        sha = hashlib.sha1(repr((parent, title, len(self.commits), self.name, sorted(files.items()))).encode()).hexdigest()
        commit = Commit(sha, parent, title, message, author, date, files)
        self.commits[sha] = commit
        self.branches[branch] = sha
        return commit

    def history(self, revision: str) -> list[Commit]:
        """From the newest to the first."""
        commits = [self.at(revision)]
        while commits[-1].parent:
            commits.append(self.commits[commits[-1].parent])
        return commits
