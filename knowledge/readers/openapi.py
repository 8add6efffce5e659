"""OpenAPI 3.0 and 3.1: each operation is a tool. References within the document are resolved; nothing is ever fetched, nothing is called."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from knowledge.document import Document
from knowledge.readers.listing import sound
from knowledge.readers.reading import Around, Part, Reading
from knowledge.units import Tool
from knowledge.yamls import BadYaml, Harmful, lines_of, load_yaml

FORMAT = "OpenAPI"
ENDINGS = (".json", ".yaml", ".yml")
MARK = re.compile(
    r"^(?P<quote>[\"']?)(?P<kind>openapi|swagger)(?P=quote)[ \t]*:[ \t]*[\"']?(?P<version>[23])(?:\.|\b)|[{,]\s*\"(?P<key>openapi|swagger)\"\s*:\s*\"(?P<number>[23])\.", re.M
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
READS = ("get", "head", "options", "trace", "query")
PLACES = ("path", "query", "header", "cookie", "querystring")
PASSED = {"accept", "content-type", "authorization"}  # headers that a client sets itself
SHIELD = "\ue02a"
JSON = re.compile(r"(?i)^(?:application/(?:[\w.+-]+\+)?json|text/json)\b")
FORMS = re.compile(r"(?i)^(?:application/x-www-form-urlencoded|multipart/form-data)\b")

LARGEST, LARGEST_ANSWER = 200_000, 50_000  # characters of one schema
DEEPEST = 60  # levels of a JSON text's schemas and examples
LEVELS = (16, 10, 7, 5, 4, 3, 2, 1)  # how deep schemas are inlined, until one is small enough
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
TEXTS = ("title", "description", "format", "pattern", "contentEncoding", "contentMediaType")
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")
FLAGS = ("uniqueItems", "deprecated")
ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems")
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas")
ANNOTATIONS = {"title", "description", "default", "deprecated", "example", "examples", "readOnly", "writeOnly", "nullable"}
FOREIGN_NAMED = 20  # references to other documents that are named one by one


class TooLarge(Exception):
    """A schema grows beyond what one tool may have."""


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
        return plain(load_yaml(shielded(document)))
    except json.JSONDecodeError as error:
        reading.warnings.append((document.at(error.lineno), f"is no JSON (line {error.lineno}: {error.msg}); it is left out"))
    except BadYaml as error:
        reading.warnings.append((document.at(error.line), f"is no YAML (line {error.line}: {error}); it is left out"))
    except Harmful as error:
        reading.warnings.append((document.at(1), f"is left out: {error}"))
    except (ValueError, RecursionError):
        reading.warnings.append((document.at(1), "is left out: it is nested too deeply, or holds a number that is too long"))
    return None


def shielded(document: Document) -> str:
    """The text with another sign for the asterisks that hide a secret, which YAML would take for an alias; `plain` turns them back."""
    text = document.text
    for secret in document.hidden:
        text = text[: secret.start] + text[secret.start : secret.end].replace("*", SHIELD) + text[secret.end :]
    return text


def plain(value: Any, level: int = 0) -> Any:
    """A value of what JSON can hold: keys are texts, and what YAML knows more than JSON becomes text.

    Raises:
        Harmful: when it is nested too deeply.
    """
    if level > DEEPEST * 2:
        raise Harmful(f"it is nested deeper than {DEEPEST * 2} levels")
    if isinstance(value, dict):
        return {str(sound(key_text(key))).replace(SHIELD, "*"): plain(part, level + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part, level + 1) for part in value]
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 10**300 else None
    return value if value is None or isinstance(value, bool) else str(sound(str(value))).replace(SHIELD, "*")


def key_text(key: Any) -> str:
    """A key as text: YAML takes `200:` for a number and `true:` for a truth."""
    return str(key).lower() if isinstance(key, bool) else "null" if key is None else str(key)


def mapping(value: Any) -> dict[str, Any]:
    """A value as keys and values; empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A value as a list; empty for anything else."""
    return value if isinstance(value, list) else []


def said(value: Any) -> str:
    """A text without spaces around it; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


class Api:
    """One document, read operation by operation."""

    def __init__(self, document: Document, root: dict[str, Any], reading: Reading) -> None:
        self.document, self.root, self.reading = document, root, reading
        title = re.sub(r"[^A-Za-z0-9]+", "-", said(mapping(root.get("info")).get("title"))).strip("-").lower()
        self.server = title[:40].strip("-") or re.sub(r"[^\w-]+", "-", document.inner.stem).strip("-") or "api"
        self.schemas = Schemas(root)
        self.lines: dict[tuple[str, str], int] = {}
        self.called: set[str] = set()
        self.names: set[str] = set()
        self.shallow: list[str] = []

    def read(self) -> Reading:
        """The tools of all paths, in the document's order."""
        paths = self.root.get("paths")
        if not isinstance(paths, dict) or not paths:
            self.warn(1, "has no paths, so there is no tool in it")
            return self.reading
        self.lines = json_lines(self.document) if self.document.text.lstrip()[:1] == "{" else yaml_lines(self.document)
        for path, entry in paths.items():
            if path.startswith("x-"):
                continue
            item = self.schemas.resolved(entry)
            if not isinstance(item, dict):
                self.warn(self.lines.get((path, ""), 1), f"holds nothing that can be read at the path {path}")
                continue
            for method in item:
                if method.lower() in METHODS:
                    self.operation(path, method, item)
        self.foreign()
        if self.shallow:
            self.warn(1, f"describes the answers of {listed(self.shallow)} at such length that their deeper levels are left out")
        return self.reading

    def warn(self, line: int, words: str) -> None:
        """Say what could not be read as it was written."""
        self.reading.warnings.append((self.document.at(line), words))

    def foreign(self) -> None:
        """Name the references that lead out of the document or to nothing."""
        for reference, why in list(self.schemas.missed.items())[:FOREIGN_NAMED]:
            self.warn(1, f"refers to {reference[:200]}, {why}; what it stands for is left empty")
        if (more := len(self.schemas.missed) - FOREIGN_NAMED) > 0:
            self.warn(1, f"has {more:,} more references like these; what they stand for is left empty")

    def operation(self, path: str, method: str, item: dict[str, Any]) -> None:
        """One operation as a tool."""
        line = self.lines.get((path, method)) or self.lines.get((path, ""), 1)
        operation = self.schemas.resolved(item[method])
        if not isinstance(operation, dict):
            if isinstance(item[method], dict):
                return  # it is in another document, which is said once for all
            self.warn(line, f"holds nothing that can be read at {method.upper()} {path}")
            return
        called = distinct(said(operation.get("operationId")) or slug(f"{method}_{path}"), self.called)
        name = distinct(re.sub(r"[^A-Za-z0-9_-]", "_", called)[:64], self.names, 64)
        if said(operation.get("operationId")) and called != said(operation.get("operationId")):
            self.warn(line, f"uses the operationId {said(operation.get('operationId'))[:80]} more than once; {method.upper()} {path} is called {called[:80]}")
        schema, cut = self.fitting(lambda schemas: self.input_schema(operation, item, schemas), LARGEST)
        if cut:
            self.warn(line, f"describes the arguments of {called[:80]} at such length that their deeper levels are left out")
        answer, shallow = self.fitting(lambda schemas: self.output_schema(operation, schemas), LARGEST_ANSWER)
        if shallow:
            self.shallow.append(called[:80])
        method = method.lower()
        annotations: dict[str, Any] = {"readOnlyHint": method in READS}
        annotations |= {"destructiveHint": True} if method == "delete" else {}
        annotations |= {"idempotentHint": True} if method in ("put", "delete") else {}
        tool = Tool(
            name=name,
            called=called,
            server=self.server,
            description=self.description(operation, item),
            input_schema=schema,
            output_schema=answer or None,
            annotations=annotations,
            source=self.document.at(line),
        )
        self.reading.units.append(tool)
        sent = {"name": f"mcp__{self.server}__{name}", "description": tool.description, "input_schema": schema}
        text = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
        self.reading.parts.append(Part(name=name, residency="resident", level="L2", category="tool", server=self.server, text=text, source=tool.source))

    def fitting(self, made: Any, largest: int) -> tuple[dict[str, Any], bool]:
        """A schema as deep as it may be, and whether deeper levels were left out for its size."""
        for number, levels in enumerate(LEVELS):
            self.schemas.begin(levels, largest)
            try:
                schema = made(self.schemas)
            except (TooLarge, RecursionError):
                continue
            if len(json.dumps(schema, ensure_ascii=False, separators=(",", ":"))) <= largest:
                return schema, number > 0 or self.schemas.cut
        self.schemas.begin(0, largest)
        try:
            schema = made(self.schemas)
            names = list(mapping(schema.get("properties")))[:500]
        except (TooLarge, RecursionError):
            schema, names = {}, []
        return {"type": "object", "properties": {name: {} for name in names}, "required": [name for name in items(schema.get("required")) if name in names]}, True

    def description(self, operation: dict[str, Any], item: dict[str, Any]) -> str:
        """Summary and description, whether it is deprecated, and what authorization it needs."""
        summary = said(operation.get("summary")) or said(item.get("summary"))
        described = said(operation.get("description")) or said(item.get("description"))
        told = [described] if described.startswith(summary) else [summary, described]
        marks = ["Deprecated."] if operation.get("deprecated") is True else []
        needed = self.authorization(operation.get("security") if "security" in operation else self.root.get("security"))
        return "\n".join(filter(None, [" ".join([*marks, *told[:1]]).strip(), *told[1:], needed]))

    def authorization(self, security: Any) -> str:
        """What authorization is needed, in words; what is secret is never asked for."""
        schemes = mapping(mapping(self.root.get("components")).get("securitySchemes"))
        ways = []
        for requirement in items(security):
            needed = []
            for name, scopes in mapping(requirement).items():
                scheme = mapping(self.schemas.resolved(schemes.get(name)))
                kind = said(scheme.get("in")) or said(scheme.get("scheme")) or said(scheme.get("type"))
                wanted = ", ".join(scope for scope in items(scopes) if isinstance(scope, str))
                more = ": ".join(filter(None, [kind, wanted]))
                needed.append(f"{name} ({more})" if more else name)
            ways.append(" and ".join(needed))
        named = list(dict.fromkeys(filter(None, ways)))
        if not named:
            return ""
        return f"{'May use' if '' in ways else 'Needs'} authorization: {' or '.join(named)}."

    def secret(self) -> set[tuple[str, str]]:
        """Place and name of the parameters that carry keys."""
        schemes = mapping(mapping(self.root.get("components")).get("securitySchemes"))
        found = [mapping(self.schemas.resolved(scheme)) for scheme in schemes.values()]
        return {(said(scheme.get("in")), said(scheme.get("name")).lower()) for scheme in found if scheme.get("type") == "apiKey"}

    def parameters(self, operation: dict[str, Any], item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The parameters of an operation: those of its path, then its own, which go before them; keys and what a client sets itself are left out."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for entry in [*items(item.get("parameters")), *items(operation.get("parameters"))]:
            parameter = mapping(self.schemas.resolved(entry))
            name, place = said(parameter.get("name")), said(parameter.get("in"))
            if name and place in PLACES:
                found[place, name] = parameter
        secret = self.secret()
        for (place, name), parameter in found.items():
            if (place, name.lower()) not in secret and not (place == "header" and name.lower() in PASSED):
                yield parameter

    def input_schema(self, operation: dict[str, Any], item: dict[str, Any], schemas: "Schemas") -> dict[str, Any]:
        """One object: the parameters, and the properties of a JSON or form body; `body` for a body of another shape, or with names that the parameters have."""
        properties: dict[str, Any] = {}
        required: list[str] = []
        for parameter in self.parameters(operation, item):
            name = distinct(said(parameter["name"]), set(properties), word=said(parameter["in"]))
            media = next(iter(mapping(parameter.get("content")).values()), None)
            own = mapping(media).get("schema") if media is not None else parameter.get("schema")
            schema = schemas.schema(own if own is not None else {})
            properties[name] = described(schema, parameter, [*schemas.examples(parameter), *schemas.examples(mapping(media))])
            if parameter.get("required") is True or parameter["in"] == "path":
                required.append(name)
        out: dict[str, Any] = {"type": "object", "properties": properties}
        body = mapping(schemas.resolved(operation.get("requestBody")))
        if kind := media_of(mapping(body.get("content"))):
            media = mapping(mapping(body.get("content")).get(kind))
            schema = flat(schemas.schema(media.get("schema"))) if JSON.match(kind) or FORMS.match(kind) or "schema" in media else {"type": "string", "description": kind}
            own = mapping(schema.get("properties"))
            known = {"type", "properties", "required", "description", "title", "additionalProperties", "examples", "default", "minProperties", "maxProperties", "deprecated"}
            if own and schema.get("type", "object") == "object" and schema.keys() <= known and not own.keys() & properties.keys():
                for name, part in own.items():
                    shown = [example[name] for example in [*schemas.examples(media), *items(schema.get("examples"))] if isinstance(example, dict) and name in example]
                    properties[name] = {**part, "examples": unique(shown)} if shown and isinstance(part, dict) and not {"examples", "properties"} & part.keys() else part
                required += [name for name in items(schema.get("required")) if body.get("required") is True and name not in required]
                if "additionalProperties" in schema:
                    out["additionalProperties"] = schema["additionalProperties"]
                if text := said(body.get("description")) or said(schema.get("description")):
                    out["description"] = text
            else:
                name = distinct("body", set(properties))
                properties[name] = described(schema, body, schemas.examples(media))
                required += [name] if body.get("required") is True else []
        if required:
            out["required"] = required
        return out

    def output_schema(self, operation: dict[str, Any], schemas: "Schemas") -> dict[str, Any]:
        """The JSON object that a call comes back with when all went well; empty where it is no object, or none is described."""
        answers = mapping(operation.get("responses"))
        code = next((code for code in ("200", "201", *sorted(answers), "2XX", "2xx") if code in answers and re.fullmatch(r"2(?:\d\d|XX|xx)", code)), "")
        content = mapping(mapping(schemas.resolved(answers.get(code))).get("content"))
        kind = next((kind for kind in content if JSON.match(kind)), "")
        shape = mapping(content.get(kind)).get("schema")
        if not isinstance(shape, dict):
            return {}
        schemas.answer = True
        schema = flat(schemas.schema(shape))
        return schema if schema.get("type") == "object" or ("properties" in schema and "type" not in schema) else {}


@dataclass
class Seen:
    """What was met while a schema was made: references within it, references to what lies around it, and its deepest level."""

    within: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    height: int = 0


class Made(NamedTuple):
    """A schema that was made: the references within it, how many levels it has, its size, and whether deeper levels were left out."""

    schema: Any
    within: set[str]
    height: int
    size: int
    cut: bool


class Schemas:
    """Turns the schemas of a document into JSON Schema that stands alone.

    Attributes:
        missed: references that lead nowhere, and why.
        cut: whether deeper levels were left out since `begin`.
        answer: whether schemas are of what comes back, rather than of what is given.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.missed: dict[str, str] = {}
        self.made: dict[tuple[str, frozenset[str], bool], dict[int | None, Made]] = {}
        self.begin(LEVELS[0], LARGEST)

    def begin(self, levels: int, largest: int) -> None:
        """Start on another schema: how deep and how large it may be."""
        self.levels, self.left, self.cut, self.answer = levels, largest * 2, False, False
        self.seen = Seen()

    def target(self, reference: str) -> Any:
        """What a reference leads to within the document; None for nothing."""
        if not reference.startswith("#"):
            self.missed.setdefault(reference, "which is another document and is never fetched")
            return None
        value: Any = self.root
        for step in unquote(reference[1:]).split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
                value = value[int(step[:9])]
            else:
                self.missed.setdefault(reference, "which is not in the document")
                return None
        return value

    def resolved(self, value: Any) -> Any:
        """A value, or what its reference leads to in the end; None where that is nothing or a circle."""
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if value["$ref"] in seen:
                return None
            seen.add(value["$ref"])
            value = self.target(value["$ref"])
        return value

    def schema(self, value: Any, level: int = 0, trail: frozenset[str] = frozenset(), hidden: frozenset[str] = frozenset()) -> Any:
        """A schema with its references inlined, as JSON Schema 2020-12 has it; empty for what is none.

        Args:
            level: how deep it lies.
            trail: the references that led here: one that comes again is cut.
            hidden: names of properties that are left out of what `required` asks for.

        Raises:
            TooLarge: when all schemas since `begin` are larger than they may be.
        """
        if isinstance(value, bool):
            return value if level else {}
        beside: dict[str, Any] = {}
        chain: list[str] = []
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            beside = {**{key: part for key, part in value.items() if key != "$ref"}, **beside}
            reference = value["$ref"]
            if reference in trail or reference in chain:
                return self.again(reference)
            chain.append(reference)
            value = self.target(reference)
        if isinstance(value, bool):
            return value
        value = mapping(value)
        if not chain:
            return self.own(value, level, trail, hidden)
        if not beside:
            return self.inlined(chain, value, level, trail, hidden)
        more = {key: part for key, part in beside.items() if key not in ANNOTATIONS and not key.startswith("x-")}
        told = {key: part for key, part in beside.items() if key in ANNOTATIONS}
        return self.own({**({"allOf": [value, more]} if more else value), **told}, level, trail | frozenset(chain), hidden)

    def inlined(self, chain: list[str], value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> Any:
        """A schema that references lead to; one that came out whole, or at the same depth, is used again."""
        room = self.levels - level
        known = self.made.setdefault((chain[0], hidden, self.answer), {})
        for entry in filter(None, (known.get(None), known.get(room))):
            if entry.height <= room and not entry.within & trail:
                self.spend(entry.size)
                self.seen.within |= entry.within
                self.seen.height = max(self.seen.height, level + entry.height)
                self.cut |= entry.cut
                return entry.schema
        around, cut, left = self.seen, self.cut, self.left
        self.seen, self.cut = Seen(height=level), False
        schema = self.own(value, level, trail | frozenset(chain), hidden)
        within = self.seen.within | set(chain)
        outside = self.seen.outside - set(chain)
        if not outside:
            known[room if self.cut else None] = Made(schema, within, self.seen.height - level, left - self.left, self.cut)
        self.seen, self.cut = Seen(around.within | within, around.outside | outside, max(around.height, self.seen.height)), cut or self.cut
        return schema

    def own(self, value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> dict[str, Any]:
        """A schema that is no reference."""
        self.seen.height = max(self.seen.height, level)
        if level > self.levels:
            self.cut = True
            return {**simple_type(value), "description": "Deeper levels are left out."}
        return self.converted(value, level, trail, hidden | self.unseen(value))

    def again(self, reference: str) -> dict[str, Any]:
        """What stands for a schema within itself."""
        kind = simple_type(mapping(self.resolved({"$ref": reference})))
        self.spend(80)
        self.seen.outside.add(reference)
        return {**kind, "description": f"{unquote(reference).rpartition('/')[2].replace('~1', '/').replace('~0', '~')}, as above"}

    def spend(self, size: int) -> None:
        """Count what a schema takes.

        Raises:
            TooLarge: when it is too much.
        """
        self.left -= size
        if self.left < 0:
            raise TooLarge

    def unseen(self, value: Any, trail: frozenset[str] = frozenset()) -> frozenset[str]:
        """The properties that are not given (or, in an answer, do not come back): read-only ones, also those of the schemas it is made of."""
        mark = "writeOnly" if self.answer else "readOnly"
        found = set[str]()
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if value["$ref"] in trail or len(trail) > 20:
                return frozenset()
            return self.unseen(self.target(value["$ref"]), trail | {value["$ref"]})
        for name, part in mapping(mapping(value).get("properties")).items():
            if self.marked(part, mark):
                found.add(name)
        for part in items(mapping(value).get("allOf")):
            if isinstance(part, dict) and len(trail) < 20:
                found |= self.unseen(part, trail | {str(len(trail))})
        return frozenset(found)

    def marked(self, value: Any, mark: str) -> bool:
        """Whether a property has a mark, itself or in what it refers to."""
        for _ in range(20):
            if not isinstance(value, dict):
                return False
            if value.get(mark) is True:
                return True
            if not isinstance(value.get("$ref"), str):
                return False
            value = self.target(value["$ref"])
        return False

    def examples(self, value: dict[str, Any]) -> list[Any]:
        """The examples of a schema, a parameter or a body, in any of the ways to write them."""
        found = [value["example"]] if "example" in value else []
        more = value.get("examples")
        if isinstance(more, dict):
            shown = [mapping(self.resolved(part)) for part in more.values()]
            found += [part["value"] for part in shown if "value" in part]
        elif isinstance(more, list):
            found += more
        return [example for example in unique(found) if not refers(example)]

    def converted(self, value: dict[str, Any], level: int, trail: frozenset[str], hidden: frozenset[str]) -> dict[str, Any]:
        """The keywords of one schema that JSON Schema knows and that are written as it wants them."""
        out: dict[str, Any] = {}
        if kinds := types_of(value.get("type")):
            out["type"] = kinds[0] if len(kinds) == 1 else kinds
        for key in TEXTS:
            if isinstance(value.get(key), str) and (key != "pattern" or is_pattern(value[key])):
                out[key] = value[key]
        if isinstance(value.get("enum"), list):
            out["enum"] = [entry for entry in unique(value["enum"]) if not refers(entry)]
        out |= {key: value[key] for key in ("const", "default") if key in value and not refers(value[key])}
        out |= bounds(value)
        out |= {key: value[key] for key in FLAGS if isinstance(value.get(key), bool)}
        if shown := self.examples(value):
            out["examples"] = shown
        self.spend(20 + sum(len(str(part)) + len(key) for key, part in out.items()))
        for key in NAMED:
            if isinstance(value.get(key), dict):
                parts = {name: part for name, part in value[key].items() if key != "properties" or name not in hidden}
                if key == "patternProperties":
                    parts = {name: part for name, part in parts.items() if is_pattern(name)}
                self.spend(sum(len(name) + 5 for name in parts))
                out[key] = {name: self.schema(part, level + 1, trail) for name, part in parts.items()}
        if isinstance(value.get("required"), list) and (wanted := [name for name in unique(value["required"]) if isinstance(name, str) and name not in hidden]):
            out["required"] = wanted
        for key in ONE:
            if isinstance(value.get(key), dict | bool) or (key == "items" and isinstance(value.get(key), dict)):
                out[key] = value[key] if isinstance(value[key], bool) else self.schema(value[key], level + 1, trail)
        for key in MANY:
            if parts_ := [self.schema(part, level + 1, trail, hidden if key == "allOf" else frozenset()) for part in items(value.get(key)) if isinstance(part, dict | bool)]:
                out[key] = parts_
        if isinstance(value.get("items"), list) and "prefixItems" not in out and value["items"]:
            out["prefixItems"] = [self.schema(part, level + 1, trail) for part in value["items"]]
        return nullable(alone(out)) if value.get("nullable") is True else alone(out)


def simple_type(value: dict[str, Any]) -> dict[str, Any]:
    """The type of a schema, where it has one or shows one by its keywords."""
    kinds = types_of(value.get("type"))
    if kinds:
        return {"type": kinds[0] if len(kinds) == 1 else kinds}
    return {"type": "object"} if "properties" in value else {}


def types_of(value: Any) -> list[str]:
    """The types that JSON Schema knows, each once."""
    return [kind for kind in unique(value if isinstance(value, list) else [value]) if isinstance(kind, str) and kind in TYPES]


def bounds(value: dict[str, Any]) -> dict[str, Any]:
    """The limits of numbers, texts and lists; a limit that version 3.0 marks as exclusive by a truth becomes an exclusive one."""
    out: dict[str, Any] = {key: value[key] for key in NUMBERS if is_number(value.get(key))}
    for key, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if value.get(exclusive) is True and key in out:
            out[exclusive] = out.pop(key)
    if is_number(value.get("multipleOf")) and value["multipleOf"] > 0:
        out["multipleOf"] = value["multipleOf"]
    return out | {key: value[key] for key in COUNTS if isinstance(value.get(key), int) and not isinstance(value[key], bool) and value[key] >= 0}


def is_number(value: Any) -> bool:
    """Whether a value is a number, and no truth."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_pattern(text: str) -> bool:
    """Whether a regular expression is one that Python can use too."""
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def alone(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that is made of one other and only describes it, as that other one with its words."""
    parts = schema.get("allOf")
    if (
        isinstance(parts, list)
        and len(parts) == 1
        and isinstance(parts[0], dict)
        and schema.keys() - {"allOf", "type"} <= ANNOTATIONS
        and schema.get("type") in (None, parts[0].get("type"))
    ):
        return {**parts[0], **{key: value for key, value in schema.items() if key != "allOf"}}
    return schema


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that takes null too."""
    if "type" in schema:
        kinds = types_of(schema["type"])
        out = {**schema, "type": [*kinds, *([] if "null" in kinds else ["null"])]}
        if "enum" in out and None not in out["enum"]:
            out["enum"] = [*out["enum"], None]
        return out
    if not schema.keys() - ANNOTATIONS:
        return schema
    told = {key: value for key, value in schema.items() if key in ("title", "description", "default", "deprecated", "examples")}
    return {**told, "anyOf": [{key: value for key, value in schema.items() if key not in told}, {"type": "null"}]}


def flat(schema: Any) -> dict[str, Any]:
    """An object that is made of several others as one object, where nothing but their properties has to be put together."""
    if not isinstance(schema, dict) or not isinstance(schema.get("allOf"), list):
        return mapping(schema)
    parts = [flat(part) for part in schema["allOf"]]
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    known = {"type", "properties", "required", "title", "description", "examples", "default", "deprecated"}
    if not all(part.get("type", "object") == "object" and part.keys() <= known for part in [*parts, rest]) or not any("properties" in part for part in [*parts, rest]):
        return schema
    out: dict[str, Any] = {"type": "object"}
    properties: dict[str, Any] = {}
    required: list[Any] = []
    for part in [*parts, rest]:
        for name, value in mapping(part.get("properties")).items():
            if name in properties and properties[name] != value:
                return schema
            properties[name] = value
        required += items(part.get("required"))
        out |= {key: part[key] for key in ("title", "description", "examples", "default", "deprecated") if key in part}
    return {**out, "properties": properties} | ({"required": unique(required)} if required else {})


def described(schema: Any, told: dict[str, Any], shown: list[Any]) -> Any:
    """A schema with the description, the examples and the mark of the parameter or body that it is of."""
    if not isinstance(schema, dict):
        schema = {} if schema is True else {"not": {}}
    out = {**schema}
    if text := said(told.get("description")):
        out["description"] = text
    if shown:
        out["examples"] = unique(shown)
    if told.get("deprecated") is True:
        out["deprecated"] = True
    return out


def refers(value: Any) -> bool:
    """Whether a value holds a reference, which would be taken for one of the schema."""
    if isinstance(value, dict):
        return isinstance(value.get("$ref"), str) or any(map(refers, value.values()))
    return isinstance(value, list) and any(map(refers, value))


def unique(values: list[Any]) -> list[Any]:
    """Values without repetitions, in order; `1` and `true` are two."""
    return list({json.dumps(value, sort_keys=True, ensure_ascii=False): value for value in reversed(values)}.values())[::-1]


def media_of(content: dict[str, Any]) -> str:
    """The kind of body that is told of: JSON, else a form, else the first."""
    return next((kind for pattern in (JSON, FORMS) for kind in content if pattern.match(kind)), next(iter(content), ""))


def slug(text: str) -> str:
    """A name of letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")


def distinct(name: str, taken: set[str], longest: int = 200, word: str = "") -> str:
    """A name that is not taken yet, which is then; it gets a word or a number where it has to."""
    found, number = name[:longest], 1
    while found in taken:
        number += 1
        more = f"_{word}" if word and number == 2 else f"_{number}"
        found = f"{name[: longest - len(more)]}{more}"
    taken.add(found)
    return found


def listed(names: list[str]) -> str:
    """Names in words: the first three, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


TOKEN = re.compile(r'"(?P<key>[^"\\]*(?:\\.[^"\\]*)*)"(?P<colon>\s*:)?|[{}\[\]]', re.S)


def json_lines(document: Document) -> dict[tuple[str, str], int]:
    """The line of each path and each operation of a JSON text, by path and method; an empty method for the path."""
    found: dict[tuple[str, str], int] = {}
    depth, inside, path = 0, False, ""
    for match in TOKEN.finditer(document.text):
        mark = match[0]
        if mark in ("{", "["):
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
        elif match["colon"] and depth < 4:
            key = key_of(mark[: mark.rindex('"') + 1])
            if depth == 1:
                inside = key == "paths"
            elif inside and depth == 2:
                path = key
                found[path, ""] = document.line(match.start())
            elif inside and depth == 3:
                found[path, key] = document.line(match.start())
    return found


def key_of(mark: str) -> str:
    """A JSON key as it is read."""
    try:
        return str(sound(json.loads(mark)))
    except ValueError:
        return mark


def yaml_lines(document: Document) -> dict[tuple[str, str], int]:
    """The line of each path and each operation of a YAML text, by path and method; an empty method for the path."""
    found: dict[tuple[str, str], int] = {}
    for path, line in lines_of(shielded(document)).items():
        if path[:1] == ("paths",) and len(path) in (2, 3):
            found[str(path[1]), str(path[2]) if len(path) == 3 else ""] = line
    return found
