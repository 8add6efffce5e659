"""How the filesystem server's results read."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from steps.worlds.world import HOME, reads


def shorten(path: str) -> str:
    """A path as people of the project write it."""
    return re.sub(rf"^{HOME}/[^/\s]+/", "", path)


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def counted(number: int, what: str) -> str:
    """A number of things, in words that agree."""
    return f"{number} {what}" if number == 1 else f"{number} {what[:-1]}ies" if what.endswith("y") else f"{number} {what}s"


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names as a list in a sentence."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > most:
        quoted = [*quoted[: most - 1], f"{len(quoted) - most + 1} more"]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else "nothing"


def text_facts(text: str) -> dict[str, Any]:
    """What can be said of a file's text: its `lines`, `count`, `first`, `last`, `title`, and `shown`, fenced and not too long."""
    lines = text.splitlines()
    full = [line for line in lines if line.strip()]
    start = next((line for line in full if not re.fullmatch(r"[-=~*#/ ]+", line)), "")
    fence = "~~~" if "```" in text else "```"
    shown = lines if len(lines) <= 18 else lines[:12]
    rest = len(lines) - len(shown)
    return {
        "lines": lines,
        "count": len(lines),
        "full": full,
        "first": start.strip(),
        "last": full[-1].strip() if full else "",
        "title": start.strip().lstrip("#/*;<!- ").removeprefix("title: ").strip(),
        "headings": [line.lstrip("# ").strip() for line in lines if re.match(r"#+ ", line)],
        "rest": rest,
        "shown": "\n".join([fence, *shown, fence]) + (f"\n({counted(rest, 'more line')} below that.)" if rest else ""),
        "quoted": "\n".join([fence, *lines, fence]),
    }


@reads("read_text_file", "read_file")
def read_text(text: str) -> dict[str, Any]:
    """A file's text; see text_facts."""
    return text_facts(text)


@reads("read_multiple_files")
def read_several(text: str) -> dict[str, Any]:
    """`files`: path, rel, name, error and the facts of the text of each; `good`: those that could be read."""
    files: list[dict[str, Any]] = []
    heads = list(re.finditer(rf"(?m)(?:\A|(?<=\n---\n))({HOME}/[^\n]*?): ?(?:Error - ([^\n]*))?$", text))
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(text)], strict=False):
        body = text[head.end() : end].removeprefix("\n").removesuffix("\n---\n").removesuffix("\n")
        path, error = head.group(1), head.group(2) or ""
        files.append({"path": path, "rel": shorten(path), "name": name_of(path), "error": error, "text": body} | text_facts(body))
    good = [file for file in files if not file["error"]]
    return {"files": files, "count": len(files), "good": good, "bad": [file for file in files if file["error"]]}


@reads("read_media_file")
def read_media(text: str) -> dict[str, Any]:
    """`mime`: the type that is named; `kind`: picture, sound or file; `bytes`: how long it is, to a byte or two."""
    mime = re.search(r"\b(?:image|audio|application)/[\w.+-]+", text)
    size = re.search(r"(\d+) bytes", text)
    kind = {"image": "picture", "audio": "sound"}.get(mime.group().split("/")[0] if mime else "", "file")
    return {"mime": mime.group() if mime else "", "kind": kind, "bytes": int(size.group(1)) if size else 0}


@reads("write_file", "create_directory")
def read_written(text: str) -> dict[str, Any]:
    """`path`, `rel` and `name` of what was written."""
    found = re.search(rf"{HOME}/.*", text)
    path = found.group().strip() if found else ""
    return {"path": path, "rel": shorten(path), "name": name_of(path)}


@reads("edit_file")
def read_edit(text: str) -> dict[str, Any]:
    """`added` and `removed`: lines without their sign; `hunk`: the changed lines, fenced; `changes`: how many lines differ."""
    lines = text.splitlines()
    body = [line for line in lines if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    added = [line[1:].strip() for line in body if line.startswith("+")]
    removed = [line[1:].strip() for line in body if line.startswith("-")]
    return {"added": added, "removed": removed, "changes": len(added), "hunk": "\n".join(["```diff", *body, "```"])}


def entries_facts(files: list[str], folders: list[str]) -> dict[str, Any]:
    """What can be said of what a folder holds."""
    parts = [counted(len(files), "file")] if files else []
    parts += [counted(len(folders), "folder")] if folders else []
    return {
        "files": files,
        "folders": folders,
        "names": sorted([*files, *folders]),
        "count": len(files) + len(folders),
        "said": " and ".join(parts) or "nothing",
        "files_listed": listed(files),
        "folders_listed": listed(folders),
        "listed": listed([*(f"{name}/" for name in folders), *files]),
        "bullets": "\n".join([*(f"- {name}/" for name in folders), *(f"- {name}" for name in files)]),
    }


@reads("list_directory")
def read_list(text: str) -> dict[str, Any]:
    """`files`, `folders` (names), `count`, and the ways to say them: `said`, `listed`, `bullets`."""
    entries = re.findall(r"(?m)^\[(FILE|DIR)\] (.*)$", text)
    return entries_facts([name for kind, name in entries if kind == "FILE"], [name for kind, name in entries if kind == "DIR"])


@reads("list_directory_with_sizes")
def read_sizes(text: str) -> dict[str, Any]:
    """As for list_directory, and `sized`: name, size (text) of each file, largest first; `total`: combined size."""
    units = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
    sized = [
        {"name": name.strip(), "size": f"{number} {unit}", "bytes": float(number) * units[unit]}
        for name, number, unit in re.findall(r"(?m)^\[FILE\] (.*?) +([\d.]+) (B|KB|MB|GB|TB)$", text)
    ]
    folders = [name.strip() for name in re.findall(r"(?m)^\[DIR\] (.*)$", text)]
    facts = entries_facts([entry["name"] for entry in sized], folders)
    total = re.search(r"Combined size: (.*)", text)
    by_size = sorted(sized, key=lambda entry: -entry["bytes"])
    bullets = "\n".join(f"- {entry['name']}: {entry['size']}" for entry in by_size)
    none = {"name": "", "size": "", "bytes": 0}
    return facts | {
        "sized": by_size,
        "total": total.group(1).strip() if total else "",
        "largest": by_size[0] if by_size else none,
        "smallest": by_size[-1] if by_size else none,
        "sizes": bullets,
    }


def branches(nodes: Any, above: str = "", depth: int = 0) -> Iterator[tuple[str, bool, str]]:
    """Path, whether it is a folder, and a line of the drawing, for each node of a tree."""
    for node in nodes if isinstance(nodes, list) else []:
        if isinstance(node, dict) and isinstance(node.get("name"), str):
            is_folder = node.get("type") == "directory"
            yield above + node["name"], is_folder, "  " * depth + node["name"] + ("/" if is_folder else "")
            yield from branches(node.get("children"), f"{above}{node['name']}/", depth + 1)


@reads("directory_tree")
def read_tree(text: str) -> dict[str, Any]:
    """`files`, `folders` (relative paths), `top` (folders directly below), `drawn`, `deepest`: the text furthest down.

    `fullest`: the folder with most files directly in it, `fullest_said`: how many, and where there are as many; `fullest_files`.
    """
    try:
        nodes = list(branches(json.loads(text)))
    except json.JSONDecodeError:
        nodes = []
    files = [path for path, is_folder, _ in nodes if not is_folder]
    folders = [path for path, is_folder, _ in nodes if is_folder]
    inside = Counter(path.rsplit("/", 1)[0] for path in files if "/" in path)
    most = max(inside.values(), default=0)
    fullest, *tied = [path for path in inside if inside[path] == most] or [""]
    depth = max((path.count("/") for path in files), default=0)
    deepest = [path for path in files if path.count("/") == depth and not path.endswith((".png", ".wav"))]
    return entries_facts(files, folders) | {
        "top": [path for path in folders if "/" not in path],
        "drawn": "\n".join(["```", *(line for _, _, line in nodes), "```"]),
        "deepest": deepest[0] if deepest else "",
        "fullest": fullest,
        "fullest_said": counted(most, "file") + (f", as many as in {listed([f'{path}/' for path in tied])}" if tied else ""),
        "fullest_files": [path for path in files if path.rsplit("/", 1)[0] == fullest],
    }


@reads("move_file")
def read_move(text: str) -> dict[str, Any]:
    """`source` and `target`, and their short forms `source_rel` and `rel`."""
    found = re.search(r"moved (.+) to (.+)$", text.strip())
    source, target = found.groups() if found else ("", "")
    return {"source": source, "target": target, "source_rel": shorten(source), "rel": shorten(target), "name": name_of(target)}


@reads("search_files")
def read_search(text: str) -> dict[str, Any]:
    """`paths`, `rels`, `names`, `count`, and the ways to say them."""
    paths = [line.strip() for line in text.splitlines() if line.startswith(f"{HOME}/")]
    rels = [shorten(path) for path in paths]
    return {
        "paths": paths,
        "rels": rels,
        "names": [name_of(path) for path in paths],
        "count": len(paths),
        "said": counted(len(paths), "match").replace("matchs", "matches"),
        "listed": listed(rels),
        "bullets": "\n".join(f"- {rel}" for rel in rels),
    }


@reads("get_file_info")
def read_info(text: str) -> dict[str, Any]:
    """`size` in bytes, `modified` (ISO, to compare), `day`, `hour`, `when` as said, `permissions`, `is_folder`."""
    facts = dict(re.findall(r"(?m)^(\w+): (.*)$", text))
    stamp = re.search(r"\w{3} (\w{3} \d\d \d{4} \d\d:\d\d:\d\d)", facts.get("modified", ""))
    when = datetime.strptime(stamp.group(1), "%b %d %Y %H:%M:%S") if stamp else None  # noqa: DTZ007
    mode = facts.get("permissions", "")
    return {
        "size": int(facts["size"]) if facts.get("size", "").isdigit() else 0,
        "modified": when.isoformat() if when else "",
        "day": f"{when.day} {when:%B %Y}" if when else "",
        "date": f"{when:%Y-%m-%d}" if when else "",
        "hour": f"{when:%H:%M}" if when else "",
        "weekday": f"{when:%A}" if when else "",
        "when": f"{when.day} {when:%B %Y} at {when:%H:%M}" if when else "",
        "permissions": mode,
        "executable": any(digit in "1357" for digit in mode[:1]),
        "is_folder": facts.get("isDirectory") == "true",
    }


@reads("list_allowed_directories")
def read_allowed(text: str) -> dict[str, Any]:
    """`folders`: the paths; `listed`."""
    folders = [line.strip() for line in text.splitlines() if line.startswith("/")]
    return {"folders": folders, "count": len(folders), "listed": listed(folders)}
