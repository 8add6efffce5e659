"""Plan a scenario for each row: every cell of the grid first, then more of the cells in turn."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from knowledge.catalog import Catalog
from knowledge.theme import Split
from steps.acts import Stage
from steps.contracts import Act, Cell, Scenario, Script
from steps.grid import TRIES, Grid
from steps.likeness import folded, grams, nearest
from steps.order import drawn
from steps.teachers.askers import load_askers
from steps.teachers.composer import requests, values_of
from steps.worlds.world import Exhausted, World

AGAIN = 6  # tries for a cell that is covered, in a plan that may stop short


class Unplannable(ValueError):
    """The plan cannot be made as asked; the message says why."""


def plan(grid: Grid | Stage, rows: int, seed: int, only: Sequence[Cell | Act] = (), attempt: int = 0, known: Sequence[str] = ()) -> list[Scenario]:
    """A scenario for each row: every cell first, then more of the cells in turn.

    Args:
        rows: how many; fewer than there are cells gives a spread of them.
        only: plan one row for each of these cells, again.
        attempt: which try this is; the same try always gives the same scenarios.
        known: opening requests that are taken.

    A stage may stop short: where no cell has another scenario to give, there are fewer rows.

    Raises:
        Unplannable: when there is nothing to plan, or a cell can be filled by no scenario at all.
    """
    order = list(only) if only or not grid.cells else ordered(grid, rows, seed)
    if not order:
        raise Unplannable("there is nothing to plan: the tools allow no cell of the grid.")
    names = numbered(order)
    splits: list[Split] = ["train"] * len(order) if only else dealt(order, names, seed)
    scenarios: list[Scenario] = []
    taken = Taken(grid.near, known)
    owner: dict[str, Split] = {}
    left = list(dict.fromkeys(order))
    made = Counter(order)
    for number, (first, name, split) in enumerate(zip(order, names, splits, strict=True)):
        again = number >= len(grid.cells) and grid.stops_short
        cell = first if first in left or not again else left[number % len(left)]
        while True:
            if cell != first:
                made[cell] += 1
                name = named(cell, made[cell])
            try:
                full = f"{name}-retry{attempt}" if only else name
                scenarios.append(scenario(grid, cell, split, full, f"{seed} {attempt} {name}", taken, owner, AGAIN if again else TRIES))
                break
            except Unplannable:
                if not again:
                    raise
            left.remove(cell)
            if not left:
                return scenarios
            cell = left[number % len(left)]
    return scenarios


def named(cell: Cell | Act, number: int) -> str:
    """A row's id: its cell, and the how manieth row of it, in twelve hex digits. So a row is the same row, whatever other cells there are."""
    return hashlib.sha256(f"{cell} {number}".encode()).hexdigest()[:12]


def numbered(order: Sequence[Cell | Act]) -> list[str]:
    """The ids of rows with these cells."""
    seen: Counter[Cell | Act] = Counter()
    names = []
    for cell in order:
        seen[cell] += 1
        names.append(named(cell, seen[cell]))
    return names


class Taken:
    """The opening requests and scripts that are taken.

    Args:
        near: from which Jaccard similarity on an opening counts as taken; 1 for the same words alone.
    """

    def __init__(self, near: float, known: Sequence[str]) -> None:
        self.near = near
        self.keys: set[str] = set()
        self.uses: Counter[str] = Counter()
        self.index: dict[int, list[int]] = defaultdict(list)
        self.kept: list[tuple[str, set[int]]] = []
        for text in known:
            self.add(folded(text), "")

    def has(self, opening: str, key: str) -> bool:
        """Whether an opening or a script is taken."""
        if opening in self.keys or key in self.keys:
            return True
        return self.near < 1 and nearest(grams(opening), self.index, self.kept)[0] >= self.near

    def add(self, opening: str, key: str) -> None:
        """Take both."""
        self.keys.update((opening, key))
        if self.near < 1:
            mine = grams(opening)
            for gram in mine:
                self.index[gram].append(len(self.kept))
            self.kept.append((opening, mine))


def ordered(grid: Grid | Stage, rows: int, seed: int) -> list[Any]:
    """The cells of the rows, in the order of the rows: a round over all cells, then further rounds until there are enough.

    Rounds after the first favour some cells: those that carry the phrasing, or have more to draw from.
    """
    cells: list[Any] = sorted(grid.cells, key=lambda cell: drawn(f"order {cell}", seed))
    if rows < len(cells):
        by_kind: dict[str, list[Any]] = defaultdict(list)
        for cell in cells:
            by_kind[cell.sort].append(cell)
        spread = [cell for turn in range(max(map(len, by_kind.values()))) for _, group in sorted(by_kind.items()) for cell in group[turn : turn + 1]]
        return spread[:rows]
    favoured = sorted(((cell, copy) for cell in cells for copy in range(grid.weight(cell))), key=lambda one: drawn(f"again {one[0]} {one[1]}", seed))
    return [*cells, *(favoured[index % len(favoured)][0] for index in range(rows - len(cells)))]


def dealt(order: Sequence[Cell | Act], names: Sequence[str], seed: int) -> list[Split]:
    """The split of each row: a tenth validation, a tenth test, and at least one training row for each tool and kind, or for each point."""
    seen: set[tuple[str, ...]] = set()
    free: list[int] = []
    for index, cell in enumerate(order):
        if cell.group in seen:
            free.append(index)
        seen.add(cell.group)
    free.sort(key=lambda index: drawn(f"split {names[index]}", seed))
    tenth = min(len(order) // 10, len(free) // 3)
    splits: list[Split] = ["train"] * len(order)
    for index in free[:tenth]:
        splits[index] = "validation"
    for index in free[tenth : 2 * tenth]:
        splits[index] = "test"
    return splits


def scenario(grid: Grid | Stage, cell: Any, split: Split, name: str, seed: str, taken: Taken, owner: dict[str, Split], tries: int = TRIES) -> Scenario:
    """One row's scenario, opened unlike every other; a split without phrasing for it falls back to training.

    Where all phrasings with all values are taken, one of them is asked again by somebody else.

    Raises:
        Unplannable: when no try gave one, naming the cell and the last reason.
    """
    reason = ""
    for here in dict.fromkeys((split, "train")):
        shelf = grid.shelf(cell, here)
        for trial in range(tries):
            rng = random.Random(f"row {seed} {here} {trial}")
            world = World(rng.choice(shelf), rng.randrange(1_000_000))
            try:
                made = grid.script(cell, world, here, rng, taken.uses if trial < tries // 2 else {})
            except Exhausted as error:
                reason = f"no {error}"
                continue
            asker = rng.choice(list(load_askers()))
            number = int(hashlib.sha256(f"{seed} {trial}".encode()).hexdigest()[:8], 16)
            opening = folded(next(requests(made, world, asker, number))) if not made.brief else f"{cell} {seed}"
            key = json.dumps([[beat.family for beat in made.beats], sorted(made.values.items()), asker if trial >= tries // 2 else ""])
            if taken.has(opening, key) or not owned(made, here, grid.catalog, owner):
                reason = "every scenario of it is taken"
                continue
            taken.add(opening, key)
            taken.uses.update(made.worded)
            return Scenario(id=name, cell=cell, split=here, seed=number, theme=f"{world.theme.name}:{world.seed}", asker=asker, script=made)
    raise Unplannable(f"the cell {cell} cannot be filled: {reason}.")


def owned(made: Script, split: Split, catalog: Catalog, owner: dict[str, Split]) -> bool:
    """Whether no drawn value belongs to another split; if so, they belong to this one from now on.

    Short values, and words that a tool's own spec names, belong to everybody.
    """
    called = {call.tool for beat in made.beats for step in beat.steps for call in step}
    specs = " ".join(json.dumps(catalog.tool(name).spec) for name in sorted(called))
    values = [json.dumps(value.value) for value in values_of(made).values()]
    mine = [value for value in values if len(value) > 6 and value.strip('"') not in specs]
    if any(owner.get(value, split) != split for value in mine):
        return False
    owner.update(dict.fromkeys(mine, split))
    return True
