"""Argument sampling against arbitrary JSON schemas."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema import Draft202012Validator

from steps.sample import sample, say, valid
from steps.worlds.world import Exhausted

LEAVES = st.sampled_from([
    {"type": "string"}, {"type": "string", "minLength": 3, "maxLength": 9}, {"type": "integer", "minimum": 2, "maximum": 7},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "boolean"}, {"enum": ["red", "green"]}, {"const": 4},
    {"type": ["string", "null"]}, {"type": "string", "format": "date"}, {"type": "string", "format": "uri"}, {"type": "null"},
    {"type": "integer", "multipleOf": 5, "minimum": 11}, {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}, {"$ref": "#/$defs/point"},
    {"type": "string", "format": "email"}, {"type": "string", "format": "uuid"}, {"type": "integer", "maximum": -3},
])  # fmt: skip
NAMES = st.sampled_from(["path", "query", "maxCount", "tags", "from", "note_text", "x"])


def nest(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    objects = st.dictionaries(NAMES, inner, min_size=1, max_size=4).flatmap(
        lambda properties: st.lists(st.sampled_from(sorted(properties)), unique=True).map(
            lambda required: {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        )
    )
    arrays = st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    return st.one_of(objects, arrays, choices)


SCHEMAS = st.recursive(LEAVES, nest, max_leaves=8)
DEFS = {"point": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "required": ["x", "y"]}}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, st.integers(0, 10_000), st.sampled_from(["train", "validation", "test"]))
def test_a_sample_is_always_allowed_by_its_schema(schema: dict, seed: int, split: str) -> None:
    whole = {**schema, "$defs": DEFS}
    value = sample(whole, "thing", split, random.Random(seed))
    assert Draft202012Validator(whole).is_valid(value)
    assert say(value)
    assert value == sample(whole, "thing", split, random.Random(seed))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(from_schema({"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "http://json-schema.org/draft-07/schema#"})
       if False else st.dictionaries(st.sampled_from(["type", "minimum", "maximum", "minLength", "maxLength", "minItems", "uniqueItems", "pattern", "format"]),
                                     st.one_of(st.integers(-5, 12), st.sampled_from(["string", "integer", "array", "object", "^a+$", "(", "date"]), st.booleans())),
       st.integers(0, 100))  # fmt: skip
def test_any_schema_at_all_is_sampled_or_refused_by_name(schema: dict, seed: int) -> None:
    try:
        Draft202012Validator.check_schema(schema)
    except Exception:
        return
    try:
        value = sample(schema, "thing", "train", random.Random(seed))
    except Exhausted as refused:
        assert "`thing`" in str(refused)
    else:
        assert valid(schema, value)


def test_a_reference_to_itself_ends() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    with pytest.raises(Exhausted, match="nested deeper"):
        sample(tree, "tree", "train", random.Random(1))


def test_splits_share_no_text_value() -> None:
    drawn = {split: {sample({"type": "string"}, "email", split, random.Random(seed)) for seed in range(200)} for split in ("train", "validation", "test")}
    assert not drawn["train"] & drawn["validation"] and not drawn["train"] & drawn["test"] and not drawn["validation"] & drawn["test"]
