"""What verify decided, decided again on the finished row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from steps.filters.flag import Filter, Flag, Row
from steps.verify import Verify

TOOLS = "phase3"  # whose rows have a kind and a tool where others have a behaviour and a unit


class Checks(Filter):
    """Rows that fail a check of verify as they stand now: after a change by hand, a mend of the checks, or a fault on the way.

    Args:
        verifiers: by phase, loaded: each knows what the rows of its run are held against.
        values: digest to drawn value (JSON), for passports that carry digests alone.
        phase: of rows that do not say which they are of.
    """

    name = "checks"

    def __init__(self, verifiers: Mapping[str, Verify], values: Mapping[str, str], phase: str) -> None:
        self.verifiers, self.values, self.phase = verifiers, values, phase

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows with the first check that they fail; those of a general instruct mix have none."""
        for row in rows:
            phase = str(row.get("phase") or self.phase)
            if row.get("form") == "rehearsal" or phase not in self.verifiers:
                continue
            if reason := self.verifiers[phase].row(whole(row, phase, self.values))["reject_reason"]:
                yield self.flag(row, str(reason).removeprefix("verify: "))


def whole(row: Row, phase: str, values: Mapping[str, str]) -> dict[str, Any]:
    """A kept row with the columns that verify reads."""
    passport = json.loads(row["passport"] or "{}")
    script = passport.get("script") or {}
    if held := passport.get("held"):
        script = script | {"values": {name: values[digest] for name, digest in held.items() if digest in values}}
    script = script | {"files": dict.fromkeys(script.get("files") or (), "")}
    cell = {"kind": row.get("kind") or "", "tool": row.get("tool") or ""}
    if phase == TOOLS and not cell["kind"]:  # of the whole, whose columns are those of the other phases
        cell = {"kind": row["behaviour"], "tool": str(row["unit"]).partition(".")[2]}
    return {**row, **cell, "executed": row["calls"], "script": json.dumps(script), "state": [], "reject_reason": None}
