"""Plain Parquet: a row a conversation, for whoever brings their own trainer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from steps.formats.context import Context, Row
from steps.formats.format import Sink, Strict
from steps.formats.shapes import Said
from steps.formats.trl import TRL

CALL = pa.struct([("id", pa.string()), ("type", pa.string()), ("function", pa.struct([("name", pa.string()), ("arguments", pa.string())]))])
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", pa.list_(CALL)), ("tool_call_id", pa.string()), ("weight", pa.int64())])
SCHEMA = pa.schema([("id", pa.string()), ("messages", pa.list_(MESSAGE)), ("tools", pa.string())])
BATCH = 500


class Line(Strict):
    """A row."""

    id: str
    messages: tuple[Said, ...]
    tools: str = "[]"


class Parquet(TRL):
    """Columns `id`, `messages` (role, content, tool_calls, tool_call_id, weight; arguments as JSON text) and `tools` (JSON text).

    Rules: the columns and their types; roles, their order, calls and results as in chat.

    Source: Apache Parquet, as pyarrow and `datasets` read it; the messages are those of OpenAI's chat form.
    """

    name = "parquet"
    about = "pandas, `datasets`, DuckDB, a trainer of your own"
    lacks = "nothing that rows have"
    source = "parquet.apache.org/docs/file-format"
    suffix = ".parquet"
    shape = Line
    text = True
    empty = False
    weights = True

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`id`, `messages` and `tools`."""
        return {"id": row["id"], "messages": self.messages(row, context), "tools": self.specs(context).get("tools", "[]")}

    def lines(self, file: Path) -> Iterator[bytes]:
        """The rows of a file as JSON, the keys of messages that none uses left out."""
        for batch in pq.ParquetFile(file).iter_batches(BATCH):
            for row in batch.to_pylist():
                messages = [{key: value for key, value in message.items() if value is not None} for message in row.get("messages") or ()]
                yield orjson.dumps(row | {"messages": messages})

    def sink(self, file: Path) -> Sink:
        """Where encoded rows are written."""
        return Rows(file)


class Rows:
    """A Parquet file that takes rows as JSON."""

    def __init__(self, file: Path) -> None:
        self.writer = pq.ParquetWriter(file, SCHEMA, compression="zstd", store_schema=False)
        self.waiting: list[bytes] = []

    def write(self, raw: bytes, /) -> None:
        """Take a row."""
        self.waiting.append(raw)
        if len(self.waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        if self.waiting:
            raw = b"".join(self.waiting)
            how = pj.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="error")
            self.writer.write_table(pj.read_json(pa.BufferReader(raw), pj.ReadOptions(use_threads=False, block_size=len(raw)), how))
        self.waiting = []

    def close(self) -> None:
        """End the file."""
        self.flush()
        self.writer.close()
