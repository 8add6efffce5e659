"""A run's rows as Parquet shards, cut so that an edited unit touches few of them."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel

from pipelines.folder import sha256

SPLITS = ("train", "validation", "test")
MOST = 128  # shards of a split
ROWS = 8  # of a shard, at least, on the average: smaller files are more footer than rows
LEVEL = 9  # of zstd: a tenth smaller than the least, in the same time
KEEP = 4  # a split keeps its number of shards until there are so many times more, or fewer


class Shard(BaseModel):
    """A file of rows.

    Attributes:
        path: in the repository: `phase3/train-07.parquet`.
        sha256: of the file.
    """

    path: str
    rows: int
    sha256: str


def cut(rows: pa.Table, config: str, folder: Path, count: Mapping[str, int]) -> list[Shard]:
    """Write the shards of some rows, of the splits that have any.

    All rows of a unit lie in one shard of their split, in the order of the table, so that a unit whose words change touches one shard, or two.

    Args:
        rows: with the columns `split`, and `unit` or `server` and `tool`.
        folder: the root below which they are written.
        count: how many shards each split is cut into.
    """
    shelves: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, (split, unit) in enumerate(zip(rows["split"].to_pylist(), units(rows), strict=True)):
        shelves[split, shelf(unit, count[split])].append(place)
    ranked = sorted(shelves.items(), key=lambda one: (SPLITS.index(one[0][0]), one[0][1]))
    return [written(rows.take(pa.array(places, pa.int64())).combine_chunks(), f"{config}/{split}-{number:03d}.parquet", folder) for (split, number), places in ranked]


def counted(rows: pa.Table, before: Mapping[str, int]) -> dict[str, int]:
    """How many shards each split is cut into.

    Args:
        before: how many it was cut into in the last version.
    """
    splits = rows["split"].to_pylist()
    return {split: shards(splits.count(split), before.get(split, 0)) for split in SPLITS}


def units(rows: pa.Table) -> list[str]:
    """What each row is about: its unit, or its tool."""
    if "unit" in rows.column_names:
        return [str(unit) for unit in rows["unit"].to_pylist()]
    return [f"{server}.{tool}" for server, tool in zip(rows["server"].to_pylist(), rows["tool"].to_pylist(), strict=True)]


def shards(rows: int, before: int) -> int:
    """How many shards a split has: a power of two, so that on the average 8 rows and more lie in each; that of the last version as long as it will do."""
    now = min(MOST, 1 << max(0, (rows // ROWS).bit_length() - 1))
    return before if before and now / KEEP < before < now * KEEP else now


def shelf(unit: str, count: int) -> int:
    """The shard in which the rows of a unit lie."""
    return int.from_bytes(hashlib.sha256(unit.encode()).digest()[:4], "big") % count


def written(table: pa.Table, path: str, folder: Path) -> Shard:
    """Write one shard; the same rows give the same bytes."""
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, place, compression="zstd", compression_level=LEVEL, write_statistics=False, store_schema=False)
    return Shard(path=path, rows=table.num_rows, sha256=sha256(place))


def joined(paths: Sequence[Path], order: str) -> pa.Table:
    """The rows of some shards, in the order of a column."""
    table = pa.concat_tables([pq.read_table(path) for path in paths])
    return table.take(pc.sort_indices(table, sort_keys=[(order, "ascending")])).combine_chunks()
