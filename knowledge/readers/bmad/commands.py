"""The commands of an agent of version 4, `*name` each."""

import re
from typing import Any

from knowledge.grammar import directives
from knowledge.readers.bmad.sentences import rules_of, segments
from knowledge.readers.bmad.sheet import Sheet
from knowledge.readers.values import items, line_of_words
from knowledge.units import AnyUnit, Command

CALL = re.compile(r"\*?\s*(?P<name>[^\s{\[<(]+)(?P<rest>.*)", re.S)
ARGUMENT = re.compile(r"\{[^}]*\}|\[[^\]]*\]|<[^>]*>")


def commands(sheet: Sheet, path: tuple[str, ...], value: Any, agent: str) -> tuple[list[AnyUnit], list[AnyUnit]]:
    """The commands that an agent takes, `*name` each, and the rules within those that are written out."""
    entries: list[tuple[tuple[str | int, ...], Any, Any]] = []
    if isinstance(value, dict):
        entries = [((*path, str(key)), key, said) for key, said in value.items()]
    for number, item in enumerate(items(value)):
        if isinstance(item, dict) and (named := next((key for key in ("trigger", "cmd", "name", "command") if isinstance(item.get(key), str)), None)):
            entries.append(((*path, number), item[named], item.get("description") or item.get("action") or item.get("effect") or item.get("workflow")))
        elif isinstance(item, dict):
            entries += [((*path, number, str(key)), key, said) for key, said in item.items()]
        elif isinstance(item, str):
            head, _, said = item.partition(": ") if ": " in item else item.partition(" - ")
            entries.append(((*path, number), head, said))
    units: list[AnyUnit] = []
    led: list[AnyUnit] = []
    for at, key, said in entries:
        match = CALL.match(line_of_words(key).strip())
        if not match:
            continue
        name = f"*{match['name']}"
        inner = [] if said is None or isinstance(said, str | int | float) else list(segments(sheet, at, said, (name,)))
        effect = line_of_words(said) if not inner else " ".join(inner[0].text.split())
        _, end = sheet.stretch(at)
        begin = sheet.document.start(sheet.line(at))
        begin += len(sheet.document.text[begin:end]) - len(sheet.document.text[begin:end].lstrip(" \t-"))
        place: Any = sheet.document.place(begin, end) if end > begin else {"source": sheet.document.at(sheet.line(at))}
        arguments = tuple(ARGUMENT.findall(match["rest"]))
        units.append(Command(level="L3", category="command", name=name, description=effect, called_by="agent", arguments=arguments, effect=effect, extra={"agent": agent}, **place))
        led += rules_of(sheet, directives(inner[1:]), "L3", "command", f"command:{name}")
    return units, led
