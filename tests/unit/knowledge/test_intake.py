"""Intake: strangers' folders, files and archives are read as far as they go, and what cannot be read is named."""

import bz2
import gzip
import io
import lzma
import os
import random
import re
import socket
import stat
import struct
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import intake as module
from knowledge.intake import Intake, NoSource, take_in

Problems = list[tuple[str, str]]


def write(folder: Path, files: dict[str, bytes | str]) -> str:
    for name, held in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held.encode() if isinstance(held, str) else held)
    return str(folder)


def texts(found: Intake) -> dict[str, str]:
    return {document.path: document.text for document in found.documents}


def paths(found: Intake) -> list[str]:
    return [document.path for document in found.documents]


def zip_of(path: Path, files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", method) as bundle:
        for name, held in files.items():
            bundle.writestr(name, held)
    return str(path)


def tar_of(path: Path, members: list[tuple[str | tarfile.TarInfo, bytes]], mode: str = "w:gz") -> str:
    with tarfile.open(path, mode) as bundle:
        for name, held in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(held)
            bundle.addfile(info, io.BytesIO(held))
    return str(path)


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


# --- folders


def test_documents_come_in_the_order_of_their_paths_with_everything_else_counted(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"b.md": "b", "a/z.mdc": "z", "A.txt": "A", "x.png": b"\x89PNG", "y.png": b"", "LICENSE": "l", ".cursorrules": "c", "run.PY": ""})
    found = take_in([source])
    assert texts(found) == {"s/.cursorrules": "c", "s/A.txt": "A", "s/a/z.mdc": "z", "s/b.md": "b"}
    assert paths(found) == ["s/.cursorrules", "s/A.txt", "s/a/z.mdc", "s/b.md"]
    assert found.others == {".png": 2, "no ending": 1, ".py": 1}
    assert found.problems == []


def test_names_that_differ_in_case_alone_are_two_documents(tmp_path: Path) -> None:
    assert texts(take_in([write(tmp_path / "s", {"Rules.md": "1", "rules.MD": "2", "RULES.Md": "3"})])) == {"s/RULES.Md": "3", "s/Rules.md": "1", "s/rules.MD": "2"}


def test_the_order_does_not_depend_on_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "s", {f"{folder}/{name}.{ending}": b"\xff" if name == "bad" else name for folder in "cab" for name in ("x", "bad", "y") for ending in ("md", "png")})
    os.symlink("nowhere", tmp_path / "s/b/gone")
    real = os.scandir
    seen = []
    for seed in range(5):

        class Shuffled:
            def __init__(self, path: Path) -> None:
                with real(path) as entries:
                    self.entries = list(entries)
                random.Random(seed).shuffle(self.entries)  # noqa: B023

            def __enter__(self) -> list[os.DirEntry[str]]:
                return self.entries

            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(os, "scandir", Shuffled)
        found = take_in([source])
        seen.append((paths(found), found.problems, found.others))
    assert seen == [seen[0]] * 5
    assert seen[0][0] == ["s/a/x.md", "s/a/y.md", "s/b/x.md", "s/b/y.md", "s/c/x.md", "s/c/y.md"]
    assert [path for path, _ in seen[0][1]] == ["s/a/bad.md", "s/b/bad.md", "s/b/gone", "s/c/bad.md"]


def test_folders_of_tools_are_passed_over_and_a_file_of_such_a_name_is_not(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {".git/HEAD.md": "", "node_modules/a/README.md": "", "a/.venv/x.md": "", "b/venv": "a file", "c.md": "c"})
    found = take_in([source])
    assert paths(found) == ["s/c.md"] and found.others == {"no ending": 1} and found.problems == []


def test_what_is_to_be_ignored_is_passed_over(tmp_path: Path) -> None:
    files = {"a.md": "", "docs/b.md": b"\xff", "docs/c/d.md": "", "e.png": ""}
    found = take_in([write(tmp_path / "s", files), zip_of(tmp_path / "z.zip", files)], ignore=["docs/*", "*.png"])
    assert (paths(found), found.problems, found.others) == (["s/a.md", "z/a.md"], [], {})


@pytest.mark.parametrize("files", [{}, {"a/b/": ""}, {".git/config": ""}], ids=["nothing", "folders", "what git keeps"])
def test_an_empty_folder_is_named(tmp_path: Path, files: dict[str, str]) -> None:
    (tmp_path / "s").mkdir()
    for name, text in files.items():
        (tmp_path / "s" / name).mkdir(parents=True) if name.endswith("/") else write(tmp_path / "s", {name: text})
    assert take_in([str(tmp_path / "s")]).problems == [("s", "holds nothing to read")]


def test_a_folder_200_levels_deep_is_read_to_its_end(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 200)
    assert paths(take_in([write(tmp_path / "s", {f"{deep}/a.md": "a"})])) == [f"s/{deep}/a.md"]


@contextmanager
def dug(folder: Path, name: str, levels: int) -> Iterator[None]:
    """A folder in a folder in a folder, with a file at the bottom: deeper than what makes and removes temporary folders can go."""
    folder.mkdir(exist_ok=True)
    here = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(levels):
            os.mkdir(name, dir_fd=here)
            here, above = os.open(name, os.O_RDONLY, dir_fd=here), here
            os.close(above)
        os.close(os.open("a.md", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        yield
    finally:
        os.close(here)
        subprocess.run(["rm", "-rf", folder / name], check=True)


def test_a_folder_deeper_than_pythons_stack_is_read_to_its_end(tmp_path: Path) -> None:
    with dug(tmp_path / "s", "d", 900), dug(tmp_path / "s" / "/".join("d" * 900), "e", 300):
        assert paths(take_in([str(tmp_path / "s")])) == [f"s/{'d/' * 900}a.md", f"s/{'d/' * 900}{'e/' * 300}a.md"]


def test_a_folder_deeper_than_a_path_may_be_long_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"z.md": "z"})
    with dug(tmp_path / "s", "d" * 200, 30):
        found = take_in([source])
    assert paths(found) == ["s/z.md"]
    assert [words for _, words in found.problems] == ["cannot be opened: File name too long"]


def test_a_folder_that_may_not_be_opened_is_named_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "s", {"a.md": "a", "shut/b.md": "b", "z/c.md": "c"})
    if os.geteuid():
        (tmp_path / "s/shut").chmod(0)
    else:  # root may open everything
        real = os.scandir

        def scandir(path: Path) -> object:
            if Path(path).name == "shut":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)
    found = take_in([source])
    assert (paths(found), found.problems) == (["s/a.md", "s/z/c.md"], [("s/shut", "cannot be opened: Permission denied")])


@pytest.mark.skipif(not os.geteuid(), reason="root may open everything")
def test_a_file_that_may_not_be_opened_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"a.md": "a", "b.md": "b"})
    (tmp_path / "s/a.md").chmod(0)
    found = take_in([source])
    assert (paths(found), found.problems) == (["s/b.md"], [("s/a.md", "cannot be read: Permission denied")])


@pytest.mark.timeout(20)
def test_pipes_sockets_and_devices_are_named_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "s", {"z.md": "z"})
    os.mkfifo(tmp_path / "s/pipe.md")
    os.mkfifo(tmp_path / "s/pipe")
    os.symlink("pipe.md", tmp_path / "s/through.md")
    monkeypatch.chdir(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.md")
        found = take_in([source])
    assert (paths(found), found.others) == (["s/z.md"], {"no ending": 1, "link": 1})
    assert found.problems == [("s/pipe.md", "is no ordinary file"), ("s/socket.md", "is no ordinary file")]


@pytest.mark.timeout(20)
def test_a_link_to_a_pipe_that_is_not_read_itself_is_named_and_not_waited_for(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"node_modules/x": ""})
    os.mkfifo(tmp_path / "s/node_modules/pipe")
    os.symlink("node_modules/pipe", tmp_path / "s/a.md")
    assert take_in([source]).problems == [("s/a.md", "is no ordinary file")]


# --- names


def test_odd_names_are_told_in_one_line(tmp_path: Path) -> None:
    long = "n" * 252
    source = write(tmp_path / "s", {"two\nlines.md": b"\xff", "🎉 für.md": "e", f"{long}.md": "l", "tab\t.md": "t", "left\u202eright.md": "r", "esc\x1b[31m.md": "x"})
    Path(os.fsdecode(os.fsencode(source) + b"/\xff\xfe.md")).write_text("bytes")
    found = take_in([source])
    assert paths(found) == ["s/esc\\x1b[31m.md", "s/left\\u202eright.md", f"s/{long}.md", "s/tab\\t.md", "s/\\udcff\\udcfe.md", "s/🎉 für.md"]
    assert found.problems == [("s/two\\nlines.md", "is no UTF-8 text: byte 1 is 0xff; save it as UTF-8")]
    "".join(paths(found)).encode()


def test_a_source_of_an_odd_name_is_told_in_one_line(tmp_path: Path) -> None:
    assert paths(take_in([write(tmp_path / "a\nb", {"c.md": ""})])) == ["a\\nb/c.md"]
    with pytest.raises(NoSource, match=r"gone\\nfor good cannot be read: No such file or directory\. Give a folder"):
        take_in([str(tmp_path / "gone\nfor good")])


@pytest.mark.parametrize("source", ["", "x\0y", "n" * 5_000], ids=["nothing", "a zero byte", "too long"])
def test_a_source_that_cannot_be_said_a_no_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.chdir(write(tmp_path / "here", {"a.md": ""}))
    if not source:
        assert paths(take_in([source])) == ["here/a.md"]
        return
    with pytest.raises(NoSource, match=r"cannot be read: .*\. Give a folder, a file, an archive or an address\.$"):
        take_in([source])


def test_a_device_is_no_source() -> None:
    with pytest.raises(NoSource, match=r"^/dev/null is neither a folder nor a file\. Give a folder"):
        take_in(["/dev/null"])


def test_no_two_sources_share_a_name(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"a.md": ""}
    sources = [
        write(tmp_path / "1/p", files),
        write(tmp_path / "2/p", files),
        write(tmp_path / "p-2", files),
        zip_of(tmp_path / "p.zip", files),
        tar_of(tmp_path / "P.TGZ", [("a.md", b"")]),
    ]
    assert paths(take_in(sources)) == ["p/a.md", "p-2/a.md", "p-2-2/a.md", "p-3/a.md", "P/a.md"]


def test_files_of_the_same_name_keep_it_and_get_their_folders_before_it(tmp_path: Path) -> None:
    for top in ("x", "y", "z/y"):
        write(tmp_path / top, {"CLAUDE.md": top, "SKILL.md": top})
    sources = [str(tmp_path / top / name) for name in ("CLAUDE.md", "SKILL.md") for top in ("x", "y", "z/y")]
    found = take_in([*sources, str(tmp_path / "x")])
    assert paths(found)[:6] == ["CLAUDE.md", "y/CLAUDE.md", "y-2/CLAUDE.md", "x/SKILL.md", "y/SKILL.md", "y-2/SKILL.md"]
    assert paths(found)[6:] == ["x-2/CLAUDE.md", "x-2/SKILL.md"]
    assert [document.whole for document in found.documents] == [True] * 6 + [False] * 2


def test_an_archive_behind_a_link_of_another_name_is_read(tmp_path: Path) -> None:
    zip_of(tmp_path / "store-0b1f", {"a.md": "a"})
    os.symlink("store-0b1f", tmp_path / "latest.zip")
    assert paths(take_in([str(tmp_path / "latest.zip")])) == ["store-0b1f/a.md"]


def test_the_root_of_a_system_has_a_name_too() -> None:
    assert module.Names().top(Path("/")) == "root"


# --- what is in a file


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("caf\u00e9".encode("latin-1"), "is no UTF-8 text: byte 4 is 0xe9; save it as UTF-8"),
        (b"\xed\xa0\x80", "is no UTF-8 text: byte 1 is 0xed; save it as UTF-8"),
        (b"\xff\xfea\0\x3d\xd8", "is no UTF-16 text: byte 5 is 0x3d; save it as UTF-8"),
        (b"\xff\xfea", "is no UTF-16 text: byte 3 is 0x61; save it as UTF-8"),
        (b"\xff\xfe\0\0a", "is no UTF-32 text: byte 5 is 0x61; save it as UTF-8"),
        ("ab".encode("utf-16-le"), "is a binary file, or UTF-16 without a byte-order mark; if it is text, save it as UTF-8"),
        (b"a\0b", "is a binary file, or UTF-16 without a byte-order mark; if it is text, save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "is no UTF-8 text: byte 1 is 0x89; save it as UTF-8"),
        (b"\x7fELF\x02\x01\0\0", "is a binary file, or UTF-16 without a byte-order mark; if it is text, save it as UTF-8"),
    ],
    ids=["latin-1", "half a pair in UTF-8", "half a pair in UTF-16", "odd UTF-16", "odd UTF-32", "UTF-16 without a mark", "a zero byte", "a picture", "a program"],
)
def test_what_is_no_text_is_named_and_the_rest_is_read(tmp_path: Path, data: bytes, words: str) -> None:
    files = {"a.md": data, "b.md": "b"}
    for source, name in ((write(tmp_path / "s", files), "s"), (zip_of(tmp_path / "z.zip", files), "z"), (str(tmp_path / "s/a.md"), "a.md")):
        found = take_in([source])
        assert found.problems == [(name if name == "a.md" else f"{name}/a.md", words)]
        assert texts(found) == ({} if name == "a.md" else {f"{name}/b.md": "b"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_mark_is_read_as_its_mark_says(tmp_path: Path, encoding: str) -> None:
    assert texts(take_in([write(tmp_path / "s", {"a.md": "è\r\n🎉\r漢\n".encode(encoding)})])) == {"s/a.md": "è\n🎉\n漢\n"}


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\0\0\xfe\xff"], ids=["UTF-16", "UTF-32"])
def test_text_with_the_large_end_first_is_read(tmp_path: Path, mark: bytes) -> None:
    assert texts(take_in([write(tmp_path / "s", {"a.md": mark + "aè".encode("utf-16-be" if len(mark) == 2 else "utf-32-be")})])) == {"s/a.md": "aè"}


def test_an_empty_file_is_an_empty_document(tmp_path: Path) -> None:
    found = take_in([write(tmp_path / "s", {"a.md": ""})])
    assert (texts(found), found.problems, found.documents[0].size) == ({"s/a.md": ""}, [], 0)


def test_a_file_of_50_mb_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"a.md": "a", "big.md": "", "z.md": "z"})
    os.truncate(tmp_path / "s/big.md", 50_000_000)
    words = "is too large: 50.0 MB, and a document may have 8 MB; split it"
    found = take_in([source, str(tmp_path / "s/big.md")])
    assert (paths(found), found.problems) == (["s/a.md", "s/z.md"], [("s/big.md", words), ("big.md", words)])


def test_a_document_may_have_so_much_and_not_a_byte_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.LARGEST == 8_000_000
    monkeypatch.setattr(module, "LARGEST", 800_000)
    found = take_in([write(tmp_path / "s", {"a.md": b"a\n" * 400_000, "b.md": b"b" * 800_001})])
    assert ([(document.path, document.size) for document in found.documents], [path for path, _ in found.problems]) == ([("s/a.md", 800_000)], ["s/b.md"])


def test_a_source_with_too_many_documents_is_read_in_part_and_says_where_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    files = {f"{name}.md": name for name in "abcd"}
    for source, name in ((write(tmp_path / "s", files), "s"), (zip_of(tmp_path / "z.zip", files), "z")):
        found = take_in([source])
        assert paths(found) == [f"{name}/a.md", f"{name}/b.md"]
        assert found.problems == [(f"{name}/c.md", "and what comes after it is not read: a source may hold 2 documents of 256 MB; give parts of it as sources of their own")]


def test_a_source_with_too_many_bytes_is_read_in_part_and_says_where_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL", 5)
    found = take_in([write(tmp_path / "s", {"a.md": "aaa", "b.md": "bb", "c.md": "c", "d.md": ""})])
    assert paths(found) == ["s/a.md", "s/b.md"] and [path for path, _ in found.problems] == ["s/c.md"]


# --- links


def test_links_that_lead_in_circles_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"a/b.md": "b"})
    for name, target in {"a/up": "..", "a/here": ".", "self": "self", "self.md": "self.md", "one": "two", "two": "one", "one.md": "two.md", "two.md": "one.md"}.items():
        os.symlink(target, tmp_path / "s" / name)
    found = take_in([source])
    assert paths(found) == ["s/a/b.md"] and found.others == {}
    above, circle = "is a link to a folder that it lies in; it is not followed", "is a link that leads in a circle"
    assert dict(found.problems) == {"s/a/here": above, "s/a/up": above} | dict.fromkeys(("s/one", "s/one.md", "s/self", "s/self.md", "s/two", "s/two.md"), circle)


def test_links_out_of_the_source_and_to_nowhere_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"a.md": "a"})
    write(tmp_path / "out", {"secret.md": "secret", "x.png": ""})
    for name, target in {
        "b.md": "../out/secret.md",
        "c": "../out",
        "d.md": "gone.md",
        "e": "gone",
        "f.md": "/etc/hostname",
        "g.png": "../out/x.png",
        "h.png": "gone.png",
        "i": "../out/x.png",
    }.items():
        os.symlink(target, tmp_path / "s" / name)
    found = take_in([source])
    out, gone = "is a link that leads out of the source; it is not followed", "is a link that leads nowhere"
    assert texts(found) == {"s/a.md": "a"} and found.others == {".png": 2}
    assert found.problems == [("s/b.md", out), ("s/c", out), ("s/d.md", gone), ("s/e", gone), ("s/f.md", out), ("s/i", out)]


def test_a_link_out_of_the_source_through_a_folder_beside_it_with_the_same_beginning(tmp_path: Path) -> None:
    write(tmp_path / "s-secret", {"a.md": "secret"})
    source = write(tmp_path / "s", {"b.md": "b"})
    os.symlink("../s-secret/a.md", tmp_path / "s/a.md")
    assert texts(take_in([source])) == {"s/b.md": "b"}


def test_a_document_is_read_once_however_many_links_lead_to_it(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"AGENTS.md": "a", "docs/b.md": "b"})
    for name, target in {"CLAUDE.md": "AGENTS.md", "again.md": "CLAUDE.md", "more": "docs"}.items():
        os.symlink(target, tmp_path / "s" / name)
    found = take_in([source])
    assert (texts(found), found.problems, found.others) == ({"s/AGENTS.md": "a", "s/docs/b.md": "b"}, [], {"link": 2})


def test_a_link_to_what_is_not_read_otherwise_is_read_once(tmp_path: Path) -> None:
    source = write(tmp_path / "s", {"LICENSE": "l", ".git/notes.md": "n", "b/ignored.md": "i"})
    for name, target in {"1.md": "LICENSE", "2.md": "LICENSE", "3.md": ".git/notes.md", "4.md": "b/ignored.md"}.items():
        os.symlink(target, tmp_path / "s" / name)
    found = take_in([source], ignore=["b/*"])
    assert texts(found) == {"s/1.md": "l", "s/3.md": "n", "s/4.md": "i"} and found.others == {"no ending": 1, "link": 1}


def test_a_source_that_is_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "s", {"a.md": "a", "b/c.md": "c"})
    os.symlink("b/c.md", tmp_path / "s/d.md")
    os.symlink("s", tmp_path / "link")
    found = take_in([str(tmp_path / "link")])
    assert (texts(found), found.problems, found.others) == ({"s/a.md": "a", "s/b/c.md": "c"}, [], {"link": 1})


def test_a_source_that_is_a_link_to_nowhere_is_none(tmp_path: Path) -> None:
    os.symlink("loop", tmp_path / "loop")
    with pytest.raises(NoSource, match="loop cannot be read: Too many levels of symbolic links"):
        take_in([str(tmp_path / "loop")])


# --- archives


PACKINGS = {"a.tar": "w", "a.tar.gz": "w:gz", "a.tgz": "w:gz", "a.tar.bz2": "w:bz2", "a.tar.xz": "w:xz", "a.TAR.GZ": "w:gz"}


@pytest.mark.parametrize("name", [*PACKINGS, "a.zip", "a.ZIP"])
def test_an_archive_is_read_as_its_folder_would_be(tmp_path: Path, name: str) -> None:
    files: dict[str, bytes | str] = {"z.md": "z", "b/c.md": "c", "b/d.png": "", ".git/e.md": "", "f/LICENSE": ""}
    source = write(tmp_path / "a", files)
    held = zip_of(tmp_path / name, files) if name.lower().endswith("zip") else tar_of(tmp_path / name, [(name, str(text).encode()) for name, text in files.items()], PACKINGS[name])
    inside, folder = take_in([held]), take_in([source])
    assert (texts(inside), inside.problems, inside.others) == (texts(folder), folder.problems, folder.others)
    assert texts(inside) == {"a/b/c.md": "c", "a/z.md": "z"} and inside.others == {".png": 1, "no ending": 1}


def test_the_one_folder_that_all_of_an_archive_lies_in_is_left_out(tmp_path: Path) -> None:
    source = tar_of(tmp_path / "x.tar.gz", [("./repo-main/b.md", b"b"), ("./repo-main/a/c.md", b"c")])
    assert paths(take_in([source])) == ["x/a/c.md", "x/b.md"]
    assert paths(take_in([zip_of(tmp_path / "y.zip", {".claude/a.md": ""})])) == ["y/.claude/a.md"]


OUTSIDE = ["../a.md", "a/../../b.md", "a/..", "/etc/c.md", "//host/d.md", "C:\\e.md", "c:f.md", "\\g.md", "a\\..\\..\\h.md", "\\\\host\\i.md", "../j.png"]


def test_members_that_lead_out_of_an_archive_are_refused_by_name_and_the_rest_is_read(tmp_path: Path) -> None:
    for source in (zip_of(tmp_path / "x.zip", dict.fromkeys([*OUTSIDE, "ok.md"], "")), tar_of(tmp_path / "x.tar", [(name, b"") for name in [*OUTSIDE, "ok.md"]], "w")):
        found = take_in([source])
        assert paths(found) == ["x/ok.md"]
        assert [words for _, words in found.problems] == ["leads out of the archive, and is refused"] * len(OUTSIDE)
        assert [path.replace("\\", "/") for path, _ in found.problems] == [f"x: {name}".replace("\\", "/") for name in OUTSIDE]
    assert sorted(os.listdir(tmp_path)) == ["x.tar", "x.zip"]


def test_a_name_of_windows_in_a_zip_is_a_path(tmp_path: Path) -> None:
    assert paths(take_in([zip_of(tmp_path / "x.zip", {"a\\b.md": "", "c.md": ""})])) == ["x/a/b.md", "x/c.md"]


def test_odd_names_in_archives_are_told_in_one_line(tmp_path: Path) -> None:
    raw = special("b", tarfile.REGTYPE)
    raw.name = os.fsdecode(b"\xff.md")
    found = take_in([tar_of(tmp_path / "x.tar", [("a\nb.md", b""), ("c\nd.md", b"\xff"), ("../e\nf", b""), (raw, b"")])])
    assert paths(found) == ["x/\\udcff.md", "x/a\\nb.md"]
    assert [path for path, _ in found.problems] == ["x/c\\nd.md", "x: ../e\\nf"]


def test_links_and_devices_in_a_tar_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    kinds = {"sym.md": tarfile.SYMTYPE, "hard.md": tarfile.LNKTYPE, "sym": tarfile.SYMTYPE, "char.md": tarfile.CHRTYPE, "block": tarfile.BLKTYPE, "pipe.md": tarfile.FIFOTYPE}
    found = take_in([tar_of(tmp_path / "x.tar", [("a.md", b"a"), *((special(name, kind, "/etc/passwd"), b"") for name, kind in kinds.items()), ("z.md", b"z")])])
    link, device = "is a link in an archive; it is not followed", "is a device in an archive; it is not read"
    assert texts(found) == {"x/a.md": "a", "x/z.md": "z"}
    assert found.problems == [("x/sym.md", link), ("x/hard.md", link), ("x/sym", link), ("x/char.md", device), ("x/block", device), ("x/pipe.md", device)]


def test_links_in_a_zip_are_named(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.md")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as bundle:
        bundle.writestr(info, "/etc/passwd")
        bundle.writestr("a.md", "a")
    found = take_in([str(tmp_path / "x.zip")])
    assert (texts(found), found.problems) == ({"x/a.md": "a"}, [("x/link.md", "is a link in an archive; it is not followed")])


def test_an_archive_in_an_archive_is_counted_and_not_opened(tmp_path: Path) -> None:
    inner = Path(zip_of(tmp_path / "x.zip", {"deep.md": ""})).read_bytes()
    assert take_in([zip_of(tmp_path / "x.zip", {"x.zip": inner, "a.md": ""})]).others == {".zip": 1}
    assert take_in([str(tmp_path)]).problems == [] and take_in([str(tmp_path)]).others == {".zip": 1}


def test_a_member_that_comes_twice_counts_as_it_came_last(tmp_path: Path) -> None:
    twice = [("a.md", b"1"), ("b.md", b""), ("./a.md", b"2")]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as bundle, pytest.warns(UserWarning, match="Duplicate name"):
        for name, held in (twice[0], twice[1], ("a.md", b"2")):
            bundle.writestr(name, held)
    for source in (tar_of(tmp_path / "x.tar", twice), str(tmp_path / "x.zip")):
        found = take_in([source])
        assert (texts(found), found.problems) == ({"x/a.md": "2", "x/b.md": ""}, [("x/a.md", "is in the archive more than once; the last one is read")])


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.zip", b""), ("x.zip", b"PK\5\6"), ("x.zip", b"# no zip"), ("x.tar", b""), ("x.tar", b"# no tar" * 100), ("x.tar", b"\0" * 100), ("x.tar.gz", b"# no tar"),
     ("x.tgz", gzip.compress(b"# no tar")), ("x.tgz", gzip.compress(b"")), ("x.tgz", b"\x1f\x8b"), ("x.tar.xz", b"\xfd7zXZ\0broken"), ("x.tar.bz2", b"BZh9broken")],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_archive_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    [(path, words)] = take_in([str(tmp_path / name)]).problems
    assert path == "x" and re.fullmatch(r"is damaged, and was read as far as it goes \([^\n]+\); pack it again, or give its folder", words)


def test_an_empty_archive_is_named(tmp_path: Path) -> None:
    for source in (zip_of(tmp_path / "x.zip", {}), tar_of(tmp_path / "x.tgz", []), tar_of(tmp_path / "x.tar", [(special("folder", tarfile.DIRTYPE), b"")])):
        assert take_in([source]).problems == [("x", "holds nothing to read")]


@pytest.mark.parametrize("name", PACKINGS)
def test_a_tar_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    noise = random.Random(1).randbytes(30_000).hex().encode()
    whole = Path(tar_of(tmp_path / name, [("a.md", b"a"), ("b.md", noise), ("c.md", b"c")], PACKINGS[name])).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    found = take_in([str(tmp_path / name)])
    assert paths(found) == ([] if name == "a.tar.bz2" else ["a/a.md"])  # bzip2 gives a block whole or not at all
    assert found.problems[-1][0] == "a" and found.problems[-1][1].startswith("is damaged, and was read as far as it goes (")


def test_a_zip_that_was_cut_off_is_named(tmp_path: Path) -> None:
    whole = Path(zip_of(tmp_path / "x.zip", {"a.md": "a", "b.md": "b"})).read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[:-30])
    assert take_in([str(tmp_path / "x.zip")]).problems == [("x", "is damaged, and was read as far as it goes (File is not a zip file); pack it again, or give its folder")]


def test_a_tar_with_a_broken_header_in_its_middle_does_not_end_there_in_silence(tmp_path: Path) -> None:
    data = bytearray(Path(tar_of(tmp_path / "x.tar", [("a.md", b"a"), ("b.md", b"b"), ("c.md", b"c")], "w")).read_bytes())
    data[1024:1030] = b"broken"
    (tmp_path / "x.tar").write_bytes(data)
    found = take_in([str(tmp_path / "x.tar")])
    assert paths(found) == ["x/a.md"]
    assert found.problems == [("x", "is damaged, and was read as far as it goes (what comes then is no member); pack it again, or give its folder")]


def broken(path: Path, *, at: bytes, change: Callable[[bytes], bytes]) -> str:
    data = path.read_bytes()
    assert data.count(at) >= 1
    path.write_bytes(data.replace(at, change(at)))
    return str(path)


def test_a_damaged_member_of_a_zip_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    zip_of(tmp_path / "x.zip", {"a.md": "a", "b.md": "here it stands", "c.md": "c"}, zipfile.ZIP_STORED)
    found = take_in([broken(tmp_path / "x.zip", at=b"here it stands", change=lambda _: b"here it stood!")])
    assert (paths(found), found.problems) == (["x/a.md", "x/c.md"], [("x/b.md", "cannot be read: Bad CRC-32 for file 'b.md'")])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["deflated", "bzip2", "lzma"])
def test_a_member_of_a_zip_that_cannot_be_unpacked_is_named_and_the_rest_is_read(tmp_path: Path, method: int) -> None:
    noise = random.Random(1).randbytes(2_000).hex()
    path = Path(zip_of(tmp_path / "x.zip", {"b.md": noise, "c.md": "c"}, method))
    data = bytearray(path.read_bytes())
    data[45:900] = bytes(byte ^ 0xFF for byte in data[45:900])
    path.write_bytes(data)
    found = take_in([str(path)])
    assert paths(found) == ["x/c.md"] and len(found.problems) == 1
    assert re.fullmatch(r"cannot be read: [^\n]+", dict(found.problems)["x/b.md"])


def test_a_member_packed_in_an_unknown_way_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = Path(zip_of(tmp_path / "x.zip", {"a.md": "a", "c.md": "c"}))
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 8, 97)
    struct.pack_into("<H", data, data.index(b"PK\1\2") + 10, 97)
    path.write_bytes(data)
    found = take_in([str(path)])
    assert paths(found) == ["x/c.md"] and found.problems == [("x/a.md", "cannot be read: That compression method is not supported")]


def test_a_zip_with_a_password_is_named_by_its_members_and_the_rest_is_read(tmp_path: Path) -> None:
    path = Path(zip_of(tmp_path / "x.zip", {"a.md": "a", "c.md": "c"}))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    found = take_in([str(path)])
    assert (paths(found), found.problems) == (["x/c.md"], [("x/a.md", "is locked with a password; unpack it yourself, and give the folder")])


# --- bombs


@pytest.mark.timeout(60)
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["deflated", "bzip2", "lzma"])
def test_a_member_that_unpacks_to_far_more_than_it_says_is_not_unpacked_further(tmp_path: Path, method: int) -> None:
    path = Path(zip_of(tmp_path / "x.zip", {"a.md": b"a" * 20_000_000, "b.md": "b"}, method))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 22, 100)
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 100)
    path.write_bytes(data)
    began = time.perf_counter()
    found = take_in([str(path)])
    assert paths(found) == ["x/b.md"] and found.problems == [("x/a.md", "cannot be read: Bad CRC-32 for file 'a.md'")]
    assert time.perf_counter() - began < 10


def test_members_that_unpack_to_more_than_a_document_may_have_are_named(tmp_path: Path) -> None:
    found = take_in([zip_of(tmp_path / "x.zip", {"a.md": b"a" * 60_000_000, "b.md": "b"}), tar_of(tmp_path / "y.tgz", [("a.md", b"a" * 60_000_000), ("b.md", b"b")])])
    words = "is too large: 60.0 MB, and a document may have 8 MB; split it"
    assert (paths(found), found.problems) == (["x/b.md", "y/b.md"], [("x/a.md", words), ("y/a.md", words)])


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("name", "pack"), [("x.tar.gz", gzip.compress), ("x.tar.xz", lzma.compress), ("x.tar.bz2", bz2.compress)])
def test_a_tar_is_not_unpacked_without_end_in_search_of_its_next_member(tmp_path: Path, name: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.archives.FARTHEST", 20_000_000)
    huge = tarfile.TarInfo("b.bin")
    huge.size = 2**40
    small = tarfile.TarInfo("a.md")
    (tmp_path / name).write_bytes(pack(small.tobuf() + huge.tobuf() + bytes(30_000_000)))
    found = take_in([str(tmp_path / name)])
    assert paths(found) == ["x/a.md"]
    assert found.problems == [("x", "is damaged, and was read as far as it goes (it unpacks to more than 20 MB); pack it again, or give its folder")]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME], ids=["pax", "pax for all", "long name"])
@pytest.mark.parametrize("size", [2**33, -512], ids=["huge", "negative"])
def test_a_header_that_claims_any_size_is_not_believed(tmp_path: Path, kind: bytes, size: int) -> None:
    header = bytearray(special("a.md", kind).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = (b"\x80" if size > 0 else b"\xff") + (size % 2**88).to_bytes(11, "big")
    header[148:156] = b"%06o\0 " % (256 + sum(header[:148]) + sum(header[156:]))
    with gzip.open(tmp_path / "x.tgz", "wb", compresslevel=1) as packed:
        packed.write(bytes(header) + bytes(100_000_000))
    began = time.perf_counter()
    assert [path for path, _ in take_in([str(tmp_path / "x.tgz")]).problems] == ["x"]
    assert time.perf_counter() - began < 10


@pytest.mark.timeout(60)
def test_a_tar_whose_members_lead_back_to_its_beginning_ends(tmp_path: Path) -> None:
    header = bytearray(special("a.md", tarfile.REGTYPE).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" + (-1024 % 2**88).to_bytes(11, "big")
    header[148:156] = b"%06o\0 " % (256 + sum(header[:148]) + sum(header[156:]))
    (tmp_path / "x.tar").write_bytes(tarfile.TarInfo("b.md").tobuf() + bytes(header) + bytes(1024))
    found = take_in([str(tmp_path / "x.tar")])
    assert paths(found) == ["x/b.md"] and [path for path, _ in found.problems] == ["x"]


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_an_archive_of_very_many_members_is_read_in_part(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS", 1_000)
    names = ["a.md", *(f"{number}.png" for number in range(2_000)), "z.md"]
    source = zip_of(tmp_path / name, dict.fromkeys(names, "")) if name == "x.zip" else tar_of(tmp_path / name, [(name, b"") for name in names], "w")
    found = take_in([source])
    assert paths(found) == ["x/a.md"] and found.others == {".png": 999}
    assert found.problems == [("x", "has more than 1,000 members, and was read up to there; give its folder")]


# --- properties


def listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*"))


def test_nothing_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, bytes | str] = {"a.md": "a", "b/c.pdf": b"%PDF-broken", "../d.md": "", "e.docx": b"PK"}
    sources = [write(tmp_path / "s", {"a.md": "a"}), zip_of(tmp_path / "z.zip", files), tar_of(tmp_path / "t.tgz", [(name, b"") for name in files])]
    for name in ("tmp", "cwd"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    before = listing(tmp_path)
    take_in(sources)
    assert listing(tmp_path) == before


NAME = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))
FILE = st.tuples(NAME, st.sampled_from([".md", ".MD", ".txt", ".json", ".png", ".zip", "", ".pdf", ".docx", ".mdc"])).map("".join)
HELD = st.one_of(st.text(max_size=60).map(lambda text: text.encode(errors="replace")), st.binary(max_size=60))
TREE = st.dictionaries(st.lists(NAME, max_size=3).flatmap(lambda folders: FILE.map(lambda name: "/".join([*folders, name]))), HELD, min_size=1, max_size=8)


def planted(folder: Path, tree: dict[str, bytes]) -> list[str]:
    made = []
    for name, data in tree.items():
        if set(name.split("/")) & module.SKIPPED or (path := folder / name).exists():
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            made.append(name)
        except OSError:  # a file of that name is there
            continue
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREE)
def test_every_file_is_a_document_a_problem_or_counted(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "s"
        root.mkdir()
        made = planted(root, tree)
        found = take_in([str(root)])
        assert len(found.documents) + len(found.problems) + sum(found.others.values()) == max(1, len(made))
        assert paths(found) == sorted(set(paths(found)), key=paths(found).index)
        assert all(len(line.splitlines()) == 1 for problem in found.problems for line in problem)
        assert not made or {path.partition("/")[0] for path in paths(found)} <= {"s"}
        again = take_in([str(root)])
        assert (texts(again), again.problems, again.others) == (texts(found), found.problems, found.others)


@settings(max_examples=100, deadline=None)
@given(TREE, st.sampled_from(["x.zip", "x.tar", "x.tgz"]))
def test_every_member_of_an_archive_is_a_document_a_problem_or_counted(tree: dict[str, bytes], name: str) -> None:
    names = {member.encode(errors="replace").decode(): data for member, data in tree.items() if not set(re.split(r"[/\\]", member)) & module.SKIPPED}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        source = zip_of(path, dict(names)) if name == "x.zip" else tar_of(path, list(names.items()), "w" if name == "x.tar" else "w:gz")
        found = take_in([source])
        repeated = sum(words.startswith("is in the archive more") for _, words in found.problems)
        assert len(found.documents) + len(found.problems) - repeated + sum(found.others.values()) <= max(1, len(names))
        assert repeated or len(found.documents) + len(found.problems) + sum(found.others.values()) == max(1, len(names))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["x.zip", "x.tar", "x.tgz", "x.tar.bz2", "x.tar.xz"]),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 3_000),
)
def test_a_damaged_archive_never_raises(name: str, changes: list[tuple[int, int]], end: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        files: dict[str, bytes | str] = {"a.md": "a" * 300, "b/c.md": "c", "d.png": b"\0" * 100}
        if name == "x.zip":
            zip_of(path, files)
        else:
            tar_of(path, [(member, str(held).encode()) for member, held in files.items()], {"x.tar": "w", "x.tgz": "w:gz", "x.tar.bz2": "w:bz2", "x.tar.xz": "w:xz"}[name])
        data = bytearray(path.read_bytes())
        for at, byte in changes:
            data[at % len(data)] = byte
        path.write_bytes(data[: len(data) - end] if end < len(data) else data)
        found = take_in([str(path)])
        assert all(len(line.splitlines()) == 1 for problem in found.problems for line in problem)
