"""What is known of an index: which fields it has, of which type, and where their words are kept."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

REST = "rest"  # the words of fields that the mapping does not name
NUMBERS = ("long", "integer", "float")


@dataclass(frozen=True)
class Index:
    """An index, as its mapping describes it.

    Attributes:
        number: its number in the file; its words are in the table `words_NUMBER`.
        mappings: Argilla's mapping, with the names of nested properties taken apart.
    """

    number: int
    name: str
    mappings: dict[str, Any]
    settings: dict[str, Any]

    @property
    def table(self) -> str:
        """The full-text table."""
        return f"words_{self.number}"

    @cached_property
    def types(self) -> dict[str, str]:
        """Each field's type, by its full name."""
        return dict(_types(self.mappings.get("properties", {}), ""))

    @cached_property
    def columns(self) -> list[str]:
        """The fields whose words are indexed; the place in the list is the column."""
        fields = self.mappings.get("properties", {}).get("fields", {}).get("properties", {})
        return [*(name for name, entry in fields.items() if entry.get("enabled", True)), REST]

    @property
    def excluded(self) -> set[str]:
        """Fields that are not kept, such as images."""
        return {name.removeprefix("fields.") for name in self.mappings.get("_source", {}).get("excludes", ())}

    def column(self, field: str) -> str | None:
        """The column that a search of `fields.NAME`, `fields.NAME.*` or `fields.*` is kept to; None for all of them."""
        name = field.removeprefix("fields.").removesuffix(".*")
        return f"c{self.columns.index(name)}" if name in self.columns else None


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """A document or the properties of a mapping, with names such as `fields.text` taken apart."""
    whole: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        place = whole
        for part in path:
            place = place.setdefault(part, {})
        if isinstance(value, dict) and isinstance(place.get(last), dict):
            merge(place[last], value)
        else:
            place[last] = value
    return whole


def properties(flat: dict[str, Any]) -> dict[str, Any]:
    """The properties of a mapping, each object with its own below it."""
    whole: dict[str, Any] = {}
    for name, entry in flat.items():
        *path, last = name.split(".")
        place = whole
        for part in path:
            place = place.setdefault(part, {}).setdefault("properties", {})
        merge(place.setdefault(last, {}), entry)
    return whole


def merge(into: dict[str, Any], update: dict[str, Any]) -> None:
    """Write an update into a document: objects are merged, all else is replaced."""
    for name, value in update.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


def dumps(value: Any) -> str:
    """JSON of what the server hands over: times in ISO format, ids as text."""
    return json.dumps(value, ensure_ascii=False, default=lambda thing: thing.isoformat() if hasattr(thing, "isoformat") else str(thing))


def _types(entries: dict[str, Any], before: str) -> list[tuple[str, str]]:
    found = []
    for name, entry in entries.items():
        found.append((before + name, entry.get("type", "object")))
        found += _types(entry.get("properties", {}), f"{before}{name}.")
    return found
