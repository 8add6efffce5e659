"""The faults that can be injected, and what is said of them."""

from functools import cache
from typing import Annotated

from pydantic import Field

from knowledge.bank import BANKS, read_bank
from knowledge.theme import Frozen

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
    return {name: FaultBank.model_validate(entry) for name, entry in read_bank(BANKS / "faults.yaml").items()}
