"""What is sent back: JSON, or a stretch of a file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hub.state import PIECE


@dataclass
class Answer:
    status: int = 200
    content: Any = None  # JSON, unless a file is sent
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    start: int = 0  # the first byte of the file
    end: int = 0  # the byte after the last

    def __post_init__(self) -> None:
        self.text = b"" if self.file else json.dumps(self.content).encode()

    @property
    def size(self) -> int:
        return self.end - self.start if self.file else len(self.text)

    def head(self) -> dict[str, str]:
        kind = "application/octet-stream" if self.file else "application/json"
        return {"Content-Type": kind, "Content-Length": str(self.size), **self.headers}

    def pieces(self) -> Iterator[bytes]:
        if self.file is None:
            yield self.text
            return
        left = self.size
        with self.file.open("rb") as file:
            file.seek(self.start)
            while left and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
