"""What is found when code is run against its tests."""

from knowledge.coding import Bug, load_tasks
from steps.checks.code import fails_as_said, runs

FILES = {"half.py": "def half(n):\n    return n // 2\n"}


def test_a_solution_that_passes_its_tests_has_no_fault() -> None:
    assert runs(FILES, {"test_half.py": "from half import half\n\ndef test_even():\n    assert half(4) == 2\n"}) is None


def test_a_solution_that_fails_is_named_with_the_tests_that_it_fails() -> None:
    tests = "from half import half\n\ndef test_even():\n    assert half(4) == 2\n\ndef test_odd():\n    assert half(3) == 1.5\n"
    assert runs(FILES, {"test_half.py": tests}) == "the code does not pass its tests: failed (test_odd)"


def test_a_solution_without_tests_is_not_taken_for_one_that_passes() -> None:
    assert runs(FILES, {}) == "the code does not pass its tests: empty"


def test_code_that_cannot_be_read_is_named() -> None:
    assert runs({"half.py": "def half(n:\n"}, {"test_half.py": "import half\n"}) == "the code does not pass its tests: collection (collection)"


def test_a_bug_that_fails_what_it_names_has_no_fault() -> None:
    task = load_tasks()[0]
    assert [fails_as_said(task, bug) for bug in task.bugs] == [None] * len(task.bugs)


def test_a_bug_that_is_none_is_named() -> None:
    task = load_tasks()[0]
    bug = task.bugs[0]
    harmless = Bug.model_validate(bug.model_dump(by_alias=True) | {"to": bug.before, "name": "nothing at all", "fails": ("test_a",)})
    assert fails_as_said(task, harmless) == "nothing at all: passed, where test_a should fail"
