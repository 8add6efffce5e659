"""A run's rows as training files: `python -m pipelines.export RUN --format NAME`."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from knowledge.catalog import Unreadable
from knowledge.units import Tool
from pipelines import flags
from pipelines.command import command, start
from pipelines.config import Misconfigured, Settings, Variant, load_settings
from pipelines.console import Console
from pipelines.export_view import listed, show, told, verdict
from pipelines.finished import folders_of, read_manifest
from pipelines.folder import Occupied, Row

if TYPE_CHECKING:
    from steps.export import Written
    from steps.formats import Context

COLUMNS = ("id", "split", "phase", "messages", "preference")
BATCH = 500


def main(
    run: Annotated[Path | None, typer.Argument(help="A run folder: runs/<phase>/<fingerprint>.", show_default=False)] = None,
    format: Annotated[list[str] | None, typer.Option(help="A format, or all; repeat for several. --list names them.")] = None,
    variant: Annotated[str, typer.Option(help="full (the manual before each row), in-weights (without it), or both.")] = "both",
    out: Annotated[Path | None, typer.Option(help="Where to write. (default: RUN/exports)")] = None,
    last: Annotated[bool, typer.Option("--last", help="Train the answers of the last turn alone: earlier ones get weight 0, where a format knows weights.")] = False,
    config: flags.Config = None,
    names: Annotated[bool, typer.Option("--list", help="Say which formats there are, for whom, and what does not fit into each.")] = False,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Write a run's rows as training files, and hold each against the rules of its format. Exit code 1 when one breaks them."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        if names:
            listed(console)
            raise typer.Exit
        if run is None:
            raise Misconfigured("a run folder must be given: runs/<phase>/<fingerprint>.")
        settings = load_settings(Settings, config, {"exports": chosen(format)})
        variants: tuple[Variant, ...] = get_args(Variant) if variant == "both" else tuple(one for one in get_args(Variant) if one == variant)
        if not variants:
            raise Misconfigured(f"--variant {variant}: there are full, in-weights and both.")
        out = out or run / "exports"
        try:
            written, missing = exported(run, folders_of(run, read_manifest(run)), settings, variants, out, last)
        except OSError as error:
            raise Occupied(f"{out} cannot be written: {error.strerror or error}. Make room, or give another --out.") from None
        for sentence in missing:
            console.note(sentence)
        show(written, console, as_json)
        raise typer.Exit(verdict(written, missing, console))


def chosen(names: Sequence[str] | None) -> list[str]:
    """The formats that were asked for.

    Raises:
        Misconfigured: when none was.
    """
    from steps.formats import FORMATS

    if not names:
        raise Misconfigured(f"--format must be given; there are {', '.join(FORMATS)}, and all.")
    return list(FORMATS) if "all" in names else list(dict.fromkeys(names))


def exported(run: Path, folders: dict[str, Path], settings: Settings, variants: Sequence[Variant], out: Path, last: bool = False) -> tuple[list["Written"], list[str]]:
    """Write a run in the formats of its settings; what was written, and a sentence for each variant that could not be.

    Args:
        folders: where rows come from, by phase, with the manual and the tools of each.
        last: only the last turn is trained.

    Raises:
        Unreadable: when the run's rows cannot be read.
    """
    from steps.export import export
    from steps.formats import FORMATS, Context

    contexts: dict[Variant, dict[str, Context]] = {}
    missing = []
    for variant in variants:
        try:
            contexts[variant] = {phase: whole(phase, folder) for phase, folder in folders.items()} if variant == "full" else {}
        except Unreadable as error:
            missing.append(str(error))
    plain: dict[Variant, Context] = {"full": Context(), "in-weights": Context(settings.minimal_prompt.strip())}
    alone = next(iter(folders)) if len(folders) == 1 else ""

    def context(row: Any, variant: Variant) -> Context:
        return contexts[variant].get(row.get("phase") or alone, plain[variant])

    def rows() -> Iterator[Row]:
        return read(run / "kept.parquet", last)

    return export(rows, context, [FORMATS[name] for name in settings.exports], list(contexts), out), missing


def read(file: Path, last: bool) -> Iterator[Row]:
    """The kept rows, some at a time.

    Raises:
        Unreadable: when they cannot be read.
    """
    try:
        found = pq.ParquetFile(file)
        for batch in found.iter_batches(BATCH, columns=[name for name in COLUMNS if name in found.schema_arrow.names]):
            yield from (lightened(row) if last else row for row in batch.to_pylist())
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"the rows of {file.parent} cannot be read: {str(error).splitlines()[0]}") from None


def lightened(row: Row) -> Row:
    """A row in which answers before the last user's message are not trained."""
    messages = row["messages"]
    asked = max((place for place, message in enumerate(messages) if message["role"] == "user"), default=0)
    return row | {"messages": [message | ({"weight": 0} if message["role"] == "assistant" and place < asked else {}) for place, message in enumerate(messages)]}


def whole(phase: str, folder: Path) -> "Context":
    """What an agent is told today in a phase: its manual, and the specs of its tools.

    Raises:
        Unreadable: when the run does not have it.
    """
    from steps.formats import Context

    needed = "tools.json" if phase == "phase3" else "manual.md"
    try:
        manual = "" if phase == "phase3" else (folder / needed).read_text(encoding="utf-8").strip()
        tools = json.loads((folder / "tools.json").read_text(encoding="utf-8")) if phase == "phase3" or (folder / "tools.json").is_file() else []
        return Context(manual, tuple(Tool.model_validate(tool).spec for tool in tools))
    except (OSError, ValueError):
        raise Unreadable(f"the full variant is left out: {folder} has no {needed} that can be read. Make the run of {phase} again.") from None


def exports_of(run: Path, folders: dict[str, Path], settings: Settings) -> dict[str, Any]:
    """Write the exports that a phase's settings name; what its manifest says of them.

    Args:
        run: the folder with the phase's rows.
        folders: where they come from, by phase.
    """
    written, missing = exported(run, folders, settings, settings.variants, run / "exports") if settings.exports else ([], [])
    return {"files": told(written), "missing": missing}


if __name__ == "__main__":
    start(main)
