"""Counter-examples to rules that were turned round: what such a rule taught, now as the answer not to give."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import folder as run_folder
from pipelines.changes import unit_of
from pipelines.release import Release

CONFIG = "retired"
PATH = f"{CONFIG}/train.parquet"
SAID = pa.list_(run_folder.MESSAGE)
SCHEMA = pa.schema([("id", pa.string()), ("config", pa.string()), ("unit", pa.string()), ("now", pa.string()), ("prompt", SAID), ("chosen", SAID), ("rejected", SAID)])


def retired(turned: Mapping[str, str], last: Release, fetch: Callable[[str], Path]) -> pa.Table:
    """The preference pairs of the rows that the last version had of rules that now say the opposite, the other way round.

    Args:
        turned: the id of a rule that is dead to that of the one which says the opposite.
        fetch: gives the place of a file of the last version.

    Returns:
        id, config, unit, now, prompt, chosen, rejected (conversational, as TRL's `DPOTrainer` takes them). What broke the old rule is
        `chosen`, what kept to it `rejected`. Rows without a pair have no counter-example.
    """
    found = []
    for config, part in last.parts.items():
        if "preference" not in part.columns or config == "default":  # whose rows are those of the other configs
            continue
        for shard in part.shards:
            for row in pq.read_table(fetch(shard.path), filters=[("unit", "in", list(turned))]).to_pylist():
                if other := against(row):
                    found.append(
                        {
                            "id": row["id"],
                            "config": config,
                            "unit": unit_of(row),
                            "now": turned[unit_of(row)],
                            "prompt": row["messages"][:-1],
                            "chosen": other,
                            "rejected": row["messages"][-1:],
                        }
                    )
    return pa.Table.from_pylist(sorted(found, key=lambda row: row["id"]), schema=SCHEMA)


def against(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer that breaks what the row teaches; none where it has none, or a judge did not find it the worse one."""
    pair = json.loads(row.get("preference") or "{}")
    text = pair.get("rejected") if pair.get("judged") in (None, "one") else ""
    return [{"role": "assistant", "content": text}] if text else []
