"""Whether a sentence directs at all: by its words, or because a clause of it is an order."""

import re

from knowledge.grammar.forms import (
    AFTER,
    ARROW,
    BEFORE,
    CONDITION_FIRST,
    DONT,
    OBLIGATION,
    PROHIBITION,
    RECOMMENDATION,
    ROLE,
    SHOUTED,
    any_of,
    either,
    opening,
    phrase,
)
from knowledge.grammar.imperative import is_imperative, is_sure_order
from knowledge.grammar.sentence import main_clause
from knowledge.grammar.words import first_word, words
from knowledge.markdown import leads_in

HAND_OVER = opening(r"to (?:the )?\w+(?: \w+)? (?:when|if|once)")  # "To the reviewer when the tests pass"
RELATIVE = phrase(rf"{any_of('that which who what where')}\s+(?:\w+ ){{0,3}}?(?:must|should|needs? to|ha(?:ve|s) to|do not|{DONT})")
REPORTED = either(
    rf"\bif (?:you|they|it) (?:do not|{DONT})\b",  # "Ask if you do not know it"
    rf"^(?:the \w+|[a-z]\w+) (?:does not|doesn['’]t|do not|{DONT}|may not|cannot)\b",  # "The server does not start"
)
ADDRESSED = either(rf"^(?:you|agents?|the agent|claude|the (?:assistant|model|developer|dev agent))\s+(?:will|always|never|only|do not|{DONT})\s+\w+")
ALWAYS = either(r"\balways (?:\w+ly )?[a-z]+\b(?<!s)(?<!ed)")
THIRD_PERSON = opening(r"(?!always\b)[a-z]+[^s]s")
ABILITY = opening(rf"{any_of('you users? we agents? they it this one')}\s+(?:can|may|could|might|are able)")
NOW_AND_THEN = opening("sometimes|often|occasionally|usually|typically|you may|you might|there")
ASKING = opening("what|why|how|which|who")
NO = either(r"^no \w+")
THERE_IS_NO = either(rf"\b{any_of('remains? exists? is are was were needed found has have')}\b(?! allowed)")
BAN = phrase("allowed|permitted|unless|without")
PAIRED = either(r"\((?:never|not|no|instead of)\b[^)]*\)")
NORM = either(
    r"^(?:all|every) [\w -]+ (?:uses?|go|goes|follows?)\b",  # "All names use the prefix"
    r"^not \w+[.!]$",  # "Not negotiable."
)
CODE_IN_TIME = re.compile(r"CODE,? (?:before|after|AFTER)\b")  # "`make lint` before the push"
BRACKETS = re.compile(r"\([^)]*\)")
BREAK = re.compile(r"[,:;—→]\s+")
LATER = re.compile(r"\s*[—;]\s*|, (?:so|but) ")


def directs(body: str, whole: str, orders: bool) -> bool:
    """Whether a sentence directs: "Run the tests", "It must pass"; "It runs the tests" does not.

    Args:
        body: without its label.
        whole: with it.
        orders: whether it stands in a list of orders.
    """
    if ROLE.match(whole) or ROLE.match(body):
        return False
    if HAND_OVER.match(whole):
        return True
    own = RELATIVE.sub("that", whole)  # what "files that must be kept" obliges to is not said by this sentence
    if PROHIBITION.search(own) and not REPORTED.search(whole):
        return True
    if ADDRESSED.match(body) or SHOUTED.search(whole) or (ALWAYS.search(whole) and not THIRD_PERSON.match(body)):
        return True
    if NOW_AND_THEN.match(body) or (ABILITY.match(body) and not OBLIGATION.search(whole)):
        return False
    if OBLIGATION.search(own) or RECOMMENDATION.search(own):
        return not ASKING.match(body)
    if is_ban(body) or is_choice(whole):
        return True
    clause = main_clause(body)
    return (
        is_imperative(clause, orders)
        or orders_after_opening(body)
        or orders_after_arrow(whole)
        or bool(NORM.match(body) or CODE_IN_TIME.search(whole))
        or any(is_sure_order(part) for part in LATER.split(clause)[1:])
    )


def is_ban(body: str) -> bool:
    """Whether a sentence that begins with "no" forbids: "No emojis.", no "No file is found there"."""
    return bool(NO.match(body)) and not THERE_IS_NO.search(body) and (len(body.split()) < 6 or bool(BAN.search(body)))


def is_choice(whole: str) -> bool:
    """Whether a short sentence sets one thing against another in brackets: "`make` (never `npm`)"."""
    return "CODE" in whole and len(whole.split()) < 12 and bool(PAIRED.search(whole))


def orders_after_opening(body: str) -> bool:
    """Whether an order follows the condition or the time that a sentence opens with: "When it fails, or hangs, stop it"."""
    if not (CONDITION_FIRST.match(body) or BEFORE.match(body) or AFTER.match(body)):
        return False
    said = BRACKETS.sub("", body)
    later = (said[found.end() :] for found in BREAK.finditer(said))
    return any(first_word(clause) in words().verbs and is_imperative(clause, False) for clause in later)


def orders_after_arrow(whole: str) -> bool:
    """Whether an order follows an arrow: "Tests fail → fix them"."""
    arrow = ARROW.search(whole)
    return arrow is not None and not leads_in(whole) and is_imperative(whole[arrow.end() :], True)
