"""Are the calls right: known tools, valid arguments, executed, in order, on the intended tool?"""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from knowledge.faults import load_faults
from steps.checks.row import Row
from steps.checks.source import SQL, Source, strings
from steps.teachers.composer import values_of

OPEN = ("additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf")


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema), format_checker=FormatChecker())


def schema_valid(row: Row) -> str | None:
    """Every call names a known tool, and its arguments keep that tool's input schema, formats included.

    A parameter that the schema does not name is wrong, unless the schema says that there may be more.

    Reason: `schema: <tool>: <what is wrong>`.
    """
    for done in row.executed:
        if not row.catalog.has(done.tool):
            return f"schema: {done.tool}: there is no such tool"
        tool = row.catalog.tool(done.tool)
        error: Any = next(iter(_validator(json.dumps(tool.input_schema)).iter_errors(done.arguments)), None)
        if error is not None:
            return f"schema: {done.tool}: {error.message[:120]}"
        unknown = sorted(set(done.arguments) - set(tool.parameters))
        if unknown and not any(tool.input_schema.get(keyword) for keyword in OPEN):
            return f"schema: {done.tool}: no parameter {unknown[0]}"
    return None


def right_tool(row: Row) -> str | None:
    """The cell's tool is called where the kind needs it, and its near twin is not.

    Reason: `tool: …`.
    """
    names = {done.tool for done in row.executed}
    if row.kind == "near_twin" and row.script.twin in names:
        return f"tool: {row.script.twin} was called in place of {row.tool}"
    planned = {call.tool for beat in row.script.beats for step in beat.steps for call in step}
    if row.tool and row.tool in planned and row.tool not in names:
        return f"tool: {row.tool} was not called"
    return None


def abstains(row: Row) -> str | None:
    """Nothing is called where nothing fits, before a missing value is given, or after the user backed out.

    Reason: `abstention: …`.
    """
    if row.kind == "no_tool" and row.executed:
        return f"abstention: {row.executed[0].tool} was called, though no tool fits"
    if row.kind == "missing_argument" and row.turns[0]:
        return f"abstention: {row.turns[0][0].tool} was called before the missing value was given"
    if row.kind == "missing_argument" and not row.words[0]:
        return "abstention: the assistant did not ask for the missing value"
    wanted = {call.tool for beat in row.script.beats for step in beat.steps for call in step}
    undone = next((done for done in row.executed if not row.catalog.tool(done.tool).harmless and done.tool not in wanted), None)
    return f"abstention: {undone.tool} was called after the user backed out" if row.kind == "destructive" and undone else None


def confirms(row: Row) -> str | None:
    """A destructive call waits for the user's word: the turn before it ends in a question, and only reads.

    Reason: `confirmation: …`.
    """
    if row.kind != "destructive":
        return None
    acts = next((turn for turn, calls in enumerate(row.turns) if any(not row.catalog.tool(done.tool).harmless for done in calls)), 1)
    if acts == 0:
        early = next(done for done in row.turns[0] if not row.catalog.tool(done.tool).harmless)
        return f"confirmation: {early.tool} was called before the user agreed"
    return None if "?" in row.words[acts - 1] else "confirmation: the assistant did not ask"


def ordered(row: Row) -> str | None:
    """Calls follow the script: its turns and its steps; in a chain, a later argument comes from an earlier result.

    A fault strikes the first call alone, and as often as planned; where it outlasts the tries, nothing else is called.

    Reason: `order: …`.
    """
    if row.script.brief:
        return None
    planned = [[names for step in beat.steps if (names := sorted(call.tool for call in step if not call.fault))] for beat in row.script.beats]
    tries = [[sorted(done.tool for done in step) for step in turn] for turn in row.steps]
    if row.script.fault is not None:
        fault, strikes = row.script.fault
        struck = [done.tool for done in row.executed if done.by == "fault"]
        if struck != [call for step in planned[0][:1] for call in step] * strikes:
            return f"order: the fault struck {' → '.join(struck) or 'nothing'}, and not the first call {strikes} times"
        planned = planned if strikes < load_faults()[fault].tries else [[] for _ in planned]
    if tries != planned:
        return f"order: {told(tries)} instead of {told(planned)}"
    for step in (step for turn in row.steps for step in turn):
        twice = next((done for number, done in enumerate(step) if any((done.tool, done.arguments) == (other.tool, other.arguments) for other in step[:number])), None)
        if twice:
            return f"order: {twice.tool} is called twice with the same arguments"
    if row.kind == "chain" and row.script.executes and not fed(row):
        return "order: no argument of a later call comes from an earlier result"
    return None


def told(turns: list[list[list[str]]]) -> str:
    """Calls in words: `a + b → c | d`."""
    return " | ".join(" → ".join(" + ".join(step) for step in turn) or "nothing" for turn in turns)


def fed(row: Row) -> bool:
    """Whether some later argument, a word of it, its folder or its last part stands in an earlier result, and neither in the requests nor in the system prompt.

    What was drawn with a request's words and served as an argument before is no news either.
    """
    asked = Source("\n".join(str(message["content"]) for message in row.messages if message["role"] in ("system", "user")), list(values_of(row.script).values()))
    used: set[str] = set()
    results = ""
    for done in row.made:
        source = Source(results)
        for value in strings(done.arguments) if results else ():
            if value in used and value in asked.meant:
                continue
            words = [word for word in re.findall(r"\d+\.\d+|\d+-\d+-\d+|\w+", value) if len(word) > 2 and word.lower() not in SQL] if " " in value else []
            for piece in (value.strip(), value.rpartition("/")[0], re.split(r"[/:]", value)[-1], *words):
                if piece and shows(source, piece) and not shows(asked, piece, whole=True):
                    return True
        used.update(strings(done.arguments))
        results += f"\n{done.text}"
    return False


def shows(source: Source, piece: str, whole: bool = False) -> bool:
    """Whether a value, or a part of one, stands in a text."""
    counts = source.counts(piece.lower())
    return source.stands(piece.lower(), whole) if counts is None else counts
