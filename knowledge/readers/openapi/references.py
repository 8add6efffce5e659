"""What references within a description lead to. Nothing is ever fetched."""

from typing import Any
from urllib.parse import unquote

from knowledge.readers.openapi.keywords import refers, unique
from knowledge.readers.values import items, mapping

LONGEST = 20  # references, one after the other, to see whether a property is marked


class References:
    """The references of one document.

    Attributes:
        missed: those that lead nowhere, and why.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.missed: dict[str, str] = {}

    def target(self, reference: str) -> Any:
        """What a reference leads to within the document; None for nothing."""
        if not reference.startswith("#"):
            self.missed.setdefault(reference, "which is another document and is never fetched")
            return None
        value: Any = self.root
        for step in unquote(reference[1:]).split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
                value = value[int(step[:9])]
            else:
                self.missed.setdefault(reference, "which is not in the document")
                return None
        return value

    def resolved(self, value: Any) -> Any:
        """A value, or what its reference leads to in the end; None where that is nothing or a circle."""
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if value["$ref"] in seen:
                return None
            seen.add(value["$ref"])
            value = self.target(value["$ref"])
        return value

    def unseen(self, value: Any, mark: str) -> frozenset[str]:
        """The properties of a schema that have a mark, `readOnly` or `writeOnly`, also those of the schemas that it is made of."""
        found: set[str] = set()
        seen: set[str] = set()
        left = [value]
        while left:
            part = mapping(left.pop())
            if not isinstance(part.get("$ref"), str):
                found.update(name for name, own in mapping(part.get("properties")).items() if self.marked(own, mark))
                left += reversed(items(part.get("allOf")))
            elif part["$ref"] not in seen:
                seen.add(part["$ref"])
                left.append(self.target(part["$ref"]))
        return frozenset(found)

    def marked(self, value: Any, mark: str) -> bool:
        """Whether a property has a mark, itself or in what it refers to."""
        for _ in range(LONGEST):
            if not isinstance(value, dict):
                return False
            if value.get(mark) is True:
                return True
            if not isinstance(value.get("$ref"), str):
                return False
            value = self.target(value["$ref"])
        return False

    def examples(self, value: dict[str, Any]) -> list[Any]:
        """The examples of a schema, a parameter or a body, in any of the ways to write them."""
        found = [value["example"]] if "example" in value else []
        more = value.get("examples")
        if isinstance(more, dict):
            shown = [mapping(self.resolved(part)) for part in more.values()]
            found += [part["value"] for part in shown if "value" in part]
        elif isinstance(more, list):
            found += more
        return [example for example in unique(found) if not refers(example)]
