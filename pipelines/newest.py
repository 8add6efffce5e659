"""The newest finished run of each phase; what is missing is made first."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.command import Stopped
from pipelines.folder import ROOT, Row

MODULES = {"phase1": "phase1_system_prompt", "phase2": "phase2_methodology", "phase3": "phase3_tools", "phase4": "phase4_agents", "whole": "whole"}
AT_ONCE = 2


def newest(out: Path, phase: str, facts: Mapping[str, object]) -> Path | None:
    """The folder of the newest finished run of a phase whose manifest says these facts; None where there is none."""
    found = []
    for manifest in sorted((out / phase).glob("*/manifest.json")):
        try:
            known: Row = json.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if all(known.get(name) == value for name, value in facts.items()):
            found.append((manifest.stat().st_mtime_ns, manifest.parent))
    return max(found)[1] if found else None


def runs(out: Path, wanted: Mapping[str, Mapping[str, object]], flags: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> dict[str, Path]:
    """A run folder for each phase: the newest that fits, else one that is made now, two phases at a time.

    Args:
        wanted: phase to what its manifest must say.
        flags: phase to the command line that makes it.

    Raises:
        Stopped: when a phase could not be made, with what it said.
    """
    found = {phase: newest(out, phase, facts) for phase, facts in wanted.items()}
    missing = [phase for phase, folder in found.items() if folder is None]
    for phase, folder in found.items():
        say(f"{phase}: {folder}" if folder else f"{phase}: there is no run yet; it is made now")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = dict(zip(missing, pool.map(lambda phase: run(phase, out, flags[phase]), missing), strict=True))
    return {phase: folder or made[phase] for phase, folder in found.items()}


def run(phase: str, out: Path, flags: Sequence[str]) -> Path:
    """Make a phase's run in a process of its own; its folder.

    Raises:
        Stopped: with what it said.
    """
    line = [sys.executable, "-m", f"pipelines.{MODULES[phase]}", "--json", "--resume", *flags]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    if done.returncode:
        raise Stopped(f"{phase} could not be made: {' '.join(done.stderr.split()[-60:]) or 'it said nothing'}")
    return Path(json.loads(done.stdout.splitlines()[-1])["folder"])
