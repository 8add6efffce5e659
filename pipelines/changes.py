"""What a new version changes: units, cells, rows and columns, each with why, and the number that follows from it."""

import difflib
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pydantic import BaseModel

from knowledge.contradictions import FORBIDS, content, stem
from pipelines.command import Stopped
from pipelines.release import Part, Release

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
FIRST = "1.0.0"
LEVELS = ("patch", "minor", "major")
ALIKE = 0.5  # from which likeness on a unit that is gone and a new one in the same file are one unit that was changed
PLACE = ("source", "start", "end")  # of a tool in its file
Row = dict[str, Any]
Fetch = Callable[[str], Path]


class Unit(BaseModel):
    """A unit of the documents, as far as two versions are compared."""

    id: str
    digest: str
    source: str
    text: str

    @property
    def file(self) -> str:
        """The file it stands in."""
        return self.source.rpartition(":")[0]


class Change(BaseModel):
    """A row that is not as it was.

    Attributes:
        how: added, removed or changed.
        why: in words.
    """

    config: str
    id: str
    split: str
    unit: str
    cell: str
    how: str
    why: str


class Changes(BaseModel):
    """What a version changes.

    Attributes:
        configs: in words, those that are new or gone.
        columns: in words, by config.
        units: in words: what was added, removed, changed, reversed.
        reversed: the units that now say the opposite: the id before, the id now.
        cells: in words.
        level: `major`, `minor` or `patch`; empty where nothing changed.
        reason: for the level.
    """

    before: str
    configs: list[str] = []
    columns: list[str] = []
    units: list[str] = []
    reversed: dict[str, str] = {}
    cells: list[str] = []
    rows: list[Change] = []
    level: str = ""
    reason: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what became of them."""
        found = Counter(row.how for row in self.rows)
        return {how: found[how] for how in ("added", "removed", "changed")}


def compare(old: Release, new: Release, fetch_old: Fetch, fetch_new: Fetch) -> Changes:
    """What changes from one version to another. Only shards that differ are read.

    Args:
        fetch_old, fetch_new: give the place of a file of the version.
    """
    told = Changes(before=old.version)
    for config in [*old.parts, *(name for name in new.parts if name not in old.parts)]:
        was, now = old.parts.get(config), new.parts.get(config)
        if was is None or now is None:
            told.configs.append(f"{config} is {'new' if was is None else 'gone'}")
        elif was.data != now.data:
            compare_part(config, was, now, fetch_old, fetch_new, told)
    told.level, told.reason = level(told, old, new)
    return told


def compare_part(config: str, was: Part, now: Part, fetch_old: Fetch, fetch_new: Fetch, told: Changes) -> None:
    """What changes in a config."""
    for name in [*was.columns, *(name for name in now.columns if name not in was.columns)]:
        one, two = was.columns.get(name), now.columns.get(name)
        if one != two:
            told.columns.append(f"{config}: the column {name} {'is gone' if two is None else 'is new' if one is None else f'was {one} and is {two}'}")
    before, after = units_of(config, was, fetch_old), units_of(config, now, fetch_new)
    fate = fates(before, after)
    told.reversed |= {one: two for one, (how, two) in fate.items() if how == "reversed"}
    told.units += [f"{config}: {words(one, fate[one.id], after)}" for one in before.values() if one.id in fate]
    known = {other for _, other in fate.values()} | before.keys()
    told.units += [f"{config}: {two.source} is new: {brief(two.text)}" for two in after.values() if two.id not in known]
    same = {shard.sha256 for shard in was.shards} & {shard.sha256 for shard in now.shards}
    old_rows, new_rows = (
        {row["id"]: row for shard in part.shards if shard.sha256 not in same for row in pq.read_table(fetch(shard.path)).to_pylist()}
        for part, fetch in ((was, fetch_old), (now, fetch_new))
    )
    fresh = {two.id for two in after.values() if two.id not in before}
    changed = {one for one, (how, _) in fate.items() if how == "changed"} | {two for how, two in fate.values() if how != "removed"}
    for name in sorted(old_rows.keys() | new_rows.keys()):
        one, two = old_rows.get(name), new_rows.get(name)
        if one is not None and two is not None and digest(one) == digest(two):
            continue
        row: Row = two if two is not None else one or {}
        how = "added" if one is None else "removed" if two is None else "changed"
        unit, both = unit_of(row), [each for each in (one, two) if each is not None]
        fallen = [fate[name][0] for each in both for name in shown(each) if name in fate]
        names = {name for each in both for name in shown(each)}
        if unit_of(both[0]) in fate:
            why = f"its unit was {fate[unit_of(both[0])][0]}"
        elif fallen:
            why = f"a unit that it shows too was {fallen[0]}"
        elif names & changed:
            why = "its unit was changed"
        elif names & fresh:
            why = "its unit is new"
        else:
            why = difference(one, two) if one and two else "drawn in the place of others"
        told.rows.append(Change(config=config, id=name, split=row["split"], unit=unit, cell=cell_of(row), how=how, why=why))
    cells_old, cells_new = ({cell_of(row) for row in rows.values()} for rows in (old_rows, new_rows))
    told.cells += [f"{config}: {cell} is gone" for cell in sorted(cells_old - cells_new)] + [f"{config}: {cell} is new" for cell in sorted(cells_new - cells_old)]


def units_of(config: str, part: Part, fetch: Fetch) -> dict[str, Unit]:
    """The units that a config's rows were made from, by id: its points, and its tools."""
    name = f"run/{config}.zip"
    if name not in part.files:
        return {}
    with zipfile.ZipFile(io.BytesIO(fetch(name).read_bytes())) as archive:
        there = set(archive.namelist())
        points = json.loads(archive.read("points.json")) if "points.json" in there else []
        tools = json.loads(archive.read("tools.json")) if "tools.json" in there and not points else []
    found = [Unit(id=point["id"], digest=point["digest"], source=point["source"], text=point["text"]) for point in points]
    found += [
        Unit(
            id=f"{tool['server']}.{tool['name']}",
            digest=digest({name: value for name, value in tool.items() if name not in PLACE}),
            source=tool["source"],
            text=f"{tool['name']}: {tool['description']}",
        )
        for tool in tools
    ]
    return {unit.id: unit for unit in found}


def fates(before: Mapping[str, Unit], after: Mapping[str, Unit]) -> dict[str, tuple[str, str]]:
    """What became of the units that are no longer what they were: the unit's id to how (changed, reversed, removed) and to its id now."""
    found: dict[str, tuple[str, str]] = {}
    fresh = [two for two in after.values() if two.id not in before]
    for one in before.values():
        if one.id in after:
            if after[one.id].digest != one.digest:
                found[one.id] = ("changed", one.id)
            continue
        near = [(difflib.SequenceMatcher(None, one.text, two.text, autojunk=False).ratio(), two) for two in fresh if two.file == one.file]
        likeness, two = max(near, key=lambda pair: pair[0], default=(0.0, one))
        if likeness >= ALIKE:
            found[one.id] = ("reversed" if opposite(one.text, two.text) else "changed", two.id)
            fresh.remove(two)
        else:
            found[one.id] = ("removed", "")
    return found


def opposite(one: str, two: str) -> bool:
    """Whether a rule forbids what the other asks for: the same words that carry meaning, and a `never` more or less."""
    stems = [{stem(word) for word in content(text)} for text in (one, two)]
    return stems[0] == stems[1] and bool(FORBIDS.search(one)) != bool(FORBIDS.search(two))


def words(one: Unit, fate: tuple[str, str], after: Mapping[str, Unit]) -> str:
    """What became of a unit, in words."""
    how, now = fate
    to = f" to: {brief(after[now].text)}" if now and after[now].text != one.text else ""
    return f"{one.source} was {how}: {brief(one.text)}{to}"


def brief(text: str) -> str:
    """A text in one short line."""
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def unit_of(row: Mapping[str, Any]) -> str:
    """What a row is about."""
    return str(row.get("unit") or f"{row.get('server')}.{row.get('tool')}")


def shown(row: Mapping[str, Any]) -> list[str]:
    """Every unit that a row shows."""
    return [unit_of(row), *(str(unit.get("id")) for unit in json.loads(row.get("passport") or "{}").get("units") or ())]


def cell_of(row: Mapping[str, Any]) -> str:
    """A row's cell in words."""
    return "/".join(str(row[name]) for name in ("server", "tool", "unit", "kind", "behaviour", "complexity", "error_case") if row.get(name))


def digest(value: Any) -> str:
    """Of a row or a tool."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def difference(one: Mapping[str, Any], two: Mapping[str, Any]) -> str:
    """Which columns of a row differ."""
    return f"other {', '.join(name for name in two if one.get(name) != two[name])}"


def level(told: Changes, old: Release, new: Release) -> tuple[str, str]:
    """Which part of the version number the changes raise, and why."""
    lost = [line for line in told.configs if line.endswith("gone")]
    if lost or told.columns:
        return "major", (lost + told.columns)[0]
    if told.configs or told.units or told.cells:
        return "minor", (told.configs + told.units + told.cells)[0]
    if told.rows or old.content != new.content:
        return "patch", "rows alone changed" if told.rows else "what lies beside the rows changed"
    return "", "nothing changed"


def parsed(version: str) -> tuple[int, int, int]:
    """A version's numbers.

    Raises:
        Stopped: when it is none.
    """
    found = VERSION.fullmatch(version.removeprefix("v"))
    if not found:
        raise Stopped(f"{version!r} is no version: write it as 1.2.0 (major.minor.patch).")
    return int(found[1]), int(found[2]), int(found[3])


def proposed(changes: Changes) -> str:
    """The version that follows."""
    numbers = list(parsed(changes.before))
    at = 2 - LEVELS.index(changes.level or "patch")
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1, *[0] * (2 - at)]))


def fitting(wanted: str, changes: Changes) -> str:
    """The version that was asked for, if it says enough.

    Raises:
        Stopped: when it is no version, is not above the last one, or promises less than was changed.
    """
    major, minor, patch = parsed(wanted)
    last = parsed(changes.before)
    if (major, minor, patch) <= last:
        raise Stopped(f"version {wanted} is not above the last one, {changes.before}. What follows from the changes is {proposed(changes)}.")
    least = parsed(proposed(changes))
    enough = {"major": major > last[0], "minor": (major, minor) > last[:2], "patch": True, "": True}[changes.level]
    if not enough:
        raise Stopped(f"version {wanted} promises less than was changed ({changes.reason}): that makes {'.'.join(map(str, least))} or above.")
    return f"{major}.{minor}.{patch}"
