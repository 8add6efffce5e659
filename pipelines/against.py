"""What a run's rows are held against, kept beside them, so that they can be verified again: `against.json` and `values.parquet`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from knowledge.catalog import Catalog, Unreadable
from knowledge.units import Tool
from pipelines import folder as run_folder
from pipelines.subject import Known

if TYPE_CHECKING:
    from steps.verify import Verify

VALUES = pa.schema([("digest", pa.string()), ("value", pa.string())])


def write(folder: Path, catalog: Catalog, scripts: Iterable[str], known: Known | None = None) -> None:
    """Write `tools.json` and `values.parquet`; and of a phase of behaviours `against.json`.

    Args:
        scripts: the kept rows' (JSON); each value that was drawn stands in the file once.
        known: gives the documents that no answer may recite, the names that are not announced, and the stages by point.
    """
    run_folder.write(folder / "tools.json", json.dumps([tool.model_dump() for tool in catalog.tools], indent=1, ensure_ascii=False) + "\n")
    drawn = {run_folder.digest(value): value for script in scripts for value in json.loads(script).get("values", {}).values()}
    table = pa.Table.from_pylist([{"digest": digest, "value": value} for digest, value in sorted(drawn.items())], schema=VALUES)
    pq.write_table(table, folder / "values.parquet", compression="zstd", store_schema=False)
    if known:
        run_folder.write(folder / "against.json", json.dumps({"documents": known.texts, "names": known.names, "keys": known.keys}, indent=1, ensure_ascii=False) + "\n")


def verifiers(folders: dict[str, Path]) -> dict[str, "Verify"]:
    """The step that verifies rows of each phase's run, loaded; runs that were made before these files were written have none.

    Raises:
        Unreadable: when a file is damaged.
    """
    from distilabel.pipeline import Pipeline

    from steps.verify import Verify

    found = {}
    for phase, folder in folders.items():
        if not (folder / "tools.json").is_file() or (phase != "phase3" and not (folder / "against.json").is_file()):
            continue
        try:
            catalog = Catalog(tools=tuple(Tool.model_validate(tool) for tool in json.loads((folder / "tools.json").read_text(encoding="utf-8"))))
            told: dict[str, Any] = json.loads((folder / "against.json").read_text(encoding="utf-8")) if phase != "phase3" else {"documents": {}, "names": {}, "keys": {}}
            with Pipeline(name="again"):  # of which a step is always one
                step = Verify(name="again", catalog=catalog.model_dump_json(), documents=list(told["documents"].values()), names=told["names"], keys=told["keys"])
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise Unreadable(f"what the rows of {folder} are held against cannot be read (tools.json, against.json): {str(error).splitlines()[0]}") from None
        step.load()
        found[phase] = step
    return found


def values(folders: dict[str, Path]) -> dict[str, str]:
    """Drawn values by digest, of all folders."""
    tables = [pq.read_table(path).to_pylist() for folder in folders.values() if (path := folder / "values.parquet").is_file()]
    return {row["digest"]: row["value"] for rows in tables for row in rows}


def held(script: dict[str, Any]) -> dict[str, str]:
    """Name to the digest by which a drawn value stands in `values.parquet`."""
    return {name: run_folder.digest(dumped) for name, dumped in script.get("values", {}).items()}


def slim(script: dict[str, Any]) -> dict[str, Any]:
    """A script as a passport carries it: drawn values without what templates say of them, files by name."""
    values = {name: json.loads(dumped)["value"] for name, dumped in script.get("values", {}).items()}
    return {**script, "values": values, "files": sorted(script.get("files", ()))} if values or script.get("files") else script
