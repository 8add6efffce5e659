"""The exact grid of what every tool can show: tool × kind × complexity × error case."""

import dataclasses
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar, get_args

from knowledge.catalog import Catalog
from knowledge.recipe import Complexity, Fault, Kind, Recipe, load_banks
from knowledge.theme import Split, Theme
from knowledge.units import Tool
from steps.contracts import Cell, Script
from steps.derive import faulted, parallel, unexecuted
from steps.generic import recipes_for
from steps.script import script
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
    "timeout": ("simple",),
    "server_error": ("moderate",),
    "malformed": ("simple",),
    "permission_denied": ("moderate",),
    "too_large": ("moderate",),
}
WITHOUT_RESULTS: tuple[Kind, ...] = ("one_call", "parallel", "near_twin", "missing_argument", "no_tool", "destructive")
NOT_EXECUTED = "it needs results, and calls to this tool are not executed"
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


@dataclasses.dataclass(frozen=True)
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
    singles: tuple[Recipe, ...] = dataclasses.field(repr=False, default=())
    themes: Sequence[Theme] = dataclasses.field(repr=False, default=())
    near: ClassVar[float] = 1.0
    stops_short: ClassVar[bool] = False

    def safe(self, tool: str) -> bool:
        """Whether a call to the tool changes nothing: it only reads, or is not executed."""
        return self.catalog.tool(tool).harmless or not self.executes[tool]

    def script(self, cell: Cell, world: World, split: Split, rng: random.Random, uses: Mapping[str, int]) -> Script:
        """A script that shows a cell; see `scripted`."""
        return scripted(self, cell, world, split, rng)

    def shelf(self, cell: Cell, split: Split) -> list[Theme]:
        """The projects that a cell's row may play in."""
        return [theme for theme in self.themes if theme.split == split]

    def weight(self, cell: Cell) -> int:
        """How often the cell comes up in a round after the first: single calls carry the phrasing."""
        return 2 if cell.kind == "one_call" else 1

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many cells each kind has."""
        return Counter(cell.kind for cell in self.cells)


def grid(catalog: Catalog, themes: Sequence[Theme], offline: bool = False, writes: bool = False, banks: bool = True) -> Grid:
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
    made = Grid(catalog, cells, excluded, executes, singles, themes)
    for cell in list(cells):
        if reason := impossible(made, cell, themes):
            excluded[cell] = reason
            del cells[cell]
    return made


def impossible(grid: Grid, cell: Cell, themes: Sequence[Theme]) -> str | None:
    """Why no scenario at all can be made for a cell; None when one can."""
    shelf = [theme for theme in themes if theme.split == "train"]
    why = ""
    for trial in range(TRIES):
        rng = random.Random(f"probe {cell} {trial}")
        try:
            scripted(grid, cell, World(rng.choice(shelf), trial), "train", rng)
        except Exhausted as error:
            why = f"it lacks {error}"
        else:
            return None
    return why


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
    idle = not executes[tool.name]
    if idle and cell.kind not in WITHOUT_RESULTS:
        return (), NOT_EXECUTED
    if cell.kind == "destructive" and tool.harmless:
        return (), NOTHING_AUTHORED["destructive"]
    if cell.error_case == "too_large" and not tool.harmless:
        return (), "it writes; its results are small"
    if cell.error_case == "timeout" and not tool.harmless and not tool.annotations.get("idempotentHint"):
        return (), "it may have taken effect, and must be looked at before it is repeated"
    singles = tuple(recipe for level in LEVELS["one_call"] for recipe in by_tool.get((tool.name, "one_call", level, "none"), ()))
    if cell.kind in ("parallel", "injected_fault"):
        found = tuple(recipe for recipe in singles if recipe.clauses)
    else:
        found = tuple(by_tool.get((tool.name, cell.kind, cell.complexity, cell.error_case), ()))
    if idle and found:
        return tuple(recipe for recipe in found if shows_without_results(recipe)), NOT_EXECUTED
    return found, NOTHING_AUTHORED[cell.kind]


def shows_without_results(recipe: Recipe) -> bool:
    """Whether what a recipe is about is seen up to its first calls."""
    first = recipe.turns[0].steps[:1]
    return "results" not in str(first) and not (recipe.kind == "destructive" and first)


def scripted(grid: Grid, cell: Cell, world: World, split: Split, rng: random.Random) -> Script:
    """A script that shows the cell."""
    recipe = rng.choice(grid.cells[cell])
    if cell.kind == "parallel":
        made = parallel(cell.tool, cell.complexity, grid.cells[cell], grid.singles, world, split, rng, grid.catalog, grid.safe)
    elif cell.kind == "injected_fault":
        made = faulted(cell.error_case, cell.complexity, recipe, world, split, rng, grid.catalog)  # type: ignore[arg-type]
    else:
        made = script(recipe, world, split, rng, grid.catalog)
    called = {call.tool for beat in made.beats for step in beat.steps for call in step}
    return made if all(grid.executes[name] for name in called | {cell.tool}) else unexecuted(made)
