"""Claude Code's settings.json: permissions and hooks, as rules. Nothing in it is run."""

import json
from typing import Any

from knowledge.document import Document
from knowledge.readers.reading import Around, Reading, whole
from knowledge.units import Modality, Rule

FORMAT = "Claude Code settings"
MODALITIES: dict[str, Modality] = {"deny": "must not", "ask": "when-then", "allow": "should"}


def claims(document: Document, around: Around) -> bool:
    """`settings.json` and `settings.local.json` of a `.claude` folder, or with permissions or hooks in them."""
    return document.name in ("settings.json", "settings.local.json") and (".claude" in document.path.split("/") or '"permissions"' in document.text or '"hooks"' in document.text)


def read(document: Document, around: Around) -> Reading:
    """A Rule a permission and a hook; the program enforces them, so no token of them is sent."""
    reading = Reading("settings", parts=[whole(document, "not sent", "L0", "operational rule")])
    try:
        settings = json.loads(document.text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        reading.warnings.append((document.at(line), "is not complete JSON; its permissions and hooks are left out"))
        return reading
    if not isinstance(settings, dict):
        reading.warnings.append((document.at(1), "is no JSON object; it is left out"))
        return reading
    finder = Finder(document, "permissions")
    permissions = settings.get("permissions")
    for kind, entries in permissions.items() if isinstance(permissions, dict) else ():
        if kind in MODALITIES and isinstance(entries, list):
            reading.units += [finder.rule(entry, f"permissions.{kind}", MODALITIES[kind]) for entry in entries if isinstance(entry, str)]
    finder = Finder(document, "hooks")
    hooks = settings.get("hooks")
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in groups if isinstance(groups, list) else ():
            for hook in commands(group):
                matcher = group.get("matcher") if isinstance(group, dict) else ""
                reading.units.append(finder.rule(hook, f"hooks.{event}{f' on {matcher}' if matcher else ''}", "when-then"))
    return reading


def commands(group: Any) -> list[str]:
    """The command lines and prompts of a group of hooks."""
    entries = group.get("hooks") if isinstance(group, dict) else None
    found = [entry.get("command") or entry.get("prompt") for entry in entries or () if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [text for text in found if isinstance(text, str)]


class Finder:
    """Finds strings of a JSON text in it, one after the other, from a key on."""

    def __init__(self, document: Document, key: str) -> None:
        self.document, self.after = document, dict[str, int]()
        self.first = max(document.text.find(f'"{key}"'), 0)

    def rule(self, words: str, under: str, modality: Modality) -> Rule:
        """A Rule whose sentence is a string of the file, as written there."""
        forms = [json.dumps(words, ensure_ascii=ascii_)[1:-1] for ascii_ in (False, True)]
        places = [(at, form) for form in forms if (at := self.document.text.find(f'"{form}"', self.after.get(words, self.first))) >= 0]
        at, form = min(places, default=(-1, ""))
        place: dict[str, Any] = {"source": self.document.at(1)}
        if at >= 0:
            self.after[words] = at + 1
            place = self.document.place(at + 1, at + 1 + len(form))
        return Rule(level="L0", category="operational rule", modality=modality, sentence=form or words, under=under, section=(under.split(".")[0],), **place)
