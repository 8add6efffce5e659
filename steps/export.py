"""Write rows as training files, in any format and variant, and look at what was written."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from steps.formats.context import Context, Row
from steps.formats.format import Fault, Format, Inexpressible, Sink

Variant = Literal["full", "in-weights"]
LEFT_OUT = "left-out.json"


@dataclass(frozen=True)
class Written:
    """What came of a split.

    Attributes:
        file: None where no row could be written.
        left_out: the rows that could not be, with the rule.
        faults: what the format's validator says of the file.
    """

    format: str
    variant: Variant
    split: str
    file: Path | None
    rows: int
    bytes: int
    left_out: tuple[Inexpressible, ...]
    faults: tuple[Fault, ...]


@dataclass
class Split:
    """A split that is being written."""

    file: Path
    sink: Sink | None = None
    ids: list[str] = field(default_factory=list)
    left_out: list[Inexpressible] = field(default_factory=list)


class Writer:
    """The files of one format and variant: `<format>-<variant>/<split>.jsonl`, as the format calls its splits; a split without rows has no file."""

    def __init__(self, format: Format, variant: Variant, folder: Path) -> None:
        self.format, self.variant, self.folder = format, variant, folder / f"{format.name}-{variant}"
        self.splits = {split: Split(self.folder / f"{name}{format.suffix}") for split, name in format.splits.items()}
        for path in (*(split.file for split in self.splits.values()), self.folder / LEFT_OUT):
            path.unlink(missing_ok=True)

    def put(self, row: Row, context: Context) -> None:
        """Write a row, or note why it cannot be."""
        split = self.splits[row["split"]]
        try:
            raw = self.format.encoded(row, context)
        except Inexpressible as error:
            split.left_out.append(error)
            return
        if split.sink is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            split.sink = self.format.sink(split.file)
        split.sink.write(raw)
        split.ids.append(row["id"])

    def close(self) -> None:
        """End the files, and list the rows that were left out."""
        for split in self.splits.values():
            if split.sink:
                split.sink.close()
        left_out = {name: [{"id": one.id, "rule": one.rule} for one in split.left_out] for name, split in self.splits.items() if split.left_out}
        if left_out:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / LEFT_OUT).write_text(json.dumps(left_out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def looked(self) -> list[Written]:
        """Each split, its file validated as it lies there."""
        found = []
        for name, split in self.splits.items():
            faults = tuple(self.format.faults(split.file, split.ids, name)) if split.sink else ()
            size = split.file.stat().st_size if split.sink else 0
            found.append(Written(self.format.name, self.variant, name, split.file if split.sink else None, len(split.ids), size, tuple(split.left_out), faults))
        return found


def export(rows: Callable[[], Iterable[Row]], context: Callable[[Row, Variant], Context], formats: Sequence[Format], variants: Sequence[Variant], folder: Path) -> list[Written]:
    """Write every row in every format and variant, in one pass; validate each file.

    *full*: what an agent is told today stands before each row: the manual, the specs of the tools. *in-weights*: the same conversations without it.

    Args:
        rows: gives them anew, each with `id`, `split`, `messages`, and `preference` where there is one.
        context: what stands before a row.
    """
    writers = [Writer(ready, variant, folder) for ready in [format.among(rows()) for format in formats] for variant in variants]
    try:
        for row in rows():
            for writer in writers:
                writer.put(row, context(row, writer.variant))
    finally:
        for writer in writers:
            writer.close()
    return [one for writer in writers for one in writer.looked()]
