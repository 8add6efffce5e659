"""What the report's page is given: rows packed, matched with their flags, compared with another run, and their cells."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config import Gates, load_gates
from pipelines.report_against import compare
from pipelines.report_cover import coverage, label
from pipelines.report_data import Run, funnel, head, read
from pipelines.report_marks import fitting, of_rows
from pipelines.report_rows import BLOCK, SAFE, named, pack, shortened, slim, squeezed
from tests.unit.pipelines.test_gate import made
from tests.unit.steps.filters.test_filters import ROWS

GATES: Gates = load_gates(None)
BACK = {to: chr(code) for code, to in SAFE.items()}


def unpacked(text: str) -> str:
    return zlib.decompress(base64.b85decode(text.translate(BACK))).decode()


def opened(packed: Any) -> tuple[dict[str, Any], list[list[str]]]:
    return json.loads(unpacked(packed.index)), [unpacked(block).split("\n") for block in packed.blocks]


def run_of(folder: Path, rows: list[dict[str, Any]], rejected: list[dict[str, Any]] | None = None) -> Run:
    return read(made(folder, rows, rejected), GATES)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_packed_comes_back_and_means_nothing_in_html(text: str) -> None:
    packed = squeezed(text)
    assert unpacked(packed) == text and not set(packed) & set("<>&\"'\\ \n")


def test_every_row_is_found_at_its_place(tmp_path: Path) -> None:
    rows = [row | {"family": f"f{number % 7}"} for number, row in enumerate(ROWS * 2)]
    packed = pack(run_of(tmp_path, rows, [{"id": "x", "split": "test", "reject_reason": "ask: empty: nothing", "requests": ["why  not"]}]))
    index, blocks = opened(packed)
    assert [len(block) for block in blocks] == [BLOCK, BLOCK, 1] and len(index["keys"]) == 601 == len(set(index["keys"]))
    for at, key in enumerate(index["keys"]):
        place = index["places"][at]
        assert json.loads(blocks[place // BLOCK][place % BLOCK])["id"] == key.partition("~")[0]
    assert (index["kept"], index["rejected"], index["opens"][600]) == (600, 1, "why not")
    columns = {one["name"]: one for one in index["columns"]}
    assert columns["reason"]["values"] == ["ask: empty"] and columns["split"]["values"][columns["split"]["at"][9]] == "test"


def test_rows_with_one_id_keep_names_of_their_own() -> None:
    assert named(["1", "1", "1", "1"], ["phase1", "phase2", None, None], [0, 0, 0, 2]) == ["phase1/1", "phase2/1", "1", "gone/1"]
    assert named([1, 1], [None, None], [0, 1]) == ["1", "1~2"]


def test_a_flag_goes_to_the_row_whose_text_it_names() -> None:
    one, two = {"messages": [{"content": "write to\na@x.org"}]}, {"messages": [{"content": "hello"}]}
    run = Run(
        Path(),
        {},
        pa.table({}),
        pa.table({}),
        flags=[{"id": "1", "filter": "personal", "reason": "a mail address", "figure": 1.0, "text": "to a@x.org", "other": ""}, {"id": "9", "filter": "orders"}],
    )
    found, loose = of_rows(run, ["1", "1", "1"], [0, 0, 1])
    assert set(found) == {0, 1} and loose == 1
    assert [bool(fitting(found[at], row)) for at, row in ((0, one), (1, two))] == [True, False]
    alone, _ = of_rows(run, ["1"], [0])
    assert fitting(alone[0], two)[0]["reason"] == "a mail address"


def test_a_row_is_packed_without_what_is_said_twice() -> None:
    asked = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]
    messages = [{"role": "assistant", "content": None, "tool_calls": asked, "tool_call_id": None}, {"role": "tool", "content": "12", "tool_calls": None, "tool_call_id": "c"}]
    found = slim(
        {"messages": messages, "calls": '[{"id": "c", "arguments": {"a": 1}, "text": "12", "by": "server"}, {"id": "d", "text": "?"}]', "verdicts": "[]", "passport": "no JSON"}
    )
    assert found == {
        "messages": [{"role": "assistant", "tool_calls": asked}, {"role": "tool", "content": "12", "tool_call_id": "c"}],
        "calls": [{"id": "c", "by": "server"}, {"id": "d", "text": "?"}],
        "passport": "no JSON",
    }


def test_a_long_request_is_cut_visibly() -> None:
    assert shortened("a" * 160) == "a" * 160 and shortened("a" * 161) == "a" * 159 + "…"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("verify: form: no_bullets: a list: '- s'", "verify: form"),
        ("dedup: same request as phase2/coding-test-0-0", "dedup: same request as another row"),
        ("dedup: 0.84 like phase3/000528", "dedup: like another row"),
        ("mix: more rows of L3 than its weight takes", "mix: more rows of L3 than its weight takes"),
        (None, "unknown"),
    ],
)
def test_reasons_are_counted_without_what_is_one_rows_alone(reason: str | None, told: str) -> None:
    assert head(reason) == told


def test_the_funnel_has_the_largest_stage_first() -> None:
    reasons = ["a: x", "b: y", "b: z", "b: z"]
    run = Run(Path(), {}, pa.table({}), pa.table({"reject_reason": reasons}))
    assert funnel(run) == [("b", "b: z", 2), ("b", "b: y", 1), ("a", "a: x", 1)]


def test_two_runs_are_matched_by_cell_and_request_whatever_the_id(tmp_path: Path) -> None:
    fixed = {"unit": "u", "asker": "a"}
    old = [row | fixed for row in ROWS[:4]]
    other = [
        ROWS[0] | fixed | {"id": "new id"},
        ROWS[1] | fixed | {"messages": [ROWS[1]["messages"][0], {"role": "assistant", "content": "No."}]},
        ROWS[2] | {"unit": "v", "asker": "a"},
    ]
    change = compare(run_of(tmp_path / "new", other), run_of(tmp_path / "old", old))
    assert change.changes == ["the same", "changed", "new"] and change.counts == {"new": 1, "changed": 1, "the same": 1, "gone": 2}
    assert change.before[1][1]["content"] == ROWS[1]["messages"][1]["content"] and change.gone.column("id").to_pylist() == ["r2", "r3"]
    assert change.units == (["v"], []) and [cell for cell, _ in change.cells[0]] == ["v · simple · none"]
    assert {name for name, _, _ in change.measures} >= {"multi-turn", "distinct-2 of requests"} and change.gates[0][0] == "lost rows"
    index, blocks = opened(pack(run_of(tmp_path / "new", other), change.gone, change.changes, change.before))
    assert index["keys"][-2:] == ["gone/r2", "gone/r3"] and '"before"' in "".join(line for block in blocks for line in block)


def test_the_ids_of_calls_are_no_change(tmp_path: Path) -> None:
    def called(name: str) -> list[dict[str, Any]]:
        call = {"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}}
        return [ROWS[0]["messages"][0], {"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "content": "1", "tool_call_id": name}]

    one, two = (run_of(tmp_path / name, [ROWS[0] | {"messages": called(name)}]) for name in ("one", "two"))
    assert compare(one, two).changes == ["the same"]


def test_units_are_grouped_by_their_document(tmp_path: Path) -> None:
    units = ["rule:hive/git.md#1", "rule:hive/git.md#2", "rehearsal:rust"]
    rows = [ROWS[at] | {"unit": unit, "category": "rehearsal" if at == 2 else "rule", "error_case": "denied" if at == 1 else "none"} for at, unit in enumerate(units)]
    cover = coverage(run_of(tmp_path, rows), {"rule:hive/git.md#1": "hive/git.md:14"})
    assert [one["title"] for one in cover["columns"]] == ["no error, simple", "denied, simple"]
    assert [(group["name"], [(unit["label"], unit["cells"]) for unit in group["units"]]) for group in cover["groups"]] == [
        ("hive/git.md", [("1 (line 14)", [1, 0]), ("2", [0, 1])]),
        ("rehearsal", [("rust", [1, 0])]),
    ]
    assert cover["columns"][1]["filter"] == {"complexity": "simple", "error case": "denied"} and cover["most"] == 1


def test_a_unit_is_called_by_what_it_says() -> None:
    assert label("rule:x#1", {"rule:x#1": "Ask first.\nThen act."}, {}) == "Ask first." and label("git_log", {}, {}) == "git_log"


def test_what_cannot_be_read_of_quality_is_looked_at_again_or_noted(tmp_path: Path) -> None:
    made(tmp_path, ROWS[:5])
    read(tmp_path, GATES)
    (tmp_path / "quality" / "gate.json").write_text("[" * 100_000)
    assert (again := read(tmp_path, GATES)).gate and again.map
    (tmp_path / "quality" / "map.parquet").write_bytes(b"PAR1")
    run = read(tmp_path, GATES)
    assert run.gate and run.map is None and run.notes == ["quality/map.parquet cannot be read. Make it again: python -m pipelines.gate RUN"]
