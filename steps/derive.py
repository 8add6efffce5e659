"""Derive scripts from authored one-call recipes: parallel calls, injected faults, and calls that nobody runs."""

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from jinja2 import meta

from knowledge.bank import BANKS, read_bank
from knowledge.catalog import Catalog
from knowledge.faults import load_faults
from knowledge.recipe import Call, Complexity, Fault, Recipe
from knowledge.theme import Split
from steps.contracts import Beat, Condition, Script
from steps.render import ENVIRONMENT, evaluate
from steps.script import choose, draw_values, script
from steps.worlds.world import Exhausted, Value, World

LOOKS = 240
UNCHANGED = Condition(text="after == before")


def parallel(
    tool: str,
    complexity: Complexity,
    own: Sequence[Recipe],
    singles: Sequence[Recipe],
    world: World,
    split: Split,
    rng: random.Random,
    catalog: Catalog,
    safe: Callable[[str], bool],
) -> Script:
    """Two (moderate) or three (complex) independent calls in one step, at least one of them to the tool.

    Independent: all only read, or the one that writes stands beside readers of other servers, or all are repeats of
    a recipe that says of itself that it can be repeated.

    Raises:
        Exhausted: when no such calls can be put together.
    """
    count = 2 if complexity == "moderate" else 3
    first = rng.choice(own)
    home, reads = catalog.tool(tool).server, safe(tool)
    again = first.repeatable and bool(first.draw) and rng.random() < 0.4
    near = rng.random() < 0.7

    def beside(recipe: Recipe) -> bool:
        """Whether a recipe can stand beside the first."""
        other = recipe.calls[0].tool
        elsewhere = catalog.tool(other).server != home
        return bool(recipe.clauses) and safe(other) and (reads or elsewhere) and (other != tool or bool(recipe.draw))

    chosen = [first]
    for trial in range(LOOKS):
        if len(chosen) == count:
            break
        if again or (trial > LOOKS * 2 // 3 and first.repeatable and first.draw):
            chosen.append(first)
            continue
        candidate = rng.choice(singles)
        if near and trial < LOOKS // 3 and catalog.tool(candidate.calls[0].tool).server != home:
            continue
        if beside(candidate) and (candidate.draw or candidate not in chosen):
            chosen.append(candidate)
    if len(chosen) < count:
        raise Exhausted(f"{count} independent calls with {tool}")
    return joined(chosen, world, split, rng, catalog)


@cache
def frames() -> dict[str, list[str]]:
    """How several wishes are put into one request."""
    return dict(read_bank(BANKS / "joined.yaml"))


def joined(chosen: Sequence[Recipe], world: World, split: Split, rng: random.Random, catalog: Catalog) -> Script:
    """Several one-call recipes as one request and one step of parallel calls."""
    clauses, calls, answers, state = [], [], [], []
    values: dict[str, str] = {}
    asked: list[tuple[str, dict[str, Any]]] = []
    for number, recipe in enumerate(chosen):
        call = recipe.calls[0]
        for _ in range(10):
            drawn = draw_values(recipe.draw, world, rng, catalog)
            worked_out = {name: Value(evaluate(text, {**drawn, "world": world}), ("",)) for name, text in call.arguments.items()}
            shape = (call.tool, {name: value.value for name, value in worked_out.items()})
            if shape not in asked:
                break
        else:
            raise Exhausted(f"different values for {call.tool}")
        asked.append(shape)
        prefix = f"p{number}_"
        values |= {prefix + name: value.dump() for name, value in drawn.items()}
        clauses.append(scoped(choose(recipe.clauses, split, rng)[1], recipe, prefix))
        values |= {f"{prefix}argument_{name}": value.dump() for name, value in worked_out.items()}
        calls.append(Call(tool=call.tool, arguments={name: f"{prefix}argument_{name}" for name in worked_out}, fails=call.fails))
        answers.append(scoped(rng.choice(recipe.turns[0].answer), recipe, prefix, number))
        state += [Condition(text=text, scope=prefix, first=number) for text in recipe.state]
    index, frame = choose(frames()[{2: "two", 3: "three"}[len(chosen)]], split, rng)
    ask = frame.format(**dict(zip("abc", clauses, strict=False)))
    ask = ask if frame.startswith("{") else capital(ask)
    beat = Beat(ask=ask, family=f"parallel.{index}." + "+".join(recipe.id for recipe in chosen), steps=(tuple(calls),), answer="\n\n".join(answers))
    used = tuple(dict.fromkeys(catalog.tool(call.tool).server for call in calls))
    return Script(beats=(beat,), values=values, state=tuple(state), servers=used)


@cache
def asked_of(text: str) -> frozenset[str]:
    """The names that a template needs."""
    return frozenset(meta.find_undeclared_variables(ENVIRONMENT.parse(text)))


def scoped(text: str, recipe: Recipe, prefix: str, number: int = 0) -> str:
    """A template of one of several recipes side by side: its names stand for the prefixed ones, its results begin at its own."""
    names = asked_of(text)
    pairs = [f"{name} = {prefix}{name}" for name in sorted(names & set(recipe.draw))]
    pairs += [f"results = results[{number}:{number + 1}]"] if "results" in names else []
    return f"{{% with {', '.join(pairs)} %}}{text}{{% endwith %}}" if pairs else text


def faulted(fault: Fault, complexity: Complexity, recipe: Recipe, world: World, split: Split, rng: random.Random, catalog: Catalog) -> Script:
    """A one-call recipe whose call meets a fault: it clears after one strike (simple), or stays (moderate).

    Where it stays, the assistant can only say what it could not do, so the request is put in those very words.
    """
    made = script(recipe, world, split, rng, catalog)
    if complexity == "simple":
        return made.model_copy(update={"fault": (fault, 1)})
    index, frame = choose(frames()["one"], split, rng)
    wish = capital(frame.format(a=made.clause)) if frame.startswith("{") and rng.random() < 0.5 else frame.format(a=made.clause)
    beat = made.beats[0].model_copy(update={"ask": wish, "family": f"{recipe.id}.wish.{index}"})
    return made.model_copy(update={"beats": (beat,), "fault": (fault, load_faults()[fault].tries), "state": (UNCHANGED,)})


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def unexecuted(made: Script) -> Script:
    """The same script where nothing is run: it ends with its first calls."""
    beats = []
    for beat in made.beats:
        beats.append(beat.model_copy(update={"steps": beat.steps[:1]}))
        if beat.steps:
            break
    return made.model_copy(update={"beats": tuple(beats), "executes": False, "state": (), "servers": ()})
