"""A run as one page that a person opens first: `python -m pipelines.report RUN [--against RUN] [--out FILE]`."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from pipelines import flags
from pipelines.command import WRONG, command, start
from pipelines.config import load_gates
from pipelines.console import Console


def main(
    run: Annotated[Path, typer.Argument(help="A run folder: runs/<phase>/<fingerprint>.")],
    against: Annotated[Path | None, typer.Option(help="Another run folder: the page says what has changed since.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the page goes. (default: report.html in the run folder)")] = None,
    benchmark: Annotated[list[Path] | None, typer.Option(help="A file that must stay unseen, as the gate takes it. Can be given more than once.")] = None,
    config: Annotated[Path | None, typer.Option(help="A YAML of your own over configs/gates.yaml.")] = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Write a run as one self-contained page: the verdict, why rows were rejected, coverage, measures, and every row to read.

    Where the gate has not looked at the run as it is now, the report does. Exit codes: 0 the page is written, whatever the verdict in it; 2 wrong usage.
    """
    console = Console(quiet=quiet or as_json)
    with command(console):
        from pipelines.report_data import read
        from pipelines.report_page import page

        gates = load_gates(config)
        here, other = (read(folder, gates, benchmark or [], console.note) if folder else None for folder in (run, against))
        assert here is not None
        for note in (*here.notes, *(other.notes if other else ())):
            console.note(note)
        began = time.monotonic()
        file = out or run / "report.html"
        made = page(here, other)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(made.encode("utf-8", "replace"))
        except OSError as error:
            raise typer.Exit(console.fail(f"{file} cannot be written: {error.strerror}. Give another --out.", WRONG)) from None
        seconds, size = round(time.monotonic() - began, 2), file.stat().st_size
        if as_json:
            typer.echo(json.dumps({"page": str(file), "rows": here.size, "bytes": size, "seconds": seconds}, ensure_ascii=False))
        elif not quiet:
            told = f"{file}  {here.kept.num_rows:,} rows kept, {here.rejected.num_rows:,} rejected; {size / 1e6:.1f} MB, made in {seconds} s"
            console.out.print(told, soft_wrap=True, markup=False)


if __name__ == "__main__":
    start(main)
