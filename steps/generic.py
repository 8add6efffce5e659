"""Recipes for tools that no bank knows: from their schemas and descriptions alone."""

import re
from functools import cache
from typing import Any

from knowledge.bank import BANKS, read_bank
from knowledge.recipe import Call, Complexity, Kind, Recipe, Turn
from knowledge.units import Tool
from steps.sample import words

CUT = re.compile(r"\s*(?:[,;:(\[]|\b(?:with|using|that|which|for|from|by|via|(?<!-)based|including|when|where|so|if|to the|in the|on the|of the)\b)")
MOST_WORDS = 6
DANGLING = frozenset("and or their its a an the all of specific new multiple in to from by for with about ensure across between at".split())


@cache
def bank() -> dict[str, Any]:
    """The authored phrasing for unknown tools."""
    return dict(read_bank(BANKS / "generic.yaml"))


@cache
def offtopic() -> dict[str, list[dict[str, list[str]]]]:
    """Requests that no tool is right for."""
    return dict(read_bank(BANKS / "offtopic.yaml"))


def deeds(tool: Tool) -> tuple[str, ...]:
    """What the tool does, as bare imperatives in plain words: never its name, never its description's own sentence."""
    spoken = words(tool.called).split()
    told = CUT.split(tool.summary, maxsplit=1)[0].strip(" .").split()[:MOST_WORDS]
    while told and told[-1].lower() in DANGLING:
        told.pop()
    verb, rest = (told[0].lower(), told[1:]) if told else (spoken[0], spoken[1:])
    known = bank()["verbs"]
    stem = next((form for form in (verb, verb.removesuffix("s"), verb.removesuffix("es"), verb.removesuffix("ing") + "e") if form in known), None)
    lead = next((part for part in spoken if part in known), None)
    third_person = verb.endswith("s") and not verb.endswith("ss") and bool(rest) and verb[:-1] not in spoken
    noun = bool(rest) and rest[-1].lower().endswith(("ment", "tion", "ing", "sis", "tics"))
    if stem is None and lead is None and told and not noun and (verb in spoken or third_person):
        stem, known = verb, known | {verb: [verb if verb in spoken else verb[:-1]]}
    if stem is None:
        others = [part for part in spoken if part != lead] or spoken
        verbs = known[lead] if lead else ["see to", "take care of", "sort out"]
        thing = " ".join(others) if lead or not told else " ".join([verb, *rest])
    else:
        verbs, thing = known[stem], " ".join(rest) if rest else " ".join(part for part in spoken if part != stem)
    thing = re.sub(r"^(?:a|an|all|the|multiple|specific)\s+", "the ", thing[:1].lower() + thing[1:] if thing[1:2].islower() else thing)
    thing = thing if thing.startswith(("the ", "your ")) else f"the {thing}"
    made = [f"{verb} {thing}".strip() for verb in verbs]
    plain = [text for text in made if words(tool.called) not in text] or [f"take care of {thing}"]
    return tuple(dict.fromkeys(plain))


def holes(tool: Tool, optional: int) -> tuple[dict[str, str], dict[str, str], str]:
    """The draws, the arguments and the words that name the values, with this many optional parameters.

    A required parameter with one possible value is not spoken of.
    """
    extra = [name for name in tool.parameters if name not in tool.required][:optional]
    draws, arguments, said = {}, {}, []
    for index, name in enumerate([*tool.required, *extra]):
        hole = f"v{index}"
        draws[hole] = f"schema:{tool.name}:{name}"
        arguments[name] = hole
        schema = tool.parameters[name]
        if not (isinstance(schema, dict) and "const" in schema):
            noun = "" if any(deed.lower().endswith(words(name)) for deed in deeds(tool)) else "{{ " + hole + ".noun }} "
            said.append(noun + "{{ " + hole + " }}")
    return draws, arguments, (", " + ", ".join(said)) if said else ""


def written(templates: list[str], do: tuple[str, ...], said: str) -> tuple[str, ...]:
    """Families with the deed and the values' words put in."""
    return tuple(text.replace("{{ do }}", do[index % len(do)]).replace("{{ with }}", said) for index, text in enumerate(templates))


def recipes_for(tool: Tool, siblings: tuple[Tool, ...]) -> tuple[Recipe, ...]:
    """Every recipe that a tool's schema allows."""
    texts, do = bank(), deeds(tool)
    slug = re.sub(r"[^a-z0-9]+", "-", tool.name.lower()).strip("-") or "tool"
    answers = tuple(texts["answer"])
    made: list[Recipe] = []

    def add(kind: Kind, complexity: Complexity, *turns: Turn, **more: Any) -> None:
        made.append(Recipe(id=f"{slug}-{kind.replace('_', '-')}-{complexity}-{len(made)}", kind=kind, complexity=complexity, turns=turns, **more))

    def turn(ask: list[str], said: str = "", arguments: dict[str, str] | None = None, answer: tuple[str, ...] = answers) -> Turn:
        steps = () if arguments is None else ((Call(tool=tool.name, arguments=arguments, fails=None),),)
        return Turn(ask=written(ask, do, said), steps=steps, answer=answer)

    for complexity, optional, ask in (("simple", 0, texts["ask"]), ("moderate", 2, texts["ask"][::-1]), ("complex", 3, texts["situation"])):
        draws, arguments, said = holes(tool, optional)
        clauses = tuple(f"{deed}{said.replace(', ', ' with ', 1)}" for deed in do for _ in range(3))
        add("one_call", complexity, turn(ask, said, arguments), draw=draws, clauses=clauses, repeatable=True)  # type: ignore[arg-type]

    draws, arguments, said = holes(tool, 0)
    if twin := nearest(tool, siblings):
        add("near_twin", "moderate", turn(texts["ask"][1:], said, arguments), draw=draws, twin=twin.name)
    asked = next((name for name in tool.required if telling(tool.parameters[name])), None)
    if asked is not None:
        hole = next(hole for hole, kind in draws.items() if kind.endswith(f":{asked}"))
        others = ", ".join("{{ " + other + ".noun }} {{ " + other + " }}" for other in draws if other != hole)
        wanted = tuple(text.replace("{{ noun }}", "{{ " + hole + ".noun }}") for text in texts["wanted"])
        given = [text.replace("{{ value }}", "{{ " + hole + " }}") for text in texts["given"]]
        lacking = turn([text + (f" ({others})" if others else "") for text in texts["missing"]], answer=wanted)
        add("missing_argument", "simple", lacking, draw=draws, about=(tool.name,))
        add("missing_argument", "moderate", lacking, turn(given, arguments=arguments), draw=draws)
        again = [text.replace("{{ value }}", "{{ other }}") for text in texts["again"]]
        second = turn(again, arguments=arguments | {asked: "other"})
        add("follow_up", "moderate", turn(texts["ask"], said, arguments), second, draw=draws | {"other": draws[hole]})
    for level, topics in (("simple", offtopic()["known"]), ("moderate", offtopic()["impossible"])):
        topic = topics[sum(map(ord, tool.name)) % len(topics)]
        add("no_tool", level, Turn(ask=tuple(topic["ask"]), answer=tuple(topic["answer"])), about=(tool.name,))  # type: ignore[arg-type]
    if tool.destructive:
        confirm = tuple(written(texts["confirm"], do, said))
        asks = turn(texts["ask"], said, answer=confirm)
        add("destructive", "simple", asks, turn(texts["agree"], arguments=arguments), draw=draws)
        add("destructive", "moderate", asks, turn(texts["refuse"], answer=tuple(texts["left"])), draw=draws, about=(tool.name,), state=("after == before",))
    return tuple(made)


def telling(schema: Any) -> bool:
    """Whether only the user can know the value: a text or number without a default or a fixed choice."""
    return isinstance(schema, dict) and not schema.keys() & {"default", "const", "enum"} and schema.get("type", "string") in ("string", "integer", "number")


def nearest(tool: Tool, siblings: tuple[Tool, ...]) -> Tool | None:
    """The sibling most easily taken for the tool: the one that shares most words of its name, at least one."""
    own = set(words(tool.called).split())
    shared = [(len(own & set(words(other.called).split())), -index, other) for index, other in enumerate(siblings) if other.name != tool.name]
    best = max(shared, key=lambda entry: entry[:2], default=None)
    return best[2] if best and best[0] > 0 else None
