"""Read a bank: an authored YAML file."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
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


def parse_bank(path: Path, model: type[Model]) -> Model:
    """The content of a bank, as a model.

    Raises:
        ValueError: when it does not fit, naming the file and the key at fault.
    """
    try:
        return model.model_validate(read_bank(path))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
