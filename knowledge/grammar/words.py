"""The words that the grammar knows, and the first words of a text."""

import re
from functools import cache
from itertools import dropwhile
from typing import NamedTuple

from knowledge.bank import BANKS, read_bank

WORD = re.compile(r"[A-Za-z][\w'’-]*")
TOKEN = re.compile(r"[A-Za-z][\w'’-]*|[^\sA-Za-z]")


class Words(NamedTuple):
    """The lists of `knowledge/banks/grammar.yaml`, which says what each is for."""

    verbs: frozenset[str]
    doubtful: frozenset[str]
    adverbs: frozenset[str]
    determiners: frozenset[str]
    auxiliaries: frozenset[str]
    particles: frozenset[str]
    heads: frozenset[str]
    others: frozenset[str]

    def is_verb(self, word: str) -> bool:
        """Whether a word is a verb and hardly ever a noun: "ensure", not "test"."""
        return word in self.verbs and word not in self.doubtful


@cache
def words() -> Words:
    """The bank."""
    bank = read_bank(BANKS / "grammar.yaml")
    return Words(*(frozenset(bank[name].split()) for name in Words._fields))


def first_word(text: str) -> str:
    """The first word that is no adverb, in small letters: "run" of "Always run it"."""
    adverbs = words().adverbs
    for found in WORD.finditer(text, 0, 120):
        if (word := found[0].lower()) not in adverbs:
            return word
    return ""


def opening_tokens(text: str) -> list[str]:
    """The words and signs that a text begins with, adverbs and signs before the first other word left out."""
    adverbs = words().adverbs
    return list(dropwhile(lambda token: token.lower() in adverbs or not token[0].isalpha(), TOKEN.findall(text, 0, 200)))
