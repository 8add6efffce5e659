"""How the git server's results read."""

import re
from typing import Any

from steps.worlds.world import reads


def topic(name: str) -> str:
    """What a branch is about, by its name: `credit window` for `feature/credit-window`."""
    return re.sub(r"^[A-Z]+-\d+-", "", name.rpartition("/")[2]).replace("-", " ").replace("_", " ")


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
        commit["line"] = f"{commit['short']} {commit['subject'].rstrip('.')}"
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
