"""Rows that leak are rejected before the gate sees them."""

import json

import pytest

from pipelines import rounds
from tests.unit.steps.filters.test_meaning import ASKS, row


def drawn(name: str, ask: str, split: str = "train", title: str = "shopping") -> dict[str, object]:
    made = row(name, ask, title, split=split)
    return made | {"executed": made.pop("calls"), "script": json.dumps({"values": {}}), "reject_reason": None}


def test_a_training_row_that_puts_a_held_out_one_otherwise_is_rejected_with_its_name() -> None:
    found = rounds.apart([drawn("a", ASKS[0]), drawn("b", ASKS[1], "test"), drawn("c", ASKS[0], title="garden"), drawn("d", ASKS[1]) | {"reject_reason": "verify: x"}])
    assert [str(one["reject_reason"]).partition(", ")[0] for one in found] == ["leak: asks what a held-out row asks: b", "None", "None", "verify: x"]


def test_without_an_embedder_rows_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    gates = rounds.load_gates(None)
    monkeypatch.setattr(rounds, "load_gates", lambda _: gates.model_copy(update={"embedder": "model2vec:nowhere/at-all"}))
    rows = [drawn("a", ASKS[0]), drawn("b", ASKS[1], "test")]
    assert rounds.apart(rows) == rows
