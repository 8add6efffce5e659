"""Every coding task of the bank: its tests pass on the reference solution, and each bug makes exactly the tests fail that it names."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.coding import CodingTask, load_tasks

pytestmark = pytest.mark.integration


def failing(files: dict[str, str], folder: Path) -> set[str]:
    """The names of the tests that fail with these files; parameters left out."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest", "--tb=no", "-rfE", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stdout[-500:] + done.stderr[-500:]
    return set(re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", done.stdout, re.M))


def variants(task: CodingTask) -> list[tuple[str, dict[str, str], set[str]]]:
    return [("reference", task.files, set())] + [(bug.name, task.broken(bug), set(bug.fails)) for bug in task.bugs]


def test_every_solution_passes_its_tests_and_every_bug_fails_them(tmp_path: Path) -> None:
    jobs = [(task.id, name, files | task.tests, expected) for task in load_tasks() for name, files, expected in variants(task)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: failing(job[1][2], tmp_path / str(job[0])), enumerate(jobs)))
    wrong = [f"{job[0]}, {job[1]}: {sorted(found)} failed, and {sorted(job[3])} should" for job, found in zip(jobs, results, strict=True) if found != job[3]]
    assert not wrong, "\n".join(wrong)
