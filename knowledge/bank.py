"""Read a bank: an authored YAML file."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
BANKS = Path(__file__).parent / "banks"


class Misprint(ValueError):
    """A bank cannot be used; the message names the file, the key and what is wrong."""


def read_bank(path: Path) -> Any:
    """The content of a bank.

    Raises:
        Misprint: when it is no YAML, naming file and line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise Misprint(f"{path.name}: {' '.join(str(error).split())}") from error


def parse_bank(path: Path, model: type[Model]) -> Model:
    """The content of a bank, as a model.

    Raises:
        Misprint: when it does not fit, naming the file and the key at fault.
    """
    try:
        return model.model_validate(read_bank(path))
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
        raise Misprint(f"{path.name}: {'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg'].removeprefix('Value error, ')}") from error
