"""The faults that can be injected, and what is said of them."""

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from knowledge.theme import Frozen

FILE = Path(__file__).parent / "banks" / "faults.yaml"
Some = Annotated[tuple[str, ...], Field(min_length=3)]


class FaultBank(Frozen):
    """One fault: what the call comes back with, how often it is tried, and what the assistant says."""

    tries: int
    text: Some
    again: Some
    recovered: Some
    gave_up: Some


@cache
def load_faults() -> dict[str, FaultBank]:
    """Read the bank of faults, by name."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: FaultBank.model_validate(entry) for name, entry in raw.items()}
