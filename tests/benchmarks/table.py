"""The table of bars."""

import os

from rich.console import Console
from rich.table import Table

Measured = tuple[str, str, str, bool]


def show(title: str, bars: list[Measured]) -> None:
    """Print what was measured; the exit code says whether every bar is met."""
    table = Table(title=f"{title} ({os.cpu_count()} cores)", title_justify="left")
    for column in ("what", "must be", "is", ""):
        table.add_column(column, overflow="fold")
    for what, must, measured, met in bars:
        table.add_row(what, must, measured, "met" if met else "NOT MET")
    Console(width=150).print(table)
    raise SystemExit(0 if all(met for *_, met in bars) else 1)
