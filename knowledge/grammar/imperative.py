"""Whether a clause opens with a verb in its base form that is an order."""

import re

from knowledge.grammar.forms import any_of, opening
from knowledge.grammar.words import first_word, opening_tokens, words

STANDS_FOR = frozenset({"CODE", "QUOTE", "URL"})
LIGHT_VERBS = frozenset({"be", "do", "let", "make", "have", "get"})  # with whatever follows they order: "Be brief"
SIGNS = frozenset("/+=≤≥<>")  # "Build / test", "Timeout = 5"
DASHES = frozenset("-–—,(|")
ARTICLES = frozenset({"the", "a", "an", "all", "each", "every", "any", "your", "their", "its"})
GOALS = frozenset({"that", "which", "to", "for", "with", "from", "by", "before", "after"})
LOOSE = frozenset({"for", "in", "by", "on"})  # "Test for it" may be a noun's, "Test for it again" is a verb's
FEWEST = 4  # words of a full sentence
ONE_WORD = re.compile(r"[A-Za-z-]+[.!]")
INFLECTED = re.compile(r"(?:s|ed|ing|ly)$")
OBJECT = re.compile(rf"(?i)\b{any_of('the a an your all each any to before after with for by using from into')}\b")
OWN_OBJECT = re.compile(rf"(?i)\w+ {any_of('the a an your any all each this that these it CODE')}\b")
NOUN_PHRASE = opening(
    "access to|response to|support for|need for|key to|guide to|reference to|request for|plan for|time for|issue with|value for",
    "range of|position in|cause of|control over|focus of|work in progress|test for|base for|target for|contact with|live in",
)


def is_imperative(clause: str, orders: bool) -> bool:
    """Whether a clause is an order: "Run the tests", no "Tests run".

    Args:
        orders: whether the clauses around it are orders, which decides for words that are as often nouns: "Test coverage".
    """
    known = words()
    tokens = opening_tokens(clause)
    if not tokens or tokens[0] in STANDS_FOR:
        return False
    first, second = tokens[0].lower(), tokens[1].lower() if len(tokens) > 1 else ""
    if second in known.auxiliaries or (first in ("note", "remember") and second == "that"):
        return False  # "Build is green", "Note that it is"
    if first in known.verbs and ONE_WORD.fullmatch(clause.strip()):
        return True  # "Wait."
    if first in LIGHT_VERBS:
        return bool(second)
    if second in SIGNS or first.endswith(("'s", "’s")):
        return False
    if not may_be_verb(first):
        return first not in known.others and second in ARTICLES and not INFLECTED.search(first)  # "Frobnicate the input"
    if NOUN_PHRASE.match(clause):
        return orders
    if first == "use" and second in ("of", "case", "cases"):
        return False
    if first in known.doubtful:
        return is_verb_here(tokens, clause, orders)
    return second != ":" or first == "ensure"


def may_be_verb(word: str) -> bool:
    """Whether a word is a verb, perhaps with something before it: "re-run", "hot-reload"."""
    known = words()
    base = word.removeprefix("re-").removeprefix("pre-")
    return word in known.verbs or word in known.doubtful or base in known.verbs or known.is_verb(word.rpartition("-")[2])


def is_verb_here(tokens: list[str], clause: str, orders: bool) -> bool:
    """Whether a word that is as often a noun is a verb by what follows it: "Test the parser", no "Test results of the parser"."""
    known = words()
    second, third = (token.lower() for token in [*tokens[1:3], "", ""][:2])
    length = len(clause.split())
    if not second:
        return orders
    if has_object(tokens, second):
        return True
    if second in ("and", "or") and third in known.verbs:
        return orders or known.is_verb(third) or tokens[0].isupper()  # "Check and fix", "Review or explain"
    if clause.endswith(":") and length < FEWEST + 2:
        return orders
    if second in known.heads:
        return (clause.endswith(".") and third in GOALS) or (orders and second != "of")  # "Design systems that last."
    if second in DASHES:
        return orders
    if second in (":", "&"):
        return False
    return orders or (length >= FEWEST and (clause.endswith((".", "!")) or bool(OBJECT.search(clause))))


def has_object(tokens: list[str], second: str) -> bool:
    """Whether a verb's object or particle follows: "Check the", "Run CODE", "Look for it there"."""
    known = words()
    if second in known.determiners or tokens[1] in STANDS_FOR:
        return True
    return second in known.particles and not (second in LOOSE and len(tokens) < FEWEST)


def is_sure_order(clause: str) -> bool:
    """Whether a later clause is an order: only a verb that is hardly ever a noun counts, or one with what it acts on."""
    first = first_word(clause)
    if first == "see" or len(clause.split()) < 3:
        return False
    known = words()
    sure = known.is_verb(first) or (first in known.verbs and bool(OWN_OBJECT.match(clause)))
    return sure and is_imperative(clause.strip(), False)
