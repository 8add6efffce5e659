"""What a run in the sandbox printed, as it is on every machine at any time."""

import os
import re
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import BinaryIO

HOME = "/home/dev"
KEPT = 12_000
ADDRESS = re.compile(r"(?<=\bat 0x)[0-9a-f]{6,16}\b|(?<=\.\.\.x)[0-9a-f]{6,16}(?=>)|(?<=\.\.\.)[0-9a-f]{4,11}(?=>)|(?<=\bid=')\d{12,16}(?=')")
STAT = {"st_ino": 131_842, "st_dev": 65_024, "st_uid": 1000, "st_gid": 1000, "st_atime": 1_759_312_800, "st_mtime": 1_759_312_800, "st_ctime": 1_759_312_800}


def clip(printed: BinaryIO) -> str:
    """What was printed; of much, the beginning and the end."""
    left_out = printed.seek(0, os.SEEK_END) - 2 * KEPT
    printed.seek(0)
    if left_out <= 0:
        return printed.read().decode(errors="replace")
    head = printed.read(KEPT).decode(errors="replace")
    printed.seek(-KEPT, os.SEEK_END)
    return f"{head}\n[... {left_out} bytes ...]\n{printed.read().decode(errors='replace')}"


@cache
def shelves() -> dict[str, str]:
    """Where the interpreter and its packages lie here, and where a text says that they do."""
    library = f"/usr/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    packages = f"{library}/site-packages"
    own = str(Path(__file__).parents[1])
    return {sysconfig.get_path("purelib"): packages, sysconfig.get_path("stdlib"): library, sys.prefix: "/usr", sys.base_prefix: "/usr", own: packages}


def settled(text: str, room: Path) -> str:
    """A run's text as it is on every machine at any time: the paths of a developer's own, one timing, one numbering of addresses."""
    for real, shown in ((f"{room}/tmp", "/tmp"), (f"{room}/home", HOME), (str(room), HOME)):  # noqa: S108
        text = text.replace(real, shown)
    for real, shown in shelves().items():
        text = text.replace(os.path.relpath(real, room / "project"), shown).replace(real, shown)
    text = re.sub(r"(?<= in )\d+\.\d\ds(?: \(\d+:\d\d:\d\d\))?(?=$| =)", "0.03s", text, flags=re.M)
    text = re.sub(r"\b(st_\w+)=\d+", lambda stat: f"{stat[1]}={STAT[stat[1]]}" if stat[1] in STAT else stat[0], text)
    addresses = {real: number for number, real in enumerate(dict.fromkeys(ADDRESS.findall(text)))}
    return ADDRESS.sub(lambda real: f"{0x7F3C_5A1E_4D60 + 0x70 * addresses[real[0]]:{'d' if real[0].isdecimal() and len(real[0]) > 12 else 'x'}}"[-len(real[0]) :], text)
