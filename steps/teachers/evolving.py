"""Compose an evolved request from the bank of operators."""

import random
import re
from collections.abc import Mapping
from typing import Any

from knowledge.evolution import load_evolution
from knowledge.theme import Split
from steps.render import CLOSE, OPEN, bare
from steps.script import part
from steps.teachers.askers import PROPER, load_askers, voice

EITHER = re.compile(r"\{([^{}]*\|[^{}]*)\}")
SENTENCE_END = re.compile(r"(?<=[a-z]{2}[.?!]) (?=[A-Za-z])")
ASKS = re.compile(
    r"(?i)^(?:(?:so|and|but|ok|okay|hey|also|now|well|hm+|quick(?: question)?)[,:]? )*(?:what(?:'s)?|which|who|where|when|why|how|is|are|was|were|does|do|did|has|have)\b(?! about)"
)
PARTICULAR = re.compile(r"[./\\_`:\d]\S*$")


def compose(facts: Mapping[str, Any]) -> str | None:
    """A request after one operator; None where the bank has nothing that fits it.

    Args:
        facts: request, operator, constraint (a check's name and number, or None), asker, split, seed.
    """
    rng = random.Random(f"evolving/{facts['seed']}/{facts['operator']}/{facts['request']}")
    opening, body, closing = parted(facts["request"], facts["asker"])
    places = fitting(body)
    families = [(place, text) for place, text in said(facts, rng) if place in places]
    if not families:
        return None
    place, text = rng.choice(families)
    text = EITHER.sub(lambda match: rng.choice(match[1].split("|")), text)
    if place == "frame":
        framed = text.replace("{request}", f"{OPEN}{joined(text, body, rng)}{CLOSE}")
        return opening + after(opening, bare(voice(framed, facts["asker"], False, rng))) + closing
    text = voice(text, facts["asker"], False, rng)
    if place == "before":
        return opening + after(opening, text) + gap(text, body, rng) + body + closing
    if place == "between":
        at = rng.choice(breaks(body))
        return f"{opening}{body[:at]} {text}{'' if text[-1] in '.?!)' else '.'}{body[at:]}{closing}"
    return opening + body + gap(body, text, rng) + text + (closing if text[-1] in ".?!)" or not closing[1:2].isupper() else f".{closing}")


def said(facts: Mapping[str, Any], rng: random.Random) -> list[tuple[str, str]]:
    """What the bank has for an operator in a split, with places."""
    bank, split = load_evolution(), facts["split"]
    if wanted := facts["constraint"]:
        says = next(known.says for known in bank.constraints if known.check == wanted["name"])
        return [("before" if rng.random() < 0.12 else "after", says[at].replace("{of}", str(wanted["of"]))) for at in indices(says, split)]
    families = bank.operators[facts["operator"]].families
    return [families[at] for at in indices([text for _, text in families], split)]


def indices(families: Any, split: Split) -> tuple[int, ...]:
    """A split's share of phrasing families; nothing where there are too few of them."""
    return part(families, split) if len(families) >= 3 or split == "train" else ()


def parted(request: str, name: str) -> tuple[str, str, str]:
    """What an asker put before a request, the request, and what was put after it."""
    asker = load_askers().get(name)
    opening = max((put for put in asker.before if put and request.startswith(put)), key=len, default="") if asker else ""
    rest = request[len(opening) :]
    closing = max((put for put in asker.after if put and rest.endswith(put)), key=len, default="") if asker else ""
    return opening, rest[: len(rest) - len(closing)].rstrip().rstrip(",;"), closing


def fitting(body: str) -> set[str]:
    """Where something can be added to a request."""
    last = re.split(r"(?<=[.?!:]) |\n", body.strip())[-1]
    asks = last.endswith("?") and ASKS.match(last)
    return {"before", "after", "frame", "question" if asks else "order", *(["between"] if breaks(body) else [])}


def breaks(body: str) -> list[int]:
    """Where one sentence of a request's first line ends and another begins, outside of code and quotations."""
    line = body.partition("\n")[0]
    ends = (match.start() for match in SENTENCE_END.finditer(line))
    return [at for at in ends if not any(line[:at].count(mark) % 2 for mark in '`"') and line[:at].count("(") == line[:at].count(")")]


def gap(left: str, right: str, rng: random.Random) -> str:
    """What stands between two parts of a request."""
    if "\n" in left or "\n" in right:
        return "\n\n"
    if left[-1] in ".?!)…:":
        return rng.choice((" ", " ", " ", "\n"))
    if PARTICULAR.search(left) or not left[-1].isalnum():
        return rng.choice((" - ", "\n"))
    return rng.choice((". ", " - ", ", ", ". ") if right[:1].islower() else (". ", ". ", "\n"))


def after(opening: str, text: str) -> str:
    """A text as it goes on after an opening that may be no sentence."""
    runs_on = opening.strip()[-1:] not in ("", ".", "!", "?", ")") and not PROPER.match(text)
    return text[0].lower() + text[1:] if runs_on else text


def joined(frame: str, body: str, rng: random.Random) -> str:
    """The old request as it goes into a frame: after a colon it may go on in lower case."""
    runs_on = ": {request}" in frame and body[:1].isupper() and not PROPER.match(body)
    return body[0].lower() + body[1:] if runs_on and rng.random() < 0.6 else body
