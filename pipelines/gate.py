"""Whether a run may be published: `python -m pipelines.gate RUN`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines import flags
from pipelines.bars import Gate
from pipelines.command import SHORT, command, start
from pipelines.config import Settings, load_gates
from pipelines.console import Console
from pipelines.quality import Looked, look, write


def main(
    run: Annotated[Path, typer.Argument(help="A run folder: runs/<phase>/<fingerprint>.")],
    benchmark: Annotated[
        list[Path] | None,
        typer.Option(
            help="A JSONL or text file that must stay unseen: rows that share thirteen words in a row with it, or mean the same, are flagged. Can be given more than once."
        ),
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="A run folder of an earlier version: rows that it has, exactly, nearly or put otherwise, are flagged. Can be given more than once.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A YAML of your own over configs/gates.yaml.")] = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Look at a finished run: which rows have which fault, how varied they are, and whether it may be published. Exit code 1 when it may not."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        gates = load_gates(config)
        looked = look(run, gates, benchmark or [], earlier or [])
        write(run, looked)
        show(looked, run, console, as_json)
        raise typer.Exit(verdict(looked, run, console))


def at_the_end(run: Path, settings: Settings, console: Console, code: int) -> int:
    """Look at a run that a phase has made, unless its settings say `gate: false`.

    Args:
        code: the exit code of the phase itself.

    Returns:
        that exit code; or the gate's, where the phase itself kept its promise.
    """
    if not settings.gate or (run / "quality" / "gate.json").is_file():
        return code
    looked = look(run, load_gates(None), [])
    write(run, looked)
    console.gate(len(looked.gates), len({flag.id for flag in looked.flags}), looked.passed, run)
    return code or verdict(looked, run, console)


def show(looked: Looked, run: Path, console: Console, as_json: bool) -> None:
    """Print the gates with their figures."""
    if as_json:
        typer.echo(json.dumps({"passed": looked.passed, "gates": [asdict(gate) for gate in looked.gates], "folder": str(run / "quality")}, ensure_ascii=False))
        return
    if console.quiet:
        return
    table = Table(header_style="bold")
    for name in ("gate", "must be", "is", "", "the first against it"):
        table.add_column(name, justify="right" if name == "is" else "left", overflow="fold")
    for gate in looked.gates:
        sign = {True: "[green]passed[/green]", False: "[red]short[/red]", None: "[dim]left aside[/dim]"}[gate.passed]
        table.add_row(gate.name, gate.bar if gate.passed is not None else "", "" if gate.figure is None else f"{gate.figure:g}", sign, gate.why)
    console.out.print(table)
    for one in looked.measures["measures"]:
        if one["value"] is not None:
            between = f" ({one['low']:.3f} to {one['high']:.3f})" if one["low"] is not None else ""
            console.out.print(f"{one['name']:<48}{one['value']:.3f}{between}  n = {one['n']}", soft_wrap=True)
    console.out.print(f"files  {run / 'quality'}/ flags.parquet ({len(looked.flags)} flags) measures.json gate.json", soft_wrap=True)


def verdict(looked: Looked, run: Path, console: Console) -> int:
    """The exit code; says which gates fell short."""
    if looked.passed:
        return 0
    short = "; ".join(fallen(gate) for gate in looked.gates if gate.passed is False)
    where = " The rows are in quality/flags.parquet." if looked.flags else ""
    return console.fail(f"{run} falls short of its gates: {short}.{where}", SHORT)


def fallen(gate: Gate) -> str:
    """A gate that fell short, in words."""
    return f"{gate.name}: not known, since {gate.why}" if gate.figure is None else f"{gate.name}: {gate.figure:g}, must be {gate.bar}"


if __name__ == "__main__":
    start(main)
