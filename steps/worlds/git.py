"""The project's git repository: made, drawn from, read back; and how the git server's results read."""

import random
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from knowledge.theme import Edit, NewFile
from steps.worlds import filesystem, repository
from steps.worlds.repository import Commitment, tips
from steps.worlds.world import HOME, Exhausted, Value, World, draw, pick, reads


def make(world: World, home: Path) -> None:
    """Write the project's files, its history (the same hashes every time), then the uncommitted work."""
    filesystem.make(world, home)
    repository.write(world, home / world.theme.name, tuple(medium.path for medium in filesystem.media(world)))


def state(world: World, home: Path) -> dict[str, Any]:
    """`git`: branch, branches (name to hash), subjects (name to that of its tip), staged, unstaged, untracked; and the files."""
    return filesystem.state(world, home) | {"git": repository.state(home / world.theme.name)}


def commits(world: World, branch: str) -> tuple[Commitment, ...]:
    """The commits of a branch, newest first."""
    return repository.history(world).branches[branch]


def called(world: World, path: str) -> tuple[str, ...]:
    """The forms in which a person names a file of the project."""
    known = [*world.theme.files, *(new.path for new in world.theme.new_files)]
    names = [Path(other).name for other in known]
    return (path,) if names.count(Path(path).name) > 1 else (Path(path).name, path)


def file_value(world: World, thing: Edit | NewFile) -> Value:
    """A file with uncommitted work, as a path relative to the project."""
    facts = {"rel": thing.path, "name": Path(thing.path).name, "path": f"{world.project}/{thing.path}", "why": thing.why}
    if isinstance(thing, Edit):
        facts |= {"old": thing.old, "new": thing.new}
    return Value(thing.path, called(world, thing.path), facts)


@draw
def staged_file(world: World, rng: random.Random) -> Value:
    """A file whose change is staged."""
    return file_value(world, pick(rng, world.pending.staged, "staged file"))


@draw
def unstaged_file(world: World, rng: random.Random) -> Value:
    """A tracked file with a change that is not staged."""
    return file_value(world, pick(rng, world.pending.unstaged, "unstaged file"))


@draw
def untracked_file(world: World, rng: random.Random) -> Value:
    """A new file that git does not track yet."""
    return file_value(world, pick(rng, world.pending.untracked, "untracked file"))


@draw
def clean_file(world: World, rng: random.Random) -> Value:
    """A tracked file without uncommitted work."""
    dirty = {edit.path for edit in (*world.pending.staged, *world.pending.unstaged)}
    path = pick(rng, [path for path in world.theme.files if path not in dirty], "clean file")
    return Value(path, called(world, path), {"rel": path, "name": Path(path).name})


def mistyped(world: World, rng: random.Random, path: str) -> str:
    """The path with a slip in its name: another ending, or two letters swapped."""
    taken = {*world.theme.files, *(new.path for new in world.theme.new_files)}
    stem, _, ending = path.rpartition(".")
    middle = rng.randrange(len(Path(path).stem) // 2, max(len(Path(path).stem) - 1, 1) + 1)
    at = len(stem) - len(Path(path).stem) + middle - 1
    swapped = stem[:at] + stem[at + 1 : at + 2] + stem[at : at + 1] + stem[at + 2 :]
    endings = {"md": "txt", "yml": "yaml", "yaml": "yml", "csv": "tsv", "txt": "md"}
    slips = [f"{swapped}.{ending}", f"{stem}.{endings.get(ending, ending + 'x')}"]
    return pick(rng, [slip for slip in slips if slip not in taken], "mistyped file")


@draw
def mistyped_file(world: World, rng: random.Random) -> Value:
    """The name of an unstaged file, written wrongly; `right` is the file that was meant."""
    meant = pick(rng, world.pending.unstaged, "file to mistype")
    path = mistyped(world, rng, meant.path)
    return Value(path, (path,), {"rel": path, "name": Path(path).name, "right": meant.path, "right_name": Path(meant.path).name})


def branch_value(world: World, name: str) -> Value:
    """A branch, with the tip it has before any call ran."""
    tip = commits(world, name)[0]
    found = tips(world).get(name)
    return Value(name, (name,), tip.facts | {"name": name, "path": found.path if found else None})


def blocked(world: World, name: str) -> bool:
    """Whether uncommitted work stands in the way of checking out the branch."""
    changes = tips(world)
    dirty = {edit.path for edit in (*world.pending.staged, *world.pending.unstaged)}
    return any(changes[side].path in dirty for side in (name, world.branch) if side in changes)


def others(world: World) -> list[str]:
    """Every branch but the one checked out."""
    return [name for name in (world.theme.branch, *world.theme.branches) if name != world.branch]


@draw
def branch(world: World, rng: random.Random) -> Value:
    """An existing branch other than the one checked out."""
    return branch_value(world, pick(rng, others(world), "other branch"))


@draw
def side_branch(world: World, rng: random.Random) -> Value:
    """An existing branch that is neither checked out nor the default."""
    return branch_value(world, pick(rng, [name for name in others(world) if name != world.theme.branch], "side branch"))


@draw
def free_branch(world: World, rng: random.Random) -> Value:
    """A branch that can be checked out in spite of the uncommitted work."""
    return branch_value(world, pick(rng, [name for name in others(world) if not blocked(world, name)], "branch free to check out"))


@draw
def free_side_branch(world: World, rng: random.Random) -> Value:
    """A branch other than the default that can be checked out in spite of the uncommitted work."""
    names = [name for name in others(world) if name != world.theme.branch and not blocked(world, name)]
    return branch_value(world, pick(rng, names, "side branch free to check out"))


@draw
def blocked_branch(world: World, rng: random.Random) -> Value:
    """A branch that cannot be checked out because it touches a file with unstaged work (`path`)."""
    unstaged = {edit.path for edit in world.pending.unstaged}
    changes = tips(world)
    if world.branch in changes and blocked(world, world.branch):
        raise Exhausted("branch blocked by one file only")
    names = [name for name in others(world) if name in changes and changes[name].path in unstaged]
    return branch_value(world, pick(rng, names, "blocked branch"))


@draw
def default_branch(world: World, rng: random.Random) -> Value:
    """The repository's default branch, when another one is checked out."""
    return branch_value(world, pick(rng, [world.theme.branch] if world.branch != world.theme.branch else [], "default branch elsewhere"))


@draw
def current_branch(world: World, rng: random.Random) -> Value:
    """The branch that is checked out."""
    return branch_value(world, world.branch)


@draw
def new_branch(world: World, rng: random.Random) -> Value:
    """The name of a branch that does not exist yet."""
    name = pick(rng, world.theme.new_branches, "new branch")
    return Value(name, (name,), {"name": name})


@draw
def wrong_branch(world: World, rng: random.Random) -> Value:
    """A branch name remembered wrongly: no such branch exists; `right` is the one that was meant and can be checked out."""
    right = pick(rng, [name for name in others(world) if name != world.theme.branch and not blocked(world, name)], "branch to get wrong")
    short = right.rpartition("/")[2]
    slips = [short, f"bugfix/{short}", short.replace("-", "_")] if "/" in right else [right.replace("-", "_"), f"{right}s"]
    known = {world.theme.branch, *world.theme.branches, *world.theme.new_branches, right}
    name = pick(rng, [slip for slip in slips if slip not in known and len(slip) > 3], "slip in a branch name")
    return Value(name, (name,), {"name": name, "right": right})


def commit_value(commit: Commitment) -> Value:
    """A commit by its short hash."""
    return Value(commit.hash[:7], (commit.hash[:7],), commit.facts)


@draw
def commit_hash(world: World, rng: random.Random) -> Value:
    """Any commit of the current branch, by short hash."""
    return commit_value(pick(rng, commits(world, world.branch), "commit"))


@draw
def older_commit(world: World, rng: random.Random) -> Value:
    """A commit of the current branch that is two to six commits back, by short hash."""
    return commit_value(pick(rng, commits(world, world.branch)[2:7], "older commit"))


@draw
def branch_commit(world: World, rng: random.Random) -> Value:
    """The tip of a side branch, by short hash; `name` is the branch."""
    name = pick(rng, [name for name in world.theme.branches if name != world.branch], "tip of a side branch")
    tip = commits(world, name)[0]
    return Value(tip.hash[:7], (tip.hash[:7],), tip.facts | {"name": name})


@draw
def missing_commit(world: World, rng: random.Random) -> Value:
    """A short hash that no object of the repository has."""
    name = f"{rng.choice('bcdef')}{rng.getrandbits(24):06x}"
    return Value(name, (name,))


@draw
def revision_back(world: World, rng: random.Random) -> Value:
    """A revision counted back from HEAD, as `HEAD~3`."""
    count = pick(rng, {"train": (1, 3, 5), "validation": (2,), "test": (4,)}[world.split], "revision")
    return Value(f"HEAD~{count}", (f"HEAD~{count}",), commits(world, world.branch)[count].facts | {"number": count})


WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen")


@draw
def commit_count(world: World, rng: random.Random) -> Value:
    """How many commits to list."""
    count = pick(rng, {"train": (2, 3, 5, 7), "validation": (4,), "test": (6,)}[world.split], "commit count")
    return Value(count, (str(count), WORDS[count]), {"number": count})


@draw
def long_commit_count(world: World, rng: random.Random) -> Value:
    """More commits than are listed by default."""
    count = pick(rng, {"train": (20, 30, 50), "validation": (25,), "test": (40,)}[world.split], "long commit count")
    return Value(count, (str(count),), {"number": count})


@draw
def context_size(world: World, rng: random.Random) -> Value:
    """How many lines to show around a change."""
    count = pick(rng, {"train": (5, 7, 10, 15), "validation": (4, 8), "test": (6, 12)}[world.split], "context size")
    return Value(count, (str(count), WORDS[count]), {"number": count, "lines": f"{count} line{'s' if count > 1 else ''}"})


def said_day(day: date) -> tuple[str, ...]:
    """The forms in which a person names a day."""
    return (day.isoformat(), f"{day.day} {day:%B}", f"{day:%B} {day.day}", f"{day.day} {day:%b} {day.year}")


def day_value(day: date, at: time) -> Value:
    """A day as a timestamp, at its start or end."""
    return Value(datetime.combine(day, at).isoformat(), said_day(day), {"day": day.isoformat(), "spoken": f"{day.day} {day:%B}"})


@draw
def log_start(world: World, rng: random.Random) -> Value:
    """The start of a day in the last weeks, with commits after it."""
    past = commits(world, world.branch)
    return day_value(pick(rng, past[1:-2], "day to start from").when.date(), time.min)


@draw
def log_end(world: World, rng: random.Random) -> Value:
    """The end of a day in the last weeks, with commits before it."""
    past = commits(world, world.branch)
    return day_value(pick(rng, past[3:-1], "day to end with").when.date(), time(23, 59, 59))


@draw
def log_span(world: World, rng: random.Random) -> Value:
    """Two days with commits between them: `start` and `end` are timestamps, `first` and `last` the days as spoken."""
    past = commits(world, world.branch)
    early, late = sorted(commit.when.date() for commit in rng.sample(past[1:], 2))
    start, end = datetime.combine(early, time.min).isoformat(), datetime.combine(late, time(23, 59, 59)).isoformat()
    form = rng.randrange(3)
    facts = {"start": start, "end": end, "first": said_day(early)[form], "last": said_day(late)[form], "same": early == late}
    return Value(start, (f"{facts['first']} to {facts['last']}",), facts)


@draw
def log_days(world: World, rng: random.Random) -> Value:
    """The last few days: the timestamp at which they begin, counted back from the world's clock."""
    count = pick(rng, {"train": (3, 5, 10, 14), "validation": (4, 12), "test": (6, 9)}[world.split], "days back")
    start = datetime.combine(world.clock.date() - timedelta(days=count), time.min).isoformat()
    said = (f"{count} days", f"{WORDS[count] if count < len(WORDS) else count} days")
    return Value(start, said, {"number": count, "day": start[:10]})


@draw
def commit_message(world: World, rng: random.Random) -> Value:
    """A message for a commit of what is staged."""
    stems = [Path(edit.path).stem for edit in world.pending.staged]
    both = " and ".join(sorted(set(stems)))
    loose = (f"Update {both}", f"wip: {both}", f"{both}: small corrections", f"{both} after review")
    text = pick(rng, [edit.why for edit in world.pending.staged] if rng.random() < 0.65 else loose, "commit message")
    return Value(text, (text,), {"text": text})


@draw
def wip_message(world: World, rng: random.Random) -> Value:
    """A message for a commit of everything that is open."""
    stems = [Path(edit.path).stem for edit in rng.sample([*world.pending.staged, *world.pending.unstaged], 2)]
    loose = (
        f"wip {world.clock.day} {world.clock:%B}",
        f"{stems[0]}, {stems[1]} and the rest",
        f"Checkpoint: {stems[0]} and others",
        f"State of {world.clock:%A}, {stems[0]} not finished",
        f"wip, mostly {stems[0]} and {stems[1]}",
    )
    text = pick(rng, loose, "message for everything")
    return Value(text, (text,), {"text": text})


@draw
def file_at_branch(world: World, rng: random.Random) -> Value:
    """A file that another branch changed, as that branch has it: `<branch>:<path>`."""
    changes = tips(world)
    name = pick(rng, [name for name in others(world) if name in changes], "branch with a changed file")
    path = changes[name].path
    said = (*(f"{form} on {name}" for form in called(world, path)), f"{name}:{path}")
    return Value(f"{name}:{path}", said, {"branch": name, "rel": path, "name": Path(path).name})


@draw
def file_at_commit(world: World, rng: random.Random) -> Value:
    """A file as it was at an older commit that touched it: `<hash>:<path>`."""
    commit = pick(rng, commits(world, world.branch)[1:], "older commit")
    path = pick(rng, commit.paths, "file of the commit")
    said = (*(f"{form} at {commit.hash[:7]}" for form in called(world, path)), f"{commit.hash[:7]}:{path}")
    facts = commit.facts | {"rel": path, "name": Path(path).name}
    return Value(f"{commit.hash[:7]}:{path}", said, facts)


@draw
def missing_at_branch(world: World, rng: random.Random) -> Value:
    """A file that a branch does not have: `<branch>:<path>`."""
    changes = tips(world)
    name = pick(rng, others(world), "branch without a file")
    lacking = [new.path for new in world.theme.new_files if name not in changes or changes[name].path != new.path]
    path = pick(rng, lacking, "file that the branch lacks")
    return Value(f"{name}:{path}", (f"{path} on {name}",), {"branch": name, "rel": path, "name": Path(path).name})


@draw
def mistyped_at_branch(world: World, rng: random.Random) -> Value:
    """A file as another branch has it, with a slip in its name; `right` and `folder` are revisions that exist."""
    name = pick(rng, others(world), "other branch")
    meant = pick(rng, [path for path in world.theme.files if "/" in path], "file in a folder")
    path = mistyped(world, rng, meant)
    folder = str(Path(meant).parent)
    facts = {"branch": name, "rel": path, "right": f"{name}:{meant}", "right_rel": meant, "folder": f"{name}:{folder}", "folder_rel": folder}
    return Value(f"{name}:{path}", (f"{path} on {name}", f"{name}:{path}"), facts)


def topic(name: str) -> str:
    """What a branch is about, by its name: `credit window` for `feature/credit-window`."""
    return re.sub(r"^[A-Z]+-\d+-", "", name.rpartition("/")[2]).replace("-", " ").replace("_", " ")


@draw
def branch_topic(world: World, rng: random.Random) -> Value:
    """The topic of a side branch that is free to check out; which branch that is, `git_branch` tells (`by_topic`)."""
    names = [name for name in others(world) if name != world.theme.branch and not blocked(world, name) and topic(name) != name]
    about = topic(pick(rng, names, "branch with a topic"))
    return Value(about, (about,))


@draw
def other_repo(world: World, rng: random.Random) -> Value:
    """The path of a folder outside the project."""
    names = {
        "train": ("dotfiles", "notes", "scratch", "old-laptop-backup", "thesis", "blog"),
        "validation": ("wiki", "playground", "recipes-site"),
        "test": ("homelab", "kata", "talk-slides"),
    }[world.split]
    name = pick(rng, names, "other repository")
    return Value(f"{HOME}/{name}", (f"{HOME}/{name}", f"~/{name}"), {"name": name})


@draw
def project_folder(world: World, rng: random.Random) -> Value:
    """A folder inside the project, which is no repository of its own."""
    folders = sorted({Path(path).parts[0] for path in world.theme.files if "/" in path})
    name = pick(rng, folders, "folder of the project")
    return Value(f"{world.project}/{name}", (f"{name}/", f"the {name} folder"), {"rel": name, "name": name})


def failure(text: str) -> str:
    """The message of an error result, or nothing."""
    found = re.match(r"Error executing tool \w+: ?(.*)", text, re.DOTALL)
    return found[1].strip() if found else ""


STATUS = re.compile(r"^\t(?:(modified|new file|deleted|renamed|typechange):\s+)?(.+)$")


@reads("git_status")
def read_status(text: str) -> dict[str, Any]:
    """Branch, staged, unstaged and untracked paths, `new` (staged additions), clean, problem."""
    found: dict[str, list[str]] = {"staged": [], "unstaged": [], "untracked": []}
    new: list[str] = []
    section = ""
    for line in text.splitlines():
        if line.startswith("Changes to be committed"):
            section = "staged"
        elif line.startswith("Changes not staged"):
            section = "unstaged"
        elif line.startswith("Untracked files"):
            section = "untracked"
        elif section and (entry := STATUS.match(line)):
            found[section].append(entry[2].strip())
            new += [entry[2].strip()] if entry[1] == "new file" else []
    head = re.search(r"^(?:On branch|HEAD detached at) (.+)$", text, re.MULTILINE)
    changed = list(dict.fromkeys([*found["staged"], *found["unstaged"], *found["untracked"]]))
    facts = {"branch": head[1] if head else "", "new": new, "changed": changed, "problem": failure(text)}
    return found | facts | {"clean": bool(head) and not changed}


def read_patch(text: str) -> dict[str, Any]:
    """Files (path, new, gone, plus and minus lines, gist and line in words), paths, added, removed."""
    files: list[dict[str, Any]] = []
    old = ""
    for line in text.splitlines():
        if line.startswith("--- ") and (line[4:] == "/dev/null" or line[4:].startswith("a/")):
            old = line[4:]
        elif line.startswith("+++ ") and old:
            name = (line[4:] if line[4:] != "/dev/null" else old)[2:]
            files.append({"path": name, "new": old == "/dev/null", "gone": line[4:] == "/dev/null", "plus": [], "minus": []})
            old = ""
        elif files and line[:1] == "+":
            files[-1]["plus"].append(line[1:].strip())
        elif files and line[:1] == "-":
            files[-1]["minus"].append(line[1:].strip())
    for file in files:
        plus, minus = file["plus"], file["minus"]
        if file["new"]:
            file["gist"] = f"new, {len(plus)} line{'s' if len(plus) != 1 else ''}"
        elif file["gone"]:
            file["gist"] = f"gone, {len(minus)} line{'s' if len(minus) != 1 else ''}"
        elif len(plus) == len(minus) == 1:
            file["gist"] = f"`{minus[0]}` is now `{plus[0]}`"
        else:
            file["gist"] = f"{len(plus)} added, {len(minus)} removed"
        file["line"] = f"{file['path']}: {file['gist']}"
    added, removed = (sum(len(file[side]) for file in files) for side in ("plus", "minus"))
    return {"files": files, "paths": [file["path"] for file in files], "added": added, "removed": removed}


@reads("git_diff", "git_diff_staged", "git_diff_unstaged")
def read_diff(text: str) -> dict[str, Any]:
    """Files, paths, added, removed (see read_patch), problem."""
    return read_patch(text) | {"problem": failure(text)}


LOGGED = re.compile(r"^Commit: ([0-9a-f]{40})\nAuthor: (.*)\nDate: (\S+) (\S+)\nMessage: (.*)$", re.MULTILINE)


@reads("git_log")
def read_log(text: str) -> dict[str, Any]:
    """Commits (hash, short, author, first_name, day, time, subject, line, full), newest first; authors by number of commits; problem."""
    found = [
        {"hash": name, "short": name[:7], "author": author, "first_name": author.split()[0], "day": day, "time": clock[:5], "subject": subject}
        for name, author, day, clock, subject in LOGGED.findall(text)
    ]
    for commit in found:
        commit["line"] = f"{commit['short']} {commit['subject']}"
        commit["full"] = f"{commit['line']} ({commit['author']}, {commit['day']})"
    names = [commit["author"] for commit in found]
    authors = sorted(dict.fromkeys(names), key=names.count, reverse=True)
    counts = [{"name": name, "count": names.count(name)} for name in authors]
    return {"commits": found, "authors": counts, "problem": failure(text)}


@reads("git_show")
def read_show(text: str) -> dict[str, Any]:
    """Of a commit: hash, short, author, first_name, day, time, subject and its patch. Of a file or folder: lines. problem."""
    error = failure(text)
    head = re.match(r"commit ([0-9a-f]{40})\nAuthor: (.*?) <.*>\nDate: +(\S+) (\S+) \S+\n\n    (.*)", text)
    name, author, day, clock, subject = head.groups() if head else ("", "", "", "", "")
    facts = {"hash": name, "short": name[:7], "author": author, "first_name": author.partition(" ")[0], "day": day, "time": clock[:5]}
    lines = [] if head or error else text.splitlines()
    filled = [line.strip() for line in lines if line.strip()]
    return facts | {"subject": subject, "lines": lines, "filled": filled, "problem": error} | read_patch(text if head else "")


@reads("git_branch")
def read_branches(text: str) -> dict[str, Any]:
    """Names: branches, current, others; by_topic: a branch's topic to its name; problem."""
    error = failure(text)
    lines = [] if error else [line for line in text.splitlines() if line.strip()]
    names = [line.lstrip("*+ ").strip() for line in lines]
    current = next((line.lstrip("* ").strip() for line in lines if line.startswith("*")), "")
    rest = [name for name in names if name != current]
    return {"branches": names, "current": current, "others": rest, "by_topic": {topic(name): name for name in names}, "problem": error}


@reads("git_commit")
def read_commit(text: str) -> dict[str, Any]:
    """Hash and short of the new commit, problem."""
    found = re.search(r"with hash ([0-9a-f]{40})", text)
    name = found[1] if found else ""
    return {"hash": name, "short": name[:7], "problem": failure(text)}


@reads("git_create_branch")
def read_created(text: str) -> dict[str, Any]:
    """Branch and base, problem."""
    found = re.search(r"Created branch '(.+)' from '(.+)'", text)
    return {"branch": found[1] if found else "", "base": found[2] if found else "", "problem": failure(text)}


@reads("git_checkout")
def read_checkout(text: str) -> dict[str, Any]:
    """Branch that is now checked out; blocking: files whose uncommitted work was in the way; problem."""
    found = re.search(r"Switched to branch '(.+)'", text)
    stuck = re.search(r"overwritten by checkout:\n((?:\s+\S.*\n)+?)Please", text)
    blocking = [line.strip() for line in stuck[1].splitlines()] if stuck else []
    return {"branch": found[1] if found else "", "blocking": blocking, "problem": failure(text)}


@reads("git_add", "git_reset")
def read_index(text: str) -> dict[str, Any]:
    """done: whether the index changed; problem."""
    return {"done": text.startswith(("Files staged", "All staged")), "problem": failure(text)}
