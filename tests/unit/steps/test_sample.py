"""Argument sampling against arbitrary JSON schemas."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema import Draft202012Validator

from steps.sample import merged, sample, sampled, say, valid, words
from steps.worlds.world import Exhausted

SPLITS = st.sampled_from(["train", "validation", "test"])
LEAVES = st.sampled_from([
    {"type": "string"}, {"type": "string", "minLength": 3, "maxLength": 9}, {"type": "integer", "minimum": 2, "maximum": 7},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "boolean"}, {"enum": ["red", "green"]}, {"const": 4},
    {"type": ["string", "null"]}, {"type": "string", "format": "date"}, {"type": "string", "format": "uri"}, {"type": "null"},
    {"type": "integer", "multipleOf": 5, "minimum": 11}, {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}, {"$ref": "#/$defs/point"},
    {"type": "string", "format": "email"}, {"type": "string", "format": "uuid"}, {"type": "integer", "maximum": -3},
])  # fmt: skip
NAMES = st.sampled_from(["path", "query", "maxCount", "tags", "from", "note_text", "x"])


def nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(NAMES, inner, min_size=1, max_size=4).flatmap(
        lambda properties: st.lists(st.sampled_from(sorted(properties)), unique=True).map(
            lambda required: {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        )
    )
    arrays = st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    return st.one_of(objects, arrays, choices)


SCHEMAS = st.recursive(LEAVES, nest, max_leaves=8)
POINT = {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "required": ["x", "y"]}
KEYWORDS = {
    "type": {"enum": ["string", "integer", "number", "array", "object", "boolean", "null", ["string", "null"]]},
    "format": {"enum": ["date", "uri", "email", "ipv4", "unheard-of"]},
    "pattern": {"enum": ["^a+$", "^[^/]+/[^/]+$", "(?!x)x", r"\d{4}"]},
    "minimum": {"type": "integer", "minimum": -50, "maximum": 50},
    "exclusiveMaximum": {"type": "integer", "minimum": -50, "maximum": 50},
    "multipleOf": {"enum": [1, 3, 0.5]},
    "minLength": {"type": "integer", "minimum": 0, "maximum": 12},
    "maxLength": {"type": "integer", "minimum": 0, "maximum": 12},
    "minItems": {"type": "integer", "minimum": 0, "maximum": 4},
    "uniqueItems": {"type": "boolean"},
    "enum": {"type": "array", "items": {"type": ["string", "integer", "null"]}, "minItems": 1, "maxItems": 3},
    "items": {"enum": [{"type": "integer", "minimum": 1, "maximum": 2}, {"enum": ["only"]}, True]},
    "required": {"enum": [["a"], ["a", "b"], []]},
    "properties": {"enum": [{"a": {"type": "string"}}, {"b": {"const": 1}}]},
    "anyOf": {"enum": [[{"type": "string"}, {"type": "null"}], [{"minimum": 3, "type": "integer"}]]},
}
ANY_SCHEMA = st.fixed_dictionaries({}, optional={name: from_schema(schema) for name, schema in KEYWORDS.items()})
FLAT = st.one_of(LEAVES, st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, LEAVES, st.integers(0, 3)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, st.integers(0, 10_000), SPLITS)
def test_a_sample_is_always_allowed_by_its_schema_and_follows_from_the_seed(schema: dict[str, Any], seed: int, split: str) -> None:
    whole = {**schema, "$defs": {"point": POINT}}
    value = sample(whole, "thing", split, random.Random(seed))
    assert Draft202012Validator(whole).is_valid(value)
    assert value == sample(whole, "thing", split, random.Random(seed))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(ANY_SCHEMA, st.integers(0, 100))
def test_any_schema_at_all_is_sampled_or_refused_by_name(schema: dict[str, Any], seed: int) -> None:
    try:
        value = sample(schema, "thing", "train", random.Random(seed))
    except Exhausted as refused:
        assert "`thing`" in str(refused)
    else:
        assert valid(schema, value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(FLAT.filter(lambda schema: "$ref" not in str(schema)), st.data())
def test_what_another_generator_can_fill_is_never_refused(schema: dict[str, Any], data: st.DataObject) -> None:
    """hypothesis-jsonschema finds a value; then so do we. (Its release 0.23.1 cannot fill objects under today's hypothesis.)"""
    theirs = data.draw(from_schema(schema))
    assume(Draft202012Validator(schema).is_valid(theirs))
    assert valid(schema, sample(schema, "thing", "train", random.Random(0)))
    assert isinstance(say(theirs), str)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}, "nested deeper"),
        ({"$ref": "#/$defs/nowhere"}, "the schema behind #/\\$defs/nowhere"),
        ({"$ref": "https://elsewhere.example/schema"}, "the schema behind https://elsewhere"),
        ({"type": "string", "pattern": r"\p{L}+"}, "matches"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "a number for `tree`"),
        (False, "a value for `tree`"),
    ],
)
def test_a_schema_that_cannot_be_filled_is_refused_with_what_is_wrong(schema: Any, said: str) -> None:
    with pytest.raises(Exhausted, match=said):
        sample(schema, "tree", "train", random.Random(1))


def test_splits_share_no_text_value() -> None:
    drawn = {split: {sample({"type": "string"}, "email", split, random.Random(seed)) for seed in range(200)} for split in ("train", "validation", "test")}
    assert all(drawn.values())
    assert not drawn["train"] & drawn["validation"] and not drawn["train"] & drawn["test"] and not drawn["validation"] & drawn["test"]


def test_a_name_decides_what_is_usual() -> None:
    assert "@" in sample({"type": "string"}, "contactEmail", "train", random.Random(0))
    assert sample({"type": "string"}, "callback_url", "train", random.Random(0)).startswith("https://")


def test_a_sampled_value_is_said_in_words_and_named_without_its_identifier() -> None:
    value = sampled({"type": "array", "items": {"enum": ["red", "green"]}, "minItems": 2, "uniqueItems": True}, "favouriteColors", "train", random.Random(0), {})
    assert sorted(value.value) == ["green", "red"]
    assert value.said == (" and ".join(value.value),)
    assert value.noun == "favourite colors"


def test_a_reference_is_followed_into_the_whole_schema() -> None:
    root = {"type": "object", "properties": {"at": {"$ref": "#/$defs/point"}}, "$defs": {"point": POINT}}
    assert sampled(root["properties"]["at"], "at", "train", random.Random(0), root).value.keys() == {"x", "y"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"), (None, "nothing"), ([], "none"), ({}, "nothing"), (["a"], "a"), (["a", "b", "c"], "a, b and c"),
        ({"maxAge": 3, "tags": ["x", "y"]}, "max age 3, tags x and y"), (2.5, "2.5"),
    ],
)  # fmt: skip
def test_values_in_words(value: Any, said: str) -> None:
    assert say(value) == said


@pytest.mark.parametrize(("name", "spoken"), [("maxAgents", "max agents"), ("max_agents", "max agents"), ("swarm.init-now", "swarm init now"), ("URL", "url")])
def test_names_in_words(name: str, spoken: str) -> None:
    assert words(name) == spoken


def test_keywords_beside_a_reference_hold_too_and_the_tighter_bound_wins() -> None:
    beside = {"$ref": "#/x", "minimum": 3, "title": "T", "properties": {"a": {}}, "required": ["a"]}
    assert merged({"minimum": 1, "properties": {"b": {}}, "required": ["b", "a"]}, beside) == {"minimum": 3, "properties": {"a": {}, "b": {}}, "required": ["a", "b"]}
