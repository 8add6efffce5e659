"""Values drawn from the project's repository."""

import random
from datetime import date, datetime, time, timedelta
from pathlib import Path

from knowledge.theme import Edit, NewFile
from steps.results.git import topic
from steps.worlds import repository
from steps.worlds.repository import Commitment, tips
from steps.worlds.world import HOME, Exhausted, Value, World, draw, pick


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
