"""The server's environment is made once, and what stops it is said."""

from pathlib import Path

import pytest

from pipelines.argilla import environment
from pipelines.command import Stopped
from pipelines.console import Console


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv that notes how it is called."""
    script = tmp_path / "uv"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n[ "$1" != venv ] || mkdir -p "$5"\n[ ! -e {tmp_path}/broken ] || {{ echo "no such host" >&2; exit 2; }}\n')
    script.chmod(0o755)
    monkeypatch.setattr(environment, "find_uv_bin", lambda: str(script))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_it_is_made_once_and_a_half_made_one_is_made_anew(uv: Path) -> None:
    environment.folder().mkdir(parents=True)
    (environment.folder() / "half").touch()
    python = environment.python(Console(quiet=True))
    assert python == environment.folder() / "bin" / "python" and not (environment.folder() / "half").exists()
    (uv / "calls").unlink()
    assert environment.python(Console(quiet=True)) == python and not (uv / "calls").exists()


def test_packages_are_checked_by_their_hashes(uv: Path) -> None:
    environment.python(Console(quiet=True))
    venv, install = (uv / "calls").read_text().splitlines()
    assert venv.startswith("venv ") and "--require-hashes" in install and install.endswith("requirements/argilla-server.txt")
    lines = [line for line in environment.LOCK.read_text().splitlines() if "==" in line]
    assert any(line.startswith("argilla-server==2.8.0 ") for line in lines) and all(line.endswith("\\") for line in lines)
    assert "://" not in environment.LOCK.read_text()


def test_a_registry_that_is_not_reached_is_one_sentence(uv: Path) -> None:
    (uv / "broken").touch()
    with pytest.raises(Stopped, match=r"could not be installed: no such host\. Is the package registry reached"):
        environment.python(Console(quiet=True))
    assert not (environment.folder() / "ready").exists()
