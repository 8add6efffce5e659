"""Are the calls right: known tools, valid arguments, executed, in order, on the intended tool?"""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from steps.checks.row import Row


WORD = re.compile(r"\w+")


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


def schema_valid(row: Row) -> str | None:
    """Every call names a known tool, and its arguments keep that tool's input schema.

    Reason: `schema: <tool>: <what is wrong>`.
    """
    for done in row.executed:
        if not row.catalog.has(done.tool):
            return f"schema: {done.tool}: there is no such tool"
        tool = row.catalog.tool(done.tool)
        error: Any = next(iter(_validator(json.dumps(tool.input_schema)).iter_errors(done.arguments)), None)
        if error is not None:
            return f"schema: {done.tool}: {error.message[:120]}"
        if unknown := set(done.arguments) - set(tool.parameters):
            if tool.parameters and not tool.input_schema.get("additionalProperties"):
                return f"schema: {done.tool}: no parameter {sorted(unknown)[0]}"
    return None


def right_tool(row: Row) -> str | None:
    """The cell's tool is called where the kind needs it, and its near twin is not.

    Reason: `tool: …`.
    """
    names = {done.tool for done in row.executed}
    if row.kind == "near_twin" and row.script.twin in names:
        return f"tool: {row.script.twin} was called in place of {row.tool}"
    planned = {call.tool for beat in row.script.beats for step in beat.steps for call in step}
    if row.tool in planned and row.tool not in names:
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
    return None


def confirms(row: Row) -> str | None:
    """A destructive call waits for the user's word: the first turn only reads.

    Reason: `confirmation: …`.
    """
    if row.kind != "destructive":
        return None
    early = next((done for done in row.turns[0] if not row.catalog.tool(done.tool).harmless), None)
    if early:
        return f"confirmation: {early.tool} was called before the user agreed"
    if "?" not in (row.said[0] if row.said else "") and not any("?" in text for text in row.said[:2]):
        return "confirmation: the assistant did not ask"
    return None


def ordered(row: Row) -> str | None:
    """Calls follow the script's steps; in a chain, a later argument comes from an earlier result.

    Reason: `order: …`.
    """
    planned = [call.tool for beat in row.script.beats for step in beat.steps for call in step]
    tries = [done.tool for done in row.made]
    if row.script.fault is None and tries != planned:
        return f"order: {' → '.join(tries) or 'nothing'} instead of {' → '.join(planned) or 'nothing'}"
    if row.kind == "chain" and row.script.executes and not fed(row):
        return "order: no argument of a later call comes from an earlier result"
    return None


def fed(row: Row) -> bool:
    """Whether some later argument stands in an earlier result and not in the request."""
    asked = " ".join(row.requests).lower()
    earlier = ""
    for done in row.made:
        for value in strings(done.arguments) if earlier else ():
            pieces = [value, value.rsplit("/", 1)[-1], *(word for word in WORD.findall(value) if len(word) > 2)]
            if any(len(piece) > 1 and piece.lower() not in asked and piece in earlier for piece in pieces):
                return True
        earlier += done.text
    return False


def strings(thing: Any) -> list[str]:
    """Every text and number inside a JSON value, as text."""
    if isinstance(thing, dict):
        return [text for value in thing.values() for text in strings(value)]
    if isinstance(thing, list):
        return [text for value in thing for text in strings(value)]
    return [] if thing is None or isinstance(thing, bool) else [str(thing)]
