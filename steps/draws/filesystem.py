"""Values drawn from the project's files."""

import random
import re
from collections import Counter
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from knowledge.theme import Changing, Edit, NewFile
from steps.worlds.filesystem import KINDS, facts_of, folder_value, folders_of, media, media_value
from steps.worlds.repository import tips
from steps.worlds.world import Exhausted, Value, World, draw, pick

NUMBERS = {"train": (3, 5, 7, 8, 10), "validation": (4, 12), "test": (6, 9)}
WORDS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 12: "twelve"}
SUFFIXES = {"train": ("old", "draft", "v1", "backup"), "validation": ("archived", "wip"), "test": ("superseded", "outdated")}
NOTES = {
    "train": ("handover.md", "open-points.txt", "for-monday.txt", "to-check.txt", "figures.md"),
    "validation": ("loose-ends.txt", "follow-up.md"),
    "test": ("parked.md", "reminders.txt"),
}
OUTSIDE = {
    "train": ("/etc/hosts", "/var/log/syslog", "/etc/crontab", "/usr/local/bin/deploy.sh", "/var/log/dpkg.log"),
    "validation": ("/etc/fstab", "/opt/backup/run.log"),
    "test": ("/etc/nginx/nginx.conf", "/srv/share/inventory.csv"),
}
OUTSIDE_FOLDERS = {
    "train": ("/etc", "/var/log", "/usr/local/bin", "/usr/share"),
    "validation": ("/opt", "/mnt/backup"),
    "test": ("/srv", "/var/spool"),
}
PROSE = (".md", ".txt", ".rst", ".adoc")
COMMON = frozenset(
    {
        "although", "another", "because", "before", "between", "different", "everybody", "everything", "however", "including", "nothing",
        "otherwise", "something", "sometimes", "somebody", "therefore", "together", "without", "yesterday", "tomorrow", "whatever",
        "whenever", "whether", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
        "april", "june", "july", "august", "september", "october", "november", "december",
    }
)  # fmt: skip


def ways(path: str) -> tuple[str, ...]:
    """How people write a path."""
    pure = PurePosixPath(path)
    place = () if str(pure.parent) == "." else (f"{pure.name} in {pure.parent}",)
    return (path, path, f"`{path}`", *place)


def file_value(world: World, path: str, **more: Any) -> Value:
    """A file as a value."""
    return Value(f"{world.project}/{path}", ways(path), facts_of(world, path) | more)


@lru_cache(maxsize=256)
def taken(world: World) -> set[str]:
    """Every path of the project that exists, files and folders."""
    files = {*world.theme.files, *(medium.path for medium in media(world))}
    return files | {str(parent) for path in files for parent in PurePosixPath(path).parents}


@draw
def text_file(world: World, rng: random.Random) -> Value:
    """One of the project's text files."""
    path = pick(rng, sorted(world.theme.files), "text file")
    return file_value(world, path, lines=world.theme.files[path].count("\n"))


@draw
def long_file(world: World, rng: random.Random) -> Value:
    """A text file with more lines than anybody asks for at once."""
    path = pick(rng, [path for path, text in sorted(world.theme.files.items()) if text.count("\n") > 12], "long file")
    return file_value(world, path, lines=world.theme.files[path].count("\n"))


@draw
def prose_file(world: World, rng: random.Random) -> Value:
    """A text for people: notes, rules, minutes. `title`: its first line without marks."""
    texts = world.theme.files
    headed = [path for path in sorted(texts) if path.endswith(".md") and texts[path].startswith("# ")]
    path = pick(rng, headed or [path for path in sorted(texts) if path.endswith(PROSE)], "prose file")
    return file_value(world, path, title=texts[path].lstrip("# ").splitlines()[0], lines=texts[path].count("\n"))


@draw
def csv_file(world: World, rng: random.Random) -> Value:
    """A table in a text file. `header`: its first line."""
    path = pick(rng, [path for path in sorted(world.theme.files) if path.endswith(".csv")], "CSV file")
    return file_value(world, path, header=world.theme.files[path].splitlines()[0])


@draw
def nested_file(world: World, rng: random.Random) -> Value:
    """A file of a folder, with a name that only one file of the project has."""
    names = Counter(PurePosixPath(path).name for path in world.theme.files)
    path = pick(rng, [path for path in sorted(world.theme.files) if "/" in path and names[PurePosixPath(path).name] == 1], "nested file")
    return file_value(world, path)


@draw
def mention(world: World, rng: random.Random) -> Value:
    """A word that stands in one line of a text. `path`, `rel`, `name`: the text; `line`: that line; `passage`: all around it."""
    found: list[tuple[str, str, str]] = []
    for path, text in sorted(world.theme.files.items()):
        if path.endswith(PROSE):
            for word in sorted(set(re.findall(r"(?<=[a-z,;:(] )[A-Z][a-z]{3,}\b|\b[a-z]{8,}\b", text))):
                lines = [line for line in text.splitlines() if word.lower() in line.lower()]
                if len(lines) == 1 and word.lower() not in COMMON and word.lower() not in path.lower():
                    found.append((path, word, lines[0].lstrip("-*# ").strip()))
    path, word, line = pick(rng, found, "mention")
    more = {"word": word, "path": f"{world.project}/{path}", "line": line, "passage": passage(world.theme.files[path], word)}
    return Value(word, (word, f'"{word}"'), facts_of(world, path) | more)


def passage(text: str, word: str) -> str:
    """The paragraph or the list item of a text in which a word stands, on one line."""
    parts = re.split(r"\n\s*\n|\n(?=\s*(?:[-*#]|\d+\.) )", text)
    part = next((part for part in parts if word.lower() in part.lower()), "")
    if part.lstrip().startswith("|"):
        part = next(line for line in part.splitlines() if word.lower() in line.lower())
    return re.sub(r"^(?:[-*#]+|\d+\.) ", "", " ".join(part.split()))


@draw
def lines_wanted(world: World, rng: random.Random) -> Value:
    """A small number of lines."""
    number = pick(rng, NUMBERS[world.split], "number of lines")
    return Value(number, (str(number), WORDS[number]), {"n": number})


@draw
def busy_folder(world: World, rng: random.Random) -> Value:
    """A folder with two text files or more."""
    files = Counter(str(PurePosixPath(path).parent) for path in world.theme.files)
    path = pick(rng, [path for path, number in sorted(files.items()) if number > 1 and path != "."], "folder with files")
    return folder_value(world, path, count=files[path])


@draw
def top_folder(world: World, rng: random.Random) -> Value:
    """A folder directly in the project."""
    path = pick(rng, [path for path in folders_of(world) if "/" not in path], "folder at the top")
    return folder_value(world, path)


@draw
def new_file(world: World, rng: random.Random) -> Value:
    """A file to be written into a folder that exists."""
    new = pick(rng, [new for new in world.theme.new_files if str(PurePosixPath(new.path).parent) in taken(world)], "new file")
    return new_value(world, new)


def new_value(world: World, new: NewFile) -> Value:
    """A file to be written, as a value."""
    more = {"content": new.content, "short": new.content.rstrip("\n"), "why": new.why, "lines": new.content.count("\n")}
    return Value(f"{world.project}/{new.path}", (new.path, f"`{new.path}`"), facts_of(world, new.path) | more)


@draw
def note(world: World, rng: random.Random) -> Value:
    """A note of one sentence, to be written into a folder that exists."""
    where = [folder for folder in folders_of(world) if folder not in ("src", "lib")]
    path = f"{pick(rng, where, 'folder')}/{pick(rng, NOTES[world.split], 'note')}"
    content = pick(rng, [insight.text for insight in world.theme.insights], "insight")
    if path in taken(world):
        path = f"{PurePosixPath(path).parent}/{world.theme.name}-{PurePosixPath(path).name}"
    return Value(f"{world.project}/{path}", (path, f"`{path}`"), facts_of(world, path) | {"content": content})


@draw
def unhoused_file(world: World, rng: random.Random) -> Value:
    """A file to be written into a folder that does not exist yet (`folder_path`)."""
    new = pick(rng, world.theme.new_files, "new file")
    home = pick(rng, [path for path in world.theme.new_folders if path not in taken(world)], "new folder")
    return new_value(world, NewFile(path=f"{home}/{PurePosixPath(new.path).name}", content=new.content, why=new.why))


@draw
def rewrite(world: World, rng: random.Random) -> Value:
    """An existing text and the few lines that shall replace all of it. `old`: what is lost; `aside`: a free path beside it."""
    texts = [path for path in sorted(world.theme.files) if path.endswith((".md", ".csv", ".txt")) and path != "README.md"]
    path = pick(rng, texts, "text to rewrite")
    old = world.theme.files[path]
    first = old.splitlines()[0]
    person = pick(rng, world.theme.people, "person")
    endings = {
        "train": (f"Out of date. Ask {person}.", f"{person} is rewriting this page.", f"Withdrawn, see the chat with {person}."),
        "validation": (f"Under review by {person}.",),
        "test": (f"Replaced by the paper copy, {person} has it.",),
    }[world.split]
    content = f"{first}\n" if path.endswith(".csv") else f"{first}\n\n{pick(rng, endings, 'ending')}\n"
    pure = PurePosixPath(path)
    aside = str(pure.with_name(f"{pure.stem}-{pick(rng, SUFFIXES[world.split], 'suffix')}{pure.suffix}"))
    more = {"content": content, "short": content.rstrip("\n"), "old": old, "lines": old.count("\n"), "first": first.lstrip("# ")}
    more |= {"aside": f"{world.project}/{aside}", "aside_rel": aside, "aside_name": PurePosixPath(aside).name}
    return Value(f"{world.project}/{path}", ways(path), facts_of(world, path) | more)


def untouched(world: World) -> list[Edit]:
    """The one-line edits of files that have no uncommitted work, here or on the branch that is checked out."""
    paths = {edit.path for edit in (*world.pending.staged, *world.pending.unstaged)}
    paths |= {tip.path for name, tip in tips(world).items() if name == world.branch}
    return [edit for edit in world.theme.edits if "\n" not in edit.old + edit.new and edit.path not in paths]


@draw
def edit(world: World, rng: random.Random) -> Value:
    """A change of one line. `old`, `new`: the texts; `after`: the whole file once it is made."""
    return edit_value(world, pick(rng, untouched(world), "edit"))


def line_of(world: World, edit: Edit) -> int:
    """The number of the line that a change is about."""
    text = world.theme.files[edit.path]
    return text[: text.index(edit.old)].count("\n") + 1


def edit_value(world: World, edit: Edit) -> Value:
    """A change as a value."""
    text = world.theme.files[edit.path]
    at = line_of(world, edit)
    after = text.replace(edit.old, edit.new)
    more = {"old": edit.old, "new": edit.new, "why": edit.why, "after": after, "before": text, "line_no": at, "path": edit.path}
    return Value(f"{world.project}/{edit.path}", ways(edit.path), facts_of(world, edit.path) | more)


@draw
def prose_edit(world: World, rng: random.Random) -> Value:
    """A change of one line in a text, table or list, not in code."""
    kinds = (".md", ".txt", ".csv", ".toml", ".json", ".yaml", ".yml")
    edits = [edit for edit in untouched(world) if edit.path.endswith(kinds)]
    return edit_value(world, pick(rng, edits, "edit of a text"))


@draw
def edit_pair(world: World, rng: random.Random) -> Value:
    """Two changes in one file. `old`, `new`, `old2`, `new2`; `after`: the whole file once both are made."""
    single = untouched(world)
    done = [commit for commit in world.theme.commits if isinstance(commit, Changing) and "\n" not in commit.before + commit.after]
    back = [Edit(path=commit.path, old=commit.after, new=commit.before, why=commit.subject) for commit in done]
    both = [(one, two) for one in single for two in (*single, *back) if one.path == two.path]
    pairs = [(one, two) for one, two in both if line_of(world, one) != line_of(world, two)]
    one, two = pick(rng, pairs, "two edits of one file")
    value = edit_value(world, one)
    value.facts.update({"old2": two.old, "new2": two.new, "after": value.after.replace(two.old, two.new)})
    return value


@draw
def copied_edit(world: World, rng: random.Random) -> Value:
    """A change to be made in a copy only: the value is the copy's path, `source`, `source_rel` the original."""
    one = pick(rng, [edit for edit in untouched(world) if "/" in edit.path], "edit")
    pure = PurePosixPath(one.path)
    joint = "_" if "_" in pure.name else "-"
    value = moved(world, one.path, str(pure.with_name(f"{pure.stem}{joint}{pick(rng, SUFFIXES[world.split], 'suffix')}{pure.suffix}")))
    value.facts.update({"old": one.old, "new": one.new, "after": edit_value(world, one).after})
    return value


def single_lines(world: World) -> dict[str, list[str]]:
    """Lines that can be taken out of a text, a table or (comments) code, by path."""
    found: dict[str, list[str]] = {}
    for path, text in sorted(world.theme.files.items()):
        starts = ("- ", "* ") if path.endswith(".md") else ("# ", "// ", "-- ", "/// ")
        whole = path.endswith((".csv", ".txt"))
        lines = [line for line in text.splitlines()[1:] if 12 < len(line) < 110 and text.count(line) == 1 and line == line.strip()]
        if lines := [line for line in lines if whole or line.startswith(starts)]:
            found[path] = lines
    return found


@draw
def line_cut(world: World, rng: random.Random) -> Value:
    """A line to be taken out of a text, a table or (a comment) code. `line`; `after`: the whole file without it."""
    found = single_lines(world)
    path = pick(rng, list(found), "line to take out")
    line, text = rng.choice(found[path]), world.theme.files[path]
    return file_value(world, path, line=line, after=text.replace(f"{line}\n", ""))


@draw
def line_pair(world: World, rng: random.Random) -> Value:
    """Two lines of one file. `line`, `other`; `after`: the whole file without the other."""
    found = single_lines(world)
    path = pick(rng, [path for path, lines in found.items() if len(lines) > 1], "two lines of one file")
    (line, other), text = rng.sample(found[path], 2), world.theme.files[path]
    return file_value(world, path, line=line, other=other, after=text.replace(f"{other}\n", ""))


@draw
def stale_edit(world: World, rng: random.Random) -> Value:
    """A change that was made long ago: `old` is not in the file any more, `new` is."""
    commits = [commit for commit in world.theme.commits if isinstance(commit, Changing) and "\n" not in commit.before + commit.after]
    gone = [commit for commit in commits if commit.before not in world.theme.files[commit.path]]
    commit = pick(rng, gone, "change made already")
    more = {"old": commit.before, "new": commit.after, "why": commit.subject}
    return Value(f"{world.project}/{commit.path}", ways(commit.path), facts_of(world, commit.path) | more)


@draw
def new_folder(world: World, rng: random.Random) -> Value:
    """A folder that does not exist yet."""
    path = pick(rng, [path for path in world.theme.new_folders if path not in taken(world)], "new folder")
    parent = str(PurePosixPath(path).parent)
    where = "the project root" if parent == "." else parent
    facts = {"rel": path, "name": PurePosixPath(path).name, "parent": where}
    return Value(f"{world.project}/{path}", (path, f"{path}/", f"`{path}`"), facts)


@draw
def file_rename(world: World, rng: random.Random) -> Value:
    """A file's new path in the same folder. `source`, `source_rel`, `name`: where it is; `new_name`."""
    source = pick(rng, sorted(path for path in world.theme.files if "/" in path), "file to rename")
    pure = PurePosixPath(source)
    joint = "_" if "_" in pure.name else "-"
    target = str(pure.with_name(f"{pure.stem}{joint}{pick(rng, SUFFIXES[world.split], 'suffix')}{pure.suffix}"))
    if target in taken(world):
        target = str(pure.with_name(f"{pure.stem}{joint}{world.theme.day.year}{pure.suffix}"))
    return moved(world, source, target)


@draw
def relocation(world: World, rng: random.Random) -> Value:
    """A file's new path in another folder (`folder`) that exists. `source`, `source_rel`, `name`: where it is."""
    loose = (*PROSE, ".csv", ".json", ".yaml", ".yml")
    source = pick(rng, sorted(path for path in world.theme.files if "/" in path and path.endswith(loose)), "file to move")
    pure = PurePosixPath(source)
    targets = [f"{place}/{pure.name}" for place in folders_of(world) if place != str(pure.parent)]
    return moved(world, source, pick(rng, [target for target in targets if target not in taken(world)], "folder to move to"))


@draw
def archiving(world: World, rng: random.Random) -> Value:
    """A file's new path in a folder (`folder`, `folder_path`) that does not exist yet."""
    kinds = (".md", ".csv", ".txt", ".sql", ".sh")
    source = pick(rng, sorted(path for path in world.theme.files if path.endswith(kinds) and "/" in path), "file to archive")
    place = pick(rng, [path for path in world.theme.new_folders if path not in taken(world)], "new folder")
    return moved(world, source, f"{place}/{PurePosixPath(source).name}")


@draw
def folder_rename(world: World, rng: random.Random) -> Value:
    """A folder's new path. `source`, `source_rel`: where it is; `new_name`; `alt`, `alt_name`: another; `count`: files in it."""
    source = pick(rng, [path for path in folders_of(world) if "/" not in path], "folder to rename")
    one, two = rng.sample(SUFFIXES[world.split], 2)
    value = moved(world, source, f"{source}-{one}")
    files = [path for path in world.theme.files if path.startswith(f"{source}/")]
    value.facts.update({"alt": f"{world.project}/{source}-{two}", "alt_name": f"{source}-{two}", "count": len(files)})
    return value


@draw
def crash(world: World, rng: random.Random) -> Value:
    """A rename onto a file that exists: `source`, `source_rel`, and the value is the path that is taken."""
    pairs = [(one, two) for one in sorted(world.theme.files) for two in sorted(world.theme.files) if one != two and PurePosixPath(one).parent == PurePosixPath(two).parent]
    alike = [pair for pair in pairs if PurePosixPath(pair[0]).suffix == PurePosixPath(pair[1]).suffix]
    source, target = pick(rng, alike or pairs, "two files of one folder")
    free = f"{PurePosixPath(target).stem}-{pick(rng, SUFFIXES[world.split], 'suffix')}{PurePosixPath(target).suffix}"
    value = moved(world, source, target)
    value.facts.update({"free_name": free, "free": f"{value.folder_path}/{free}"})
    return value


def moved(world: World, source: str, target: str) -> Value:
    """A move as a value: its target."""
    new = facts_of(world, target)
    more = {"source": f"{world.project}/{source}", "source_rel": source, "name": PurePosixPath(source).name, "new_name": new["name"]}
    return Value(f"{world.project}/{target}", (target, f"`{target}`"), new | more)


@draw
def misspelt_file(world: World, rng: random.Random) -> Value:
    """A path that does not exist; `near`, `near_rel`, `near_name`: the file that was meant, in the same folder."""
    wrong: list[tuple[str, str]] = []
    for path in sorted(world.theme.files):
        pure = PurePosixPath(path)
        swapped = pure.stem.replace("-", "\0").replace("_", "-").replace("\0", "_")
        other = {".md": ".txt", ".txt": ".md", ".yaml": ".yml", ".yml": ".yaml", ".csv": ".tsv", ".toml": ".ini"}.get(pure.suffix)
        if "/" in path:
            wrong += [(str(pure.with_name(swapped + pure.suffix)), path)] if swapped != pure.stem else []
            wrong += [(str(pure.with_suffix(other)), path)] if other else []
    path, near = pick(rng, [pair for pair in wrong if pair[0] not in taken(world)], "misspelt file")
    more = {"near": f"{world.project}/{near}", "near_rel": near, "near_name": PurePosixPath(near).name}
    return Value(f"{world.project}/{path}", (path, f"`{path}`"), facts_of(world, path) | more)


@draw
def beside(world: World, rng: random.Random) -> Value:
    """A folder to be made (`leaf`) next to a file that is known by its name alone: `name`, `glob`, `source`; moved there it is `into`."""
    names = Counter(PurePosixPath(path).name for path in world.theme.files)
    known = [path for path in sorted(world.theme.files) if "/" in path and names[PurePosixPath(path).name] == 1]
    file = PurePosixPath(pick(rng, known, "file in a folder"))
    leaf = PurePosixPath(pick(rng, world.theme.new_folders, "new folder")).name
    rel = f"{file.parent}/{leaf}"
    if rel in taken(world):
        raise Exhausted("new folder beside a file")
    place = f"{world.project}/{rel}"
    facts = {"leaf": leaf, "name": file.name, "glob": f"**/{file.name}", "rel": rel, "source": f"{world.project}/{file}", "into": f"{place}/{file.name}"}
    return Value(place, (leaf,), facts)


@draw
def misplaced_file(world: World, rng: random.Random) -> Value:
    """A path that does not exist; a file of that name is elsewhere: `near`, `near_rel`, found by `glob`."""
    names = Counter(PurePosixPath(path).name for path in world.theme.files)
    pairs = [
        (f"{place}/{PurePosixPath(path).name}", path)
        for path in sorted(world.theme.files)
        for place in folders_of(world)
        if "/" in path and names[PurePosixPath(path).name] == 1 and place != str(PurePosixPath(path).parent)
    ]
    path, near = pick(rng, [pair for pair in pairs if pair[0] not in taken(world)], "misplaced file")
    more = {"near": f"{world.project}/{near}", "near_rel": near, "glob": f"**/{PurePosixPath(near).name}"}
    return Value(f"{world.project}/{path}", (path, f"`{path}`"), facts_of(world, path) | more)


@draw
def missing_folder(world: World, rng: random.Random) -> Value:
    """A folder that does not exist; `near`, `near_rel`: the one that was meant."""
    pairs = []
    for path in folders_of(world):
        name = PurePosixPath(path).name
        wrong = name[:-1] if name.endswith("s") else f"{name}s"
        pairs += [(str(PurePosixPath(path).with_name(wrong)), path)] if "/" not in path and len(wrong) > 2 else []
    path, near = pick(rng, [pair for pair in pairs if pair[0] not in taken(world)], "missing folder")
    more = {"near": f"{world.project}/{near}", "near_rel": near}
    return Value(f"{world.project}/{path}", (path, f"{path}/", f"the {path} folder"), {"rel": path} | more)


@draw
def outside_file(world: World, rng: random.Random) -> Value:
    """A file outside the home folder."""
    path = pick(rng, OUTSIDE[world.split], "file outside")
    return Value(path, (path, f"`{path}`"), {"rel": path, "name": PurePosixPath(path).name})


@draw
def outside_folder(world: World, rng: random.Random) -> Value:
    """A folder outside the home folder."""
    path = pick(rng, OUTSIDE_FOLDERS[world.split], "folder outside")
    return Value(path, (path, f"`{path}`"), {"rel": path})


@draw
def outside_new(world: World, rng: random.Random) -> Value:
    """A folder outside the home folder that somebody wants; `inside`, `inside_rel`: one of the same name in the project."""
    places = {"train": ("/mnt/nas", "/var/backups", "/data/exchange"), "validation": ("/mnt/backup",), "test": ("/srv/share",)}
    place = pick(rng, places[world.split], "folder outside")
    names = {"train": ("exports", "nightly", "handoff", "dumps"), "validation": ("snapshots",), "test": ("deliveries",)}
    name = pick(rng, names[world.split], "name")
    path = f"{place}/{world.theme.name}-{name}"
    inside = {"inside": f"{world.project}/{name}", "inside_rel": name}
    return Value(path, (path, f"`{path}`"), {"rel": path, "name": f"{world.theme.name}-{name}", "place": place} | inside)


@draw
def file_type(world: World, rng: random.Random) -> Value:
    """A kind of files, as a pattern for the whole project. `ext`, `kind`, `count`; `one`: whether only one file matches."""
    kinds = Counter(PurePosixPath(path).suffix for path in world.theme.files if PurePosixPath(path).suffix)
    return type_value(kinds, pick(rng, sorted(kinds), "file type"))


@draw
def common_type(world: World, rng: random.Random) -> Value:
    """A kind of files that the project has two of or more, as a pattern for the whole project."""
    kinds = Counter(PurePosixPath(path).suffix for path in world.theme.files if PurePosixPath(path).suffix)
    return type_value(kinds, pick(rng, sorted(kind for kind, number in kinds.items() if number > 1), "common file type"))


def type_value(kinds: Counter[str], ext: str) -> Value:
    """A kind of files as a value."""
    return Value(f"**/*{ext}", (ext, f"*{ext}"), {"ext": ext, "kind": KINDS.get(ext, ext.lstrip(".")), "count": kinds[ext]})


@draw
def absent_type(world: World, rng: random.Random) -> Value:
    """A kind of files that the project has none of, as a pattern."""
    kinds = {"train": (".pdf", ".xlsx", ".docx", ".ipynb", ".lock"), "validation": (".odt", ".svg"), "test": (".pptx", ".bak")}[world.split]
    ext = pick(rng, [kind for kind in kinds if not any(path.endswith(kind) for path in taken(world))], "absent type")
    return Value(f"**/*{ext}", (ext, f"*{ext}"), {"ext": ext})


@draw
def name_part(world: World, rng: random.Random) -> Value:
    """A word of a file's name, as a pattern for the whole project. `word`; `rel`: a file that it finds."""
    words = {(word, path) for path in world.theme.files for word in re.split(r"[-_.]", PurePosixPath(path).stem) if len(word) > 3 and word.isalpha() and word.islower()}
    word, path = pick(rng, sorted(words), "word of a name")
    return Value(f"**/*{word}*", (word, f'"{word}"'), {"word": word, "rel": path})


@draw
def media_file(world: World, rng: random.Random) -> Value:
    """A picture or a sound of the project."""
    return media_value(world, pick(rng, media(world), "media file"))


@draw
def picture(world: World, rng: random.Random) -> Value:
    """A picture of the project."""
    return media_value(world, pick(rng, [medium for medium in media(world) if medium.facts["kind"] == "picture"], "picture"))


@draw
def missing_picture(world: World, rng: random.Random) -> Value:
    """A picture that does not exist under that name; `near`, `near_rel`: the one that was meant, found by `glob`."""
    medium = pick(rng, [medium for medium in media(world) if medium.facts["kind"] == "picture"], "picture")
    path = str(PurePosixPath(medium.path).with_suffix(pick(rng, (".jpg", ".jpeg", ".gif", ".webp"), "suffix")))
    pure = PurePosixPath(medium.path)
    more = {"near": f"{world.project}/{medium.path}", "near_rel": medium.path, "glob": f"**/{pure.stem}.*"}
    return Value(f"{world.project}/{path}", (path, f"`{path}`"), facts_of(world, path) | more)
