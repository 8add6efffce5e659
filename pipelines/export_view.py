"""What was exported, in the terminal: a line a file, the rows that were left out, the rules that were broken."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from pipelines.command import SHORT
from pipelines.console import Console
from pipelines.folder import Row

if TYPE_CHECKING:
    from steps.export import Written

FEW = 3  # rows that are named; all are in left-out.json


def told(written: Sequence["Written"]) -> list[Row]:
    """What was written, for a manifest: a line a file."""
    return [
        {
            "format": one.format,
            "variant": one.variant,
            "split": one.split,
            "rows": one.rows,
            "bytes": one.bytes,
            "left_out": len(one.left_out),
            "faults": [{"line": fault.line, "id": fault.id, "rule": fault.rule} for fault in one.faults],
        }
        for one in written
        if one.rows or one.left_out
    ]


def show(written: Sequence["Written"], console: Console, as_json: bool) -> None:
    """Print a line a file, then the first rows that were left out, and the first faults."""
    if as_json:
        files = {str(one.file) for one in written if one.file}
        typer.echo(json.dumps({"exports": told(written), "files": sorted(files)}, ensure_ascii=False))
        return
    if console.quiet:
        return
    table = Table(header_style="bold")
    for name in ("format", "variant", "split", "rows", "left out", "MB", "faults"):
        table.add_column(name, justify="left" if name in ("format", "variant", "split") else "right")
    for one in written:
        if one.rows or one.left_out:
            faults = f"[red]{len(one.faults)}[/red]" if one.faults else "0"
            table.add_row(one.format, one.variant, one.split, f"{one.rows:,}", f"{len(one.left_out):,}", f"{one.bytes / 1e6:.2f}", faults)
    console.out.print(table)
    for name in dict.fromkeys(one.format for one in written):
        lost = {error.id: error.rule for one in written if one.format == name for error in one.left_out}
        for row, rule in list(lost.items())[:FEW]:
            console.out.print(f"{name}: row {row} is left out: {rule}", soft_wrap=True, markup=False)
        if len(lost) > FEW:
            console.out.print(f"{name}: {len(lost) - FEW:,} more rows are left out; left-out.json beside the files has all", soft_wrap=True)
    for one in written:
        for fault in one.faults[:FEW]:
            where = f"line {fault.line}, row {fault.id or '?'}: " if fault.line else ""
            console.out.print(f"{one.file}: {where}{fault.rule}", soft_wrap=True, markup=False)


def listed(console: Console) -> None:
    """Print the formats."""
    from steps.formats import FORMATS

    table = Table(header_style="bold")
    for column in ("format", "for", "what does not fit", "its rules"):
        table.add_column(column, overflow="fold")
    for one in FORMATS.values():
        table.add_row(one.name, one.about, one.lacks, one.source)
    console.out.print(table)


def verdict(written: Sequence["Written"], missing: Sequence[str], console: Console) -> int:
    """The exit code; says what fell short."""
    if faulty := [one for one in written if one.faults]:
        first = faulty[0]
        return console.fail(f"{len(faulty)} files break rules of their format; the first is {first.file}: {first.faults[0].rule}.", SHORT)
    if not any(one.rows for one in written):
        return console.fail("no row could be written. left-out.json says of each why.", SHORT)
    return SHORT if missing else 0
