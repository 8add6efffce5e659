"""Read a bank: an authored YAML file."""

from pathlib import Path
from typing import Any

import yaml

BANKS = Path(__file__).parent / "banks"


def read_bank(path: Path) -> Any:
    """The content of a bank.

    Raises:
        ValueError: when it is no YAML, naming file and line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: {error}") from error
