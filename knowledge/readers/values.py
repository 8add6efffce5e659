"""What a value out of YAML, JSON or TOML says, whatever kind of value it is."""

from typing import Any

from knowledge.frontmatter import words
from knowledge.readers.listing import sound
from knowledge.yamls import Harmful

DEEPEST = 120  # levels of values


def plain(value: Any, level: int = 0) -> Any:
    """A value of what JSON can hold: keys are texts, what YAML and TOML know more than JSON becomes text, and no number becomes nothing.

    Raises:
        Harmful: when it is nested too deeply.
    """
    if level > DEEPEST:
        raise Harmful(f"it is nested deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        return {str(sound(key_text(key))): plain(part, level + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part, level + 1) for part in value]
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 10**300 else None
    return value if value is None or isinstance(value, bool) else str(sound(str(value)))


def key_text(key: Any) -> str:
    """A key as text: YAML takes `200:` for a number and `true:` for a truth."""
    return str(key).lower() if isinstance(key, bool) else "null" if key is None else str(key)


def mapping(value: Any) -> dict[str, Any]:
    """A value as keys and values; empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A value as a list; empty for anything else."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A text without spaces around it; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def line_of_words(value: Any) -> str:
    """A value as one text, whatever it is; nothing for nothing and for keys and values."""
    return sound(words(value)) if not isinstance(value, bool) else str(value).lower()


def readable(value: Any) -> str:
    """A name as people read it: `create_story` is "create story"."""
    return line_of_words(value).replace("_", " ")
