"""Verify marks a row with the first check that it fails."""

import json
from typing import Any

from steps.verify import CHECKS, Verify
from tests.unit.conversation import CATALOG, done, row

GOOD = row("> read notes.md", [done("read_file", "buy rope", path="notes.md")], "< It says: buy rope.")


def columns(made: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": "1", "kind": made.kind, "complexity": made.complexity, "tool": made.tool, "error_case": made.error_case, "script": made.script.model_dump_json(),
        "messages": made.messages, "executed": json.dumps([one.model_dump() for one in made.executed]), "state": made.state, "reject_reason": None,
    } | changes  # fmt: skip


def verified(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    step = Verify(name="verify", catalog=CATALOG.model_dump_json())
    step.load()
    return next(step.process(list(rows)))


def test_a_good_row_passes_every_check_in_order() -> None:
    (made,) = verified(columns(GOOD))
    assert made["reject_reason"] is None
    assert made["checks"] == list(CHECKS) == [
        "schema_valid", "right_tool", "abstains", "confirms", "ordered", "executed", "in_state", "recovered", "answers", "grounded",
        "names_nothing", "recites_nothing", "keeps_secrets", "hides_machine", "recites_no_document", "announces_nothing", "keeps_stages",
    ]  # fmt: skip


def test_a_bad_row_keeps_the_reason_and_what_it_passed_before_and_its_neighbour_is_fine() -> None:
    guessed = row("> read my notes", [done("read_file", "buy rope", path="todo.md")], "< It says: buy rope.")
    bad, good = verified(columns(guessed), columns(GOOD))
    assert bad["reject_reason"] == "verify: grounding: read_file.path: 'todo.md'"
    assert bad["checks"][-1] == "answers"
    assert good["reject_reason"] is None


def test_a_rejected_row_passes_by_unread() -> None:
    (made,) = verified({"id": "1", "reject_reason": "ask: x"})
    assert made == {"id": "1", "reject_reason": "ask: x", "checks": None}


def test_a_condition_of_the_world_that_does_not_hold_rejects() -> None:
    (made,) = verified(columns(GOOD, state=["after == before"]))
    assert made["reject_reason"] == "verify: state: after == before"
