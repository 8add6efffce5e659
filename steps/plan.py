"""Plan the rows: an exact grid of what every tool can show, and a scenario for each row."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

from knowledge.catalog import Catalog
from knowledge.recipe import Complexity, Kind, Recipe, load_banks
from knowledge.theme import Split, Theme
from knowledge.units import Tool
from steps.contracts import Cell, Fault, Scenario, Script
from steps.derive import faulted, parallel, unexecuted
from steps.generic import recipes_for
from steps.script import script
from steps.teachers.askers import load_askers
from steps.teachers.composer import values_of
from steps.worlds.world import Exhausted, World

TRIES = 60
LEVELS: dict[Kind, tuple[Complexity, ...]] = {
    "one_call": ("simple", "moderate", "complex"),
    "parallel": ("moderate", "complex"),
    "chain": ("moderate", "complex"),
    "near_twin": ("moderate",),
    "missing_argument": ("simple", "moderate"),
    "no_tool": ("simple", "moderate"),
    "real_error": ("simple", "moderate"),
    "injected_fault": ("simple", "moderate"),
    "destructive": ("simple", "moderate", "complex"),
    "follow_up": ("simple", "moderate", "complex"),
}
FAULT_LEVELS: dict[Fault, tuple[Complexity, ...]] = {
    "timeout": ("simple", "moderate"),
    "server_error": ("simple", "moderate"),
    "malformed": ("simple",),
    "permission_denied": ("moderate",),
    "too_large": ("moderate",),
}
WITHOUT_RESULTS: tuple[Kind, ...] = ("one_call", "parallel", "near_twin", "missing_argument", "no_tool", "destructive")
NOTHING_AUTHORED: dict[Kind, str] = {
    "one_call": "its schema has a parameter that no value was found for",
    "parallel": "nothing independent can be called beside it",
    "chain": "no argument of it can be seen to come from a result",
    "near_twin": "no other tool is easily taken for it",
    "missing_argument": "it has no required argument that only the user can know",
    "no_tool": "no request near it was written that no tool can do",
    "real_error": "no error that it gives on a valid call is known",
    "injected_fault": "no single call to it was written",
    "destructive": "it destroys nothing",
    "follow_up": "nothing that builds on its result was written",
}


class Unplannable(ValueError):
    """The plan cannot be made as asked; the message says why."""


@dataclass(frozen=True)
class Grid:
    """What can be shown, of which tools.

    Attributes:
        cells: every cell that its tool allows, with the recipes that fill it, in a fixed order.
        excluded: the other cells, with why.
    """

    catalog: Catalog
    cells: Mapping[Cell, tuple[Recipe, ...]]
    excluded: Mapping[Cell, str]
    executes: Mapping[str, bool]
    singles: tuple[Recipe, ...] = field(repr=False, default=())

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many cells each kind has."""
        return Counter(cell.kind for cell in self.cells)


def grid(catalog: Catalog, offline: bool = False, writes: bool = False, banks: bool = True) -> Grid:
    """The grid of a catalog: tool × kind × complexity × error case.

    Args:
        offline: nothing is executed.
        writes: also run tools that may write on servers that are not contained in a fixture world.
        banks: use the authored recipes of the shipped servers; without them, schemas alone serve.
    """
    known = usable(catalog) if banks else {}
    siblings: dict[str, tuple[Tool, ...]] = {tool.server: tuple(other for other in catalog.tools if other.server == tool.server) for tool in catalog.tools}
    recipes: list[Recipe] = [recipe for group in known.values() for recipe in group]
    for tool in catalog.tools:
        if tool.server not in known:
            recipes += recipes_for(tool, siblings[tool.server])
    cells: dict[Cell, tuple[Recipe, ...]] = {}
    excluded: dict[Cell, str] = {}
    by_tool: dict[tuple[str, Kind, Complexity, str], list[Recipe]] = defaultdict(list)
    for recipe in recipes:
        for name in recipe.tools:
            by_tool[name, recipe.kind, recipe.complexity, recipe.error_case].append(recipe)
    executes = {tool.name: not offline and runs(tool, catalog, writes) for tool in catalog.tools}
    for tool in catalog.tools:
        for cell in cells_of(tool, by_tool):
            found, why = filling(cell, tool, by_tool, executes)
            if found:
                cells[cell] = found
            else:
                excluded[cell] = why
    singles = tuple(recipe for recipe in recipes if recipe.kind == "one_call")
    return Grid(catalog, cells, excluded, executes, singles)


def usable(catalog: Catalog) -> dict[str, list[Recipe]]:
    """The authored recipes by server, as far as the tools and parameters that they need are there."""
    found: dict[str, list[Recipe]] = {}
    shipped = {tool.server for tool in catalog.tools if tool.source.startswith("knowledge/hive/tools/")}
    shipped |= {name for name, server in catalog.servers.items() if server.shipped}
    for name, bank in load_banks().items():
        if name in shipped:
            found[name] = [recipe for recipe in bank.recipes if all(fits(call.tool, call.arguments, catalog) for call in recipe.calls)]
            found[name] = [r for r in found[name] if all(catalog.has(tool) for tool in (*r.tools, *filter(None, [r.twin])))]
    return found


def fits(tool: str, arguments: Mapping[str, str], catalog: Catalog) -> bool:
    """Whether the tool is there and has these parameters."""
    return catalog.has(tool) and set(arguments) <= set(catalog.tool(tool).parameters)


def runs(tool: Tool, catalog: Catalog, writes: bool) -> bool:
    """Whether calls to the tool are executed."""
    server = catalog.servers.get(tool.server)
    return server is not None and (server.shipped or server.contained or tool.read_only or writes)


def cells_of(tool: Tool, by_tool: Mapping[tuple[str, Kind, Complexity, str], Sequence[Recipe]]) -> list[Cell]:
    """Every cell that could be asked of a tool. Error cases are those of its recipes, and the injected faults."""
    found = []
    for kind in get_args(Kind):
        for complexity in LEVELS[kind]:
            cases: list[str] = ["none"]
            if kind == "real_error":
                cases = sorted({case for name, k, c, case in by_tool if (name, k, c) == (tool.name, kind, complexity)}) or ["any"]
            if kind == "injected_fault":
                cases = [fault for fault, levels in FAULT_LEVELS.items() if complexity in levels]
            found += [Cell(tool=tool.name, server=tool.server, kind=kind, complexity=complexity, error_case=case) for case in cases]
    return found


def filling(cell: Cell, tool: Tool, by_tool: Mapping[tuple[str, Kind, Complexity, str], Sequence[Recipe]], executes: Mapping[str, bool]) -> tuple[tuple[Recipe, ...], str]:
    """The recipes that fill a cell; without any, why."""
    if not executes[tool.name] and cell.kind not in WITHOUT_RESULTS:
        return (), "it needs results, and calls to this tool are not executed"
    if cell.error_case == "too_large" and not tool.harmless:
        return (), "it writes; its results are small"
    singles = tuple(recipe for level in LEVELS["one_call"] for recipe in by_tool.get((tool.name, "one_call", level, "none"), ()))
    if cell.kind in ("parallel", "injected_fault"):
        found = tuple(recipe for recipe in singles if recipe.clauses)
    else:
        found = tuple(by_tool.get((tool.name, cell.kind, cell.complexity, cell.error_case), ()))
    if not executes[tool.name]:
        found = tuple(recipe for recipe in found if not recipe.calls or "results" not in str(recipe.turns[0].steps[:1]))
    return found, NOTHING_AUTHORED[cell.kind]


def plan(grid: Grid, themes: Sequence[Theme], rows: int, seed: int, only: Sequence[Cell] = (), attempt: int = 0) -> list[Scenario]:
    """A scenario for each row: every cell first, then more of the cells in turn.

    Args:
        rows: how many; fewer than there are cells gives a spread of them.
        only: plan one row for each of these cells, again.
        attempt: which try this is; the same try always gives the same scenarios.

    Raises:
        Unplannable: when there is nothing to plan, or a cell can be filled by no scenario at all.
    """
    order = list(only) if only else ordered(grid, rows, seed)
    if not order:
        raise Unplannable("there is nothing to plan: the tools allow no cell of the grid.")
    splits: list[Split] = ["train"] * len(order) if only else dealt(order, seed)
    scenarios: list[Scenario] = []
    taken: set[str] = set()
    owner: dict[str, Split] = {}
    for number, (cell, split) in enumerate(zip(order, splits, strict=True)):
        name = f"{number:06d}" + (f"-retry{attempt}" if only else "")
        scenarios.append(scenario(grid, themes, cell, split, name, f"{seed} {attempt} {number}", taken, owner))
    return scenarios


def ordered(grid: Grid, rows: int, seed: int) -> list[Cell]:
    """The cells of the rows, in the order of the rows: a round over all cells, then further rounds until there are enough.

    Rounds after the first favour single calls, which carry the phrasing.
    """
    rng = random.Random(f"order {seed}")
    cells = list(grid.cells)
    rng.shuffle(cells)
    if rows < len(cells):
        by_kind: dict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_kind[cell.kind].append(cell)
        spread = [cell for turn in range(max(map(len, by_kind.values()))) for group in by_kind.values() for cell in group[turn : turn + 1]]
        return spread[:rows]
    favoured = [cell for cell in cells if cell.kind == "one_call"] + cells
    rng.shuffle(favoured)
    return [*cells, *(favoured[index % len(favoured)] for index in range(rows - len(cells)))]


def dealt(order: Sequence[Cell], seed: int) -> list[Split]:
    """The split of each row: a tenth validation, a tenth test, and at least one training row for each tool and kind."""
    rng = random.Random(f"splits {seed}")
    seen: set[tuple[str, str]] = set()
    free: list[int] = []
    for index, cell in enumerate(order):
        if (cell.tool, cell.kind) in seen:
            free.append(index)
        seen.add((cell.tool, cell.kind))
    rng.shuffle(free)
    tenth = min(len(order) // 10, len(free) // 3)
    splits: list[Split] = ["train"] * len(order)
    for index in free[:tenth]:
        splits[index] = "validation"
    for index in free[tenth : 2 * tenth]:
        splits[index] = "test"
    return splits


def scenario(grid: Grid, themes: Sequence[Theme], cell: Cell, split: Split, name: str, seed: str, taken: set[str], owner: dict[str, Split]) -> Scenario:
    """One row's scenario, unlike every other; a split without phrasing for it falls back to training.

    Raises:
        Unplannable: when no try gave one, naming the cell and the last reason.
    """
    reason = ""
    for here in dict.fromkeys((split, "train")):
        shelf = [theme for theme in themes if theme.split == here]
        for trial in range(TRIES):
            rng = random.Random(f"row {seed} {here} {trial}")
            world = World(rng.choice(shelf), rng.randrange(1_000_000))
            try:
                made = scripted(grid, cell, world, here, rng)
            except Exhausted as error:
                reason = f"no {error}"
                continue
            key = json.dumps([[beat.family for beat in made.beats], sorted(made.values.items())])
            if key in taken or not owned(made, here, grid.catalog, owner):
                reason = "every scenario of it is taken"
                continue
            taken.add(key)
            asker = rng.choice(list(load_askers()))
            number = int(hashlib.sha256(f"{seed} {trial}".encode()).hexdigest()[:8], 16)
            return Scenario(id=name, cell=cell, split=here, seed=number, theme=f"{world.theme.name}:{world.seed}", asker=asker, script=made)
    raise Unplannable(f"the cell {cell} cannot be filled: {reason}.")


def scripted(grid: Grid, cell: Cell, world: World, split: Split, rng: random.Random) -> Script:
    """A script that shows the cell."""
    recipe = rng.choice(grid.cells[cell])
    if cell.kind == "parallel":
        made = parallel(cell.tool, cell.complexity, grid.singles, world, split, rng, grid.catalog)
    elif cell.kind == "injected_fault":
        made = faulted(cell.error_case, cell.complexity, recipe, world, split, rng, grid.catalog)  # type: ignore[arg-type]
    else:
        made = script(recipe, world, split, rng, grid.catalog)
    called = {call.tool for beat in made.beats for step in beat.steps for call in step}
    return made if all(grid.executes[name] for name in called | {cell.tool}) else unexecuted(made)


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
