"""Schemas that stand alone: references are inlined, circles cut, and what grows is kept small."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from knowledge.readers.openapi.keywords import ANNOTATIONS, alone, bounds, is_pattern, nullable, refers, simple_type, types_of, unique
from knowledge.readers.openapi.references import References
from knowledge.readers.values import items, mapping

LARGEST = 200_000  # characters of one schema
LEVELS = (16, 10, 7, 5, 4, 3, 2, 1)  # how deep schemas are inlined, until one is small enough
TEXTS = ("title", "description", "format", "pattern", "contentEncoding", "contentMediaType")
FLAGS = ("uniqueItems", "deprecated")
ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems")
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas")


class TooLarge(Exception):
    """A schema grows beyond what one tool may have."""


@dataclass
class Seen:
    """What was met while a schema was made: references within it, references to what lies around it, and its deepest level."""

    within: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    height: int = 0


class Made(NamedTuple):
    """A schema that was made: the references within it, how many levels it has, its size, and whether deeper levels were left out."""

    schema: Any
    within: set[str]
    height: int
    size: int
    cut: bool


class Schemas(References):
    """Turns the schemas of a document into JSON Schema that stands alone.

    Attributes:
        cut: whether deeper levels were left out since `begin`.
        answer: whether schemas are of what comes back, rather than of what is given.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        super().__init__(root)
        self.made: dict[tuple[str, frozenset[str], bool], dict[int | None, Made]] = {}
        self.begin(LEVELS[0], LARGEST)

    def begin(self, levels: int, largest: int) -> None:
        """Start on another schema: how deep and how large it may be."""
        self.levels, self.left, self.cut, self.answer = levels, largest * 2, False, False
        self.seen = Seen()

    def fitting(self, made: Callable[[], dict[str, Any]], largest: int) -> tuple[dict[str, Any], bool]:
        """A schema as deep as it may be, and whether deeper levels were left out for its size."""
        for number, levels in enumerate(LEVELS):
            self.begin(levels, largest)
            try:
                schema = made()
            except (TooLarge, RecursionError):
                continue
            if len(json.dumps(schema, ensure_ascii=False, separators=(",", ":"))) <= largest:
                return schema, number > 0 or self.cut
        self.begin(0, largest)
        try:
            schema = made()
            names = list(mapping(schema.get("properties")))[:500]
        except (TooLarge, RecursionError):
            schema, names = {}, []
        return {"type": "object", "properties": {name: {} for name in names}, "required": [name for name in items(schema.get("required")) if name in names]}, True

    def schema(self, value: Any, level: int = 0, trail: frozenset[str] = frozenset(), hidden: frozenset[str] = frozenset()) -> Any:
        """A schema with its references inlined, as JSON Schema 2020-12 has it; empty for what is none.

        Args:
            level: how deep it lies.
            trail: the references that led here: one that comes again is cut.
            hidden: names of properties that are left out of what `required` asks for.

        Raises:
            TooLarge: when all schemas since `begin` are larger than they may be.
        """
        if isinstance(value, bool):
            return value if level else {}
        beside: dict[str, Any] = {}
        chain: list[str] = []
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            beside = {**{key: part for key, part in value.items() if key != "$ref"}, **beside}
            reference = value["$ref"]
            if reference in trail or reference in chain:
                return self.again(reference)
            chain.append(reference)
            value = self.target(reference)
        if isinstance(value, bool):
            return value
        value = mapping(value)
        if not chain:
            return self.own(value, level, trail, hidden)
        if not beside:
            return self.inlined(chain, value, level, trail, hidden)
        more = {key: part for key, part in beside.items() if key not in ANNOTATIONS and not key.startswith("x-")}
        told = {key: part for key, part in beside.items() if key in ANNOTATIONS}
        return self.own({**({"allOf": [value, more]} if more else value), **told}, level, trail | frozenset(chain), hidden)

    def inlined(self, chain: list[str], value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> Any:
        """A schema that references lead to; one that came out whole, or with as many levels left to it, is used again."""
        room = self.levels - level
        known = self.made.setdefault((chain[0], hidden, self.answer), {})
        for entry in filter(None, (known.get(None), known.get(room))):
            if (entry.cut or entry.height <= room) and not entry.within & trail:
                self.spend(entry.size)
                self.seen.within |= entry.within
                self.seen.height = max(self.seen.height, level + entry.height)
                self.cut |= entry.cut
                return entry.schema
        around, cut, left = self.seen, self.cut, self.left
        self.seen, self.cut = Seen(height=level), False
        schema = self.own(value, level, trail | frozenset(chain), hidden)
        within = self.seen.within | set(chain)
        outside = self.seen.outside - set(chain)
        if not outside:
            known[room if self.cut else None] = Made(schema, within, self.seen.height - level, left - self.left, self.cut)
        self.seen, self.cut = Seen(around.within | within, around.outside | outside, max(around.height, self.seen.height)), cut or self.cut
        return schema

    def own(self, value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> dict[str, Any]:
        """A schema that is no reference."""
        self.seen.height = max(self.seen.height, level)
        if level > self.levels:
            self.cut = True
            return {**simple_type(value), "description": "Deeper levels are left out."}
        return self.converted(value, level, trail, hidden | self.unseen(value, "writeOnly" if self.answer else "readOnly"))

    def again(self, reference: str) -> dict[str, Any]:
        """What stands for a schema within itself."""
        kind = simple_type(mapping(self.resolved({"$ref": reference})))
        self.spend(80)
        self.seen.outside.add(reference)
        return {**kind, "description": f"{unquote(reference).rpartition('/')[2].replace('~1', '/').replace('~0', '~')}, as above"}

    def spend(self, size: int) -> None:
        """Count what a schema takes.

        Raises:
            TooLarge: when it is too much.
        """
        self.left -= size
        if self.left < 0:
            raise TooLarge

    def converted(self, value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> dict[str, Any]:
        """The keywords of one schema that JSON Schema knows and that are written as it wants them."""
        out: dict[str, Any] = {}
        if kinds := types_of(value.get("type")):
            out["type"] = kinds[0] if len(kinds) == 1 else kinds
        for key in TEXTS:
            if isinstance(value.get(key), str) and (key != "pattern" or is_pattern(value[key])):
                out[key] = value[key]
        if isinstance(value.get("enum"), list):
            out["enum"] = [entry for entry in unique(value["enum"]) if not refers(entry)]
        out |= {key: value[key] for key in ("const", "default") if key in value and not refers(value[key])}
        out |= bounds(value)
        out |= {key: value[key] for key in FLAGS if isinstance(value.get(key), bool)}
        if shown := self.examples(value):
            out["examples"] = shown
        self.spend(20 + sum(len(str(part)) + len(key) for key, part in out.items()))
        for key in NAMED:
            if isinstance(value.get(key), dict):
                parts = {name: part for name, part in value[key].items() if key != "properties" or name not in hidden}
                if key == "patternProperties":
                    parts = {name: part for name, part in parts.items() if is_pattern(name)}
                self.spend(sum(len(name) + 5 for name in parts))
                out[key] = {name: self.schema(part, level + 1, trail) for name, part in parts.items()}
        if isinstance(value.get("required"), list) and (wanted := [name for name in unique(value["required"]) if isinstance(name, str) and name not in hidden]):
            out["required"] = wanted
        for key in ONE:
            if isinstance(value.get(key), dict | bool):
                out[key] = self.schema(value[key], level + 1, trail)
        for key in MANY:
            if made := [self.schema(part, level + 1, trail, hidden if key == "allOf" else frozenset()) for part in items(value.get(key)) if isinstance(part, dict | bool)]:
                out[key] = made
        if isinstance(value.get("items"), list) and "prefixItems" not in out and value["items"]:
            out["prefixItems"] = [self.schema(part, level + 1, trail) for part in value["items"]]
        return nullable(alone(out)) if value.get("nullable") is True else alone(out)
