"""Conditions on a row's world, held at its end."""

from types import SimpleNamespace

import pytest

from steps.respond import holds
from steps.worlds.world import Value

CONTEXT = {
    "f": Value("a.md", ("a",)),
    "p1_f": Value("b.md", ("b",)),
    "results": [SimpleNamespace(n=1), SimpleNamespace(n=2)],
    "before": {"files": []},
    "after": {"files": ["a.md", "b.md"]},
}


@pytest.mark.parametrize(
    ("text", "scope", "first", "true"),
    [
        ("f.value in after.files", "", 0, True),
        ("f.value in before.files", "", 0, False),
        ("f.value == 'b.md'", "p1_", 0, True),
        ("f.value == 'b.md'", "", 0, False),
        ("results[0].n == 2", "", 1, True),
        ("results[0].n == 2", "", 0, False),
        ("after == before", "", 0, False),
        ("nobody in after.files", "", 0, False),
        ("results[5].n == 1", "", 0, False),
    ],
)
def test_a_condition_sees_its_own_values_and_results_and_is_false_where_something_is_missing(text: str, scope: str, first: int, true: bool) -> None:
    assert holds(text, scope, first, CONTEXT) is true
