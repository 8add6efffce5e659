"""Draw a value for any JSON schema, and say it as people would."""

import random
import re
from functools import cache
from typing import Any

import rstr
from jsonschema import Draft202012Validator, FormatChecker

from knowledge.bank import BANKS, read_bank
from knowledge.theme import Split
from steps.worlds.world import Exhausted, Value

DEPTH = 6
WEAK = frozenset(("name", "id", "key", "value", "type", "list", "data", "names", "ids"))
SPLITS: dict[Split, tuple[int, ...]] = {"train": (0, 1, 2, 3), "validation": (4,), "test": (5,)}
NUMBERS: dict[Split, tuple[int, ...]] = {"train": (2, 3, 5, 8, 10, 12, 20, 25, 40, 60), "validation": (4, 7, 15, 30), "test": (6, 9, 16, 50)}
FORMATS = {
    "date": "2025-{m:02d}-{d:02d}",
    "time": "{h:02d}:{d:02d}:00Z",
    "date-time": "2025-{m:02d}-{d:02d}T{h:02d}:00:00Z",
    "uuid": "{x:08x}-1c2d-4e5f-8a9b-{x:012x}",
    "ipv4": "10.{h}.{m}.{d}",
    "ipv6": "fd00::{x:x}",
    "hostname": "host-{d}.example",
    "duration": "PT{d}M",
}


@cache
def vocabulary() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """The bank of usual values: words to look for, and what then fits."""
    entries = read_bank(BANKS / "vocabulary.yaml")
    return tuple((tuple(entry["match"]), tuple(str(value) for value in entry["values"])) for entry in entries)


def sample(schema: Any, name: str, split: Split, rng: random.Random, root: Any = None, depth: int = 0) -> Any:
    """A value that the schema allows, typical of a parameter of that name.

    Args:
        root: the whole document, for local references.

    Raises:
        Exhausted: when none is found.
    """
    value = attempt(schema, name, split, rng, schema if root is None else root, depth)
    if depth == 0 and not valid(schema, value):
        raise Exhausted(f"a value for `{name}`: {str(schema)[:80]}")
    return value


def valid(schema: Any, value: Any) -> bool:
    """Whether the schema allows the value; formats are checked too."""
    return bool(Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(value))


def attempt(schema: Any, name: str, split: Split, rng: random.Random, root: Any, depth: int) -> Any:
    """A value that fits the schema's shape; bounds that interact may still refuse it."""
    if schema is True or schema == {}:
        return word(name, "", split, rng)
    if not isinstance(schema, dict) or depth > DEPTH:
        raise Exhausted(f"a value for `{name}`, nested deeper than {DEPTH}" if isinstance(schema, dict) else f"a value for `{name}`")
    if "$ref" in schema:
        return attempt(merged(resolve(schema["$ref"], root), schema), name, split, rng, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice([entry for entry in schema["enum"] if entry is not None] or schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            options = [option for option in schema[key] if not (isinstance(option, dict) and option.get("type") == "null")] or schema[key]
            return attempt(merged(rng.choice(options), schema, key), name, split, rng, root, depth + 1)
    if "allOf" in schema:
        whole: Any = {key: value for key, value in schema.items() if key != "allOf"}
        for option in schema["allOf"]:
            while isinstance(option, dict) and "$ref" in option:
                option = merged(resolve(option["$ref"], root), option)
            whole = combined(whole, option)
        return attempt(whole, name, split, rng, root, depth + 1)
    return BY_TYPE.get(kind(schema, rng), text)(schema, name, split, rng, root, depth)


def kind(schema: dict[str, Any], rng: random.Random) -> str:
    """The type to draw; guessed from the keywords where the schema names none."""
    named = schema.get("type")
    if isinstance(named, list):
        named = rng.choice([entry for entry in named if entry != "null"] or named)
    if named:
        return str(named)
    if schema.keys() & {"properties", "additionalProperties", "minProperties"}:
        return "object"
    if schema.keys() & {"items", "prefixItems", "minItems"}:
        return "array"
    return "number" if schema.keys() & {"minimum", "maximum", "multipleOf", "exclusiveMinimum"} else "string"


def resolve(reference: str, root: Any) -> Any:
    """What a local reference points to.

    Raises:
        Exhausted: when it points nowhere in this document.
    """
    if not reference.startswith("#"):
        raise Exhausted(f"the schema behind {reference}")
    target = root
    for step in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        step = step.replace("~1", "/").replace("~0", "~")
        try:
            target = target[int(step)] if isinstance(target, list) else target[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Exhausted(f"the schema behind {reference}") from None
    return target


def merged(option: Any, around: dict[str, Any], key: str = "$ref") -> Any:
    """An option or referenced schema, with the keywords that stand beside it."""
    beside = {name: value for name, value in around.items() if name not in (key, "$defs", "definitions", "default", "title")}
    return combined(beside, option) if isinstance(option, dict) else option


def combined(one: dict[str, Any], other: Any) -> dict[str, Any]:
    """Two schemas that both hold, as one: properties joined, of bounds the tighter."""
    if not isinstance(other, dict):
        return one
    out = one | other
    if "properties" in one and "properties" in other:
        out["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        out["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    for name, tighter in (("minimum", max), ("minLength", max), ("minItems", max), ("maximum", min), ("maxLength", min), ("maxItems", min)):
        if name in one and name in other:
            out[name] = tighter(one[name], other[name])
    return out


def words(name: str) -> str:
    """A parameter's name in words: `maxAgents` and `max_agents` are both said `max agents`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", name).strip().lower()


def word(name: str, description: str, split: Split, rng: random.Random) -> str:
    """A usual text for a parameter of that name, from the split's share of the vocabulary."""
    spoken = words(name).split() or [""]
    heads = [spoken[-1], *spoken[:-1]] if spoken[-1] not in WEAK else [*spoken[:-1], spoken[-1]]
    for head in [*heads, ""]:
        values = next((values for match, values in vocabulary() if any((entry and head.startswith(entry)) or entry == head for entry in match)), None)
        if values:
            break
    share = [value for index, value in enumerate(values or ()) if index % 6 in SPLITS[split]]
    return rng.choice(share)


def text(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any, depth: int) -> str:
    """A string."""
    if "pattern" in schema:
        return patterned(schema, name, split, rng)
    if shape := FORMATS.get(schema.get("format", "")):
        m, h = rng.choice((1, 3, 5, 8, 10)), rng.randrange(7, 20)
        day = rng.choice([day for day in range(10, 28) if day % 6 in SPLITS[split]])
        return shape.format(m=m, h=h, d=day, x=rng.randrange(4096, 65536) // 6 * 6 + rng.choice(SPLITS[split]))
    hint = {"uri": "url", "email": "email", "uri-reference": "path", "regex": "pattern"}.get(schema.get("format", ""), name)
    found = word(hint, str(schema.get("description", "")), split, rng)
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    while len(found) < least:
        found += (" " if " " in found else "-") + word("", "", split, rng)
    return found[: int(most)].strip() if len(found) > most else found


def patterned(schema: dict[str, Any], name: str, split: Split, rng: random.Random) -> str:
    """A string that a pattern accepts: a usual word where one fits, else one made from the pattern.

    Raises:
        Exhausted: when the pattern cannot be followed.
    """
    pattern = schema["pattern"]
    try:
        for _ in range(4):
            if valid(schema, usual := word(name, "", split, rng)):
                return usual
        maker = rstr.Rstr(rng)
        for _ in range(8):
            made = maker.xeger(pattern)
            if valid(schema, made):
                return str(made)
    except (re.error, OverflowError, KeyError, IndexError, TypeError, ValueError, RecursionError):
        pass
    raise Exhausted(f"a text for `{name}` that matches {pattern[:60]}")


def number(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any, depth: int) -> int | float:
    """A number within the bounds, from the split's share where that fits."""
    whole = schema.get("type") == "integer" or (isinstance(schema.get("type"), list) and "integer" in schema["type"])
    fits = [entry for entry in NUMBERS[split] if valid({key: value for key, value in schema.items() if key not in ("$defs", "definitions")}, entry)]
    if fits:
        return rng.choice(fits[:6])
    low = schema.get("minimum", schema.get("exclusiveMinimum", min(0, schema.get("maximum", schema.get("exclusiveMaximum", 0)) - 10)))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 10))
    step = schema.get("multipleOf")
    candidates: list[int | float] = [low, high, low + 1, high - 1, (low + high) / 2, 0, 1]
    if step:
        first = -(-low // step) * step
        candidates = [first, first + step, 0]
    if whole:
        candidates = [*(int(entry) for entry in candidates if int(entry) == entry), int((low + high) // 2)]
    allowed = [entry for entry in candidates if valid(schema, entry)]
    if not allowed:
        raise Exhausted(f"a number for `{name}`")
    return rng.choice(allowed)


def array(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any, depth: int) -> list[Any]:
    """A list, mostly of two entries; fixed places first."""
    fixed = schema.get("prefixItems") or []
    least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 50))
    length = max(least, min(most, max(len(fixed), rng.choice((1, 2, 2, 3)))))
    if schema.get("items") is False:
        length = min(length, len(fixed))
    found: list[Any] = []
    for place in range(length):
        inner = fixed[place] if place < len(fixed) else schema.get("items", True)
        for _ in range(12):
            entry = attempt(inner, name.removesuffix("s"), split, rng, root, depth + 1)
            if entry not in found or (not schema.get("uniqueItems") and place >= 6):
                break
        if entry in found and (schema.get("uniqueItems") or len(found) >= least):
            continue
        found.append(entry)
    return found


def thing(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any, depth: int) -> dict[str, Any]:
    """An object: what is required, and now and then more."""
    properties = schema.get("properties") or {}
    required = list(schema.get("required") or ())
    extra = [key for key in properties if key not in required]
    keep = extra if not required and len(extra) <= 2 else [key for key in extra if rng.random() < 0.3 and depth < 3]
    found = {key: attempt(properties.get(key, True), key, split, rng, root, depth + 1) for key in [*required, *keep]}
    more = schema.get("additionalProperties", True)
    if not properties and not found and more is True and int(schema.get("maxProperties", 1)) > 0 and "propertyNames" not in schema:
        found[word("tag", "", split, rng)] = word("", "", split, rng)
    while len(found) < int(schema.get("minProperties", 0)) or (not properties and isinstance(more, dict) and not found):
        key = next((key for key in properties if key not in found), None) or f"{word('tag', '', split, rng)}{len(found) or ''}"
        found[key] = attempt(properties.get(key, more), key, split, rng, root, depth + 1)
    return found


def nothing(*_: Any) -> None:
    """Null."""


def truth(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any, depth: int) -> bool:
    """True or false."""
    return rng.random() < 0.7


BY_TYPE: dict[str, Any] = {"string": text, "integer": number, "number": number, "array": array, "object": thing, "boolean": truth, "null": nothing}


def say(value: Any) -> str:
    """A value in words: lists joined, objects as their values, truth as yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        said = [say(entry) for entry in value]
        return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said) if said else "none"
    if isinstance(value, dict):
        return ", ".join(f"{words(key)} {say(entry)}" for key, entry in value.items()) or "nothing"
    return "nothing" if value is None else str(value)


def sampled(schema: dict[str, Any], name: str, split: Split, rng: random.Random, root: Any) -> Value:
    """A drawn value for a parameter, said in words."""
    value = attempt(schema, name, split, rng, root, 0)
    checked = {**schema, "$defs": root.get("$defs", {}), "definitions": root.get("definitions", {})} if isinstance(schema, dict) else schema
    if not valid(checked, value):
        raise Exhausted(f"a value for `{name}`")
    return Value(value, (say(value),), {"noun": words(name)})
