"""Which rows people are shown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from itertools import zip_longest
from typing import Any

from steps.order import drawn

Row = Mapping[str, Any]
CELL = ("unit", "tool", "kind", "behaviour", "complexity", "error_case")


def sampled(rows: Sequence[Row], size: int, uncertain: Set[str], share: float, seed: int = 0) -> list[Row]:
    """So many rows: a share of those that checks or judge were unsure of, then the cells taking turns.

    Which row of a cell comes first is drawn by its id, so that a larger sample holds the smaller one but for its share of uncertain ones.

    Args:
        uncertain: ids of the rows that were flagged, or scored at a floor.
        share: of the sample, at most, that is taken from them.
    """
    doubtful = [row for row in stratified(rows, seed) if row["id"] in uncertain][: round(size * share)]
    taken = {row["id"] for row in doubtful}
    return [*doubtful, *(row for row in stratified(rows, seed) if row["id"] not in taken)][:size]


def stratified(rows: Sequence[Row], seed: int) -> list[Row]:
    """All rows, the cells taking turns."""
    cells: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: drawn(row["id"], seed)):
        cells[tuple(str(row.get(name) or "") for name in CELL)].append(row)
    ranked = [group for _, group in sorted(cells.items(), key=lambda one: drawn("/".join(one[0]), seed))]
    return [row for turn in zip_longest(*ranked) for row in turn if row is not None]


def blind(name: str, share: float, seed: int = 0) -> bool:
    """Whether a row is of the control: people see no suggestion and no flag of it, so that it can be seen what these do to them."""
    return drawn(f"control {name}", seed) < share * (1 << 48)
