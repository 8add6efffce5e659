"""Names of tools and arguments, none twice."""

import re


def slug(text: str) -> str:
    """A name of letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")


def distinct(name: str, taken: set[str], longest: int = 200, word: str = "") -> str:
    """A name that is not taken yet, which is then; it gets a word or a number where it has to."""
    found, number = name[:longest], 1
    while found in taken:
        number += 1
        more = f"_{word}" if word and number == 2 else f"_{number}"
        found = f"{name[: longest - len(more)]}{more}"
    taken.add(found)
    return found


def listed(names: list[str]) -> str:
    """Names in words: the first three, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
