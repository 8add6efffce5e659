"""A contract's JSON schema as providers take it, and an answer's JSON as models write it."""

from functools import cache
from typing import Any

from pydantic import BaseModel

LEFT_OUT = {
    "default",
    "title",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "pattern",
    "format",
    "maxItems",
    "uniqueItems",
}


@cache
def schema_of(contract: type[BaseModel]) -> dict[str, Any]:
    """The schema in the strict form: every key is required, none is free. What this form cannot say, the contract checks later."""
    made: dict[str, Any] = strict(contract.model_json_schema())
    return made


def strict(part: Any) -> Any:
    """A part of a schema in the strict form."""
    if isinstance(part, list):
        return [strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {
        key: {name: strict(one) for name, one in value.items()} if key in ("properties", "$defs") else strict(value) for key, value in part.items() if key not in LEFT_OUT
    }
    if made.get("minItems", 0) > 1:
        del made["minItems"]
    if "properties" in made:
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made


def free(part: Any) -> bool:
    """Whether a schema holds objects with keys of any name, which the strict form cannot say."""
    if isinstance(part, list):
        return any(free(one) for one in part)
    if not isinstance(part, dict):
        return False
    return (part.get("type") == "object" and "properties" not in part) or any(free(one) for one in part.values())


def bare(text: str) -> str:
    """The JSON object of an answer, without the fence or the words around it; the answer itself where there is none."""
    first, last = text.find("{"), text.rfind("}")
    return text[first : last + 1] if -1 < first < last else text
