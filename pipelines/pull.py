"""Bring a published version back as run folders: `python -m pipelines.pull owner/name@v1.2.0`."""

import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from knowledge.catalog import Unreadable
from pipelines import flags
from pipelines import folder as run_folder
from pipelines.command import Stopped, command, start
from pipelines.console import Console
from pipelines.finished import Row
from pipelines.folder import Occupied

if TYPE_CHECKING:
    from pipelines.places import Place
    from pipelines.release import Part, Release


def main(
    name: Annotated[str, typer.Argument(help="owner/name@v1.2.0, or local:PATH@v1.2.0; without a version the last one.")],
    out: Annotated[Path, typer.Option(help="Run folders are made below this one: OUT/<phase>/<fingerprint>.")] = Path("runs"),
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Make run folders of a published version, which report, review, finetune and validate read. Every file is held against the version's manifest."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        from pipelines.places import place_of, released

        repository, _, wanted = name.rpartition("@") if "@" in name else (name, "", "")
        place = place_of(repository)
        versions = place.versions()
        if not versions:
            raise Stopped(f"{place.name} has no version yet (or your token may not see it). `python -m pipelines.publish` makes one.")
        version = wanted.removeprefix("v") or versions[-1]
        if version not in versions:
            raise Stopped(f"{place.name} has no version {wanted}; it has {', '.join(f'v{one}' for one in versions)}.")
        release = released(place, version)
        found = {config: pulled(place, release, part, config, out) for config, part in release.parts.items()}
        told = {config: {"folder": str(folder), "rows": release.parts[config].kept} for config, folder in found.items()}
        if as_json:
            typer.echo(json.dumps({"from": place.name, "version": version, "runs": told}, ensure_ascii=False))
        elif not quiet:
            for config, one in told.items():
                console.out.print(f"{config}: {one['rows']:,} rows in {one['folder']}", soft_wrap=True, markup=False)


def pulled(place: "Place", release: "Release", part: "Part", config: str, out: Path) -> Path:
    """A config's run folder.

    Raises:
        Stopped: when a file cannot be had, or is not what the manifest says.
        Occupied: when there is another run in its place.
    """
    from pipelines.places import checked
    from pipelines.release import DEFAULT, MANIFEST, dumped

    target = out / part.phase / part.fingerprint
    files = checked(place, release, part.data)
    facts: Row = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{part.fingerprint}-", dir=target.parent) as room:
        folder = Path(room) / "run"
        folder.mkdir()
        unpacked(files[f"run/{config}.zip"], folder)
        tables(part, config, files, folder)
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if config == DEFAULT:
            facts["runs"] = {one.phase: str(out / one.phase / one.fingerprint) for name, one in release.parts.items() if name != DEFAULT}
        facts |= {
            "unpublished": part.left_out,
            "pulled": {"from": place.name, "version": release.version},
            "files": {path.name: run_folder.sha256(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != MANIFEST},
        }
        (folder / MANIFEST).write_bytes(dumped(facts))
        if target.exists():
            if (run_folder.made_before(target, part.fingerprint) or {}).get("files") == facts["files"]:
                return target
            raise Occupied(f"{target} is there already, and holds something else. Give another --out, or move it away.")
        folder.rename(target)
    return target


def tables(part: "Part", config: str, files: Mapping[str, Path], folder: Path) -> None:
    """Write `kept.parquet`, `rejected.parquet` and `values.parquet`, in the order that the run had them."""
    from pipelines import shards
    from pipelines.release import DEFAULT, REJECTS

    kept = shards.joined([files[shard.path] for shard in part.shards], "place" if config == DEFAULT else "id").select(list(part.columns))
    if part.rejects:
        rejected = pq.read_table(files[part.rejects[0].path]).select(part.columns_rejected)
    else:
        rejected = pa.schema([REJECTS.field(name) for name in part.columns_rejected]).empty_table()
    written = {"kept": kept, "rejected": rejected}
    if drawn := [path for name, path in files.items() if name.startswith(f"run/{config}/values-")]:
        written["values"] = shards.joined(drawn, "digest")
    for name, table in written.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", store_schema=False)


def unpacked(archive: Path, folder: Path) -> None:
    """Unpack the run's other files.

    Raises:
        Unreadable: when it is no such archive, or a name in it leads out of the folder.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            for name in file.namelist():
                if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                    raise Unreadable(f"{archive.name} holds {name!r}, which leads out of the run folder.")
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read(name))
    except zipfile.BadZipFile:
        raise Unreadable(f"{archive.name} is no archive that can be read.") from None


if __name__ == "__main__":
    start(main)
