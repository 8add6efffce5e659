"""Put a request into the way that somebody types."""

import random
import re
from functools import cache
from typing import Annotated

from pydantic import Field

from knowledge.bank import BANKS, read_bank
from knowledge.theme import Frozen
from steps.render import bare, outside

Chance = Annotated[float, Field(ge=0, le=1)]
WORD = re.compile(r"[A-Za-z]{5,}")
PROPER = re.compile(r"(?:I\b|I'|[A-Z]{2,}|(?:SQL|JSON|YAML|CSV|README|Monday|Tuesday|Wednesday|Thursday|Friday)\b)")


class Asker(Frozen):
    """One way of typing; see the bank for the meaning of each key."""

    note: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    chance: Chance = 0.0
    swap: tuple[tuple[str, str, Chance], ...] = ()
    lower: bool = False
    bare: bool = False
    typos: Chance = 0.0


@cache
def load_askers() -> dict[str, Asker]:
    """The bank of askers, by name."""
    return {name: Asker.model_validate(entry) for name, entry in read_bank(BANKS / "askers.yaml").items()}


def voice(text: str, name: str, first: bool, rng: random.Random) -> str:
    """The text as this asker would type it; filled holes stay as they are, marks included.

    Args:
        first: whether it opens the conversation; only then is something put before and after.
    """
    asker = load_askers()[name]
    for pattern, put, chance in asker.swap:
        if rng.random() < chance:
            text = outside(text, lambda part, pattern=pattern, put=put: re.sub(pattern, put, part, flags=re.I))  # type: ignore[misc]
    text = text.strip()
    if asker.typos:
        text = outside(text, lambda part: WORD.sub(lambda match: slip(match[0], rng) if rng.random() < asker.typos else match[0], part))
    if asker.lower:
        text = outside(text, str.lower)
    elif text[:1].islower() and asker.swap and rng.random() < 0.7:
        text = text[0].upper() + text[1:]
    if asker.bare:
        text = re.sub(r"[.?!]$", "", text)
    command = bare(text).startswith("/")  # what follows a slash command is its argument
    if first and not command and asker.before and rng.random() < asker.chance:
        opening = rng.choice(asker.before)
        if bare(text).startswith("```"):
            opening = opening.rstrip(" ,:") + ":\n\n"
        runs_on = opening.rstrip()[-1] not in ".!?)"
        text = opening + (text[0].lower() + text[1:] if runs_on and text[:1].isupper() and not PROPER.match(text) else text)
    if first and not command and asker.after and rng.random() < asker.chance * 0.6:
        closing = rng.choice(asker.after)
        if bare(text).rstrip().endswith("```"):
            closing = "\n\n" + closing.strip(" ,")
        if closing[0] == " " and bare(text)[-1:] not in ".?!:" and closing[1:2].isupper():
            text += "."
        text += closing
    return text


def slip(word: str, rng: random.Random) -> str:
    """A word with two inner letters swapped, one dropped, or one doubled."""
    at = rng.randrange(1, len(word) - 2)
    match rng.randrange(3):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case _:
            return word[:at] + word[at] + word[at:]
