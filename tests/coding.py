"""Run the coding tasks' tests, each variant in a process of its own: `python -m tests.coding JOBS`.

JOBS is a JSON file: a list of folders. For each, the names of the tests that fail are printed as a line of JSON, in order. One
process imports pytest and forks for every folder, which takes a fraction of starting it anew.
"""

import json
import multiprocessing
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

SECONDS = 20


class Failures:
    """Collects the names of tests that fail, without their parameters."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.add(report.location[2].partition("[")[0])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.names.add("collection")


def failing(folder: str) -> list[str]:
    """The names of the tests that fail in a folder."""
    import signal

    signal.alarm(SECONDS)  # a hang ends the process, and the pool says so
    os.chdir(folder)
    os.environ |= {"HOME": folder, "TMPDIR": folder, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    sys.path.insert(0, folder)
    failures = Failures()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        pytest.main(["-q", "-p", "no:cacheprovider", "--assert=plain", "--rootdir", folder, "-c", os.devnull, folder], plugins=[failures])
    return sorted(failures.names)


def main() -> None:
    folders = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        for pending in [pool.apply_async(failing, (folder,)) for folder in folders]:
            try:
                print(json.dumps(pending.get(3 * SECONDS)), flush=True)
            except multiprocessing.TimeoutError:
                print(json.dumps(["it hung"]), flush=True)


if __name__ == "__main__":
    main()
