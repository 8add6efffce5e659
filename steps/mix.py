"""Mix the rows of several phases into one curriculum: alike requests once, weights by level, balance by cell, rehearsal among them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.theme import Split
from steps.order import BITS, drawn
from steps.twins import twins

STEPS = {"simple": 0, "moderate": 1, "complex": 2}


@dataclass(frozen=True, slots=True)
class Card:
    """What the mix needs to know of a row.

    Attributes:
        place: where the row is among all.
        id: its own, by which it is drawn.
        cell: what it shows, for balance; rows of one cell take turns.
        boundary: whether what it looks like does not apply.
        request: the opening request.
    """

    place: int
    id: str
    split: Split
    level: str
    form: str
    cell: str
    complexity: str
    turns: int
    request: str
    boundary: bool = False


@dataclass(frozen=True)
class Mixed:
    """What came of a mix.

    Attributes:
        chosen: places in the order of the curriculum.
        rejected: place to the reason why it was left out.
    """

    chosen: tuple[int, ...]
    rejected: Mapping[int, str]


def mix(cards: Sequence[Card], rows: int, weights: Mapping[str, float], rehearsal: float, near: float, seed: int, boundary: float = 0.0) -> Mixed:
    """Choose rows and put them in order.

    Args:
        rows: how many at most.
        weights: a level's share of the rows that are no rehearsal; what a level lacks goes to the others.
        rehearsal: the share of rehearsal in all.
        near: from which Jaccard similarity (5-grams of characters) a request counts as asked before.
        boundary: the share of boundary rows in each level, as far as it has them.
    """
    doubled = alike(cards, near)
    left = [card for card in cards if card.place not in doubled]
    rehearsed = [card for card in left if card.form == "rehearsal"]
    others = [card for card in left if card.form != "rehearsal"]
    wanted = min(round(rows * rehearsal), len(rehearsed))
    quota = quotas(others, rows - wanted, weights)
    chosen = [card for level, share in quota.items() for card in edged([card for card in others if card.level == level], share, boundary, seed)]
    chosen += balanced(rehearsed, wanted, seed)
    taken = {card.place for card in chosen}
    surplus = {card.place: f"mix: more rows of {'rehearsal' if card.form == 'rehearsal' else card.level} than its weight takes" for card in left if card.place not in taken}
    return Mixed(tuple(card.place for card in curriculum(chosen, seed)), doubled | surplus)


def alike(cards: Sequence[Card], near: float) -> dict[int, str]:
    """The rows whose opening request an earlier one has made, exactly or nearly, and whose it is; see `twins`."""
    found = twins([card.request for card in cards], near)
    named = {place: (likeness, cards[other].place) for place, (likeness, other) in found.items()}
    return {cards[place].place: f"dedup: same request as {other}" if likeness == 1 else f"dedup: {likeness:.2f} like {other}" for place, (likeness, other) in named.items()}


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


def edged(cards: Sequence[Card], rows: int, boundary: float, seed: int) -> list[Card]:
    """So many of the rows: the share of boundary rows first, then of all that are left; the cells take turns in both."""
    edges = balanced([card for card in cards if card.boundary], round(rows * boundary), seed)
    taken = {card.place for card in edges}
    return edges + balanced([card for card in cards if card.place not in taken], rows - len(edges), seed)


def balanced(cards: Sequence[Card], rows: int, seed: int) -> list[Card]:
    """So many of the rows, the cells taking turns."""
    cells: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        cells[card.cell].append(card)
    queues = [sorted(group, key=lambda card: drawn(card.id, seed)) for _, group in sorted(cells.items(), key=lambda cell: drawn(cell[0], seed))]
    return list(dealt(queues))[:rows]


def dealt(queues: Sequence[Sequence[Card]]) -> Iterator[Card]:
    """The first of each, then the second of each, and so on."""
    for turn in range(max(map(len, queues), default=0)):
        yield from (queue[turn] for queue in queues if turn < len(queue))


def curriculum(cards: Sequence[Card], seed: int) -> list[Card]:
    """From simple to complex, from one turn to many; levels and rehearsal among each other.

    Source: Bengio et al. 2009, Curriculum Learning.
    """
    return sorted(cards, key=lambda card: rank(card, seed))


def rank(card: Card, seed: int) -> int:
    """Where a row stands in the curriculum: its step (complexity, one turn or more), then the order drawn by seed. What other rows there are does not matter."""
    step = 2 * STEPS.get(card.complexity, 1) + (card.turns > 1)
    return step << BITS | drawn(card.id, seed)
