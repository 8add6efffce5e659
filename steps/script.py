"""Make every choice that a recipe leaves open: values, phrasing families, faults."""

import random
from collections.abc import Mapping, Sequence

from knowledge.catalog import Catalog
from knowledge.recipe import Recipe, Turn
from knowledge.theme import Split
from steps.contracts import Beat, Condition, Script
from steps.draws import DRAWS
from steps.sample import sampled
from steps.worlds.world import Exhausted, Value, World


def part(families: Sequence[str], split: Split) -> tuple[int, ...]:
    """The indices of the phrasing families that belong to a split: the last sixth test, the one before validation.

    Raises:
        Exhausted: when the split has none.
    """
    count = len(families)
    share = -(-count // 6) if count >= 3 else 0
    bounds = {"train": (0, count - 2 * share), "validation": (count - 2 * share, count - share), "test": (count - share, count)}
    first, last = bounds[split]
    if first == last:
        raise Exhausted(f"phrasing families for {split}")
    return tuple(range(first, last))


def choose(families: Sequence[str], split: Split, rng: random.Random) -> tuple[int, str]:
    """One of a split's phrasing families, with its index."""
    index = rng.choice(part(families, split))
    return index, families[index]


def drawn(kind: str, world: World, rng: random.Random, catalog: Catalog) -> Value:
    """A value of a kind: one that a fixture registered, or `schema:<tool>:<parameter>`."""
    if not kind.startswith("schema:"):
        return DRAWS[kind](world, rng)
    _, tool, parameter = kind.split(":", 2)
    known = catalog.tool(tool)
    return sampled(known.parameters[parameter], parameter, world.split, rng, known.input_schema)


def draw_values(draw: Mapping[str, str], world: World, rng: random.Random, catalog: Catalog) -> dict[str, Value]:
    """Fill holes from the world: a name to the kind of value; two holes of one kind get different values.

    Raises:
        Exhausted: when the world has not enough values of a kind.
    """
    values: dict[str, Value] = {}
    for name, kind in draw.items():
        others = [values[other].value for other, same in draw.items() if same == kind and other in values]
        for _ in range(12):
            value = drawn(kind, world, rng, catalog)
            if value.value not in others:
                break
        else:
            raise Exhausted(f"different values of kind {kind}")
        values[name] = value
    return values


def beat(recipe: Recipe, number: int, turn: Turn, split: Split, rng: random.Random) -> Beat:
    """A turn with its phrasing families chosen."""
    index, ask = choose(turn.ask, split, rng)
    return Beat(ask=ask, family=f"{recipe.id}.{number}.{index}", steps=turn.steps, answer=rng.choice(turn.answer))


def script(recipe: Recipe, world: World, split: Split, rng: random.Random, catalog: Catalog) -> Script:
    """One row's script from a recipe.

    Raises:
        Exhausted: when the world or the split has nothing to fill a hole with.
    """
    values = draw_values(recipe.draw, world, rng, catalog)
    beats = tuple(beat(recipe, number, turn, split, rng) for number, turn in enumerate(recipe.turns))
    return Script(
        beats=beats,
        values={name: value.dump() for name, value in values.items()},
        state=tuple(Condition(text=text) for text in recipe.state),
        servers=tuple(dict.fromkeys(catalog.tool(call.tool).server for call in recipe.calls)),
        twin=recipe.twin,
        clause=choose(recipe.clauses, split, rng)[1] if recipe.clauses else "",
    )
