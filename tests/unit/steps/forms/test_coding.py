"""Coding pairs; the sandbox is stood in for."""

import random

from steps.forms.coding import BLOCK, Coded, CodingPairs
from steps.forms.engineer import outline, small, within
from steps.forms.given import Given

MODULE = (
    'class Stack:\n    """Last in, first out."""\n\n    def push(self, value):\n        """Add a value."""\n        self.values.append(value)\n\n'
    "    def peek(self):\n        return self.values[-1]\n"
)


def test_a_solution_is_run_once_however_often_it_is_shown():
    asked = []
    form = CodingPairs(lambda files, tests: asked.append(sorted(files) + sorted(tests)))
    drafts = form.drafts(60, "test", 0)
    assert all(form.check(draft) is None for draft in drafts)
    assert len(asked) == len({draft.theme for draft in drafts})


def test_a_solution_whose_tests_fail_is_refused():
    form = CodingPairs(lambda files, tests: "failed (test_x)")
    [draft] = form.drafts(1, "train", 0)
    assert form.check(draft) == "coding: failed (test_x)"


def test_code_that_is_shown_and_not_run_is_refused():
    form = CodingPairs(lambda files, tests: None)
    draft = next(draft for draft in form.drafts(9, "train", 0) if draft.facts["way"] == "build")
    tampered = draft.said((draft.requests[0], draft.answers[0].replace("    return", "    return not", 1)))
    assert form.check(draft) is None
    assert form.check(tampered) in ("coding: the answer shows code that is not run", "coding: a file of the solution is not shown")


def test_a_build_shows_every_file_and_every_test():
    form = CodingPairs(lambda files, tests: None)
    draft = next(draft for draft in form.drafts(9, "train", 0) if draft.facts["way"] == "build")
    shown = [name for name, _ in BLOCK.findall(draft.answers[0])]
    assert shown == [*draft.facts["files"], *draft.facts["tests"]]


def test_all_ways_come_up_and_some_over_several_turns():
    drafts = CodingPairs(lambda files, tests: None).drafts(80, "train", 0)
    assert {draft.facts["way"] for draft in drafts} == {"build", "mend", "why", "talk", "extend", "tests", "trouble", "review"}
    assert all(len(draft.requests) > 1 for draft in drafts if draft.facts["way"] == "talk")


def test_an_outline_keeps_what_functions_promise():
    assert outline(MODULE) == (
        'class Stack:\n    """Last in, first out."""\n\n    def push(self, value):\n        """Add a value."""\n        ...\n\n    def peek(self):\n        ...\n'
    )


def test_a_method_at_the_margin_is_part_of_its_module():
    assert within("def peek(self):\n    return self.values[-1]", MODULE)
    assert not within("def peek(self):\n    return self.values[0]", MODULE)


def test_a_sentence_becomes_a_clause():
    assert small("Return the waiting time.") == "return the waiting time"
    assert small("SQLite's own lock") == "SQLite's own lock"


def test_a_teachers_solution_is_run():
    seen = {}
    form = CodingPairs(lambda files, tests: seen.update(files) or seen.update(tests))
    [open_draft] = form.asked_of(Given(documents={"a.md": "We double things.\n"}), 1)
    made = Coded(
        ask="Double it.",
        remark="",
        files={"d.py": "def double(x):\n    return 2 * x\n"},
        tests={"test_d.py": "from d import double\n\ndef test_it():\n    assert double(2) == 4\n"},
    )
    done = form.finish(open_draft, made, random.Random(0))
    assert form.check(done) is None
    assert sorted(seen) == ["d.py", "test_d.py"]
