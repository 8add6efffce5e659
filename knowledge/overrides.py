"""`knowledge.yaml`: a small file next to documents that says better what they are."""

from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.document import Document
from knowledge.readers.reading import Part, Reading, Residency
from knowledge.units import AnyUnit, Category, Level
from knowledge.yamls import BadYaml, Harmful, load_yaml

NAME = "knowledge.yaml"


class Misfit(ValueError):
    """A `knowledge.yaml` cannot be used; names the file, the key and what is allowed."""


class Override(BaseModel):
    """What is said of some documents.

    Attributes:
        files: a glob of paths, from the folder of `knowledge.yaml`; `agents/` is all that is in that folder.
        section: only below headings that contain these words.
        holds: only sentences that contain these words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: str = Field(default="**", min_length=1)
    section: str = ""
    holds: str = ""
    level: Level | None = None
    category: Category | None = None
    residency: Residency | None = None
    ignore: bool = False


class Overrides(BaseModel):
    """The file: later entries win."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: tuple[Override, ...] = ()


def parse_overrides(document: Document) -> Overrides:
    """The overrides of a `knowledge.yaml`.

    Raises:
        Misfit: when it is no YAML or has an unknown key or value.
    """
    try:
        values = load_yaml(document.text)
        return Overrides.model_validate({} if values is None else values)
    except ValidationError as error:
        raise Misfit(f"{document.path}{misfit(error)}") from None
    except (BadYaml, Harmful) as error:
        line = f", line {error.line}" if isinstance(error, BadYaml) else ""
        raise Misfit(f"{document.path} is no YAML that can be used: {error}{line}") from None


def misfit(error: ValidationError) -> str:
    """What is wrong first, and what is allowed there."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return " must be `documents:` with a list of entries below it"
    where = [" ".join(str(part).split()) for part in first["loc"]]
    key, top = where[-1], len(where) == 1
    if first["type"] == "extra_forbidden":
        keys = list((Overrides if top else Override).model_fields)
        near = get_close_matches(key, keys, 1)
        if top and key in Override.model_fields:
            return f": `{key}` belongs in an entry of the list below `documents:`"
        advice = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(keys)}" if len(keys) > 1 else f"there is {keys[0]}"
        return f": there is no `{key}`; {advice}"
    said = {"tuple_type": "it must be a list", "model_type": "it must hold `key: value` lines"}.get(first["type"], first["msg"][0].lower() + first["msg"][1:])
    return f": {'.'.join(where)}: {said}, and is {str(first['input'])[:60]!r}"


def overridden(reading: Reading, document: Document, all_overrides: dict[str, Overrides]) -> Reading | None:
    """A reading with what the files above its document say; None when the document is to be left out."""
    for folder, overrides in sorted(all_overrides.items(), key=lambda entry: len(entry[0])):
        if not document.path.startswith(f"{folder}/"):
            continue
        inner = document.path[len(folder) + 1 :]
        for override in overrides.documents:
            if not fits(inner, override.files):
                continue
            narrow = bool(override.section or override.holds)
            if override.ignore and not narrow:
                return None
            reading.units = [unit for unit in reading.units if not (override.ignore and touches(unit, override))]
            reading.units = [changed(unit, override) if touches(unit, override) else unit for unit in reading.units]
            if not narrow:
                reading.parts = [changed_part(part, override) for part in reading.parts]
    return reading


def fits(path: str, pattern: str) -> bool:
    """Whether a path fits a glob, in which `**/` may stand for nothing."""
    pattern = f"{pattern}**" if pattern.endswith("/") else pattern
    if not PurePosixPath(pattern).parts:
        return False
    return fnmatch(path, pattern) or (pattern.startswith("**/") and fnmatch(path, pattern[3:])) or PurePosixPath(path).match(pattern)


def touches(unit: AnyUnit, override: Override) -> bool:
    """Whether an override means a unit."""
    headings = " / ".join(getattr(unit, "section", ()))
    return override.section.lower() in headings.lower() and override.holds.lower() in unit.text.lower()


def changed(unit: AnyUnit, override: Override) -> AnyUnit:
    """A unit at its new level and in its new category."""
    return unit.model_copy(update={key: value for key in ("level", "category") if (value := getattr(override, key))})


def changed_part(part: Part, override: Override) -> Part:
    """A part at its new level, in its new category and residency."""
    return part.model_copy(update={key: value for key in ("level", "category", "residency") if (value := getattr(override, key))})
