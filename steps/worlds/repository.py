"""The project's git repository: its history by seed, made on disk and read back, without starting git."""

import os
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from dulwich.index import Index, commit_tree, index_entry_from_stat
from dulwich.object_format import SHA1
from dulwich.object_store import MemoryObjectStore, iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, ShaFile
from dulwich.pack import write_pack
from dulwich.refs import Ref
from dulwich.repo import Repo

from knowledge.theme import Adding, Edit, NewFile
from steps.worlds.world import World

CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[user]\n\tname = {name}\n\temail = {address}\n"


@dataclass(frozen=True)
class Commitment:
    """A commit of the fixture's history.

    Attributes:
        hash: forty hex digits; the same for the same world, always.
        paths: what it changed.
    """

    hash: str
    author: str
    when: datetime
    subject: str
    paths: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """What templates may say of it."""
        return {
            "hash": self.hash,
            "short": self.hash[:7],
            "author": self.author,
            "first_name": self.author.split()[0],
            "day": self.when.date().isoformat(),
            "subject": self.subject,
            "paths": list(self.paths),
        }


@dataclass(frozen=True)
class History:
    """All commits of a world's repository: the objects, and each branch's commits, newest first."""

    objects: tuple[ShaFile, ...]
    branches: dict[str, tuple[Commitment, ...]]
    head: dict[str, str]


def tips(world: World) -> dict[str, Edit | NewFile]:
    """What the one commit on each branch beside the default changes.

    The first branch listed (other than the one checked out) touches a file with unstaged work, so that it cannot be
    checked out; the others leave the uncommitted work alone.
    """
    rng = random.Random(f"tips {world.theme.name} {world.seed}")
    held = (*world.pending.staged, *world.pending.unstaged)
    paths, open_paths = {edit.path for edit in held}, {edit.path for edit in world.pending.unstaged}
    edits = rng.sample(world.theme.edits, len(world.theme.edits))
    spare = [edit for edit in edits if edit.path not in paths]
    touching = [edit for edit in edits if edit.path in paths and edit not in held]
    found: dict[str, Edit | NewFile] = {}
    if world.branch in world.theme.branches:
        found[world.branch] = (spare or touching).pop()
    others = rng.sample([name for name in world.theme.branches if name != world.branch], len(world.theme.branches) - len(found))
    clashing = [edit for edit in touching if edit.path in open_paths and edit not in found.values()] or list(world.pending.unstaged)
    fresh = [new for new in world.theme.new_files if new not in world.pending.untracked]
    rest: list[Edit | NewFile] = [*spare, *fresh]
    pool = [clashing[0], *rng.sample(rest, len(rest))]
    return found | {name: pool[index % len(pool)] for index, name in enumerate(others)}


@lru_cache(maxsize=256)
def history(world: World) -> History:
    """Every commit of the theme in order, then one commit on each other branch."""
    rng = random.Random(f"history {world.theme.name} {world.seed}")
    theme = world.theme
    store = MemoryObjectStore()
    moments = sorted(world.clock - timedelta(minutes=rng.randrange(90, 30 * 1440)) for _ in theme.commits)
    before = dict(theme.files)
    for change in reversed([commit for commit in theme.commits if not isinstance(commit, Adding)]):
        before[change.path] = before[change.path].replace(change.after, change.before)
    files: dict[str, str] = {}
    line: list[Commitment] = []
    for commit, when in zip(theme.commits, moments, strict=True):
        if isinstance(commit, Adding):
            changed = {path: before[path] for path in commit.adds}
        else:
            changed = {commit.path: files[commit.path].replace(commit.before, commit.after)}
        files |= changed
        line.insert(0, committed(store, files, line[0].hash if line else None, rng.choice(theme.people), when, commit.subject, tuple(changed)))
    branches = {theme.branch: tuple(line)}
    for branch, tip in tips(world).items():
        when = world.clock - timedelta(minutes=rng.randrange(20, 85))
        content = files[tip.path].replace(tip.old, tip.new) if isinstance(tip, Edit) else tip.content
        made = committed(store, files | {tip.path: content}, line[0].hash, rng.choice(theme.people), when, tip.why, (tip.path,))
        branches[branch] = (made, *line)
    here = tips(world).get(world.branch)
    head = files if here is None else files | {here.path: files[here.path].replace(here.old, here.new) if isinstance(here, Edit) else here.content}
    return History(tuple(store[name] for name in sorted(store)), branches, head)


def committed(store: MemoryObjectStore, files: dict[str, str], parent: str | None, author: str, when: datetime, subject: str, paths: tuple[str, ...]) -> Commitment:
    """Put one commit and its tree into the store."""
    blobs = []
    for path, content in files.items():
        blob = Blob.from_string(content.encode())
        store.add_object(blob)
        blobs.append((path.encode(), blob.id, 0o100644))
    commit = Commit()
    commit.tree = commit_tree(store, blobs)
    commit.parents = [ObjectID(parent.encode())] if parent else []
    commit.author = commit.committer = f"{author} <{address(author)}>".encode()
    commit.author_time = commit.commit_time = int(when.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = f"{subject}\n".encode()
    store.add_object(commit)
    return Commitment(commit.id.decode(), author, when.replace(second=0, microsecond=0), subject, paths)


def address(author: str) -> str:
    """An author's address at the reserved example domain."""
    return f"{author.split()[0].lower()}@example.com"


def write(world: World, project: Path, ignored: tuple[str, ...] = ()) -> None:
    """Write `.git` into a folder that holds the project's files as committed, then make the uncommitted work.

    Args:
        ignored: paths that are kept out of the repository's sight.
    """
    made = history(world)
    git = project / ".git"
    for folder in ("objects/pack", "refs/heads", "refs/tags", "info"):
        (git / folder).mkdir(parents=True)
    staged = {edit.path: Blob.from_string(made.head[edit.path].replace(edit.old, edit.new).encode()) for edit in world.pending.staged}
    objects = {thing.id: thing for thing in (*made.objects, *staged.values())}
    write_pack(str(git / "objects" / "pack" / "pack-fixture"), [(objects[name], None) for name in sorted(objects)], SHA1, deltify=False)
    for branch, line in made.branches.items():
        reference = git / "refs" / "heads" / branch
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(f"{line[0].hash}\n")
    (git / "HEAD").write_text(f"ref: refs/heads/{world.branch}\n")
    (git / "config").write_text(CONFIG.format(name=world.theme.people[0], address=address(world.theme.people[0])), encoding="utf-8")
    (git / "info" / "exclude").write_text("".join(f"/{path}\n" for path in ignored), encoding="utf-8")
    for path, content in made.head.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        if world.theme.files.get(path) != content:
            (project / path).write_text(content, encoding="utf-8")
    for edit in world.pending.staged:
        apply(project / edit.path, edit)
    index = Index(str(git / "index"), read=False)
    for path, content in made.head.items():
        blob = staged.get(path) or Blob.from_string(content.encode())
        index[path.encode()] = index_entry_from_stat(os.lstat(project / path), blob.id)
    index.write()
    for edit in world.pending.unstaged:
        apply(project / edit.path, edit)
    for new in world.pending.untracked:
        (project / new.path).parent.mkdir(parents=True, exist_ok=True)
        (project / new.path).write_text(new.content, encoding="utf-8")


def apply(file: Path, edit: Edit) -> None:
    """Make an edit on disk."""
    file.write_text(file.read_text(encoding="utf-8").replace(edit.old, edit.new), encoding="utf-8")


def state(project: Path) -> dict[str, Any]:
    """What the repository holds: branch, branches (name to hash), subjects (name to that of its tip), staged, unstaged, untracked."""
    with Repo(str(project)) as repository:
        heads = {name.decode(): head for name, head in sorted(repository.refs.as_dict(Ref(b"refs/heads")).items())}
        branch = (project / ".git" / "HEAD").read_text().strip().removeprefix("ref: refs/heads/")
        tip: Any = repository[heads[branch]] if branch in heads else None
        committed_now = {entry.path: entry.sha for entry in iter_tree_contents(repository.object_store, tip.tree)} if tip else {}
        index = repository.open_index()
        indexed = {path: entry.sha for path, entry in index.items()}  # type: ignore[union-attr]
        subjects = {}
        for name, head in heads.items():
            commit: Any = repository[head]
            subjects[name] = commit.message.decode("utf-8", "replace").split("\n", 1)[0]
    ignored = set((project / ".git" / "info" / "exclude").read_text(encoding="utf-8").split("\n"))
    unstaged, untracked = [], []
    present = set()
    for folder, inside, names in os.walk(project):
        inside[:] = [name for name in inside if name != ".git"]
        for name in names:
            file = Path(folder) / name
            path = str(file.relative_to(project))
            present.add(path.encode())
            known = indexed.get(path.encode())
            if known is None:
                untracked += [path] if f"/{path}" not in ignored else []
            elif Blob.from_string(file.read_bytes()).id != known:
                unstaged.append(path)
    unstaged += [path.decode() for path in indexed if path not in present]
    staged = [path.decode() for path in {*indexed, *committed_now} if indexed.get(path) != committed_now.get(path)]
    return {
        "branch": branch,
        "branches": {name: head.decode() for name, head in heads.items()},
        "subjects": subjects,
        "staged": sorted(staged),
        "unstaged": sorted(unstaged),
        "untracked": sorted(untracked),
    }
