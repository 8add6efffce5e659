"""Checks of code by running it: a solution passes its tests, and a mistake fails those that it is said to fail."""

from collections.abc import Mapping

from knowledge.coding import Bug, CodingTask
from steps.sandbox import Ran, run_tests


def runs(files: Mapping[str, str], tests: Mapping[str, str]) -> str | None:
    """The code passes all its tests."""
    [ran] = run_tests([{**files, **tests}])
    return None if ran.ended == "passed" else f"the code does not pass its tests: {came_of(ran)}"


def fails_as_said(task: CodingTask, bug: Bug) -> str | None:
    """A mistake makes exactly the tests fail that it names."""
    [ran] = run_tests([{**task.broken(bug), **task.tests}])
    said = tuple(sorted(bug.fails))
    return None if (ran.ended, ran.failed) == ("failed", said) else f"{bug.name}: {came_of(ran)}, where {', '.join(said)} should fail"


def came_of(ran: Ran) -> str:
    """A run in a few words: how it ended, and what failed."""
    named = f" ({', '.join(ran.failed)})" if ran.failed else ""
    return f"{ran.ended}{named}"
