"""Every coding task of the bank: its tests pass on the reference solution, and each bug makes exactly the tests fail that it names."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.coding import load_tasks

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


def test_every_solution_passes_its_tests_and_every_bug_fails_them(tmp_path: Path) -> None:
    variants = [(task, None, task.files) for task in load_tasks()] + [(task, bug, task.broken(bug)) for task in load_tasks() for bug in task.bugs]
    folders = []
    for number, (task, _, files) in enumerate(variants):
        folder = tmp_path / f"{number:03}"
        folder.mkdir()
        for name, text in (files | task.tests).items():
            (folder / name).write_text(text, encoding="utf-8")
        folders.append(str(folder))
    (tmp_path / "jobs.json").write_text(json.dumps(folders))
    done = subprocess.run([sys.executable, "-B", "-m", "tests.coding", str(tmp_path / "jobs.json")], cwd=ROOT, capture_output=True, text=True, timeout=500)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(variants), done.stderr[-1000:]
    expected = [sorted(bug.fails) if bug else [] for _, bug, _ in variants]
    wrong = []
    for (task, bug, _), found, due in zip(variants, results, expected, strict=True):
        if found != due:
            wrong.append(f"{task.id}, {bug.name if bug else 'reference'}: {found} failed, and {due} should")
    assert not wrong, "\n".join(wrong)
