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

if __name__ == "__main__":
    settings = load_settings(Phase3, None, {FLAGS!r}, "phase3")
    rows = build(settings, load_catalog([{LISTING!r}], offline=True), Team(settings, '', ROLES)).run(use_cache=False)["default"]["train"].to_list()
    print(json.dumps(rows))
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
    columns = ["id", "tool", "kind", "split", "asker", "script", "requests", "reject_reason"]
    assert len(ours) == 10
    assert [{column: row[column] for column in columns} for row in theirs] == [{column: row[column] for column in columns} for row in ours]
    assert [[(message["role"], message["content"]) for message in row["messages"]] for row in theirs] == [[(m["role"], m.get("content")) for m in row["messages"]] for row in ours]
