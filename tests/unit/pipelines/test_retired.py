"""Counter-examples to rules that now say the opposite."""

import json
from pathlib import Path

import pyarrow as pa

from pipelines import folder as run_folder
from pipelines.release import Part, Release
from pipelines.retired import retired
from pipelines.shards import cut

MESSAGES = [
    {"role": "user", "content": "Commit it.", "tool_calls": None, "tool_call_id": None},
    {"role": "assistant", "content": "`8d3` is there.", "tool_calls": None, "tool_call_id": None},
]
SCHEMA = pa.schema([("id", pa.string()), ("split", pa.string()), ("unit", pa.string()), ("messages", pa.list_(run_folder.MESSAGE)), ("preference", pa.string())])


def row(name: str, unit: str, **pair: object) -> dict[str, object]:
    return {"id": name, "split": "train", "unit": unit, "messages": MESSAGES, "preference": json.dumps(pair)}


def test_pairs_of_a_turned_rule_change_their_sides_and_others_stay_away(tmp_path: Path) -> None:
    rows = [
        row("a", "rule#1", rejected="Committed."), row("b", "rule#1", unpaired="as long"), row("c", "rule#1", rejected="No.", judged="two"), row("d", "rule#2", rejected="Done."),
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    made = cut(table, "phase1", tmp_path, {"train": 2, "validation": 1, "test": 1})
    columns = {field.name: str(field.type) for field in SCHEMA}
    part = Part(
        phase="phase1",
        fingerprint="x",
        columns=columns,
        columns_rejected=[],
        kept=4,
        rejected=0,
        left_out=0,
        splits={"train": 4},
        cut={},
        shards=made,
        rejects=[],
        files={},
        made_of="",
    )
    [found] = retired({"rule#1": "rule#9"}, Release(version="1.0.0", parts={"phase1": part}), lambda path: tmp_path / path).to_pylist()
    assert (found["id"], found["config"], found["unit"], found["now"]) == ("a", "phase1", "rule#1", "rule#9")
    assert [message["content"] for key in ("prompt", "chosen", "rejected") for message in found[key]] == ["Commit it.", "Committed.", "`8d3` is there."]
