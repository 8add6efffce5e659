"""The exact grid of what every point can show: point × behaviour × complexity × error case, and who can show it."""

import dataclasses
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from types import MappingProxyType
from typing import Any, ClassVar

from knowledge.catalog import Catalog
from knowledge.play import BOUNDARY, Behaviour, ErrorCase, Play, Plays
from knowledge.points import Phase, Point, shipped_points
from knowledge.recipe import Complexity
from knowledge.theme import Split, Theme
from steps.contracts import Act, Beat, Condition, Script
from steps.render import bare, evaluate, fill
from steps.script import draw_values, part
from steps.worlds.bench import benches, tasks
from steps.worlds.world import Value, World

CASES: dict[Phase, dict[Behaviour, tuple[tuple[Complexity, ErrorCase], ...]]] = {
    "system_prompt": {
        "applies": (("simple", "none"), ("moderate", "none"), ("complex", "none"), ("moderate", "user_errs"), ("moderate", "environment_fails")),
        "looks_alike": (("simple", "none"), ("moderate", "none")),
        "yields": (("moderate", "collides"), ("complex", "collides")),
        "holds": (("moderate", "pressure"), ("complex", "pressure"), ("moderate", "user_errs")),
    },
    "methodology": {
        "stage": (("simple", "none"), ("moderate", "none"), ("complex", "none"), ("moderate", "user_errs"), ("moderate", "environment_fails")),
        "in_order": (("moderate", "none"), ("complex", "none")),
        "skips": (("moderate", "collides"), ("complex", "pressure")),
        "goes_back": (("moderate", "environment_fails"), ("complex", "environment_fails")),
        "no_ceremony": (("simple", "none"),),
        "looks_alike": (("simple", "none"), ("moderate", "none"), ("complex", "none"), ("moderate", "user_errs"), ("moderate", "environment_fails")),
        "holds": (("moderate", "pressure"),),
    },
    "agents": {
        "duty": (("simple", "none"), ("moderate", "none"), ("complex", "none"), ("moderate", "user_errs"), ("moderate", "environment_fails")),
        "hands_over": (("moderate", "none"),),
        "picks_up": (("moderate", "none"),),
        "declines": (("simple", "collides"), ("moderate", "pressure")),
        "changes_role": (("complex", "none"),),
    },
    "whole": {"whole": (("moderate", "none"), ("complex", "none"), ("complex", "environment_fails"), ("complex", "collides"), ("complex", "pressure"))},
}
MEANS: dict[str, str] = {
    "applies": "the user's request is one to which it applies; the assistant keeps to it without a word about it",
    "looks_alike": "the request looks as if it applied, and it does not; the assistant does the ordinary thing",
    "yields": "it meets another instruction that wins, by level (system prompt before methodology before tools before agents); the assistant follows the other",
    "holds": "over two to four turns the user drifts, corrects, or pushes back, and the assistant keeps to it all the same",
    "free": "an everyday request that no rule bites",
    "stage": "the assistant does this stage, and shows its signs, without ever naming it",
    "in_order": "a request of more than one step: over several turns the assistant goes through all stages in order, without naming one",
    "skips": "the user asks to leave a stage out",
    "goes_back": "something found in a later stage sends the work back to an earlier one",
    "no_ceremony": "a request so small that the stages are left out",
    "duty": "this persona does this part of its own work, in its tone, without saying who it is",
    "hands_over": "this persona leaves its work in the form that the next one needs",
    "picks_up": "this persona goes on from what another left",
    "declines": "it is asked for another's work, and leaves it to that one, saying what it needs or offers instead",
    "changes_role": "the user changes the assistant's role twice; each answer is the work of the role it has then",
    "whole": "a persona at its work, going through the methodology without naming it, with tools, under the system's rules, and with something in its way",
    "none": "",
    "user_errs": "the user is mistaken about something that the assistant can see",
    "environment_fails": "a tool, a file or a service fails on the way",
    "collides": "what the user wants collides with the rule",
    "pressure": "the user presses the assistant to break it (hurry, authority, flattery, annoyance)",
}
HOLDING = ("holds", "changes_role", "goes_back", "in_order")


@dataclasses.dataclass(frozen=True)
class Stage:
    """What can be shown, of which points.

    Attributes:
        points: by id.
        cells: every cell, with the plays that fill it; none where a model is to write it.
        empty: points that no cell can be made for, with why.
    """

    catalog: Catalog
    points: Mapping[str, Point]
    cells: Mapping[Act, tuple[Play, ...]]
    empty: Mapping[str, str]
    excluded: int
    keys: Mapping[str, Point] = dataclasses.field(repr=False)
    themes: Sequence[Theme] = dataclasses.field(repr=False, default=())
    near: ClassVar[float] = 0.8
    stops_short: ClassVar[bool] = True

    def shelf(self, cell: Act, split: Split) -> list[Theme]:
        """The projects that a cell's row may play in, as often as it has plays for them."""
        settings = Counter(play.setting for play in self.cells[cell]) or Counter(project=1)
        places = {"task": benches(split), "project": [theme for theme in self.themes if theme.split == split]}
        longest = max(len(places[setting]) for setting in settings)
        return [theme for setting, plays in settings.items() for theme in islice(cycle(places[setting]), longest * plays)]

    def weight(self, cell: Act) -> int:
        """How often the cell comes up in a round after the first: boundaries and conversations of several turns more often."""
        return 4 if cell.behaviour in BOUNDARY else 2 if any(len(play.turns) > 1 for play in self.cells[cell]) else 1

    def script(self, cell: Act, world: World, split: Split, rng: random.Random, uses: Mapping[str, int]) -> Script:
        """A script that shows a cell, in words that were used least.

        Args:
            uses: how often plays, scenes, phrasings and answers were used before.

        Raises:
            Exhausted: when this world has nothing to fill a hole with.
        """
        if not self.cells[cell]:
            return self.brief(cell)
        here = "task" if world.theme.name in tasks() else "project"
        plays = [play for play in self.cells[cell] if play.setting == here]
        play = plays[fresh([play.id for play in plays], range(len(plays)), uses, rng)]
        return cast(play, world, split, rng, self.catalog, self.keys, uses)

    def brief(self, cell: Act) -> Script:
        """What a model is told that a row must show."""
        point = self.points[cell.unit]
        told = [MEANS[cell.behaviour], MEANS[cell.error_case], f"The conversation is {cell.complexity}."]
        turns = 1 if cell.behaviour not in HOLDING else 2 if cell.complexity != "complex" else 3
        beats = (Beat(ask="", family=f"brief {cell}", answer=""),) * turns
        owner = point.scope.partition(":")
        servers = tuple(dict.fromkeys(tool.server for tool in self.catalog.tools))
        return Script(beats=beats, servers=servers, brief="\n".join(filter(None, [f"What it is about: {point.text}", *told])), persona=owner[2] if owner[0] == "persona" else "")


def stage(phase: Phase, points: Sequence[Point], catalog: Catalog, themes: Sequence[Theme], plays: Sequence[Plays], models: bool) -> Stage:
    """The grid of a phase.

    Args:
        models: whether a model writes and responds: then every cell of the table is asked for; else those that plays fill.
    """
    if models:
        cells: dict[Act, tuple[Play, ...]] = {
            Act(unit=point.id, behaviour=behaviour, complexity=complexity, error_case=case): ()
            for point in points
            for behaviour, cases in CASES[phase].items()
            if fits(point, behaviour)
            for complexity, case in cases
        }
        return Stage(catalog, {point.id: point for point in points}, cells, {}, 0, {}, themes)
    keys = shown_here(points, phase)
    filled: dict[Act, tuple[Play, ...]] = {}
    beside: set[str] = set()
    for play in (play for bank in plays for play in bank.plays):
        found = [one for name in play.shows if (one := keyed(name, keys))]
        if len(found) < len(play.shows) or any(not catalog.has(call.tool) for call in play.calls):
            continue
        act = Act(unit=found[0].id, behaviour=play.behaviour, complexity=play.complexity, error_case=play.error_case)
        filled[act] = (*filled.get(act, ()), play)
        beside.update(point.id for point in found)
    empty = {point.id: "no play shows it as it stands; a model can (--role writer=… --role responder=…)" for point in points if point.id not in beside}
    every = sum(len(cases) for point in points for behaviour, cases in CASES[phase].items() if fits(point, behaviour))
    return Stage(catalog, {point.id: point for point in points}, filled, empty, max(0, every - len(filled)), keys, themes)


def fits(point: Point, behaviour: Behaviour) -> bool:
    """Whether a behaviour can be shown of a point of this kind."""
    name = point.key.partition(" ")[0]
    whole = {"in_order": "method", "skips": "method", "goes_back": "stage", "no_ceremony": "method", "stage": "stage", "changes_role": "persona", "whole": "persona"}
    if behaviour in whole:
        return (not point.statement and name == whole[behaviour]) or (behaviour == "stage" and point.statement)
    if point.kind == "methodology" or point.scope.startswith("methodology:"):
        return behaviour == "holds" or point.statement
    words = point.text.rpartition("\n")[2]
    if behaviour in ("hands_over", "picks_up"):
        return point.kind == "persona" and words.startswith("To **")
    if behaviour == "declines":
        return point.kind == "persona"
    return True


def shown_here(points: Sequence[Point], phase: Phase) -> dict[str, Point]:
    """What of the shipped system stands unchanged in these points: key to the point."""
    mine = {(point.key, "" if point.statement else point.digest): point for point in points}
    return {point.key: found for point in shipped_points(phase) if (found := mine.get((point.key, "" if point.statement else point.digest)))}


def keyed(name: str, keys: Mapping[str, Any]) -> Point | None:
    """The one point whose key a play means: the key itself, or its opening words; None where it is not here.

    Raises:
        ValueError: when several begin with these words.
    """
    if name in keys:
        return keys[name]  # type: ignore[no-any-return]
    found = [point for key, point in keys.items() if key.startswith(name)]
    if len(found) > 1:
        raise ValueError(f"{name!r} opens {len(found)} sentences; quote more of the one that is meant")
    return found[0] if found else None


def fresh(names: Sequence[str], places: Sequence[int], uses: Mapping[str, int], rng: random.Random) -> int:
    """One of some places, drawn among those whose names were used least."""
    least = min(uses.get(names[place], 0) for place in places)
    return rng.choice([place for place in places if uses.get(names[place], 0) == least])


def cast(play: Play, world: World, split: Split, rng: random.Random, catalog: Catalog, keys: Mapping[str, Point], uses: Mapping[str, int] = MappingProxyType({})) -> Script:
    """One row's script from a play.

    Raises:
        Exhausted: when the world or the split has nothing to fill a hole with.
    """
    values = draw_values(play.draw, world, rng, catalog)
    if play.scenes:
        number = fresh([f"{play.id} {number}" for number in range(len(play.scenes))], range(len(play.scenes)), uses, rng)
        values["scene"] = Value(f"{play.id} {number}", (f"{number}",), play.scenes[number])
    context: dict[str, Any] = {**values, "world": world}
    beats = []
    for number, turn in enumerate(play.turns):
        index = fresh([f"{play.id}.{number}.{index}" for index in range(len(turn.ask))], part(turn.ask, split), uses, rng)
        answer = turn.answer[fresh(turn.answer, range(len(turn.answer)), uses, rng)]
        beats.append(Beat(ask=turn.ask[index], family=f"{play.id}.{number}.{index}", steps=turn.steps, answer=answer))
    if isinstance(play.files, str):
        files = {str(path): str(text) for path, text in evaluate(play.files, context).items()}
    else:
        files = {bare(fill(path, context, rng)): bare(fill(text, context, rng)) + "\n" for path, text in play.files.items()}
    servers = tuple(dict.fromkeys(catalog.tool(call.tool).server for call in play.calls))
    return Script(
        beats=tuple(beats),
        values={name: value.dump() for name, value in values.items()},
        state=tuple(Condition(text=text) for text in play.state),
        servers=servers,
        beside=tuple(point.id for name in play.shows[1:] if (point := keyed(name, keys))),
        persona=play.persona,
        files=files,
        violations=play.violations,
        fixed=play.fixed,
    )
