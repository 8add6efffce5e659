"""Rules that cannot both be kept: the one asks for what the other forbids, the limits differ, or the preferences are opposite."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from knowledge.grammar import plain
from knowledge.sentences import CODE
from knowledge.units import Rule

LEAST_ALIKE = 0.75  # of the words of two rules, which both must have
LIMIT = re.compile(
    r"(?i)\b(at most|no more than|up to|maximum(?: of)?|max|at least|no less than|minimum(?: of)?|min|exactly|limit(?:ed)? to|under|below|"
    r"within)\s+(?:\w+\s+){0,2}?(\d[\d,.]*)"
)
PREFERRED = re.compile(
    r"(?i)\bprefer\w*\s+(?:to use |using )?(.{2,60}?)\s+(?:over|to|rather than|instead of)\s+(.{2,60}?)(?:[.;,]|$)|\buse\s+(.{2,60}?)\s+(?:instead of|"
    r"rather than|over)\s+(.{2,60}?)(?:[.;,]|$)"
)
FORBIDS = re.compile(r"(?i)\b(?:never|do not|don['’]t|must not|should not|avoid)\b")
AGAINST = re.compile(
    r"(?i)\b(?:remove|drop|stop|replace|delete|reject|refuse|skip|omit|exclude|no longer|instead of|rather than|no need|not need|forbidden|prohibited)\b|(?:^|[;—–]\s*)\W*no\b"
)
FREES = re.compile(r"(?i)\b(?:don['’]t|do not|does not|need not|no) (?:have|need) to\b|\bno need\b|\bno\b.*\b(?:required|needed|necessary)\b")
OPENS = re.compile(
    r"(?i)\W*(?:(?:if|when|whenever|before|after|once|unless|while|in|for|on|during)\b[^,]*,\s*)?(?:please )?"
    r"(?:(?:you|we|agents?)\s+)?(?:never|do not|don['’]t|must not|should not|avoid)\b"
)
TWICE = re.compile(r"(?i)\b(?:never|not|don['’]t|avoid)\s+(?:to )?(?:forget|fail|hesitat|neglect)")
CONDITION = re.compile(r"(?i)\b(if|when|whenever|unless|before|after|until|only)\b([^,.;]*)")
WORD = re.compile(r"[a-z][\w-]*|\d+|[=!<>]{2,}")
EMPTY = frozenset(
    (
        "a an the this that these those it its to of in on at by for with from as and or be is are was were do does not no never always must should shall will "
        "would can could may might need needs have has ensure make sure please only all any each every your you avoid prefer use when if before after then "
        "unless don t critical important mandatory required just ever here under circumstances project repository codebase strictly"
    ).split()
)


class Clash(NamedTuple):
    """Two rules, the one that stands first in the sources mostly first, and why they cannot both be kept."""

    one: Rule
    two: Rule
    why: str


def clashes(rules: Sequence[Rule]) -> list[Clash]:
    """The pairs of rules that hold in the same place, under the same condition, and cannot both be kept. The same words twice count once."""
    found = [*opposites(rules), *limits(rules), *preferences(rules)]
    distinct = {(clash.one.text, clash.one.scope, clash.two.text, clash.two.scope): clash for clash in reversed(found)}
    return [*reversed(distinct.values())]


def opposites(rules: Sequence[Rule]) -> Iterator[Clash]:
    """Rules of which one asks for what the other forbids.

    What is forbidden must be asked for in so many words: "never run tests in parallel" leaves it open to run tests.
    """
    asked: list[tuple[Rule, frozenset[str]]] = []
    forbidden: list[tuple[Rule, frozenset[str]]] = []
    for rule in rules:
        stems = frozenset(stem(word) for word in content(rule.text))
        text = plain(rule.text)
        if len(stems) < 2 or TWICE.search(text) or FREES.search(text):
            continue
        if forbids(rule, text):
            forbidden.append((rule, stems))
        elif rule.modality != "must not" and not FORBIDS.search(text):
            asked.append((rule, stems))
    frequency = Counter(word for _, stems in (*asked, *forbidden) for word in stems)
    index: dict[str, list[tuple[Rule, frozenset[str]]]] = defaultdict(list)
    for rule, stems in asked:
        for word in stems:
            index[word].append((rule, stems))
    for rule, stems in forbidden:
        for other, its in index[min(stems, key=lambda word: (frequency[word], word))]:
            alike = stems <= its and len(stems) >= LEAST_ALIKE * len(its) and set(AGAINST.findall(rule.text.lower())) >= set(AGAINST.findall(other.text.lower()))
            if alike and compatible(rule, other) and same_code(rule, other) and conditions(rule) == conditions(other):
                yield Clash(other, rule, "the one asks for what the other forbids")


def forbids(rule: Rule, text: str) -> bool:
    """Whether all of a rule says what not to do; one that goes on to it after a dash or a comma says something else too."""
    if found := FORBIDS.search(text):
        return bool(OPENS.match(text)) or (rule.modality == "must not" and not re.search(r"[;,—–]| - ", text[: found.start()]))
    return rule.modality == "must not" and not re.search(r"(?i)\bmust\b(?! not)", text)


def limits(rules: Sequence[Rule]) -> Iterator[Clash]:
    """Rules with the same words and another number as the limit."""
    known: dict[Any, tuple[Rule, list[str]]] = {}
    for rule in rules:
        found = LIMIT.findall(rule.text)
        rest = frozenset(stem(word) for word in content(rule.text) if not word.isdigit())
        if found and len(rest) > 2:
            numbers = [number.rstrip(".,").replace(",", "") for _, number in found]
            first, before = known.setdefault((tuple(kind.lower() for kind, _ in found), rest, conditions(rule), rule.scope), (rule, numbers))
            if numbers != before:
                yield Clash(first, rule, f"the limits differ, {' and '.join(before)} against {' and '.join(numbers)}")


def preferences(rules: Sequence[Rule]) -> Iterator[Clash]:
    """Rules of which one prefers what the other puts last."""
    known: dict[tuple[frozenset[str], frozenset[str]], list[tuple[Rule, frozenset[str]]]] = defaultdict(list)
    for rule in rules:
        text = CODE.sub(lambda match: match[0].strip("`"), rule.sentence)
        if rule.modality != "prefer-over" or not (match := PREFERRED.search(text)):
            continue
        first, second = (frozenset(stem(word) for word in content(match[a] or match[b])) for a, b in ((1, 3), (2, 4)))
        rest = frozenset(stem(word) for word in content(text[: match.start()] + text[match.end() :]))
        for other, its in known[second, first] if first and second else ():
            if compatible(rule, other) and (rest <= its or its <= rest) and conditions(rule) == conditions(other):
                yield Clash(other, rule, "they prefer opposite things")
                break
        known[first, second].append((rule, rest))


def content(text: str) -> list[str]:
    """The words that carry meaning; in code, all."""
    inside = [word for match in CODE.finditer(text) for word in WORD.findall(match[0].lower())]
    return [*inside, *(word for word in WORD.findall(plain(CODE.sub(" ", text)).lower()) if word not in EMPTY)]


def stem(word: str) -> str:
    """A word without its ending: enough to tell that two are the same."""
    return re.sub(r"(?:ing|ed|es|s)$", "", word) if len(word) > 4 else word


def conditions(rule: Rule) -> frozenset[tuple[str, str]]:
    """The words that a rule depends on, each with what ties it: if (also for when), unless, before, after, until or only."""
    tied = ((kind.lower(), tail) for kind, tail in CONDITION.findall(rule.text))
    return frozenset(("if" if kind.startswith("when") else kind, stem(word)) for kind, tail in tied for word in re.findall(r"[a-z]\w+", tail.lower()) if word not in EMPTY)


def compatible(one: Rule, two: Rule) -> bool:
    """Whether two rules hold in the same place: the one holds everywhere that the other does."""
    wide, narrow = sorted((one.scope.removesuffix("**"), two.scope.removesuffix("**")), key=len)
    return not wide or wide == narrow or (wide.startswith("files:") and wide.endswith("/") and narrow.startswith(wide))


def same_code(one: Rule, two: Rule) -> bool:
    """Whether two rules speak of the same code, where both have some."""
    first, second = ({match[0].strip("` ") for match in CODE.finditer(rule.text)} for rule in (one, two))
    return first == second or not first or not second
