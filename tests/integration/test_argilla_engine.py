"""The server's own tests of its search engine, from its source distribution, against the embedded one. `make prove-argilla` runs them (a minute)."""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from pipelines.argilla import environment
from tests.integration.conftest import ROOT

VERSION = "2.8.0"
NEEDED = ("pytest>=7.4.4,<8", "pytest-asyncio~=0.21.1", "pytest-mock>=3.12", "pytest-env>=1.1.3", "factory-boy~=3.2.1", "respx>=0.21.1")
PASS = 117
pytestmark = [pytest.mark.integration, pytest.mark.skipif("ARGILLA" not in os.environ, reason="takes a minute; ARGILLA=1 runs it (make prove-argilla)")]


def ran(*words: object, **options: object) -> "subprocess.CompletedProcess[str]":
    """A command, run to its end."""
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=550, check=False, **options)  # type: ignore[call-overload]


def test_the_servers_own_tests_pass(tmp_path: Path) -> None:
    fetched = ran(find_uv_bin(), "tool", "run", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", tmp_path, f"argilla-server=={VERSION}")
    if fetched.returncode:
        pytest.skip(f"the source distribution of argilla-server cannot be fetched: {fetched.stderr.strip()[-200:]}")
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source, python = tmp_path / f"argilla_server-{VERSION}", tmp_path / "venv" / "bin" / "python"
    for words in (("venv", "--quiet", "--python", sys.executable, tmp_path / "venv"), ("pip", "install", "--quiet", "--python", python, "-r", environment.LOCK, *NEEDED)):
        installed = ran(find_uv_bin(), *words)
        assert installed.returncode == 0, installed.stderr
    paths = os.pathsep.join(map(str, (ROOT / "tests" / "argilla", ROOT / "pipelines" / "argilla")))
    done = ran(python, "-m", "pytest", "-q", "-p", "stand_in", "tests/unit/search_engine", cwd=source, env=os.environ | {"PYTHONPATH": paths})
    told = re.search(r"(\d+) passed, 3 skipped", done.stdout)
    assert done.returncode == 0 and told and int(told[1]) == PASS, done.stdout[-4000:] + done.stderr[-2000:]
