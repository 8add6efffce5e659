import pytest
from pydantic import ValidationError

from knowledge.coding import CodingTask, load_tasks

TASK = load_tasks()[0]


def spoilt(**bug: object) -> dict[str, object]:
    """A shipped task whose first bug is changed, as a file would hold it."""
    made = TASK.model_dump(by_alias=True)
    return made | {"bugs": [made["bugs"][0] | bug]}


@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ({"from": "nowhere in the file"}, "what it replaces must stand in"),
        ({"to": "e"}, "what it puts there must stand in"),
        ({"fails": ["test_nobody_wrote"]}, "names the test test_nobody_wrote, which does not exist"),
    ],
)
def test_a_bug_that_does_not_fit_its_task_is_refused(bug: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CodingTask.model_validate(spoilt(**bug))


def test_every_shipped_bug_can_be_pointed_at() -> None:
    broken = [(task.broken(bug)[bug.file], bug.after) for task in load_tasks() for bug in task.bugs if bug.after.strip()]
    assert len(broken) > 100
    assert all(text.count(after) == 1 for text, after in broken)
