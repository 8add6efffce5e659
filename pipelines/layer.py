"""What people said of a run's rows, laid over them: `review.parquet`. The run's own files stay as they are."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.catalog import Unreadable
from pipelines.finished import Row

FILE = "review.parquet"
TOLD = "review.json"


def reviewed(run: Path, kept: pa.Table, rejected: pa.Table, manifest: Row) -> tuple[pa.Table, pa.Table, Row]:
    """Kept and rejected rows as people would have them, and the manifest that says so; all as they are where nobody was asked.

    Rows that people leave out are rejected with `people: …`, corrected ones have their new conversation, disputed ones stay.

    Raises:
        Unreadable: when the layer cannot be read.
    """
    if not (run / FILE).is_file():
        return kept, rejected, manifest
    try:
        layer: dict[str, Row] = {row["id"]: row for row in pq.read_table(run / FILE, columns=["id", "outcome", "reason", "messages"]).to_pylist()}
        told: Row = json.loads((run / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise Unreadable(f"what people said of {run} cannot be read: {str(error).splitlines()[0]}. Pull it again: python -m pipelines.review pull {run}") from None
    ids = kept["id"].to_pylist()
    out = {name for name in ids if layer.get(name, {}).get("outcome") == "reject"}
    if fixed := {place: layer[name]["messages"] for place, name in enumerate(ids) if layer.get(name, {}).get("outcome") == "fix"}:
        column = kept.schema.get_field_index("messages")
        messages: list[Any] = [fixed.get(place, before) for place, before in enumerate(kept["messages"].to_pylist())]
        kept = kept.set_column(column, kept.schema.field(column), pa.array(messages, kept.schema.field(column).type))
    gone = kept.filter(pa.array([name in out for name in ids])).to_pylist()
    left = [{name: row.get(name) for name in rejected.column_names} | {"reject_reason": f"people: {layer[row['id']]['reason']}"} for row in gone]
    more = pa.Table.from_pylist(left, schema=rejected.schema)
    kept, rejected = kept.filter(pa.array([name not in out for name in ids])), pa.concat_tables([rejected, more])
    rows = manifest["rows"] | {"kept": kept.num_rows, "rejected": rejected.num_rows}
    return kept, rejected, manifest | {"rows": rows, "review": {name: told.get(name) for name in ("rows", "outcomes", "agreement", "says")}}
