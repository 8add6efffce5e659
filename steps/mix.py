"""Mix the rows of several phases into one curriculum: alike requests once, weights by level, balance by cell, rehearsal among them."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from datasketch import MinHash, MinHashLSH

from knowledge.theme import Split
from steps.likeness import folded, grams

PERMUTATIONS = 64
STEPS = {"simple": 0, "moderate": 1, "complex": 2}


@dataclass(frozen=True, slots=True)
class Card:
    """What the mix needs to know of a row.

    Attributes:
        place: where the row is among all.
        cell: what it shows, for balance; rows of one cell take turns.
        request: the opening request.
    """

    place: int
    split: Split
    level: str
    form: str
    cell: str
    complexity: str
    turns: int
    request: str


@dataclass(frozen=True)
class Mixed:
    """What came of a mix.

    Attributes:
        chosen: places in the order of the curriculum.
        rejected: place to the reason why it was left out.
    """

    chosen: tuple[int, ...]
    rejected: Mapping[int, str]


def mix(cards: Sequence[Card], rows: int, weights: Mapping[str, float], rehearsal: float, near: float, seed: int) -> Mixed:
    """Choose rows and put them in order.

    Args:
        rows: how many at most.
        weights: a level's share of the rows that are no rehearsal; what a level lacks goes to the others.
        rehearsal: the share of rehearsal in all.
        near: from which Jaccard similarity (5-grams of characters) a request counts as asked before.
    """
    twins = alike(cards, near)
    left = [card for card in cards if card.place not in twins]
    rehearsed = [card for card in left if card.form == "rehearsal"]
    others = [card for card in left if card.form != "rehearsal"]
    wanted = min(round(rows * rehearsal), len(rehearsed))
    quota = quotas(others, rows - wanted, weights)
    chosen = [card for level, share in quota.items() for card in balanced([card for card in others if card.level == level], share, seed)]
    chosen += balanced(rehearsed, wanted, seed)
    taken = {card.place for card in chosen}
    surplus = {card.place: f"mix: more rows of {'rehearsal' if card.form == 'rehearsal' else card.level} than its weight takes" for card in left if card.place not in taken}
    return Mixed(tuple(card.place for card in curriculum(chosen, seed)), twins | surplus)


def alike(cards: Sequence[Card], near: float) -> dict[int, str]:
    """The rows whose opening request an earlier one has made, exactly or nearly, and whose it is.

    Candidates come from MinHash with locality-sensitive hashing (64 permutations), and are decided by the true Jaccard similarity.

    Source: Broder 1997; datasketch.
    """
    found: dict[int, str] = {}
    exact: dict[str, int] = {}
    index = MinHashLSH(threshold=near, num_perm=PERMUTATIONS)
    kept: dict[int, Any] = {}
    for card in cards:
        text = folded(card.request)
        if (first := exact.setdefault(text, card.place)) != card.place:
            found[card.place] = f"dedup: same request as {first}"
            continue
        mine = grams(text)
        sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=lambda number: number & 0xFFFFFFFF)
        sketch.update_batch(list(mine))
        packed = numpy.fromiter(mine, dtype=numpy.int64)
        likeness, like = max(((jaccard(packed, kept[other]), other) for other in index.query(sketch)), default=(0.0, -1))
        if likeness >= near:
            found[card.place] = f"dedup: {likeness:.2f} like {like}"
            continue
        index.insert(card.place, sketch, check_duplication=False)
        kept[card.place] = packed
    return found


def jaccard(one: Any, two: Any) -> float:
    """The share that two arrays of distinct numbers have in common."""
    both = len(numpy.intersect1d(one, two, assume_unique=True))
    return both / (len(one) + len(two) - both)


def quotas(cards: Sequence[Card], rows: int, weights: Mapping[str, float]) -> dict[str, int]:
    """How many rows each level gives: its weight's share, as far as it has them; what is lacking is shared by the others in the same proportions."""
    have: dict[str, int] = defaultdict(int)
    for card in cards:
        have[card.level] += 1
    quota = dict.fromkeys(sorted(have), 0)
    while (missing := min(rows, len(cards)) - sum(quota.values())) > 0:
        open_levels = {level: weights.get(level, 0.0) for level in quota if quota[level] < have[level]}
        whole = sum(open_levels.values()) or len(open_levels)
        for level, weight in sorted(open_levels.items()):
            share = max(1, round(missing * (weight or (0 if sum(open_levels.values()) else 1)) / whole))
            quota[level] = min(have[level], quota[level] + min(share, rows - sum(quota.values())))
    return quota


def balanced(cards: Sequence[Card], rows: int, seed: int) -> list[Card]:
    """So many of the rows, the cells taking turns."""
    cells: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        cells[card.cell].append(card)
    rng = random.Random(f"balance {seed}")
    queues = [rng.sample(group, len(group)) for _, group in sorted(cells.items())]
    rng.shuffle(queues)
    return list(dealt(queues))[:rows]


def dealt(queues: Sequence[Sequence[Card]]) -> Iterator[Card]:
    """The first of each, then the second of each, and so on."""
    for turn in range(max(map(len, queues), default=0)):
        yield from (queue[turn] for queue in queues if turn < len(queue))


def curriculum(cards: Sequence[Card], seed: int) -> list[Card]:
    """From simple to complex, from one turn to many; levels and rehearsal evenly among each other.

    Source: Bengio et al. 2009, Curriculum Learning.
    """
    rng = random.Random(f"curriculum {seed}")
    shuffled = rng.sample(list(cards), len(cards))
    steps: dict[tuple[int, bool], list[Card]] = defaultdict(list)
    for card in shuffled:
        steps[STEPS.get(card.complexity, 1), card.turns > 1].append(card)
    return [card for _, group in sorted(steps.items()) for card in spread(group)]


def spread(cards: Sequence[Card]) -> list[Card]:
    """Each kind of row evenly over the whole."""
    kinds: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        kinds["rehearsal" if card.form == "rehearsal" else card.level].append(card)
    placed = [((number + 0.5) / len(group), kind, card) for kind, group in kinds.items() for number, card in enumerate(group)]
    return [card for _, _, card in sorted(placed, key=lambda entry: entry[:2])]
