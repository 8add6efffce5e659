"""The journal of a stream: each finished row is a line of it, in the order in which they finish."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

Row = dict[str, Any]


class Journal:
    """Rows on disk by number. A kill can cut off no more than the line that is being written, and that line is forgotten.

    Attributes:
        done: the number of each finished row, and where its line begins, in bytes.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.done: dict[int, int] = {}
        self.end = 0
        if path.exists():
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self.done[int(line[: line.index(b"\t")])] = self.end
                    self.end += len(line)
        self.file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self.file.truncate(self.end)
        self.file.seek(self.end)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()

    def add(self, number: int, row: Row) -> None:
        """Write a finished row."""
        line = f"{number}\t{json.dumps(row, ensure_ascii=False)}\n".encode()
        self.file.write(line)
        self.done[number] = self.end
        self.end += len(line)

    def rows(self, total: int) -> Iterator[Row]:
        """All rows by number, read one by one."""
        with self.path.open("rb") as file:
            for number in range(total):
                file.seek(self.done[number])
                yield json.loads(file.readline().split(b"\t", 1)[1])
