"""Settings: YAML and flags, frozen and strict. The only reader of configs/."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from knowledge.costs import Price, Prices

FOLDER = Path(__file__).parent.parent / "configs"
EMBEDDED = "embedded"
Variant = Literal["full", "in-weights"]
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
}


class Misconfigured(ValueError):
    """A setting is wrong; the message names file and key, and says what is meant."""


class Strict(BaseModel):
    """Frozen settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Settled(Strict):
    """A teacher behind an API; see configs/base.yaml. `key` names an environment variable, and is no key."""

    api: Literal["openai", "anthropic"]
    model: Annotated[str, Field(min_length=1)]
    base_url: str = ""
    key: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]{0,63}$|^$")] = ""
    structured: Literal["schema", "tool", "prompt"] = "schema"
    parameters: dict[str, Any] = {}
    max_tokens: Positive = 4096
    seconds: Seconds = 300
    tries: Positive = 6
    pause: Seconds = 0.5
    price: str = ""


class Binding(Strict):
    """Who answers in a role, and how fast it may be asked; a bare name will do."""

    teacher: str
    concurrency: Positive | None = None
    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def named(cls, value: Any) -> Any:
        """A bare name as a binding."""
        return {"teacher": value} if isinstance(value, str) else value


class Roles(Strict):
    """Which teacher answers in which role; a role without one is left out, where it can be."""

    writer: Binding = Binding(teacher=EMBEDDED)
    responder: Binding = Binding(teacher=EMBEDDED)
    judge: Binding | None = None
    extractor: Binding | None = None


class Limits(Strict):
    """What a run may take; see configs/base.yaml for units."""

    slots: Positive = 2
    start_seconds: Seconds = 60
    call_seconds: Seconds = 20
    retries: Annotated[int, Field(ge=0)] = 2
    concurrency: Positive = 50
    max_cost: Annotated[float, Field(ge=0)] | None = None
    max_calls: Annotated[int, Field(ge=0)] | None = None


class Settings(Strict):
    """What every phase shares."""

    out: Path = Path("runs")
    ledger: str = "runs/ledger.sqlite"
    engine: Literal["stream", "ray"] = "stream"
    cluster: str = ""
    batch: bool = False
    calibration: str = ""
    gate: bool = True
    exports: tuple[str, ...] = ("openai",)
    variants: tuple[Variant, ...] = ("in-weights",)
    minimal_prompt: str = ""
    teachers: dict[str, Settled] = {}
    roles: Roles = Roles()
    limits: Limits = Limits()

    @field_validator("exports")
    @classmethod
    def known_exports(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Every format is there.

        Raises:
            PydanticCustomError: when one is not.
        """
        from steps.formats import FORMATS

        for name in names:
            if name not in FORMATS:
                close = difflib.get_close_matches(name, FORMATS, n=1)
                hint = f"did you mean {close[0]}? " if close else ""
                raise PydanticCustomError("export", "{text}", {"text": f"there is no format {name!r}; {hint}There are {', '.join(FORMATS)}."})
        return tuple(dict.fromkeys(names))

    @model_validator(mode="after")
    def known_teachers(self) -> Self:
        """Every role's teacher is there.

        Raises:
            PydanticCustomError: when one is not, or is one that this role cannot have.
        """
        for role in Roles.model_fields:
            binding: Binding | None = getattr(self.roles, role)
            if binding is None or binding.teacher in self.teachers:
                continue
            if binding.teacher != EMBEDDED or role in ("judge", "extractor"):
                known = ", ".join([*([] if role in ("judge", "extractor") else [EMBEDDED]), *self.teachers])
                raise PydanticCustomError("teacher", f"`roles.{role}` is bound to {binding.teacher!r}, and the teachers it can have are {known}.")
        return self


class Gates(Strict):
    """What a run must reach; see configs/gates.yaml."""

    near: Annotated[float, Field(gt=0, le=1)]
    embedder: str
    alike: Annotated[float, Field(gt=0, le=1)]
    balance: dict[Annotated[str, Field(pattern=r"^(?:asker|tool|unit|family|level|cell|persona|length|first words)$")], Annotated[float, Field(gt=0, le=1)]]
    at_most: dict[str, float | None]
    at_least: dict[str, float | None]


class Extract(Settings):
    """All settings of the reader of units."""


class Phase3(Settings):
    """All settings of the tool phase."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    rows: Positive
    seed: int
    near: Annotated[float, Field(gt=0, le=1)]
    offline: bool = False
    allow_servers: bool = False
    allow_writes: bool = False
    banks: bool = True


class Behaviours(Settings):
    """All settings of a phase of behaviours (1, 2 and 4)."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    tools: Annotated[tuple[str, ...], Field(min_length=1)]
    rows: Positive
    seed: int
    near: Annotated[float, Field(gt=0, le=1)]
    rehearsal: Annotated[float, Field(ge=0, le=0.9)]
    dataset: str
    forms: dict[str, Annotated[float, Field(ge=0, le=0.9)]]
    evolve: Annotated[int, Field(ge=0, le=3)]


class Phase5(Settings):
    """All settings of the whole."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    tools: Annotated[tuple[str, ...], Field(min_length=1)]
    size: Literal["viable", "good", "comprehensive"]
    rows: Annotated[int, Field(ge=0)]
    seed: int
    near: Annotated[float, Field(gt=0, le=1)]
    rehearsal: Annotated[float, Field(ge=0, le=0.9)]
    boundary: Annotated[float, Field(ge=0, le=0.9)]
    dataset: str
    weights: dict[Annotated[str, Field(pattern=r"^L[0-4]$")], Annotated[float, Field(ge=0)]]


Shape = TypeVar("Shape", bound=Settings)


def load_settings(shape: type[Shape], config: Path | None, flags: dict[str, Any], phase: str = "") -> Shape:
    """Join configs/base.yaml, the phase's file, the user's file and the flags; later ones win.

    Args:
        shape: the settings of the command.
        config: the user's own YAML, or None.
        flags: settings from the command line; None stands for not given.
        phase: the phase, where it has a file of its own.

    Raises:
        Misconfigured: at the first wrong key or value.
    """
    values: dict[str, Any] = {}
    for path in (FOLDER / "base.yaml", *([FOLDER / f"{phase}.yaml"] if phase else []), *([config] if config else [])):
        values = joined(values, read(path))
    values = joined(values, {key: value for key, value in flags.items() if value is not None})
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise Misconfigured(explain(error, config, shape)) from None


def load_gates(config: Path | None) -> Gates:
    """What a run must reach: configs/gates.yaml, and the user's own file over it.

    Raises:
        Misconfigured: at the first wrong key or value.
    """
    shipped = read(FOLDER / "gates.yaml")
    values = joined(shipped, read(config)) if config else shipped
    for side in ("at_most", "at_least"):
        if unknown := sorted(set(values.get(side) or {}) - set(shipped[side])):
            raise Misconfigured(f"{config}: there is no gate {unknown[0]!r} below `{side}`; there are {', '.join(shipped[side])}.")
    try:
        return Gates.model_validate(values)
    except ValidationError as error:
        raise Misconfigured(explain(error, config, Gates)) from None


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


def shared(roles: Iterable[str] | None, max_cost: float | None, max_calls: int | None, concurrency: int | None, batch: bool, engine: str | None) -> dict[str, Any]:
    """The flags that every phase has, as settings.

    Raises:
        Misconfigured: when a role is not written as `writer=openai`.
    """
    bound: dict[str, Any] = {}
    for word in roles or ():
        role, _, teacher = word.partition("=")
        if role not in Roles.model_fields or not teacher:
            raise Misconfigured(f"--role {word}: write it as ROLE=TEACHER; the roles are {', '.join(Roles.model_fields)}.")
        bound[role] = teacher
    limits = {key: value for key, value in (("max_cost", max_cost), ("max_calls", max_calls), ("concurrency", concurrency)) if value is not None}
    return {"roles": bound or None, "limits": limits or None, "batch": batch or None, "engine": engine}


def explain(error: ValidationError, config: Path | None, model: type[BaseModel], groups: Mapping[str, type[BaseModel]] | None = None) -> str:
    """The first thing that is wrong, in words.

    Args:
        groups: what the keys of the model that hold keys of their own are made of.
    """
    wrong = error.errors(include_url=False)
    first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
    place = ".".join(map(str, first["loc"]))
    where = str(config) if config else "settings"
    if first["type"] in ("teacher", "export"):
        return f"{where}: {first['msg']}"
    if first["type"] == "string_pattern_mismatch" and first["loc"][-1] == "key":
        return f"{where}: `{place}` must name the environment variable that holds the key, such as OPENAI_API_KEY. A key itself has no place in a file."
    if first["type"] in ("extra_forbidden", "invalid_key"):
        group = group_of(first["loc"], model, groups)
        close = difflib.get_close_matches(str(first["loc"][-1]), group.model_fields, n=1, cutoff=0.5)
        hint = f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(group.model_fields)}."
        return f"{where}: there is no setting `{place}`{hint}"
    if first["type"] == "missing":
        return f"{where}: `{place}` must be given."
    must = MUST.get(first["type"]) or first["msg"].removeprefix("Input should ").replace("valid ", "")
    return f"{where}: `{place}` must {must}, and is {first['input']!r}."


def group_of(place: tuple[Any, ...], model: type[BaseModel], groups: Mapping[str, type[BaseModel]] | None) -> type[BaseModel]:
    """The settings in which a key would stand."""
    if len(place) == 1:
        return model
    if place[0] == "roles" and len(place) > 2:
        return Binding
    return (groups or {"roles": Roles, "limits": Limits, "teachers": Settled}).get(str(place[0]), model)


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
