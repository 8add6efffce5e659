"""The stages of a workflow as YAML, in the many ways to write them."""

from collections.abc import Iterator
from typing import Any

from knowledge.readers.bmad.sheet import Sheet
from knowledge.readers.values import items, line_of_words, mapping, readable
from knowledge.units import Stage

MADE = ("creates", "updates", "validates", "produces", "outputs", "generates")
INNER = ("sequence", "steps", "stages", "agents")


def stages_of(sheet: Sheet, path: tuple[str | int, ...], value: Any, phase: str = "", condition: str = "") -> Iterator[Stage]:
    """The stages of a sequence, in order. Those of a phase come in its place, and the routes of a decision after it, each on its condition."""
    entries = [((*path, str(key)), {"name": str(key), **mapping(entry)} if isinstance(entry, dict) else entry) for key, entry in value.items()] if isinstance(value, dict) else []
    entries = entries or [((*path, number), entry) for number, entry in enumerate(items(value))]
    for at, entry in entries:
        if isinstance(entry, str) and entry.strip():
            yield Stage(name=phased(phase, readable(entry)), condition=condition, **placed(sheet, at))
        told = mapping(entry)
        if not told:
            continue
        key = next((key for key in INNER if isinstance(told.get(key), list | dict) and told.get(key)), None)
        if key and not (key == "agents" and all(isinstance(part, str) for part in told[key])):
            named = readable(told.get("phase") or told.get("name") or told.get("step") or told.get("id"))
            yield from stages_of(sheet, (*at, key), told[key], phased(phase, named), line_of_words(told.get("condition")) or condition)
            continue
        yield stage(sheet, at, told, phase, condition)
        for route, said in mapping(told.get("routes")).items():
            way = mapping(said)
            if any(way.get(done) for done in ("agent", "action", "uses", "step", *MADE)):
                yield stage(sheet, (*at, "routes", route), {"condition": route, **way}, phase, condition)


def phased(phase: str, name: str) -> str:
    """A stage's name after that of its phase."""
    return ": ".join(filter(None, [phase, name]))


def placed(sheet: Sheet, path: tuple[str | int, ...]) -> Any:
    """The fields of something that a stretch of YAML says."""
    start, end = sheet.stretch(path)
    return sheet.document.place(start, end) | {"source": sheet.document.at(sheet.line(path))}


def stage(sheet: Sheet, path: tuple[str | int, ...], entry: dict[str, Any], phase: str, condition: str) -> Stage:
    """One stage. Its name is its step's, else its action's, else who does what."""
    actor = line_of_words(entry.get("agent") or entry.get("actor") or entry.get("agents"))
    made = {key: entries(entry.get(key)) for key in MADE}
    uses, action = line_of_words(entry.get("uses")), line_of_words(entry.get("action"))
    does = next((f"{key} {', '.join(things)}" for key, things in made.items() if things), f"uses {uses}" if uses else "")
    more = ", ".join(readable(step) for step in entries(entry.get("optional_steps")))
    named = readable(entry.get("step") or entry.get("name")) or readable(action) or " ".join(filter(None, [actor, does])) or readable(entry.get("condition"))
    return Stage(
        name=phased(phase, named or "stage"),
        actor=actor,
        action=f"{action} (uses {uses})" if action and uses else action or (f"use {uses}" if uses else ""),
        creates=tuple(dict.fromkeys(thing for things in made.values() for thing in things)),
        requires=entries(entry.get("requires")),
        condition=line_of_words(entry.get("condition")) or condition,
        optional=entry.get("optional") is True or line_of_words(entry.get("optional")).lower() in ("true", "yes"),
        repeats=line_of_words(entry.get("repeats") or entry.get("repeat")),
        notes=" ".join(filter(None, [line_of_words(entry.get("notes") or entry.get("note") or entry.get("description")), f"Optional steps: {more}." if more else ""])),
        **placed(sheet, path),
    )


def entries(value: Any) -> tuple[str, ...]:
    """A text, or a list of them; a text with commas stays one."""
    return tuple(filter(None, (line_of_words(part) for part in value))) if isinstance(value, list) else tuple(filter(None, [line_of_words(value)]))
