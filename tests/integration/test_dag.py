"""The pipeline is an ordinary distilabel one: its own runner gives the same rows as ours."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.catalog import load_catalog
from pipelines.config import Phase3, load_settings
from pipelines.phase3_tools import ROLES, build
from pipelines.runner import Runner
from pipelines.team import Team
from steps.formats.context import said
from tests.integration.conftest import ROOT

pytestmark = pytest.mark.integration
LISTING = str(Path(__file__).parent / "servers" / "tools_list.json")
FLAGS = {"sources": [LISTING], "offline": True, "rows": 10}
SCRIPT = f"""
import json
from knowledge.catalog import load_catalog
from pipelines.config import Phase3, load_settings
from pipelines.phase3_tools import ROLES, build
from pipelines.team import Team
from steps.pack import packed

if __name__ == "__main__":
    settings = load_settings(Phase3, None, {FLAGS!r}, "phase3")
    pipeline = packed(build(settings, load_catalog([{LISTING!r}], offline=True), Team(settings, '', ROLES)))
    rows = pipeline.run(use_cache=False)["default"]["train"]["row"]
    print(json.dumps([json.loads(row) for row in rows]))
"""


def test_distilabels_own_runner_gives_the_same_rows(tmp_path: Path) -> None:
    settings = load_settings(Phase3, None, FLAGS, "phase3")
    ours = Runner(build(settings, load_catalog([LISTING], offline=True), Team(settings, "", ROLES)), tmp_path / "work", lambda *_: None).run()
    script = tmp_path / "theirs.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    theirs = json.loads(done.stdout.splitlines()[-1])
    assert len(ours) == 10
    assert [{key: value for key, value in row.items() if key != "messages"} for row in theirs] == [{key: value for key, value in row.items() if key != "messages"} for row in ours]
    assert [[said(message) for message in row["messages"]] for row in theirs] == [[said(message) for message in row["messages"]] for row in ours]
