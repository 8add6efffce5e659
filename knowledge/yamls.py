"""Read YAML that strangers wrote: nothing is constructed but plain values, and nothing can blow up."""

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST, LARGEST = 60, 200_000


class Harmful(ValueError):
    """A YAML text that would take too much, or refers to itself."""


class BadYaml(ValueError):
    """A text that is no YAML.

    Attributes:
        line: of the problem, from 1, within the text.
    """

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


def load_yaml(text: str) -> Any:
    """The value of a YAML text, of plain types; dates stay as they are written.

    Raises:
        Harmful: when it is nested deeper than 60 levels, grows beyond 200,000 values through its anchors, or holds itself.
        BadYaml: when it is no YAML, with the line.
    """
    try:
        weigh(text)
        return yaml.load(text, Loader=_Plain)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(" ".join(filter(None, [error.problem, error.context])), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise BadYaml(str(error).splitlines()[0][:100], 1) from None
    except (RecursionError, ValueError, OverflowError) as error:
        if isinstance(error, Harmful):
            raise
        raise BadYaml(str(error)[:100], 1) from None


def weigh(text: str) -> None:
    """Go over the events of a text, without building anything, and refuse what would grow too large.

    Raises:
        Harmful: saying why.
    """
    depth = total = 0
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
        if total > LARGEST:
            raise Harmful(f"its anchors make it grow beyond {LARGEST:,} values")


class _Plain(LOADER):
    """Texts, numbers, booleans and nothing else: a date is read as its text."""


_Plain.yaml_implicit_resolvers = {key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"] for key, found in LOADER.yaml_implicit_resolvers.items()}


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """The line, from 1, on which each value of a YAML text begins, by its path of keys and numbers.

    Give it a text that `load_yaml` has taken.
    """
    found: dict[tuple[str | int, ...], int] = {}

    def walk(node: Any, path: tuple[str | int, ...]) -> None:
        found[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark.line)
                walk(value, (*path, name))
                found[(*path, name)] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                walk(value, (*path, number))

    if (root := yaml.compose(text, Loader=LOADER)) is not None:
        walk(root, ())
    return found
