"""The host's password and key."""

import stat
from pathlib import Path

from pipelines.argilla.credentials import FILE, made, read, write


def test_they_are_drawn_anew_and_come_back_as_they_were(tmp_path: Path) -> None:
    first, second = made(6900), made(6900)
    assert {first.key, first.password, first.secret}.isdisjoint({second.key, second.password, second.secret}) and len(first.password) >= 16
    write(tmp_path, first)
    assert read(tmp_path) == first and first.port == 6900


def test_the_file_is_its_owners_alone_even_over_an_open_one(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("ARGILLA_API_URL=x\n")
    (tmp_path / FILE).chmod(0o644)
    assert read(tmp_path) is None
    write(tmp_path, made(6900))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600 and [path.name for path in tmp_path.iterdir()] == [FILE]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None
