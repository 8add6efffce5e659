"""What a run must reach: each gate's figure against its bar."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.config import Gates

if TYPE_CHECKING:
    from steps.filters.flag import Flag

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Gate:
    """One gate.

    Attributes:
        figure: a share of the kept rows, or a number of rows; None where it cannot be known.
        bar: in words: `at most 0`.
        passed: None where it was left aside.
        why: the first row against it, or why it was left aside.
    """

    name: str
    figure: float | None
    bar: str
    passed: bool | None
    why: str = ""


@dataclass(frozen=True)
class Counted:
    """Which flags a gate counts, and whether as rows or as a share of all."""

    filter: str
    counts: Callable[["Flag"], bool] = lambda flag: True
    share: bool = False


FLAGGED: dict[str, Counted] = {
    "exact duplicates": Counted("duplicates", lambda flag: flag.figure == 1),
    "near duplicates": Counted("duplicates", lambda flag: flag.figure < 1, share=True),
    "rows put otherwise": Counted("paraphrases", lambda flag: not flag.reason.startswith("a held-out"), share=True),
    "rows that leak across splits": Counted("splits"),
    "held-out rows put otherwise": Counted("paraphrases", lambda flag: flag.reason.startswith("a held-out")),
    "rows of a benchmark": Counted("benchmarks"),
    "rows with a secret": Counted("secrets"),
    "rows with personal data": Counted("personal"),
    "rows with injected orders": Counted("orders"),
    "rows that are cut off": Counted("endings"),
    "rows that fail a check": Counted("checks"),
    "rows in another's words": Counted("personas", share=True),
    "rows above a class's share": Counted("balance", share=True),
}
LEFT = "left aside"
SAMPLE = 50  # rows, below which a run is a try that need not hold any back
ASIDE = {
    "benchmarks": "no benchmark was named (--benchmark FILE)",
    "paraphrases": "no embedder is set (configs/gates.yaml)",
    "checks": "the run was made by an earlier version, which did not keep what its rows are held against",
}


def judged(gates: Gates, manifest: Row, rows: Sequence[Row], rejected: Sequence[Row], flags: Sequence["Flag"], looked: Set[str], missing: str = "") -> list[Gate]:
    """Every gate, in the order of configs/gates.yaml.

    Args:
        looked: the filters that looked; the gate of another one is left aside.
        missing: why texts could not be compared by what they mean; a gate that needs it cannot be passed then.
    """
    sides = (("at most", gates.at_most), ("at least", gates.at_least))
    found = [gate(name, word, bar, *figure(name, manifest, rows, rejected, flags, looked)) for word, bars in sides for name, bar in bars.items()]
    unknown = {name for name, counted in FLAGGED.items() if missing and (counted.filter == "paraphrases" or counted.filter == "benchmarks" in looked)}
    return [dataclasses.replace(one, passed=False, why=missing) if one.name in unknown and one.bar != LEFT else one for one in found]


def gate(name: str, word: str, bar: float | None, figure: float | None, why: str) -> Gate:
    """One gate, held against its bar."""
    if bar is None:
        return Gate(name, figure, LEFT, None, "its bar is null")
    must = f"{word} {bar:g}"
    return Gate(name, figure, must, None if figure is None else figure <= bar if word == "at most" else figure >= bar, why)


def figure(name: str, manifest: Row, rows: Sequence[Row], rejected: Sequence[Row], flags: Sequence["Flag"], looked: Set[str]) -> tuple[float | None, str]:
    """A gate's figure, and the first row that counts, or why there is no figure."""
    if name == "lost rows":
        planned = (manifest.get("rows") or {}).get("planned")
        return (planned - len(rows) - len(rejected) - manifest.get("unpublished", 0), "") if planned is not None else (None, "the manifest does not say how many rows were planned")
    if name == "empty cells":
        empty = (manifest.get("cells") or {}).get("empty")
        return (len(empty), ", ".join(map(str, empty[:1]))) if empty is not None else (None, "this phase has no grid of its own")
    if name == "rows":
        return len(rows), ""
    if name == "held-out rows":
        held = sum(row["split"] != "train" for row in rows)
        return (held, "") if held or len(rows) >= SAMPLE else (None, f"a sample of {len(rows)} rows has none to hold back")
    counted = FLAGGED[name]
    if counted.filter not in looked:
        return None, ASIDE[counted.filter]
    found = [flag for flag in flags if flag.filter == counted.filter and counted.counts(flag)]
    number = len({flag.id for flag in found})
    first = f"{found[0].id}: {found[0].reason}" + (f" ({found[0].other})" if found[0].other else "") if found else ""
    return (round(number / max(1, len(rows)), 4) if counted.share else number), first
