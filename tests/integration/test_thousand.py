"""A thousand rows while every fifth call fails: each row is kept or says why not, and nothing is paid for twice."""

import json
import re
import sqlite3
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep
from distilabel.typing import GeneratorStepOutput

from pipelines.runner import Runner
from steps.extract import AddMissed
from steps.loop import run
from steps.teachers.ledger import begin, ledger
from steps.teachers.openai import OpenAI
from tests.provider import Answer, Fault, Provider, Seen, faults

pytestmark = pytest.mark.integration
ROWS, TRIES, IN_FLIGHT, RUN = 1000, 3, 50, "test/thousand"
NUMBER = re.compile(r"Rule (\d+) holds\.")
PASSING = [
    faults.rate_limited(),
    faults.rate_limited(0.02, "ms"),
    faults.status(500),
    faults.status(503),
    faults.reset(),
    faults.cut(),
    faults.broken_json(),
    faults.html(502),
    faults.html(200),
    faults.slow_first_byte(3),
    faults.stalled(3),
]
SPOILT = [
    faults.empty(),
    faults.refusal("I would rather not."),
    faults.length(),
    Fault("nonsense", change=lambda answer, body: Answer(text="There is one rule missing.")),
]
REASONS = {"refusal": "extract: the model refused: I would rather not.", "length": "extract: the answer was cut off after ", "empty": "(asked twice)", "nonsense": "(asked twice)"}
CROWDED = {"rate_limited", "status_503"}


class Passages(GeneratorStep):
    """A thousand passages, each with a rule of its own."""

    @property
    def outputs(self) -> list[str]:
        return ["id", "passage", "start", "text", "scope", "known"]

    def process(self, offset: int = 0) -> GeneratorStepOutput:
        rows = [{"id": f"{n:04d}", "passage": f"a.md:{n}", "start": 0, "text": f"Rule {n} holds.", "scope": "", "known": "[]"} for n in range(ROWS)]
        yield rows[offset:], True


def number(body: dict[str, Any]) -> int:
    """Which row a request is for."""
    return int(NUMBER.search(body["messages"][1]["content"])[1])  # type: ignore[index]


def answer(body: dict[str, Any]) -> str:
    """The rule of the passage."""
    return json.dumps({"missed": [{"quote": f"Rule {number(body)} holds.", "modality": "must"}]})


def asked_of(seen: list[Seen]) -> dict[int, list[Seen]]:
    """Each row's requests, in the order in which they came."""
    out: dict[int, list[Seen]] = defaultdict(list)
    for one in seen:
        out[number(one.body)].append(one)
    return out


def test_each_of_a_thousand_rows_is_kept_or_says_why_not_while_every_fifth_call_fails(tmp_path: Path) -> None:
    place = str(tmp_path / "ledger.sqlite")
    run(ledger(place).do(begin, RUN, str(tmp_path)))
    with Provider(answer=answer, faults=faults.randomly(0.2, 7, PASSING + SPOILT)) as provider:
        with Pipeline(name="thousand") as pipeline:
            teacher = OpenAI(
                teacher="mine", model="teacher-1", base_url=provider.openai, key_from="THOUSAND_KEY", role="extractor", run=RUN, ledger=place, pause=0.01, seconds=2, tries=TRIES
            )
            Passages(name="load") >> AddMissed(name="extract", llm=teacher)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("THOUSAND_KEY", "test-key")
            began = time.monotonic()
            rows = Runner(pipeline, tmp_path / "work", lambda *_: None).run()
            took = time.monotonic() - began
        seen = provider.seen
        assert provider.in_flight_peak <= IN_FLIGHT + sum(one.fault in ("slow_first_byte", "stalled") for one in seen)

    assert [row["id"] for row in rows] == [f"{n:04d}" for n in range(ROWS)]
    requests = asked_of(seen)
    for n, row in enumerate(rows):
        last = requests[n][-1]
        if last.fault is None:
            assert row["reject_reason"] is None and row["missed"] == [{"quote": f"Rule {n} holds.", "modality": "must"}]
        elif last.fault in REASONS:
            assert row["missed"] is None and REASONS[last.fault] in row["reject_reason"]
        else:
            tries = TRIES * (5 if last.fault in CROWDED else 1)
            assert (
                row["missed"] is None
                and row["reject_reason"].startswith("extract: mine: ")
                and row["reject_reason"].endswith(f"(after {last.attempt} tries)")
                and last.attempt >= tries
            )
    kept = sum(row["reject_reason"] is None for row in rows)
    assert 900 < kept < ROWS
    met = Counter(one.fault for one in seen if one.fault)
    assert set(met) == {fault.name for fault in PASSING + SPOILT} and 0.17 < met.total() / len(seen) < 0.23

    billed = [one for one in seen if one.billed]
    assert max(Counter(json.dumps(one.body, sort_keys=True) for one in billed).values()) == 1
    assert {n for n, row in enumerate(rows) if not (row["reject_reason"] or "").endswith(" tries)")} <= {number(one.body) for one in billed}
    with sqlite3.connect(place) as connection:
        told = connection.execute("SELECT count(*), sum(input), sum(cached), sum(output) FROM calls WHERE run = ?", (RUN,)).fetchone()
        counted = connection.execute("SELECT calls, held FROM runs WHERE run = ?", (RUN,)).fetchone()
        sent = connection.execute("SELECT sum(tries) FROM calls").fetchone()
    usage = [one.usage or {} for one in billed]
    tokens = [sum(one[key] for one in usage) for key in ("prompt_tokens", "completion_tokens")]
    assert told == (len(billed), tokens[0], sum(one["prompt_tokens_details"]["cached_tokens"] for one in usage), tokens[1])
    assert counted == (len(billed), 0)
    answered = {json.dumps(one.body, sort_keys=True) for one in billed}
    assert sent == (sum(json.dumps(one.body, sort_keys=True) in answered for one in seen),)
    assert took < 20
