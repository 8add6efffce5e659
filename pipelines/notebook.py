"""What the notebooks show of a run: tables of pandas, from a run folder or from a dataset on the Hub."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from knowledge.catalog import Unreadable
from pipelines import newest


@dataclass(frozen=True)
class Run:
    """A run as tables.

    Attributes:
        manifest: what the run says of itself; empty for a dataset from the Hub without one.
        kept, rejected: rows, one a line; the columns of `kept.parquet` and `rejected.parquet`.
        quality: what the gate saw: `gate`, `measures`; empty where it has not looked.
        flags: a line a flag: id, filter, reason, figure, text, other.
    """

    manifest: dict[str, Any]
    kept: pd.DataFrame
    rejected: pd.DataFrame
    quality: dict[str, Any]
    flags: pd.DataFrame

    def funnel(self) -> pd.DataFrame:
        """Planned, kept and rejected rows by kind."""
        return pd.DataFrame(self.manifest.get("by_kind", {})).T

    def reasons(self) -> pd.DataFrame:
        """Why rows were rejected, the most frequent reason first."""
        return pd.Series(self.manifest.get("reasons", {}), name="rows", dtype="int64").to_frame()

    def gates(self) -> pd.DataFrame:
        """Each gate with its figure and its bar."""
        return pd.DataFrame(self.quality.get("gate", {}).get("gates", []), columns=["name", "figure", "bar", "passed", "why"]).set_index("name")

    def measures(self) -> pd.DataFrame:
        """Each measure with n and, where there is one, its 95 % interval."""
        return pd.DataFrame(self.quality.get("measures", {}).get("measures", []), columns=["name", "value", "low", "high", "n", "definition"]).set_index("name")

    def coverage(self, rows: str, columns: str) -> pd.DataFrame:
        """How many kept rows each pair of values of two columns has."""
        return self.kept.pivot_table(index=rows, columns=columns, values="id", aggfunc="count", fill_value=0)

    def conversations(self, rows: int = 5, seed: int = 0) -> str:
        """Some conversations as text, drawn by seed, the system prompt left out."""
        lines = []
        for _, row in self.kept.sample(min(rows, len(self.kept)), random_state=seed).iterrows():
            lines.append(f"— {row['id']}, asked by: {row['asker']}")
            for message in row["messages"]:
                calls = message["tool_calls"] if message["tool_calls"] is not None else ()
                told = "; ".join(f"{call['function']['name']}({call['function']['arguments']})" for call in calls)
                if message["role"] != "system":
                    lines.append(f"{message['role']:>10}: {(message['content'] or '')[:600]}{told}")
            lines.append("")
        return "\n".join(lines)


def open_run(name: str | None, phase: str) -> Run:
    """A run folder; the newest of a phase where none is named; or a dataset of the Hub by `owner/name`.

    Raises:
        Unreadable: when there is none.
    """
    if name and not Path(name).is_dir():
        return hub(name)
    folder = Path(name) if name else newest.newest(Path(__file__).parents[1] / "runs", phase, {})
    if folder is None:
        raise Unreadable(f"there is no run of {phase} yet: make one with `make {phase}`, or set RUN to a run folder or a dataset on the Hub.")
    look = folder / "quality"
    told = {part: json.loads((look / f"{part}.json").read_text(encoding="utf-8")) for part in ("gate", "measures") if (look / f"{part}.json").is_file()}
    flags = pd.read_parquet(look / "flags.parquet") if (look / "flags.parquet").is_file() else pd.DataFrame(columns=["id", "filter", "reason", "figure", "text", "other"])
    kept, rejected = (pd.read_parquet(folder / f"{part}.parquet") for part in ("kept", "rejected"))
    return Run(json.loads((folder / "manifest.json").read_text(encoding="utf-8")), kept, rejected, told, flags)


def hub(name: str) -> Run:
    """A dataset of the Hub, all its splits as one table.

    Raises:
        Unreadable: when it cannot be had.
    """
    from datasets import load_dataset

    try:
        splits = load_dataset(name)
    except Exception as error:  # of many kinds, each of which means that it cannot be had
        raise Unreadable(f"{name} is no run folder, and the Hub does not give it as a dataset: {str(error).splitlines()[0][:160]}") from None
    return Run({}, pd.concat([split.to_pandas() for split in splits.values()], ignore_index=True), pd.DataFrame(), {}, pd.DataFrame())
