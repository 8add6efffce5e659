"""What a look at a run says of its rows: which flags are whose, and where on the map they lie."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pipelines.report_data import GONE, KEPT, Row, Run, columns


def of_rows(run: Run, ids: Sequence[Any], status: Sequence[int]) -> tuple[dict[int, list[Row]], int]:
    """The flags of each row by its place, and how many are of no row here."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, (name, state) in enumerate(zip(ids, status, strict=True)):
        if state != GONE:
            places[str(name)].append(at)
    found: defaultdict[int, list[Row]] = defaultdict(list)
    loose = 0
    for flag in run.flags or ():
        mine = places.get(str(flag["id"]), [])
        mine = [at for at in mine if status[at] == KEPT] or mine  # a look looks at kept rows
        loose += not mine
        for at in mine:
            found[at].append({**{name: flag.get(name) for name in ("filter", "reason", "figure", "text", "other")}, "shared": len(mine) > 1})
    return dict(found), loose


def fitting(found: Sequence[Row], row: Row) -> list[Row]:
    """The flags that are this row's: where several rows share an id, those whose text stands in it."""
    said = "\n".join(str(message.get("content") or "") + str(message.get("tool_calls") or "") for message in row["messages"] or ())
    known = " ".join(said.split())  # a flag's text has its spaces made single
    return [{name: value for name, value in flag.items() if name != "shared"} for flag in found if not flag["shared"] or str(flag["text"] or "") in known]


def clusters(run: Run, ids: Sequence[Any]) -> list[str | None]:
    """The cluster of each row that the map knows, in words that sort."""
    found: list[str | None] = [None] * len(ids)
    for at, one in placed(run):
        found[at] = f"cluster {one['cluster']:>3}"
    return found


def points(run: Run) -> list[list[int]]:
    """The cluster map: for each point the row's place, x and y in thousandths of the map, and its cluster."""
    found = placed(run)
    if not found:
        return []
    low = {side: min(float(one[side]) for _, one in found) for side in "xy"}
    wide = {side: max(float(one[side]) for _, one in found) - low[side] or 1.0 for side in "xy"}
    return [[at, *(round(1000 * (float(one[side]) - low[side]) / wide[side]) for side in "xy"), int(one["cluster"])] for at, one in found]


def placed(run: Run) -> list[tuple[int, Row]]:
    """The points of the map with the places of their rows: in the order of the kept rows where it has them all, else by id."""
    ids = [str(name) for name in columns(run.kept, ("id",))["id"]]
    known = [one for one in run.map or () if all(isinstance(one.get(name), (int, float)) for name in ("x", "y", "cluster"))]
    if [str(one["id"]) for one in known] == ids:
        return list(enumerate(known))
    first = {name: at for at, name in reversed(list(enumerate(ids)))}
    return [(first[str(one["id"])], one) for one in known if str(one["id"]) in first]
