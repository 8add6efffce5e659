"""YAML of strangers: plain values or one clear refusal, in little time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.yamls import BadYaml, Harmful, lines_of, load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("a: 1\nb: [x, 2.5, true, ~]", {"a": 1, "b": ["x", 2.5, True, None]}),
        ("made: 2026-01-31", {"made": "2026-01-31"}),
        ("at: 2026-01-31T10:00:00Z", {"at": "2026-01-31T10:00:00Z"}),
        ("at: 12:30", {"at": "12:30"}),
        ("at: 1:30.5", {"at": "1:30.5"}),
        ("sign: =", {"sign": "="}),
        ("size: 0x1F", {"size": 31}),
        ("size: 1_000", {"size": 1000}),
        (f"huge: {'9' * 300}", {"huge": int("9" * 300)}),
        (f"huge: {'9' * 5_000}", {"huge": "9" * 5_000}),
        (f"huge: 0x{'f' * 5_000}", {"huge": f"0x{'f' * 5_000}"}),
        (f"huge: {'9' * 5_000}.5", {"huge": f"{'9' * 5_000}.5"}),
        ("a: 1\na: 2", {"a": 2}),
        ("base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}", {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}}),
        ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
        ("a:\tb", {"a": "b"}),
        ('"\\xff\\u00e9\\U0001F389"', "ÿé🎉"),
        ("'\\xff'", "\\xff"),
        ("!!binary aGk=", "aGk="),
        ("!!timestamp 2026-01-31", "2026-01-31"),
        ("!!timestamp soon", "soon"),
        ("!!set {x, y}", {"x": None, "y": None}),
        ("!!omap [a: 1, b: 2]", [{"a": 1}, {"b": 2}]),
        ("!!pairs [a: 1, a: 2]", [{"a": 1}, {"a": 2}]),
        ("a: b # c\r\nd: e\r\n", {"a": "b", "d": "e"}),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_values_are_plain(text: str, value: object) -> None:
    found = load_yaml(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: c: d\n", 2, "mapping values are not allowed in this context"),
        ("a:\n\tb: 1", 2, "found character that cannot start any token while scanning for the next token"),
        ("- 1\n---\n- 2", 2, "expected a single document in the stream but found another document"),
        ("a: 1\nb: *md", 2, "found undefined alias"),
        ("a: 1\nb: *.md", 2, "did not find expected alphabetic or numeric character while scanning an alias"),
        ("{", 1, "did not find expected node content while parsing a flow node"),
        ("a: \x85\u2028x\nb: c: d", 2, "could not find expected ':' while scanning a simple key"),
        ("\ufeffa: 1\nb: c: d", 2, "mapping values are not allowed in this context"),
        ("a: [1, 2", 1, "did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: 1\nb: é\x07\n", 2, "it holds a character that YAML does not allow, U+0007"),
        ("a: é\nb: \0", 2, "it holds a character that YAML does not allow, U+0000"),
        ("a: 1\n\n\ufffe", 3, "it holds a character that YAML does not allow, U+FFFE"),
        ("a: 1\nb: \udcff", 2, "it holds half of a surrogate pair"),
        ('a: "\\ud83d\\ude00"', 1, "found invalid Unicode character escape code while parsing a quoted scalar"),
        ('a: "\\z"', 1, "found unknown escape character while parsing a quoted scalar"),
        ("a: !!bool perhaps", 1, "a value is not what its tag or its form says"),
        ("a: !!int ''", 1, "a value is not what its tag or its form says"),
        ("a: 0b_", 1, "a value is not what its tag or its form says"),
        ("a: !!python/object:os.system x", 1, "could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: 1\n? [b]\n: 2", 2, "found unhashable key while constructing a mapping"),
        ("%YAML 9.0\n---\na", 1, "found incompatible YAML document"),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(BadYaml) as refused:
        load_yaml(text)
    assert (refused.value.line, str(refused.value)) == (line, said)


def laughs(levels: int) -> str:
    return "a0: &a0 ha\n" + "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, levels))


MANY = "it has more than 200,000 values, what its anchors repeat counted each time"
BOMBS = {
    "a billion laughs": (laughs(10), MANY),
    "laughs by merging": ("a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10)), MANY),
    "one text, often": (f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 250_000)}]", MANY),
    "a long list": ("- a\n" * 250_000, MANY),
    "a list in itself": ("a: &a [1, *a]", "it holds itself: an anchor is used within itself"),
    "a mapping in itself": ("&a {b: {c: *a}}", "it holds itself: an anchor is used within itself"),
    "10,000 lists": ("[" * 10_000 + "]" * 10_000, "it is nested deeper than 60 levels"),
    "10,000 mappings": ("{a: " * 10_000 + "}" * 10_000, "it is nested deeper than 60 levels"),
    "10,000 lists in lines": ("- " * 10_000 + "a", "it is nested deeper than 60 levels"),
    "never closed": ("[" * 1_000_000, "it is nested deeper than 60 levels"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("text", "said"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_little_time(text: str, said: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Harmful) as refused:
        load_yaml(text)
    assert str(refused.value) == said
    assert time.perf_counter() - began < 10


@pytest.mark.timeout(60)
@pytest.mark.parametrize("value", ["1:" * 200_000 + "1", "1:" * 200_000 + "1.5", "9" * 1_000_000, f"'{'x' * 1_000_000}'", "-" * 1_000_000], ids=lambda value: value[:5])
def test_a_long_value_is_read_in_little_time(value: str) -> None:
    began = time.perf_counter()
    assert isinstance(load_yaml(f"a: {value}")["a"], str)
    assert time.perf_counter() - began < 10


def test_what_is_repeated_within_reason_is_read() -> None:
    assert len(load_yaml(laughs(5))["a4"]) == 10
    assert load_yaml("[" * 60 + "]" * 60) is not None


def plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(plain(key) and plain(part) for key, part in value.items())
    return all(map(plain, value)) if isinstance(value, list) else value is None or type(value) in (str, int, float, bool)


SIGNS = st.text(st.sampled_from("ab01: -\n\t'\"[]{}&*!|>%#?,<=~.@`_xe+\\é\x07\udcff"), max_size=40)
TAGS = st.builds("{} {}".format, st.sampled_from([f"!!{kind}" for kind in "int float bool null str binary timestamp set omap pairs seq map merge value".split()]), SIGNS)


@settings(max_examples=1_000, deadline=None)
@given(st.one_of(SIGNS, TAGS, st.text(max_size=60)))
def test_any_text_is_plain_values_or_refused(text: str) -> None:
    try:
        value = load_yaml(text)
    except BadYaml as error:
        assert 1 <= error.line <= text.count("\n") + 1
        assert len(str(error).splitlines()) == 1
    except Harmful as error:
        assert str(error)
    else:
        assert plain(value)
        assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())


def test_every_value_has_its_line() -> None:
    text = "# head\na: 1\nb:\n  - x\n  - c: y\n    d: &e\n      f: 1\n2: *e\n"
    assert lines_of(text) == {
        (): 2, ("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 5, ("b", 1, "c"): 5, ("b", 1, "d"): 6, ("b", 1, "d", "f"): 7, ("2",): 8, ("2", "f"): 7
    }  # fmt: skip
    assert lines_of("") == {}
    assert lines_of("\ufeffa: é🎉\u2028 x\nb:\n- c\n") == {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3}
