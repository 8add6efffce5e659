"""Preference pairs: the behaviour against its most likely violation.

Source: Direct Preference Optimization (arXiv 2305.18290); the pairs are in the conversational form that TRL reads.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from steps.contracts import Contract, Executed, Script
from steps.forms import FORMS
from steps.forms.contrast import contrast
from steps.forms.form import Draft
from steps.render import Unfillable, bare, fill
from steps.teachers.composer import results_of, values_of
from steps.worlds.themes import world_of

LEAST, MOST = 1 / 3, 3.0
FAMILIAR = re.compile(r"\b(?:the|and|is|to|of|that|it|for|not|in|this|you|are|with|no|yes|done)\b", re.I)


class Pair(Contract):
    """Two ways to go on from the same messages.

    Example row for a trainer of DPO: {"prompt": [...], "chosen": [{"role": "assistant", ...}], "rejected": [{"role": "assistant", ...}]}
    """

    prompt: tuple[dict[str, Any], ...]
    chosen: tuple[dict[str, Any], ...]
    rejected: tuple[dict[str, Any], ...]

    @property
    def ratio(self) -> float:
        """The length of the chosen answer over that of the rejected one, in characters."""
        return len(text(self.chosen)) / max(1, len(text(self.rejected)))


@dataclass(frozen=True)
class Balance:
    """Whether length alone tells chosen from rejected.

    Attributes:
        ratio: the mean of chosen to rejected length.
        longer: the share of pairs in which the chosen one is longer; 0.5 is even.
    """

    pairs: int
    ratio: float
    longer: float


def paired(row: Mapping[str, Any]) -> Pair | str:
    """A row's pair, or why it has none: the last answer, and one of its violations drawn by the row's seed, those nearest in length first."""
    messages = list(row["messages"] or ())
    if not messages or messages[-1]["role"] != "assistant" or not messages[-1].get("content"):
        return "preference: the row does not end in an answer"
    violations = violated(row)
    if not violations:
        return "preference: the row knows no violation"
    turn = len(messages) - 1
    pairs = [Pair(prompt=tuple(messages[:turn]), chosen=(messages[-1],), rejected=({"role": "assistant", "content": violation},)) for violation in violations]
    reasons = [check(pair) for pair in pairs]
    sound = [pair for pair, reason in zip(pairs, reasons, strict=True) if not reason]
    if not sound:
        return next(reason for reason in reasons if reason)
    rng = random.Random(f"prefer {row['seed']}")
    nearest = sorted(sound, key=lambda pair: max(pair.ratio, 1 / pair.ratio))
    return rng.choice(nearest[: max(1, (len(nearest) + 1) // 2)])


def violated(row: Mapping[str, Any]) -> list[str]:
    """The violations of a row's script with their holes filled; those that speak of what is not there are left out."""
    if row.get("form") in FORMS:
        found = contrast(Draft.model_validate_json(row["script"]), random.Random(f"violate {row['seed']}"))
        return [found] if found else []
    script = Script.model_validate_json(row["script"])
    executed = [Executed.model_validate(done) for done in json.loads(row["executed"] or "[]")]
    context = {**values_of(script), "results": results_of(executed), "world": world_of(row["theme"]) if row["theme"] else None}
    out = []
    for number, template in enumerate(script.violations):
        try:
            out.append(bare(fill(template, context, random.Random(f"violate {row['seed']} {number}"))))
        except Unfillable:
            continue
    return out


def check(pair: Pair) -> str | None:
    """Why two answers are no pair: the same, one the beginning of the other, another language, or far apart in length."""
    chosen, rejected = text(pair.chosen), text(pair.rejected)
    if not chosen or not rejected:
        return "preference: an answer is empty"
    if chosen == rejected:
        return "preference: both answers are the same"
    if chosen.startswith(rejected) or rejected.startswith(chosen):
        return "preference: one answer is the beginning of the other"
    if english(chosen) != english(rejected):
        return "preference: the answers are in different languages"
    if not LEAST <= pair.ratio <= MOST:
        return f"preference: the chosen answer is {pair.ratio:.1f} times as long"
    return None


def english(words: str) -> bool:
    """Whether a text reads as English: one of its commonest words in it, or too short to tell, or mostly code."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", words, flags=re.S)
    return len(prose.split()) < 6 or bool(FAMILIAR.search(prose))


def text(messages: Sequence[Mapping[str, Any]]) -> str:
    """What is said, in one piece."""
    return "\n".join(str(message.get("content") or "") for message in messages).strip()


def evened(pairs: Sequence[Pair], seed: int = 0, least: float = 0.4) -> list[Pair]:
    """The pairs, less as many of the common kind (chosen longer, or shorter) as it takes for the other to make up `least` of them; the order stays."""
    longer = [number for number, pair in enumerate(pairs) if pair.ratio > 1]
    shorter = [number for number, pair in enumerate(pairs) if pair.ratio <= 1]
    few, many = sorted((longer, shorter), key=len)
    room = round(len(few) * (1 - least) / least)
    kept = {*few, *(many if len(many) <= room else random.Random(f"even {seed}").sample(many, room))}
    return [pair for number, pair in enumerate(pairs) if number in kept]


def balance(pairs: Sequence[Pair]) -> Balance:
    """Length over a set of pairs.

    Raises:
        ValueError: when there are none.
    """
    if not pairs:
        raise ValueError("no pairs to balance")
    return Balance(len(pairs), round(fmean(pair.ratio for pair in pairs), 3), round(fmean(pair.ratio > 1 for pair in pairs), 3))
