"""OpenAPI: what becomes which tool, at which line, and that nothing that a file can hold makes the reader fail."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.document import make_document
from knowledge.readers import openapi
from knowledge.readers.listing import fault_of, references
from knowledge.readers.openapi.schemas import LARGEST
from knowledge.readers.reading import Around, Reading
from knowledge.units import Tool

FOLDER = Path(__file__).parents[3] / "fixtures" / "systems" / "openapi"
BED = {"type": "integer", "exclusiveMinimum": 0, "description": "Its number.", "examples": [4]}
KIND = {"type": "string", "enum": ["root", "leaf"], "default": "leaf"}


@cache
def fault(schema: str) -> str | None:
    """Why a schema is none: told once, as most are the same in one example and the next."""
    return fault_of(json.loads(schema))


def read(text: str, path: str = "s/api.yaml") -> Reading:
    """What a file gives; every schema is one that arguments can be made for."""
    document = make_document(path, text, len(text))
    made = openapi.read(document, Around({path: document}))
    names = [unit.name for unit in made.units if isinstance(unit, Tool)]
    assert len(names) == len(set(names)) == len(made.units) == len(made.parts)
    for unit in made.units:
        assert isinstance(unit, Tool) and unit.digest and unit.tokens
        assert fault(json.dumps(unit.input_schema)) is None and (unit.output_schema is None or fault(json.dumps(unit.output_schema)) is None)
        assert len(json.dumps(unit.input_schema, ensure_ascii=False, separators=(",", ":"))) <= LARGEST
        assert 1 <= unit.line <= document.text.count("\n") + 1
    for source, words in made.warnings:
        assert source.startswith(f"{path}:") and words and "\n" not in words
    return made


def tools(made: Reading) -> list[Tool]:
    return [unit for unit in made.units if isinstance(unit, Tool)]


def api(schema: Any, schemas: dict[str, Any] | None = None, **more: Any) -> str:
    """A document with one operation that takes a body."""
    operation = {"operationId": "do", "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}, **more}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "t"}, "paths": {"/x": {"post": operation}}, "components": {"schemas": schemas or {}}}, default=str)


def taken(schema: Any, schemas: dict[str, Any] | None = None) -> dict[str, Any]:
    """The input schema of an operation whose body is an object with the property `p`."""
    return tools(read(api({"type": "object", "properties": {"p": schema}}, schemas), "s/api.json"))[0].input_schema["properties"]["p"]


def test_each_operation_is_a_tool() -> None:
    path = "openapi/garden.yaml"
    made = read((FOLDER / "garden.yaml").read_text(encoding="utf-8"), path)
    look, sow, clear, note = tools(made)
    assert [(tool.line, tool.called, tool.name, tool.server) for tool in tools(made)] == [
        (11, "beds/get", "beds_get", "the-garden-api"),
        (23, "put_beds_bed", "put_beds_bed", "the-garden-api"),
        (35, "delete_beds_bed", "delete_beds_bed", "the-garden-api"),
        (37, "addNote", "addNote", "the-garden-api"),
    ]
    assert [tool.description for tool in tools(made)] == [
        "Look at a bed. It shows what grows.\nNeeds authorization: gate (header).",
        "Deprecated. Sow a bed.",
        "Needs authorization: gate (header).",
        "Needs authorization: gate (header).",
    ]
    assert [tool.annotations for tool in tools(made)] == [
        {"readOnlyHint": True},
        {"readOnlyHint": False, "idempotentHint": True},
        {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": True},
        {"readOnlyHint": False},
    ]
    assert look.input_schema == {"type": "object", "properties": {"bed": BED, "deep": {"type": "boolean", "default": False, "description": "Also the roots."}}, "required": ["bed"]}
    plant = {
        "height": {"type": "number", "format": "float"},
        "kind": KIND,
        "parent": {"type": "object", "description": "Plant, as above"},
        "colour": {},
        "soil": {"type": "string", "pattern": "^\\d+$"},
    }
    assert look.output_schema == {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}, **plant}, "required": ["id", "name"]}
    assert sow.input_schema == {
        "type": "object",
        "properties": {"bed": BED, "name": {"type": ["string", "null"], "examples": ["pea"]}, **plant, "height": {"type": "number", "format": "float", "examples": [3]}},
        "description": "What to sow.",
        "required": ["bed", "name"],
    }
    assert clear.input_schema == {"type": "object", "properties": {"bed": BED}, "required": ["bed"]}
    assert note.input_schema == {"type": "object", "properties": {"bed": BED, "body": {"type": "string", "description": "text/plain"}}, "required": ["bed"]}
    assert made.warnings == [(f"{path}:1", "refers to https://example.org/colours.yaml#/Colour, which is another document and is never fetched; what it stands for is left empty")]
    part = made.parts[2]
    assert (part.name, part.residency, part.level, part.category, part.server, part.source) == ("delete_beds_bed", "resident", "L2", "tool", "the-garden-api", f"{path}:35")
    assert part.text == (
        '{"name":"mcp__the-garden-api__delete_beds_bed","description":"Needs authorization: gate (header).",'
        '"input_schema":{"type":"object","properties":{"bed":{"type":"integer","exclusiveMinimum":0,"description":"Its number.","examples":[4]}},"required":["bed"]}}'
    )


def test_json_is_read_as_yaml_is_and_names_stay_distinct() -> None:
    made = read((FOLDER / "shed.json").read_text(encoding="utf-8"), "openapi/shed.json")
    assert [(tool.line, tool.called, tool.input_schema["properties"]) for tool in tools(made)] == [
        (6, "list", {"kind": {"type": ["string", "null"], "examples": ["saw"]}}),
        (7, "list_2", {"body": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}),
    ]
    assert made.warnings == [("openapi/shed.json:7", "uses the operationId list more than once; POST /tools is called list_2")]
    garden = (FOLDER / "garden.yaml").read_text(encoding="utf-8")
    text = json.dumps(yaml.safe_load(garden), indent=1)
    again = read(text, "openapi/garden.json")
    assert [tool.input_schema for tool in tools(again)] == [tool.input_schema for tool in tools(read(garden))]
    assert [(tool.line, text.splitlines()[tool.line - 1].strip()) for tool in tools(again)] == [(19, '"get": {'), (53, '"put": {'), (74, '"delete": {'), (81, '"post": {')]


@pytest.mark.parametrize(
    ("path", "text", "mine"),
    [
        ("a.yaml", "openapi: 3.0.0\n", True),
        ("a.yaml", "'openapi': \"3.1.0\"\n", True),
        ("a.yml", "info: {}\nopenapi: '3.1'\n", True),
        ("a.json", '{"info": {}, "openapi": "3.0.0"}', True),
        ("a.yaml", '{"openapi": "3.0.0"}', True),
        ("a.json", '{"openapi": "3.0.0", "paths": {', True),
        ("a.yaml", 'swagger: "2.0"\n', True),
        ("a.json", '{"swagger": "2.0"}', True),
        ("a.md", "openapi: 3.0.0\n", False),
        ("a.yaml", "x:\n  openapi: 3.0.0\n", False),
        ("a.json", '{"dependencies": {"openapi": "3.0.0"}}', False),
        ("a.yaml", "openapi: 4.0.0\n", False),
        ("a.json", '{"dependencies": {"openapi": "3.0.0"', False),
        ("a.yaml", "", False),
        ("a.json", "[]", False),
    ],
)
def test_what_is_claimed(path: str, text: str, mine: bool) -> None:
    document = make_document(f"s/{path}", text, len(text))
    assert openapi.claims(document, Around({document.path: document})) is mine


BOMB = "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True))


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        ('swagger: "2.0"\n', "s/a.yaml", 1, "is Swagger 2.0; convert it to OpenAPI 3 and read it again"),
        (BOMB, "s/a.yaml", 1, "is left out: it"),
        ("openapi: 3.0.0\npaths: &p\n  /x: *p\n", "s/a.yaml", 1, "is left out: it holds itself"),
        ("openapi: 3.0.0\npaths: [\n", "s/a.yaml", 3, "is no YAML (line 3: "),
        ('{"openapi": "3.0.0",\n"paths": {', "s/a.json", 2, "is no JSON (line 2: "),
        ('{"openapi": "3.0.0", "x": ' + "[" * 300 + "]" * 300 + "}", "s/a.json", 1, "is left out: it is nested deeper than"),
        ('{"openapi": "3.0.0", "x": ' + "[" * 99999, "s/a.json", 1, "is left out: it is nested too deeply"),
        ('{"openapi": "3.0.0", "x": ' + "9" * 5000 + "}", "s/a.json", 1, "is left out: "),
        ("openapi: 3.0.0\npaths: null\n", "s/a.yaml", 1, "has no paths"),
        ("openapi: 3.0.0\npaths: []\n", "s/a.yaml", 1, "has no paths"),
        ("openapi: 3.0.0\n", "s/a.yaml", 1, "has no paths"),
        ("openapi: 3.0.0\npaths:\n  /x: null\n", "s/a.yaml", 3, "holds nothing that can be read at the path /x"),
        ("openapi: 3.0.0\npaths:\n  /x:\n    get: 4\n", "s/a.yaml", 4, "holds nothing that can be read at GET /x"),
        ("openapi: 3.0.0\npaths:\n  /x:\n    get: {$ref: other.yaml}\n", "s/a.yaml", 1, "refers to other.yaml, which is another document and is never fetched"),
        ("openapi: 3.0.0\nx: \x07\n", "s/a.yaml", 2, "is no YAML (line "),
    ],
)
def test_what_cannot_be_read_is_named(text: str, path: str, line: int, words: str) -> None:
    made = read(text, path)
    assert (made.units, [(source, said[: len(words)]) for source, said in made.warnings]) == ([], [(f"{path}:{line}", words)])


def test_references_are_followed_and_circles_are_cut() -> None:
    three = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"type": "array", "items": {"$ref": "#/components/schemas/C"}},
        "C": {"properties": {"a": {"$ref": "#/components/schemas/A"}}},
    }
    cut = {"type": "object", "description": "A, as above"}
    assert taken({"$ref": "#/components/schemas/A"}, three) == {"type": "object", "properties": {"b": {"type": "array", "items": {"properties": {"a": cut}}}}}
    bare = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/C"}, "C": {"$ref": "#/components/schemas/A"}}
    assert taken({"$ref": "#/components/schemas/A"}, bare) == {"description": "A, as above"}
    chain: dict[str, Any] = {f"S{number}": {"$ref": f"#/components/schemas/S{number + 1}"} for number in range(300)} | {"S300": {"type": "string"}}
    assert taken({"$ref": "#/components/schemas/S0"}, chain) == {"type": "string"}
    assert taken({"$ref": "#/components/schemas/a~1b~0c%20d"}, {"a/b~c d": {"type": "boolean"}}) == {"type": "boolean"}
    assert taken({"$ref": "#/components/schemas/T", "description": "Mine."}, {"T": {"type": "string", "description": "Theirs."}}) == {"type": "string", "description": "Mine."}


def test_a_schema_that_comes_twice_is_whole_both_times() -> None:
    leaf = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert taken({"properties": {"a": {"$ref": "#/components/schemas/L"}, "b": {"$ref": "#/components/schemas/L"}}}, {"L": leaf}) == {"properties": {"a": leaf, "b": leaf}}


def test_a_schema_is_cut_otherwise_within_itself_than_beside() -> None:
    """What was made within another one is not used where it stands alone."""
    both = {"A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}}, "B": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}}
    made = taken({"properties": {"x": {"$ref": "#/components/schemas/A"}, "y": {"$ref": "#/components/schemas/B"}}}, both)
    assert made["properties"]["x"]["properties"]["b"]["properties"]["a"] == {"type": "object", "description": "A, as above"}
    assert made["properties"]["y"]["properties"]["a"]["properties"]["b"] == {"type": "object", "description": "B, as above"}


def test_a_chain_of_objects_that_is_too_deep_is_cut_and_named() -> None:
    chain: dict[str, Any] = {f"S{number}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{number + 1}"}}} for number in range(300)}
    made = read(api({"$ref": "#/components/schemas/S0"}, chain), "s/api.json")
    assert made.warnings[0] == ("s/api.json:1", "describes the arguments of do at such length that their deeper levels are left out")
    found, depth = tools(made)[0].input_schema, 0
    while "properties" in found:
        found, depth = found["properties"]["next"], depth + 1
    assert (found, depth) == ({"type": "object", "description": "Deeper levels are left out."}, 17)


def test_a_schema_that_grows_is_kept_below_its_limit() -> None:
    tree: dict[str, Any] = {
        f"S{level}": {"type": "object", "properties": {f"p{number}": {"$ref": f"#/components/schemas/S{level + 1}"} for number in range(10)}} for level in range(20)
    } | {"S20": {"type": "string"}}
    made = read(api({"$ref": "#/components/schemas/S0"}, tree), "s/api.json")
    size = len(json.dumps(tools(made)[0].input_schema))
    assert 10_000 < size <= LARGEST and len(made.warnings) == 1


@pytest.mark.timeout(30)
def test_what_schemas_are_made_of_is_gone_through_once() -> None:
    """Each is made of twenty of the next: 20 ** 12 ways lead to the last."""
    parts: dict[str, Any] = {f"S{level}": {"allOf": [{"$ref": f"#/components/schemas/S{level + 1}"}] * 20} for level in range(12)}
    made = read(api({"$ref": "#/components/schemas/S0"}, parts | {"S12": {"type": "object", "properties": {"a": {"readOnly": True}}}}), "s/api.json")
    assert len(tools(made)) == len(made.warnings) == 1


def test_a_schema_that_is_too_large_at_its_top_keeps_the_names() -> None:
    wide = {"type": "object", "properties": {f"p{number}": {"type": "string", "description": "x" * 3000} for number in range(100)}, "required": ["p7"]}
    made = read(api(wide), "s/api.json")
    assert (len(tools(made)[0].parameters), tools(made)[0].required, len(made.warnings)) == (100, ("p7",), 1)


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"$ref": "#/components/schemas/T", "nullable": True}, {"type": ["string", "null"]}),
        ({"allOf": [{"type": "string"}], "description": "d"}, {"type": "string", "description": "d"}),
        ({"oneOf": [{"type": "string"}], "nullable": True}, {"anyOf": [{"oneOf": [{"type": "string"}]}, {"type": "null"}]}),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 1}),
        ({"type": "integer", "exclusiveMaximum": 9}, {"type": "integer", "exclusiveMaximum": 9}),
        ({"type": "string", "example": "x", "examples": ["x", "y"]}, {"type": "string", "examples": ["x", "y"]}),
        ({"type": "file"}, {}),
        ({"type": ["string", "null", 4]}, {"type": ["string", "null"]}),
        ({"type": "string", "pattern": "(?<n>a)"}, {"type": "string"}),
        ({"type": "string", "xml": {}, "x-a": 1, "discriminator": {}}, {"type": "string"}),
        ({"type": "array", "items": [{"type": "string"}]}, {"type": "array", "prefixItems": [{"type": "string"}]}),
        ({"type": "object", "required": True, "properties": 4, "minLength": -1, "enum": "a", "minimum": "1"}, {"type": "object"}),
        ({"default": {"$ref": "#/none"}, "example": [{"$ref": "x"}]}, {}),
        (True, True),
        (4, {}),
        ({"type": "object", "required": ["a", "b", "a", 3], "properties": {"a": {"readOnly": True}, "b": {}}}, {"type": "object", "required": ["b"], "properties": {"b": {}}}),
        ({"allOf": [{"properties": {"a": {"readOnly": True}, "b": {}}}, {"required": ["a", "b"]}]}, {"allOf": [{"properties": {"b": {}}}, {"required": ["b"]}]}),
    ],
)
def test_schemas_become_json_schema(given_: Any, made: Any) -> None:
    assert taken(given_, {"T": {"type": "string"}}) == made


def test_a_body_that_is_no_plain_object_or_clashes_is_one_property() -> None:
    path = {"parameters": [{"name": "a", "in": "path", "schema": {"type": "integer"}}, {"name": "a", "in": "query", "schema": {"type": "string"}}]}
    (tool,) = tools(read(api({"type": "object", "properties": {"a": {"type": "string"}}}, **path), "s/api.json"))
    assert tool.input_schema == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "a_query": {"type": "string"}, "body": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "required": ["a", "body"],
    }
    whole = {"allOf": [{"type": "object", "properties": {"a": {}}, "required": ["a"]}, {"type": "object", "properties": {"b": {}}, "required": ["b"]}]}
    assert tools(read(api(whole), "s/api.json"))[0].input_schema == {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]}


def test_keys_are_named_and_never_asked_for() -> None:
    schemes = {"key": {"type": "apiKey", "in": "query", "name": "key"}, "login": {"type": "oauth2", "flows": {}}, "token": {"type": "http", "scheme": "bearer"}}
    operation = {"parameters": [{"name": "key", "in": "query"}, {"name": "Authorization", "in": "header"}, {"name": "q", "in": "query"}]}
    for security, words in (
        ([{"key": []}], "Needs authorization: key (query)."),
        ([{"login": ["read"], "token": []}, {"key": []}], "Needs authorization: login (oauth2: read) and token (bearer) or key (query)."),
        ([{"gone": []}, {}], "May use authorization: gone."),
        ([], ""),
        (4, ""),
    ):
        text = json.dumps({"openapi": "3.0.0", "paths": {"/x": {"get": {**operation, "security": security}}}, "components": {"securitySchemes": schemes}})
        (tool,) = tools(read(text, "s/api.json"))
        assert (tool.description, list(tool.parameters), tool.server) == (words, ["q"], "api")


def test_a_secret_in_yaml_does_not_break_it() -> None:
    made = read("openapi: 3.0.0\npaths:\n  /x:\n    get:\n      summary: Look.\n      x-api_key: ghp_" + "a1B2" * 10 + "\n      description: ghp_" + "a1B2" * 10 + "\n")
    assert ([tool.description for tool in tools(made)], made.warnings) == ([f"Look.\n{'*' * 44}"], [])


def test_long_and_strange_names_stay_distinct() -> None:
    get = {"get": {"operationId": "a" * 80}}
    text = json.dumps(
        {"openapi": "3.0.0", "paths": {"/x": get, "/y": get, "/z": {"get": {"operationId": "ü/ö"}, "post": {"operationId": ""}, "put": {"operationId": 4}}, "/": {"get": {}}}}
    )
    assert [tool.name for tool in tools(read(text, "s/api.json"))] == ["a" * 64, "a" * 62 + "_2", "___", "post_z", "put_z", "get"]


def test_many_references_to_other_documents_are_counted() -> None:
    schemas = {"type": "object", "properties": {f"p{number}": {"$ref": f"other.yaml#/{number}"} for number in range(30)}}
    made = read(api(schemas), "s/api.json")
    assert len(made.warnings) == 21 and made.warnings[-1] == ("s/api.json:1", "has 10 more references like these; what they stand for is left empty")


GARDEN = yaml.safe_load((FOLDER / "garden.yaml").read_text(encoding="utf-8"))
LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.sampled_from([10**400, "\ud800", "#/components/schemas/Plant", "#", "#/", "%zz", "object", "array", "$ref", "query"])
)
KEYS = st.text(max_size=6) | st.sampled_from(
    [
        "$ref",
        "type",
        "properties",
        "items",
        "allOf",
        "required",
        "enum",
        "nullable",
        "readOnly",
        "schema",
        "name",
        "in",
        "get",
        "content",
        "examples",
        "default",
        "minimum",
        "exclusiveMinimum",
    ]
)
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=6)
SCHEMA = st.recursive(
    st.sampled_from(
        [
            {"$ref": "#/components/schemas/Plant"},
            {"$ref": "#/components/schemas/X"},
            {"$ref": "#/components/schemas/a~1b"},
            {"type": "string"},
            {"properties": {"$ref": {"type": "string"}}},
            True,
        ]
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("items", "additionalProperties", "not", "if"), inner)
        | {key: st.lists(inner, max_size=3) for key in ("allOf", "anyOf", "oneOf", "prefixItems")}
        | {
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "required": st.lists(st.sampled_from("abc"), max_size=3),
            "nullable": st.booleans(),
            "readOnly": st.booleans(),
            "type": st.sampled_from(["object", "string"]),
            "enum": st.lists(LEAF, max_size=2),
            "$ref": st.just("#/components/schemas/X"),
        },
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in paths(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    out = copy.deepcopy(value)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return out


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_in_the_place_of_any_key_is_read(data: st.DataObject) -> None:
    new = replaced(GARDEN, data.draw(st.sampled_from(paths(GARDEN))), data.draw(VALUE | SCHEMA))
    if data.draw(st.booleans()):
        read(json.dumps(new, default=str), "s/api.json")
    else:
        read(yaml.safe_dump(new, sort_keys=False, allow_unicode=True))


def test_a_reference_with_a_line_end_is_named_in_one_line() -> None:
    new = replaced(GARDEN, ("components", "schemas", "Plant", "properties", "parent", "$ref"), "AA==\n")
    assert [words for _, words in read(json.dumps(new), "s/api.json").warnings if "AA==" in words]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=SCHEMA, other=SCHEMA)
def test_any_schema_becomes_one_that_stands_alone(schema: Any, other: Any) -> None:
    made = read(
        api(schema, {"X": other, "Plant": schema, "a/b": {"$ref": "#/components/schemas/X"}}, responses={"200": {"content": {"application/json": {"schema": other}}}}), "s/api.json"
    )
    assert [reference for tool in tools(made) for reference in references([tool.input_schema, tool.output_schema])] == []


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab:- \n\"'|>*&#[]{},/$x1"), max_size=80), suffix=st.sampled_from(["json", "yaml"]))
def test_any_text_is_read(text: str, suffix: str) -> None:
    read(text, f"s/a.{suffix}")
    read(f"openapi: 3.0.0\npaths:\n  /x:\n    get:\n{text}", f"s/a.{suffix}")
