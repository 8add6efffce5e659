"""Every coding task of the bank: its tests pass on the reference solution, and each bug makes exactly the tests fail that it names."""

import pytest

from knowledge.coding import load_tasks
from steps.checks.code import fails_as_said, runs
from steps.sandbox import isolation, run_tests

pytestmark = pytest.mark.integration


def test_every_solution_passes_its_tests_and_every_bug_fails_them() -> None:
    if isolation()["processes"] != "namespace":
        pytest.skip("the kernel gives no namespaces here, and some of the tests start processes")
    tasks = load_tasks()
    run_tests([{**files, **task.tests} for task in tasks for files in (task.files, *map(task.broken, task.bugs))])
    wrong = [f"{task.id}: {reason}" for task in tasks if (reason := runs(task.files, task.tests))]
    wrong += [f"{task.id}: {reason}" for task in tasks for bug in task.bugs if (reason := fails_as_said(task, bug))]
    assert not wrong, "\n".join(wrong)
