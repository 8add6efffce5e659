"""Read YAML that strangers wrote: nothing is constructed but plain values, and nothing can blow up."""

import re
from bisect import bisect_left
from typing import Any

import yaml
from yaml.reader import ReaderError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST, LARGEST = 60, 200_000
EACH = 8  # characters: a long text may have a value for as many (descriptions of APIs have one for 20)
LONGEST = 300  # characters of a number
MASK, SHIELD = re.compile(r"\*{4,}"), "\U0010fffe"  # a masked secret, which YAML takes for an alias; and what stands for its asterisks: no character


class Harmful(ValueError):
    """A YAML text that would take too much, or refers to itself."""


class BadYaml(ValueError):
    """A text that is no YAML.

    Attributes:
        line: of the problem, from 1, within the text.
    """

    def __init__(self, why: str, line: int) -> None:
        super().__init__(" ".join(why.split()))
        self.line = line


def load_yaml(text: str) -> Any:
    """The value of a YAML text, of plain types; dates, times, numbers of more than 300 characters and masked secrets stay as they are written.

    Raises:
        Harmful: when it is nested deeper than 60 levels, holds itself, or has too many values, what its anchors repeat counted each time: more than
            200,000, and more than one for every 8 characters.
        BadYaml: when it is no YAML, with the line.
    """
    text = shielded(text)
    try:
        weigh(text)
        return yaml.load(text, Loader=_Plain)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = sorted(filter(None, [error.problem, error.context]), key=lambda words: words.startswith("but "))
        raise BadYaml(" ".join(said), text.count("\n", 0, mark.index) + 1 if mark else 1) from None
    except ReaderError as error:
        raise BadYaml(f"it holds a character that YAML does not allow, U+{error.character:04X}", line_at(text, error)) from None
    except UnicodeEncodeError as error:
        raise BadYaml("it holds half of a surrogate pair", text.count("\n", 0, error.start) + 1) from None
    except Harmful:
        raise
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):  # what constructors raise on `!!bool perhaps`
        raise BadYaml("a value is not what its tag or its form says", 1) from None


def shielded(text: str) -> str:
    """A text without its byte order mark, and with signs that mean nothing to YAML for the asterisks of masked secrets; nothing else moves."""
    return MASK.sub(lambda mask: SHIELD * len(mask[0]), text.removeprefix("\ufeff"))


def line_at(text: str, error: ReaderError) -> int:
    """The line of a character that YAML does not allow: libyaml counts bytes up to it, PyYAML's own reader characters."""
    before = text[: error.position] if LOADER is yaml.SafeLoader else text.encode()[: error.position].decode(errors="ignore")
    return before.count("\n") + 1


def weigh(text: str) -> None:
    """Go over the events of a text, without building anything, and refuse what would grow too large.

    Raises:
        Harmful: saying why.
    """
    depth = total = 0
    most = max(LARGEST, len(text) // EACH)
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=LOADER):
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            if any(name == anchor for name, _ in open_anchors):
                raise Harmful("it holds itself: an anchor is used within itself")
            total += sizes.get(anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            total += 1
            open_anchors.append((anchor, total))
            if depth > DEEPEST:
                raise Harmful(f"it is nested deeper than {DEEPEST} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            name, before = open_anchors.pop()
            if name:
                sizes[name] = total - before + 1
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if anchor:
                sizes[anchor] = 1
        if total > most:
            raise Harmful(f"it has more than {most:,} values, what its anchors repeat counted each time")


class _Plain(LOADER):
    """Texts, numbers, booleans, lists and mappings, and nothing else, whatever the tags say."""

    def construct_scalar(self, node: Any) -> Any:
        """A text as it was before it was shielded."""
        return super().construct_scalar(node).replace(SHIELD, "*")

    def construct_number(self, node: Any) -> Any:
        """A number; one too long to be reckoned with, and 12:30, which old YAML takes for 750, as the text that it is."""
        text = self.construct_scalar(node)
        if len(text) > LONGEST or ":" in text:
            return text
        return self.construct_yaml_int(node) if node.tag.endswith("int") else self.construct_yaml_float(node)


_AS_TEXT = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
_Plain.yaml_implicit_resolvers = {key: [(tag, pattern) for tag, pattern in found if tag not in _AS_TEXT] for key, found in LOADER.yaml_implicit_resolvers.items()}
for _tag, _constructor in {
    "int": _Plain.construct_number,
    "float": _Plain.construct_number,
    "timestamp": _Plain.construct_yaml_str,
    "binary": _Plain.construct_yaml_str,
    "set": _Plain.construct_yaml_map,
    "omap": _Plain.construct_yaml_seq,
    "pairs": _Plain.construct_yaml_seq,
}.items():
    _Plain.add_constructor(f"tag:yaml.org,2002:{_tag}", _constructor)


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """The line, from 1, on which each value of a YAML text begins, by its path of keys and numbers.

    Give it a text that `load_yaml` has taken.
    """
    text = shielded(text)
    found: dict[tuple[str | int, ...], int] = {}
    ends = [match.start() for match in re.finditer("\n", text)]

    def line(node: Any) -> int:
        return bisect_left(ends, node.start_mark.index) + 1

    def walk(node: Any, path: tuple[str | int, ...]) -> None:
        found[path] = line(node)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = key.value.replace(SHIELD, "*") if isinstance(key, yaml.ScalarNode) else str(line(key))
                walk(value, (*path, name))
                found[(*path, name)] = line(key)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                walk(value, (*path, number))

    if (root := yaml.compose(text, Loader=LOADER)) is not None:
        walk(root, ())
    return found
