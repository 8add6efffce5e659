"""Ctrl-C, SIGTERM and SIGKILL at any moment: nobody left behind, and `--resume` makes the bytes of an unbroken run.

`KILLS=20 pytest tests/integration/test_kill.py` (`make prove-kill`) kills at twenty moments instead of three.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import ROWS, Fake, Started, Unbroken, made, run, through

pytestmark = pytest.mark.integration
KILLS = int(os.environ.get("KILLS", "3"))
MOST_CALLS_IN_FLIGHT = 12  # two rows


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_run_that_is_killed_is_resumed_to_the_same_bytes_and_repeats_nothing(
    fake: Fake, limits: str, start: Callable[..., Started], tmp_path: Path, unbroken: Unbroken, moment: int
) -> None:
    rng = random.Random(f"kill {moment}")
    finished = rng.randrange(ROWS + 1)
    out = tmp_path / "out"
    flags = ("--source", fake(), "--config", limits, "--rows", ROWS, "--quiet", "--out", out)
    begun = start(*flags)
    begun.until(lambda: through(out) >= finished)
    time.sleep(rng.uniform(0, 0.15))
    begun.process.kill()
    begun.ends()
    assert fake.gone(6)
    done = run(*flags, "--resume")
    assert (done.code, done.err) == (0, "")
    assert made(out) == unbroken.made
    assert fake.calls <= unbroken.calls + MOST_CALLS_IN_FLIGHT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mcp.json", "out"]
    assert fake.gone()


def test_a_run_that_is_killed_after_its_last_write_is_found_finished(unbroken: Unbroken) -> None:
    left = unbroken.folder.with_name("out.partial")
    left.mkdir()
    done = run(*unbroken.flags, "--resume")
    assert (done.code, done.err) == (0, "")
    assert made(unbroken.folder) == unbroken.made
    assert not left.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_run_that_is_stopped_says_so_and_is_resumed(fake: Fake, limits: str, start: Callable[..., Started], tmp_path: Path, unbroken: Unbroken, number: int, code: int) -> None:
    out = tmp_path / "out"
    flags = ("--source", fake(), "--config", limits, "--rows", ROWS, "--out", out)
    begun = start(*flags)
    begun.until(lambda: through(out) >= 8)
    begun.process.send_signal(number)
    began = time.monotonic()
    done = begun.ends()
    assert (done.code, done.sentence) == (code, "stopped. What is finished is kept: run the same command again with --resume.")
    assert time.monotonic() - began < 10
    assert fake.gone()
    if number == signal.SIGINT:
        assert run(*flags, "--resume").code == 0
        assert made(out) == unbroken.made


@pytest.mark.parametrize("fault", ["hang:8", "hang-start", "deaf"])
def test_ctrl_c_ends_servers_that_hang_or_do_not_listen(fake: Fake, tmp_path: Path, start: Callable[..., Started], fault: str) -> None:
    begun = start("--source", fake("notes", fault), "--rows", ROWS, "--out", tmp_path / "out")
    begun.until(lambda: bool(fake.processes) and (fault == "hang-start" or fake.calls >= 8))
    time.sleep(0.3)
    begun.process.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert begun.ends().code == 130
    assert time.monotonic() - began < 10
    assert fake.gone()


@pytest.mark.parametrize("fault", ["hang:8", "deaf"])
def test_after_sigkill_servers_that_hang_or_do_not_listen_end_within_seconds(fake: Fake, tmp_path: Path, start: Callable[..., Started], fault: str) -> None:
    begun = start("--source", fake("notes", fault), "--rows", ROWS, "--out", tmp_path / "out")
    begun.until(lambda: fake.calls >= 8 and bool(fake.processes))
    begun.process.kill()
    begun.ends()
    assert fake.gone(6)
