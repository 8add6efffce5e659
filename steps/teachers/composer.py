"""The embedded teacher's hand: compose a request or the assistant's next message from a script."""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from knowledge.faults import load_faults
from knowledge.recipe import Call
from steps.contracts import AssistantMessage, Beat, Executed, Script, ToolCall
from steps.render import Unfillable, bare, evaluate, fill
from steps.results import READERS
from steps.sample import say, words
from steps.teachers.askers import voice
from steps.worlds.world import Value, World


class Derailed(ValueError):
    """The conversation left the script; the message says where."""


def values_of(script: Script) -> dict[str, Value]:
    """The script's drawn values."""
    return {name: Value.parse(dumped) for name, dumped in script.values.items()}


def request(script: Script, turn: int, world: World, rng: random.Random) -> str:
    """What the user says in a turn, still in nobody's register; holes stay between marks."""
    return fill(script.beats[turn].ask, {**values_of(script), "world": world}, rng)


def requests(script: Script, world: World, asker: str, seed: int) -> Iterator[str]:
    """What the user says, turn by turn, in the asker's register."""
    rng = random.Random(f"ask {seed}")
    for turn in range(len(script.beats)):
        yield bare(voice(request(script, turn, world, rng), asker, turn == 0, rng))


def plainly(script: Script, world: World, seed: int) -> Iterator[str]:
    """What must be asked, turn by turn, in nobody's register; a turn that lacks a value is its bare template."""
    rng = random.Random(f"ask {seed}")
    for turn, beat in enumerate(script.beats):
        try:
            yield bare(request(script, turn, world, rng))
        except Unfillable:
            yield beat.ask


def reading(done: Executed) -> SimpleNamespace:
    """A result as templates see it: its text, whether it is an error, and what the tool's reader finds in it."""
    reader = READERS.get(done.tool)
    try:
        facts = reader(done.text) if reader else {}
    except (ValueError, LookupError, TypeError, SyntaxError, AttributeError):
        facts = {}
    return SimpleNamespace(**{"text": done.text, "error": done.error, "told": told(done)} | facts)


def told(done: Executed) -> str:
    """The first telling words of any result: the leading fields of an object, the length of a list, else the first line.

    Servers like to put the tool's name into an error; it is left out.
    """
    text = re.sub(rf"^(?:error )?(?:executing|calling|in|from)? ?(?:tool )?{re.escape(done.tool)}\b[:\s]*", "", done.text.strip(), flags=re.I)
    text = re.sub(rf"\b{re.escape(done.tool)}\b", "this", text)
    try:
        value = json.loads(text)
    except ValueError:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
        return (brief(lines[0], 220) if lines else "an empty result") + more
    if isinstance(value, list):
        return f"{len(value)} entries, the first being {brief(say(value[0]), 160)}" if value else "an empty list"
    if isinstance(value, dict):
        fields = [f"{words(key)} {brief(say(entry), 80)}" for key, entry in value.items() if entry is not None]
        return "; ".join(fields[:4]) or "an empty answer"
    return say(value)


def brief(text: str, most: int) -> str:
    """A text without its end, where it is too long: as many whole parts as there is room for, else whole words."""
    if len(text) <= most:
        return text
    head = text[: most + 1]
    end = head.rfind(", ")
    return head[:end] if end > 0 else head[: head.rfind(" ")].rstrip(" ,;:") + " …" if " " in head else text[:most] + "…"


def results_of(executed: list[Executed]) -> list[SimpleNamespace]:
    """What templates see of the calls so far; what the fault proxy answered does not count."""
    return [reading(done) for done in executed if done.by != "fault"]


def respond(script: Script, row: str, turn: int, hop: int, executed: list[Executed], world: World, seed: int) -> AssistantMessage:
    """The assistant's next message: calls, or the final words of the turn.

    Args:
        hop: how many messages of the assistant the turn has already.
        executed: every call so far, faults included.

    Raises:
        Derailed: when a call did not come back as the script needs it.
        Unfillable: when a result lacks what a template speaks of.
    """
    rng = random.Random(f"respond {seed} {turn} {hop}")
    beat = script.beats[turn]
    if executed:
        expect(script, executed)
    context = {**values_of(script), "results": results_of(executed), "world": world}
    if script.fault and turn == 0:
        return under_fault(script, beat, row, hop, executed, context, rng)
    return unhindered(beat, row, hop, executed, context, rng)


def unhindered(beat: Beat, row: str, hop: int, executed: list[Executed], context: dict[str, Any], rng: random.Random, offline: bool = False) -> AssistantMessage:
    """The next step of calls, else the answer."""
    if hop < len(beat.steps):
        return AssistantMessage(calls=tuple(call(made, row, len(executed) + index, context) for index, made in enumerate(beat.steps[hop])))
    return AssistantMessage(content=bare(fill(beat.answer, context, rng)))


def under_fault(script: Script, beat: Beat, row: str, hop: int, executed: list[Executed], context: dict[str, Any], rng: random.Random) -> AssistantMessage:
    """Try, try again where that can help, then go on or give up."""
    assert script.fault is not None
    fault, strikes = script.fault
    bank = load_faults()[fault]
    if hop < bank.tries and hop <= strikes:
        message = unhindered(beat, row, 0, executed, context, rng)
        return message.model_copy(update={"content": rng.choice(bank.again) or None}) if hop else message
    if strikes < bank.tries:
        answer = unhindered(beat, row, hop - strikes, executed, context, rng)
        if answer.calls:
            return answer
        return AssistantMessage(content=bare(fill(rng.choice(bank.recovered), {"answer": answer.content}, rng)))
    clause = bare(fill(script.clause, context, rng))
    return AssistantMessage(content=bare(fill(rng.choice(bank.gave_up), {"clause": clause}, rng)))


def call(made: Call, row: str, number: int, context: dict[str, Any]) -> ToolCall:
    """A call with its arguments worked out; its id follows from the row and its place."""
    arguments = {name: evaluate(text, context) for name, text in made.arguments.items()}
    mark = hashlib.sha256(f"{row} {number}".encode()).hexdigest()[:12]
    return ToolCall(id=f"call_{mark}", name=made.tool, arguments=arguments)


def expect(script: Script, executed: list[Executed]) -> None:
    """Hold the outcomes so far against the script.

    Raises:
        Derailed: at the first call that should have worked and did not, or the other way round.
    """
    planned = [made for beat in script.beats for step in beat.steps for made in step if not made.fault]
    answered = [done for done in executed if done.by != "fault"]
    for made, done in zip(planned, answered, strict=False):
        if made.fails is None or done.by == "nobody":
            continue
        if made.fails and not done.error:
            raise Derailed(f"{done.tool} should have failed and answered: {done.text[:120]}")
        if done.error and not made.fails:
            raise Derailed(f"{done.tool} failed: {done.text[:160]}")
