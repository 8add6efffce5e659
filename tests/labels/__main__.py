"""Score the grammar on all labelled sentences whose documents are here: `LABELLED=<folder> python -m tests.labels [-v]`."""

import os
import sys
import tarfile
from collections import Counter
from pathlib import Path

from tests.labels import CORPUS, ROOT, Score, score, systems


def texts_of(name: str, labels: dict) -> dict[str, str] | None:
    """The documents of a system, from this repository, the corpus or the folder LABELLED; None where they are not here."""
    paths = {entry["path"] for entry in labels["documents"]}
    if labels["source"].startswith("knowledge/"):
        return {path: (ROOT / labels["source"] / path).read_text(encoding="utf-8") for path in paths}
    archive = next(iter(CORPUS.glob(f"{name}-*.tar.gz")), None) if CORPUS.is_dir() else None
    if archive:
        with tarfile.open(archive) as bundle:
            folder = archive.name.removesuffix(".tar.gz")
            return {path: bundle.extractfile(f"{folder}/{path}").read().decode() for path in paths}
    root = Path(os.environ.get("LABELLED", "")) / labels["source"].partition("@")[0]
    if os.environ.get("LABELLED") and root.is_dir():
        return {path: (root / path).read_text(encoding="utf-8") for path in paths}
    return None


def main() -> None:
    every, held = Score("all"), Score("held out")
    for name, labels in systems().items():
        texts = texts_of(name, labels)
        if texts is None:
            print(f"{name:24} is not here")
            continue
        result = score(name, labels, texts)
        print(result)
        if "-v" in sys.argv:
            print(*(f"    {line}" for line in result.wrong), sep="\n")
        for total in (every, held) if labels.get("held_out") else (every,):
            total.counts = Counter(total.counts) + result.counts
    print(every)
    if held.counts:
        print(held)


if __name__ == "__main__":
    main()
