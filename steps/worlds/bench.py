"""The workbench of a coding task: a small project of its own, and what its templates can say."""

import random
from functools import cache
from typing import Any

from knowledge.coding import CodingTask, load_tasks
from knowledge.theme import Theme, load_themes
from steps.worlds.world import Exhausted, Value, World, draw, pick


@cache
def tasks() -> dict[str, CodingTask]:
    """Every coding task by its id."""
    return {task.id: task for task in load_tasks()}


@cache
def bench(name: str) -> Theme:
    """A coding task as a project: no files yet, its people and days borrowed from a theme of the same split."""
    task = tasks()[name]
    rng = random.Random(f"bench {name}")
    lender = rng.choice([theme for theme in load_themes() if theme.split == task.split])
    empty: dict[str, Any] = dict.fromkeys(Theme.model_fields, ()) | {"files": {}, "tables": {}}
    lent = {key: getattr(lender, key) for key in ("split", "day", "people", "branch")}
    return Theme.model_construct(**empty | lent | {"name": task.id, "about": task.title})


def benches(split: str) -> list[Theme]:
    """The workbenches of a split's tasks."""
    return [bench(task.id) for task in load_tasks() if task.split == split]


def task_of(world: World) -> CodingTask:
    """The coding task of a workbench.

    Raises:
        Exhausted: in another world.
    """
    try:
        return tasks()[world.theme.name]
    except KeyError:
        raise Exhausted("coding task in a theme's project") from None


def fenced(text: str, language: str = "python") -> str:
    """A text as a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```"


def shown(files: dict[str, str]) -> dict[str, str]:
    """Files by name, each as a fenced block."""
    return {name: fenced(text, "python" if name.endswith(".py") else "") for name, text in files.items()}


@draw
def task(world: World, rng: random.Random) -> Value:
    """The coding task of the workbench, with all that its bank says; `main` and `test` are the names of its first files."""
    made = task_of(world)
    facts = made.model_dump(exclude={"bugs", "id"})
    names = {"main": next(iter(made.files)), "test": next(iter(made.tests)), "both": {**made.files, **made.tests}}
    blocks = {"code": shown(made.files), "proof": shown(made.tests)}
    return Value(made.id, (made.title,), facts | names | blocks)


@draw
def bug(world: World, rng: random.Random) -> Value:
    """A mistake in the task's solution: `before` is right and `after` wrong in `file`.

    `broken` are all files with it, `run` and `green` what the tests print with it and without it.
    """
    from steps.checks.code import fails_as_said
    from steps.sandbox import run_tests

    made = task_of(world)
    chosen = pick(rng, [bug for bug in made.bugs if bug.before.strip() and bug.after.strip()], "bug")
    if reason := fails_as_said(made, chosen):
        raise Exhausted(reason)
    broken = made.broken(chosen) | made.tests
    red, green = run_tests([broken, {**made.files, **made.tests}])
    facts = chosen.model_dump() | {"broken": broken, "shown": fenced(broken[chosen.file]), "run": red.text.strip(), "green": green.text.strip(), "first": chosen.fails[0]}
    return Value(chosen.name, (chosen.name,), facts)
