"""The lines on which the paths of a description and their operations begin, by path and method; an empty method for the path."""

import json
import re

from knowledge.document import Document
from knowledge.readers.listing import sound
from knowledge.yamls import lines_of

TOKEN = re.compile(r'"(?P<key>[^"\\]*(?:\\.[^"\\]*)*)"(?P<colon>\s*:)?|[{}\[\]]', re.S)


def json_lines(document: Document) -> dict[tuple[str, str], int]:
    """The line of each path and each operation of a JSON text, by path and method; an empty method for the path."""
    found: dict[tuple[str, str], int] = {}
    depth, inside, path = 0, False, ""
    for match in TOKEN.finditer(document.text):
        mark = match[0]
        if mark in ("{", "["):
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
        elif match["colon"] and depth < 4:
            key = key_of(mark[: mark.rindex('"') + 1])
            if depth == 1:
                inside = key == "paths"
            elif inside and depth == 2:
                path = key
                found[path, ""] = document.line(match.start())
            elif inside and depth == 3:
                found[path, key] = document.line(match.start())
    return found


def key_of(mark: str) -> str:
    """A JSON key as it is read."""
    try:
        return str(sound(json.loads(mark)))
    except ValueError:
        return mark


def yaml_lines(document: Document) -> dict[tuple[str, str], int]:
    """The line of each path and each operation of a YAML text, by path and method; an empty method for the path."""
    found: dict[tuple[str, str], int] = {}
    for path, line in lines_of(document.text).items():
        if path[:1] == ("paths",) and len(path) in (2, 3):
            found[str(path[1]), str(path[2]) if len(path) == 3 else ""] = line
    return found
