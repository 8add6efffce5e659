"""OpenAPI 3.0 and 3.1: each operation is a tool. References within the document are resolved; nothing is ever fetched, nothing is called."""

import json
import re
from typing import Any

from knowledge.document import Document
from knowledge.readers.openapi.operations import Api
from knowledge.readers.reading import Around, Reading
from knowledge.readers.values import plain
from knowledge.yamls import BadYaml, Harmful, load_yaml

FORMAT = "OpenAPI"
ENDINGS = (".json", ".yaml", ".yml")
MARK = re.compile(
    r"^(?P<quote>[\"']?)(?P<kind>openapi|swagger)(?P=quote)[ \t]*:[ \t]*[\"']?(?P<version>[23])(?:\.|\b)|[{,]\s*\"(?P<key>openapi|swagger)\"\s*:\s*\"(?P<number>[23])\.", re.M
)


def claims(document: Document, around: Around) -> bool:
    """JSON and YAML that name their version of OpenAPI, or of Swagger, at the top."""
    return document.suffix in ENDINGS and version_of(document) is not None


def version_of(document: Document) -> tuple[str, str] | None:
    """`openapi` or `swagger`, and the number before the first dot; None for another document."""
    for match in MARK.finditer(document.text):
        kind, number = match["kind"] or match["key"], match["version"] or match["number"]
        if (kind, number) not in (("openapi", "3"), ("swagger", "2")):
            continue
        if match["kind"] and document.suffix != ".json":
            return kind, number
        if document.text.lstrip()[:1] == "{" and at_top(document.text, kind):
            return kind, number
    return None


def at_top(text: str, key: str) -> bool:
    """Whether a JSON object has a key itself, rather than something within it. A text that breaks off is judged by its braces."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        found = re.search(rf"\"{key}\"\s*:", text)
        return bool(found) and text.count("{", 0, found.start() if found else 0) - text.count("}", 0, found.start() if found else 0) == 1
    return isinstance(value, dict) and key in value


def read(document: Document, around: Around) -> Reading:
    """A Tool an operation, and the part of it that is sent on every call."""
    reading = Reading(FORMAT)
    if (version_of(document) or ("", ""))[0] == "swagger":
        reading.warnings.append((document.at(1), "is Swagger 2.0; convert it to OpenAPI 3 and read it again"))
        return reading
    root = loaded(document, reading)
    if root is None:
        return reading
    if not isinstance(root, dict):
        reading.warnings.append((document.at(1), "is no object with `paths`; it is left out"))
        return reading
    return Api(document, root, reading).read()


def loaded(document: Document, reading: Reading) -> Any:
    """The value of the document, of plain types; None, with a warning, where it has none."""
    text = document.text
    try:
        if document.suffix == ".json" or text.lstrip()[:1] == "{":
            return plain(json.loads(text, parse_constant=lambda _: None))
        return plain(load_yaml(text))
    except json.JSONDecodeError as error:
        reading.warnings.append((document.at(error.lineno), f"is no JSON (line {error.lineno}: {error.msg}); it is left out"))
    except BadYaml as error:
        reading.warnings.append((document.at(error.line), f"is no YAML (line {error.line}: {error}); it is left out"))
    except Harmful as error:
        reading.warnings.append((document.at(1), f"is left out: {error}"))
    except (ValueError, RecursionError):
        reading.warnings.append((document.at(1), "is left out: it is nested too deeply, or holds a number that is too long"))
    return None
