"""Instructions for artefacts that exist."""

import random

from steps.forms.artefacts import derivable, diff
from steps.forms.backtranslate import BackTranslation, Instruction, applied, executed
from steps.forms.form import Draft
from steps.forms.given import Given
from steps.forms.python import dedented, emptied

FORM = BackTranslation()
TABLES = ["CREATE TABLE birds (name TEXT, grams INTEGER)", "INSERT INTO birds VALUES ('wren', 9)"]


def draft(sql: str, request: str = "Which birds are there?") -> Draft:
    facts = {"way": "query", "artefact": sql, "fence": "sql", "proof": {"tables": TABLES}}
    return Draft(form="backtranslate", unit="theme:x#query", family="backtranslate.query.0", split="train", facts=facts).said((request, f"```sql\n{sql}\n```"))


def test_a_query_that_finds_something_passes():
    assert FORM.check(draft("SELECT name FROM birds;")) is None


def test_a_query_that_fails_or_finds_nothing_is_refused():
    assert FORM.check(draft("SELECT nam FROM birds;")) == "backtranslate: no such column: nam"
    assert FORM.check(draft("SELECT name FROM birds WHERE grams > 9;")) == "backtranslate: the statement comes to nothing"


def test_a_request_that_holds_the_artefact_is_refused():
    assert FORM.check(draft("SELECT name FROM birds;", "Run SELECT name FROM birds; please")) == "backtranslate: the request gives the artefact away"


def test_an_answer_that_says_more_than_the_artefact_is_refused():
    made = draft("SELECT name FROM birds;").said(("Birds?", "Sure!\n\n```sql\nSELECT name FROM birds;\n```"))
    assert FORM.check(made) == "backtranslate: the answer is not the artefact"


def test_a_change_counts_when_what_should_hold_holds():
    sql = "UPDATE birds SET grams = 10 WHERE name = 'wren'"
    assert executed(TABLES, sql, "SELECT 1 FROM birds WHERE grams = 10") is None
    assert executed(TABLES, sql, "SELECT 1 FROM birds WHERE grams = 11") == "backtranslate: the statement comes to nothing"


def test_a_patch_is_applied_or_does_not_fit():
    before, after = "a\nb\nc\nd\n", "a\nB\nc\nd\n"
    patch = diff("f.txt", before, after).splitlines()
    assert patch[:2] == ["--- a/f.txt", "+++ b/f.txt"]
    assert applied(before.splitlines(), patch) == after.splitlines()
    assert applied(["a", "x", "c", "d"], patch) is None


def test_a_subject_is_asked_for_only_where_the_patch_tells_it():
    patch = diff("walk.rs", "let bays = Vec::with_capacity(180);\n", "let bays = Vec::with_capacity(240);\n")
    assert derivable("perf: capacity for 240 bays", patch)
    assert not derivable("perf: aisle F has 240 racks", patch)


def test_a_function_loses_its_body_and_keeps_what_it_promises():
    source = '    def push(self, value: int) -> None:\n        """Add a value."""\n        self._values.append(value)'
    assert emptied(source) == '    def push(self, value: int) -> None:\n        """Add a value."""\n        raise NotImplementedError'
    assert dedented(source).splitlines()[2] == "    self._values.append(value)"


def test_a_teacher_writes_the_instruction_and_the_artefact_stays():
    [open_draft] = FORM.asked_of(Given(documents={"q.md": "Then:\n\n```sql\nSELECT 1\nFROM t;\n```\n\n```sh\nls\n```\n"}), 1)
    done = FORM.finish(open_draft, Instruction(instruction="A query that yields one."), random.Random(0))
    assert (done.requests, done.answers) == (("A query that yields one.",), ("```sql\nSELECT 1\nFROM t;\n```",))
    assert FORM.check(done) is None
    told = FORM.finish(open_draft, Instruction(instruction="Write SELECT 1\nFROM t;"), random.Random(0))
    assert FORM.check(told) == "backtranslate: the request gives the artefact away"


def test_seven_kinds_of_artefact_take_turns():
    ways = [draft.facts["way"] for draft in FORM.drafts(40, "train", 0)]
    assert set(ways) == {"query", "question", "change", "edit", "subject", "file", "test", "function"}
