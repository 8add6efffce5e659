"""The report's page: self-contained, true to the run, and safe whatever rows and measures say."""

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.config import load_gates
from pipelines.report_data import Run, read
from pipelines.report_page import difference, figure, page, picture, verdict
from tests.unit.pipelines.test_audit_page import HOSTILE, Reader
from tests.unit.pipelines.test_gate import made
from tests.unit.steps.filters.test_filters import ROWS

SECTIONS = ["gates", "funnel", "cover", "clusters", "spread", "measures", "rows"]


def run_of(folder: Path, rows: list[dict[str, Any]] | None = None, rejected: list[dict[str, Any]] | None = None) -> Run:
    return read(made(folder, ROWS[:20] if rows is None else rows, rejected), load_gates(None))


def sha(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@pytest.fixture
def seen(tmp_path: Path) -> Reader:
    return Reader(page(run_of(tmp_path)))


def test_the_policy_lets_the_pages_own_script_and_style_run_and_nothing_else(seen: Reader) -> None:
    policy = next(facts["content"] for tag, facts in seen.tags if tag == "meta" and facts.get("http-equiv") == "Content-Security-Policy")
    [script] = [text for facts, text in seen.scripts if "type" not in facts]
    assert policy == f"default-src 'none'; base-uri 'none'; form-action 'none'; script-src {sha(script)}; style-src {sha(''.join(seen.styles))}"


def test_it_refers_to_no_other_file_and_has_no_style_or_handler_in_a_tag(seen: Reader) -> None:
    assert not [facts for _, facts in seen.tags if {"src", "style", "srcset"} & set(facts) or any(name.startswith("on") for name in facts)]
    assert all((facts.get("href") or "#").startswith("#") for _, facts in seen.tags)


def test_sections_stand_in_the_order_of_a_readers_questions(seen: Reader) -> None:
    assert [facts["id"] for tag, facts in seen.tags if tag == "section"] == SECTIONS
    ids = [facts["id"] for _, facts in seen.tags if "id" in facts]
    assert len(ids) == len(set(ids)) and {facts["href"][1:] for tag, facts in seen.tags if tag == "a" and facts["href"]} <= set(ids)


def test_whatever_a_run_says_is_text(tmp_path: Path) -> None:
    nasty = HOSTILE + "\x00 javascript:alert(1)"
    messages = [{"role": "user", "content": nasty}, {"role": "assistant", "content": nasty}]
    told: dict[str, Any] = {"unit": nasty, "complexity": nasty, "error_case": nasty, "asker": nasty, "category": nasty, "messages": messages}
    run = run_of(tmp_path, [ROWS[0] | told], [{"id": nasty, "split": "train", "reject_reason": nasty, "requests": [nasty]}])
    assert run.gate and run.measures
    gate = run.gate | {"gates": [{"name": nasty, "figure": None, "bar": nasty, "passed": None, "why": nasty}], "calibration": {"file": nasty, "says": nasty}}
    measures = run.measures | {"skipped": {"semantic": nasty}, "clusters": [{"cluster": 0, "words": [nasty], "rows": 1}]}
    measures["measures"] = [{"name": nasty, "value": 1.0, "n": 1, "low": None, "high": None, "unit": "", "definition": nasty, "source": nasty}]
    flags = [{"id": "r0", "filter": nasty, "reason": nasty, "figure": 1.0, "text": nasty, "other": nasty}]
    hostile = replace(run, manifest=run.manifest | {"teachers": {nasty: nasty}, "phase": nasty}, gate=gate, measures=measures, flags=flags, texts={nasty: nasty}, notes=[nasty])
    plain, seen = Reader(page(run_of(tmp_path / "plain", ROWS[:1]))), Reader(page(hostile, run))
    assert [text for facts, text in seen.scripts if "type" not in facts] == [text for facts, text in plain.scripts if "type" not in facts]
    assert {tag for tag, _ in seen.tags} <= {tag for tag, _ in plain.tags} | {"blockquote", "strong", "button", "a", "ul", "li", "b", "dl", "canvas", "details", "summary"}
    assert not [facts for _, facts in seen.tags if {"src", "onerror"} & set(facts)]
    assert "alert(2)" in seen.words and "javascript:" not in [str(facts.get("href"))[:11] for _, facts in seen.tags]
    assert json.loads(next(text for facts, text in seen.scripts if facts.get("id") == "data"))["clusters"][0]["words"] == [nasty]


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        ([], ("aside", "Not measured")),
        ([True, None], ("passed", "Passes all 1 gates that were measured; 1 was not")),
        ([True, True], ("passed", "Passes all of its 2 gates")),
        ([None], ("aside", "Not measured")),
        ([True, False, False], ("short", "Falls short of 2 of 3 gates: g1, g2")),
    ],
)
def test_the_verdict_comes_in_words(passed: list[bool | None], told: tuple[str, str]) -> None:
    gates = [{"name": f"g{number}", "passed": one} for number, one in enumerate(passed)]
    assert verdict(Run(Path(), {}, pa.table({}), pa.table({}), gate={"gates": gates})) == told


def test_each_gate_says_its_figure_its_bar_and_its_verdict(tmp_path: Path) -> None:
    seen = Reader(page(run_of(tmp_path, [ROWS[0], ROWS[9], ROWS[0] | {"id": "again"}])))
    rows = {cells[0]: [" ".join(cell.split()) for cell in cells] for cells in seen.rows if cells}
    assert rows["exact duplicates"][1:4] == ["1", "at most 0", "✕ fail"] and rows["lost rows"][1:4] == ["0", "at most 0", "✓ pass"]
    assert rows["rows of a benchmark"][3] == "– not measured"
    assert any(facts.get("href") == "#row=again" for _, facts in seen.tags)
    assert "No judge has seen the 3 rows." in seen.words


def test_a_measure_has_its_interval_n_definition_and_source(seen: Reader) -> None:
    rows = {cells[0]: [" ".join(cell.split()) for cell in cells] for cells in seen.rows if cells}
    assert rows["multi-turn"] == ["multi-turn", "0", "0.000 – 0.161", "20", "Rows in which the user speaks more than once."]
    assert rows["distinct-2 of requests"][4].endswith("Li et al. 2016, arXiv 1510.03055")


def test_what_is_not_measured_says_how_to_measure_it(tmp_path: Path) -> None:
    seen = Reader(page(replace(run_of(tmp_path), gate=None, measures=None, flags=None, map=None)))
    assert seen.words.count("not measured.") == 5 and f"python -m pipelines.gate {tmp_path}" in seen.words
    skipped = run_of(tmp_path)
    assert skipped.measures is not None
    told = replace(skipped, measures=skipped.measures | {"skipped": {"semantic": "install wordllama"}}, map=None)
    assert "The map was skipped: install wordllama" in page(replace(told, measures=told.measures | {"clusters": []} if told.measures else None))


def test_a_histogram_is_drawn_to_its_largest_bin() -> None:
    made = picture("tokens", {"histogram": [[0.0, 10.0, 4], [10.0, 20.0, 2]], "q05": 1, "q50": 6, "q95": 18, "max": 20})
    assert [(x, y, width, height, bounds) for x, y, width, height, bounds, _ in made["bars"]] == [(0.5, 0, 159, 96, "0 to 10"), (160.5, 48, 159, 48, "10 to 20")]
    assert made["half"] == "half of the rows have at most 6, 95 % at most 18, none more than 20"


def test_differences_have_a_sign() -> None:
    assert [difference(1, 1), difference(0.5, 0.25), difference(0.1, 0.4), difference(1500, 0)] == ["0", "+0.25", "−0.3", "+1,500"]


@pytest.mark.parametrize(("number", "told"), [(None, ""), (0, "0"), (1234, "1,234"), (0.05, "0.05"), (2.52349, "2.523"), (1234.56, "1,234.6"), (3.0, "3")])
def test_figures_are_read_easily(number: float | None, told: str) -> None:
    assert figure(number) == told
