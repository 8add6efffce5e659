"""Under which licence a source may be used: what its folder says."""

import re
from collections.abc import Iterable
from pathlib import Path

FILES = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:-[\w.-]+)?(?:\.(?:md|txt|rst))?", re.I)
UP = 2  # folders above the source that are looked into
MOST = 4_000  # characters of a file that are read
NAMES = {
    "Apache-2.0": r"Apache License\s+Version 2\.0",
    "MIT": r"\bMIT License\b|Permission is hereby granted, free of charge, to any person obtaining a copy",
    "BSD-3-Clause": r"Redistributions? and use in source and binary forms.*Neither the name",
    "BSD-2-Clause": r"Redistributions? and use in source and binary forms",
    "AGPL-3.0": r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3",
    "LGPL-3.0": r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3",
    "GPL-3.0": r"GNU GENERAL PUBLIC LICENSE\s+Version 3",
    "GPL-2.0": r"GNU GENERAL PUBLIC LICENSE\s+Version 2",
    "MPL-2.0": r"Mozilla Public License,? Version 2\.0",
    "CC-BY-4.0": r"Creative Commons Attribution 4\.0",
    "CC0-1.0": r"CC0 1\.0|Creative Commons Zero",
    "ISC": r"\bISC License\b",
    "Unlicense": r"This is free and unencumbered software released into the public domain",
}


def licences_of(sources: Iterable[str]) -> dict[str, str | None]:
    """The licence of each source, by the last part of its path: a passport tells nobody where a source lies."""
    return {Path(source).name or source: licence_of(source) for source in sources}


def licence_of(source: str) -> str | None:
    """The licence of a source, as SPDX names it; the first words of a licence file that is none of those; None where there is none.

    Args:
        source: a folder or file; its own folder and two above it are looked into, as far as a repository's root.

    Source: the names of https://spdx.org/licenses.
    """
    place = Path(source).resolve()
    if not place.exists():
        return None
    folder = place if place.is_dir() else place.parent
    for one in [folder, *folder.parents][: UP + 1]:
        for path in sorted(one.iterdir()):
            if path.is_file() and FILES.fullmatch(path.name):
                text = path.read_text(encoding="utf-8", errors="replace")[:MOST]
                named = next((name for name, words in NAMES.items() if re.search(words, text, re.I | re.S)), None)
                return named or " ".join(text.split()[:8]) or None
        if (one / ".git").exists():
            return None
    return None
