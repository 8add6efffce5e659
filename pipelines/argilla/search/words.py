"""What a person types into the search box, as a tree of words and phrases.

The language is Elasticsearch's `simple_query_string`: `a b` and `a + b` both, `a | b` either, `-a` without, `"a b"` a phrase, `"a b"~2` near each other,
`a*` a beginning, `( )`. It is read from left to right and never refused: what makes no sense is left out.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(r'"(?P<phrase>[^"]*)"?(?:~(?P<slop>\d+))?|(?P<sign>[()|+])|(?P<minus>-)(?=\S)|(?P<word>(?:\\.|[^\s"|+()\\])+)')
ONE_BY_ONE = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Leaf:
    """Words that are looked for, as FTS5 writes them."""

    match: str


@dataclass(frozen=True)
class Both:
    """Two things that must both be there, or either."""

    left: "Tree"
    right: "Tree"
    either: bool


@dataclass(frozen=True)
class Without:
    """What must not be there."""

    tree: "Tree"


Tree = Leaf | Both | Without


def spaced(text: str) -> str:
    """Text whose Chinese and Japanese characters stand alone, since no spaces divide their words."""
    return ONE_BY_ONE.sub(r" \1 ", text)


def read(text: str) -> Tree | None:
    """The tree of a search; None when there is no word in it."""
    return _several(list(TOKEN.finditer(text)))


def leaves(tree: Tree) -> list[Leaf]:
    """The words that are looked for, without those that must not be there."""
    match tree:
        case Leaf():
            return [tree]
        case Both(left, right):
            return leaves(left) + leaves(right)
    return []


def _several(tokens: list[re.Match[str]]) -> Tree | None:
    """Read up to the closing bracket; tokens are used up."""
    tree: Tree | None = None
    either = False
    while tokens:
        sign = tokens[0]["sign"]
        if sign == ")":
            tokens.pop(0)
            break
        if sign in ("|", "+"):
            either = sign == "|"
            tokens.pop(0)
            continue
        one = _one(tokens)
        if one is not None:
            tree = one if tree is None else Both(tree, one, either)
            either = False
    return tree


def _one(tokens: list[re.Match[str]]) -> Tree | None:
    token = tokens.pop(0)
    if token["minus"]:
        tree = _one(tokens) if tokens else None
        return Without(tree) if tree else None
    if token["sign"]:
        return _several(tokens) if token["sign"] == "(" else None
    if token["phrase"] is not None:
        return _leaf(token["phrase"], slop=int(token["slop"] or 0))
    word = re.sub(r"\\(.)", r"\1", token["word"])
    word = re.sub(r"~\d*$", "", word)  # "about this word" is read as this word
    return _leaf(word.rstrip("*"), beginning=word.endswith("*"))


def _leaf(text: str, slop: int = 0, beginning: bool = False) -> Leaf | None:
    if not WORD.search(text):
        return None
    words = spaced(text).replace('"', " ").split()
    if slop and len(words) > 1:
        return Leaf(f"NEAR({' '.join(map(_quoted, words))}, {slop})")
    return Leaf(_quoted(" ".join(words)) + (" *" if beginning else ""))


def _quoted(text: str) -> str:
    return f'"{text}"'
