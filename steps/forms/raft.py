"""A need, some tools' documents, and the call that the right one of them allows."""

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from knowledge.catalog import HIVE, Catalog, load_catalog
from knowledge.recipe import Recipe, load_banks
from knowledge.theme import Split, Theme, load_themes
from knowledge.units import Tool
from steps.contracts import Contract
from steps.forms.documents import documented
from steps.forms.form import Draft, Form, answered, asked
from steps.forms.given import Given
from steps.render import Unfillable
from steps.sample import valid
from steps.script import script
from steps.teachers.askers import load_askers
from steps.teachers.composer import call, requests, values_of
from steps.worlds.world import Exhausted, World

DAY = re.compile(r"\d{4}-\d\d-\d\d")
JSON = re.compile(r"```json\n(.*?)\n```", re.S)
FAR = {
    "filesystem": ("time", "sqlite"),
    "git": ("time", "sqlite", "memory"),
    "memory": ("time", "git", "fetch"),
    "sqlite": ("time", "git", "fetch"),
    "time": ("filesystem", "git", "memory", "sqlite"),
    "fetch": ("time", "git", "sqlite", "memory"),
}
TWINS = frozenset({"read_file"})  # deprecated in favour of another: never shown beside it


class Called(Contract):
    """A need, the words of a document that settle it, and the call; tool is empty where no document does."""

    need: str
    quote: str
    tool: str
    arguments: dict[str, Any]


class CallsFromDocuments(Form):
    """The user shows tools' documents, of which one is right or none; the answer quotes it and gives the call.

    Facts: `docs` (name, description and parameters of each tool shown), `tool` (empty where none fits), `arguments`, `quote`.

    Source: Gorilla (arXiv 2305.15334); distractors and quotation as in RAFT (arXiv 2403.10131).
    """

    name = "raft"
    writes = Called

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """Every recipe of one call, in a world of the split; of six drafts one has no right document."""
        recipes = [recipe for bank in load_banks().values() for recipe in bank.recipes if single(recipe)]
        themes = [theme for theme in load_themes() if theme.split == split]
        for _ in range(8):
            for number, recipe in enumerate(rng.sample(recipes, len(recipes))):
                try:
                    yield self.draft(recipe, rng.choice(themes), number % 6 == 2, rng)
                except (Exhausted, Unfillable):
                    continue

    def draft(self, recipe: Recipe, theme: Theme, none: bool, rng: random.Random) -> Draft:
        """A need from a recipe, beside the documents of its tool and of others.

        Raises:
            Exhausted, Unfillable: when the world has not what the recipe needs.
        """
        catalog = shipped()
        world = World(theme, rng.randrange(1000))
        drawn = script(recipe, world, theme.split, rng, catalog)
        asker = rng.choice(sorted(load_askers()))
        need = next(requests(drawn, world, asker, rng.randrange(10**6)))
        made = call(recipe.calls[0], recipe.id, 0, {**values_of(drawn), "world": world})
        tool = catalog.tool(made.name)
        if untold := [day for day in DAY.findall(json.dumps(made.arguments)) if day not in need]:
            raise Exhausted(f"words for {untold[0]}")
        others = distractors(tool, recipe.twin, none, rng)
        tools = rng.sample(others if none else [tool, *others], len(others) + (not none))
        shown = {"docs": documented(tools, rng), "need": need, "where": rng.choice(PLACES).format(project=world.project)}
        request, family, _ = asked("raft", "none" if none else "call", theme.split, rng, shown, asker=asker)
        facts: dict[str, Any] = {"docs": [entry(one) for one in tools], "shown": shown["docs"], "tool": "" if none else tool.name, "arguments": {}, "quote": ""}
        if none:
            answer = answered("raft", "none", rng, {"offered": offered(tools, rng)})
        else:
            facts |= {"arguments": made.arguments, "quote": first(tool.description)}
            body = json.dumps({"name": tool.name, "arguments": made.arguments}, indent=rng.choice((2, 2, None)), ensure_ascii=False)
            answer = answered(
                "raft",
                "call",
                rng,
                {"tool": tool.name, "quote": facts["quote"], "stop": "" if facts["quote"][-1] in ".!?" else ".", "also": optional(tool, made.arguments), "call": body},
            )
        family = f"{family}/{drawn.beats[0].family}"
        draft = Draft(form="raft", unit=f"tool:{tool.server}#{tool.name}", family=family, split=theme.split, theme=theme.name, level="L2", asker=asker, facts=facts)
        hard = "complex" if len(tools) > 4 else "moderate" if none or len(tools) > 3 else "simple"
        return draft.model_copy(update={"category": "tool", "boundary": none, "complexity": hard}).said((request, answer))

    def check(self, draft: Draft) -> str | None:
        """The call is valid by the schema shown and stands behind a quotation; where no document is right, there is no call."""
        facts = draft.facts
        if not draft.requests or facts["shown"] not in draft.requests[0]:
            return "raft: the request does not show the documents"
        answer = draft.answers[0]
        blocks = JSON.findall(answer)
        docs = {doc["name"]: doc for doc in facts["docs"]}
        if not facts["tool"]:
            return "raft: a call, and no document is right" if blocks or not any(doc["quote"] in answer for doc in docs.values()) else None
        if facts["tool"] not in docs:
            return "raft: the tool is not among the documents"
        try:
            made = json.loads(blocks[0]) if len(blocks) == 1 else None
        except ValueError:
            made = None
        if made != {"name": facts["tool"], "arguments": facts["arguments"]}:
            return "raft: the answer does not give one call as JSON"
        if not valid(docs[facts["tool"]]["parameters"], made["arguments"]):
            return "raft: the call does not fit the schema"
        quoted = facts["quote"]
        return None if quoted.strip() and quoted in docs[facts["tool"]]["description"] and quoted in answer else "raft: no quotation of the right document"

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """A draft for each of the user's own tools: a need for it, beside others of them."""
        rng = random.Random(f"raft {seed}")
        made = []
        for tool in given.tools:
            others = [other for other in given.tools if other.name != tool.name]
            docs = rng.sample([tool, *rng.sample(others, min(3, len(others)))], min(3, len(others)) + 1)
            facts = {"docs": [entry(one) for one in docs], "shown": documented(docs, rng), "tool": tool.name, "arguments": {}, "quote": ""}
            made.append(Draft(form="raft", unit=f"tool:{tool.server}#{tool.name}", family="teacher", split="train", level="L2", category="tool", facts=facts))
        return made

    def finish(self, draft: Draft, made: Called, rng: random.Random) -> Draft:
        """The need beside the documents; the quotation, and the call as JSON."""
        facts = draft.facts | {"arguments": made.arguments, "quote": made.quote}
        body = json.dumps({"name": made.tool, "arguments": made.arguments}, indent=2, ensure_ascii=False)
        parts = rng.sample([made.need, facts["shown"]], 2)
        return draft.model_copy(update={"facts": facts}).said(("\n\n".join(parts), f'`{made.tool}`: "{made.quote}"\n\n```json\n{body}\n```'))


PLACES = ("Working directory: {project}", "We are in {project}.", "The project is {project}.", "cwd is {project}", "(Project folder: {project})", "All of it happens in {project}.")


@cache
def shipped() -> Catalog:
    """The shipped tools, from their recorded lists."""
    return load_catalog([str(HIVE)], offline=True)


def single(recipe: Recipe) -> bool:
    """Whether a recipe is one call whose arguments follow from the request."""
    return recipe.kind in ("one_call", "near_twin") and not any("results" in text for text in recipe.calls[0].arguments.values())


def distractors(tool: Tool, twin: str | None, none: bool, rng: random.Random) -> list[Tool]:
    """Tools beside the right one: its neighbours and a stranger; strangers alone where it is left out."""
    tools = [other for other in shipped().tools if other.name != tool.name and other.name not in TWINS]
    if none:
        far = [other for other in tools if other.server in FAR[tool.server] and other.name != "append_insight"]
        return rng.sample(far, rng.choice((3, 4)))
    near = [other for other in tools if other.server == tool.server]
    strange = [other for other in tools if other.server != tool.server]
    picked = rng.sample(near, min(len(near), rng.choice((1, 2, 3)))) + rng.sample(strange, rng.choice((1, 2)))
    if twin and twin != tool.name and all(other.name != twin for other in picked):
        picked[0] = shipped().tool(twin)
    return picked


def entry(tool: Tool) -> dict[str, Any]:
    """A tool as the check sees it."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.input_schema or {"type": "object"}, "quote": first(tool.description)}


def first(description: str) -> str:
    """The first sentence of a description."""
    return re.split(r"(?<=[.!?])\s", description.strip())[0]


def optional(tool: Tool, arguments: dict[str, Any]) -> str:
    """What the document says of an optional argument that the call uses."""
    required = (tool.input_schema or {}).get("required", [])
    for name, schema in (tool.input_schema or {}).get("properties", {}).items():
        if name in arguments and name not in required and schema.get("description"):
            return f' For `{name}` it says "{schema["description"].strip()}"'
    return ""


def offered(tools: list[Tool], rng: random.Random) -> str:
    """What the documents shown offer, each by its own words."""
    parts = [f'`{tool.name}` ("{first(tool.description)}")' for tool in rng.sample(tools, len(tools))]
    return rng.choice(("I see {} and {}.", "On the table are {} and {}.", "What is there: {} and {}.", "The list has {} and {}.")).format(", ".join(parts[:-1]), parts[-1])
