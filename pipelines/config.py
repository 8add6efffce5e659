"""Settings: YAML and flags, frozen and strict. The only reader of configs/."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.costs import Price, Prices

FOLDER = Path(__file__).parent.parent / "configs"
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
MUST = {
    "int_parsing": "be a whole number",
    "int_from_float": "be a whole number",
    "int_type": "be a whole number",
    "float_parsing": "be a number",
    "float_type": "be a number",
    "bool_parsing": "be true or false",
    "bool_type": "be true or false",
    "string_type": "be a text",
    "path_type": "be a path",
    "tuple_type": "be a list",
    "too_short": "have at least 1 entry",
    "model_type": "hold `key: value` lines",
    "missing": "be given",
}


class Misconfigured(ValueError):
    """A setting is wrong; the message names file and key, and says what is meant."""


class Strict(BaseModel):
    """Frozen settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Roles(Strict):
    """Which teacher answers in which role."""

    writer: Literal["embedded"] = "embedded"
    responder: Literal["embedded"] = "embedded"


class Limits(Strict):
    """What a run may take; see configs/base.yaml for units."""

    slots: Positive = 2
    batch: Positive = 25
    start_seconds: Seconds = 60
    call_seconds: Seconds = 20
    retries: Annotated[int, Field(ge=0)] = 2


class Phase3(Strict):
    """All settings of the tool phase."""

    out: Path = Path("runs")
    roles: Roles = Roles()
    limits: Limits = Limits()
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    rows: Positive
    seed: int
    near: Annotated[float, Field(gt=0, le=1)]
    offline: bool = False
    allow_servers: bool = False
    allow_writes: bool = False
    banks: bool = True


def load_settings(phase: Literal["phase3"], config: Path | None, flags: dict[str, Any]) -> Phase3:
    """Join configs/base.yaml, the phase's file, the user's file and the flags; later ones win.

    Args:
        config: the user's own YAML, or None.
        flags: settings from the command line; None stands for not given.

    Raises:
        Misconfigured: at the first wrong key or value.
    """
    values: dict[str, Any] = {}
    for path in (FOLDER / "base.yaml", FOLDER / f"{phase}.yaml", *([config] if config else [])):
        values = joined(values, read(path))
    values = joined(values, {key: value for key, value in flags.items() if value is not None})
    try:
        return Phase3.model_validate(values)
    except ValidationError as error:
        raise Misconfigured(explain(error, config)) from None


def read(path: Path) -> dict[str, Any]:
    """One YAML file.

    Raises:
        Misconfigured: when it cannot be read, or holds no mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} is not YAML: {' '.join(str(error).split())[:160]}.") from None
    if not isinstance(content, dict):
        raise Misconfigured(f"{path} must hold `key: value` lines.")
    return content


def joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Two levels of settings as one."""
    both = {key: joined(base[key], value) if isinstance(base.get(key), dict) and isinstance(value, dict) else value for key, value in over.items()}
    return base | both


def explain(error: ValidationError, config: Path | None, model: type[BaseModel] = Phase3, groups: Mapping[str, type[BaseModel]] | None = None) -> str:
    """The first thing that is wrong, in words.

    Args:
        groups: what the keys of the model that hold keys of their own are made of.
    """
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    where = str(config) if config else "settings"
    if first["type"] in ("extra_forbidden", "invalid_key"):
        group = (groups or {"roles": Roles, "limits": Limits}).get(str(first["loc"][0]), model) if len(first["loc"]) > 1 else model
        close = difflib.get_close_matches(str(first["loc"][-1]), group.model_fields, n=1, cutoff=0.5)
        hint = f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(group.model_fields)}."
        return f"{where}: there is no setting `{place}`{hint}"
    must = MUST.get(first["type"]) or first["msg"].removeprefix("Input should ").replace("valid ", "")
    return f"{where}: `{place}` must {must}, and is {first['input']!r}."


def load_prices(path: Path | None, flags: dict[str, Any]) -> Prices:
    """The price table: configs/prices.yaml, or the user's own over it; flags win.

    Raises:
        Misconfigured: at the first wrong key or value.
    """
    values = read(FOLDER / "prices.yaml")
    for over in (read(path) if path else {}, flags):
        values |= {key: value for key, value in over.items() if value is not None}
    try:
        return Prices.model_validate(values)
    except ValidationError as error:
        raise Misconfigured(explain(error, path or Path("configs/prices.yaml"), Prices, {"models": Price})) from None
