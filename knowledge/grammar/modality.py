"""The mood of a sentence that directs."""

import re

from knowledge.grammar.forms import AFTER, ARROW, BEFORE, CONDITION_FIRST, DONT, PROHIBITION, RECOMMENDATION, any_of, either, phrase
from knowledge.units import Modality

PREFERENCE = either(
    r"\bprefer\w*\b.{2,}?\b(?:over|instead|rather)\b",  # "Prefer tabs over spaces"
    r"\b(?:favou?r|choose|prioriti[sz]e)\b.{2,}?\bover\b",  # "Choose clarity over wit"
    rf"\bover\b(?= (?:\w+ )?{any_of('cleverness brevity perfection complexity speed inheritance')})",  # "Clarity over brevity"
    r"\b(?:rather than|instead of|in preference to|in favou?r of|as opposed to)\b",
    r"\((?:never|not)\b",  # "Use make (never npm)"
    r"[,;—–-]\s+never\s+(?=CODE|use\b|\w+/)",  # "Use make, never use npm"
    r",\s+(?:and )?not\s+(?!only|just|to exceed|including|limited|necessarily)[\w`*\"'(]",  # "Use tabs, not spaces"
    r"\bnot\b[^,.;]{2,40}\bbut\b",  # "Say not what it does but why"
)
AS_USUAL = phrase("instead of the (?:usual|above)")
LEARNING = any_of("check determine see verify note ask confirm decide know test assess evaluate identify understand describe explain define specify state record document")
WHETHER = phrase(rf"(?:{LEARNING}|find out)\b(?:(?! if | when )[^,.;:]){{0,40}}? (?:if|when)")
NOT_AFTER = "".join(f"(?<!{word} )" for word in "even as see determine check decide verify know understand asking ask".split())
VAGUE = any_of("possible applicable any needed necessary appropriate relevant available required practical feasible useful sensible to")
CONDITION = either(
    rf"{NOT_AFTER}\b(?:if|when|whenever|unless|in case|in the event|provided that|as long as|except (?:for|in|where))\b(?! (?:{VAGUE}|at all)\b)",
)
OTHERWISE = either(r"^\W*(?:else|otherwise)\b")
IF_THEN = either(r"\bif\b[^,]*,\s*then\b")
UNTIL = either(rf"\b(?:not|never|{DONT})\b.*\buntil\b")
FIRST = either(
    r"\w\s+first\b(?=\s*(?:[.;:,)!—-]|$))",  # "Run the tests first."
    r"^(?:first|begin by|start by)\b",
)
THEN = either(
    r"\bfirst\b.{3,}\b(?:then|before)\b",
    r"(?:[,;.]|\band|^)\s*then\s+\w+",
    r"\w\s+then\s+[a-z]+",
)
NO_TIME = either(r"\bat once\b|\bonce (?:a|per)\b|\bnamed? after\b|\blook\w* after\b")
BAN = either(r"^no \w+", r"^\W*avoid\b")
SHOUTED_NOT = re.compile(r"\bNOT\b")
SOFT = either(
    r"^(?:please )?(?:consider|try|prefer(?!ences?\b|red\b)|favou?r|aim|strive|lean|feel free to|think about|seek to)\b",
    r"\b(?:where|when|whenever|if) (?:at all )?possible\b",
    r"\bwhere practical\b",
)
BRACKETS = re.compile(r"\([^)]*\)")


def mood_of(said: str, body: str) -> Modality:
    """The mood of a sentence that directs: the first of the six that applies.

    Args:
        said: the sentence, quotations as QUOTE.
        body: what it says after its label.
    """
    if PREFERENCE.search(said) and not AS_USUAL.search(said):
        return "prefer-over"
    if orders_in_time(said):
        return "before-after"
    if is_conditional(said, body):
        return "when-then"
    if PROHIBITION.search(said) or BAN.match(body) or SHOUTED_NOT.search(said):
        return "must not"
    if SOFT.search(body) or SOFT.search(said) or RECOMMENDATION.search(said):
        return "should"
    return "must"


def orders_in_time(said: str) -> bool:
    """Whether a sentence orders two actions: "Run the tests before you push", "Do not merge until they pass"."""
    if IF_THEN.search(said):
        return False
    after = AFTER.search(said) and not NO_TIME.search(said)
    return bool(after or BEFORE.search(said) or UNTIL.search(said) or FIRST.search(said) or THEN.search(said))


def is_conditional(said: str, body: str) -> bool:
    """Whether a sentence ties an action to a condition: "If it fails, stop", "Fails → stop", "Stop unless it passes"."""
    if CONDITION_FIRST.match(body) or CONDITION_FIRST.match(said) or OTHERWISE.match(said):
        return True
    if ARROW.search(BRACKETS.sub("", said)) and not THEN.search(said):
        return True
    return bool(CONDITION.search(WHETHER.sub("whether", said)))
