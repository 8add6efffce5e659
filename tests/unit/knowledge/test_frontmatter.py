"""Frontmatter as it is in the wild: read as it was meant, or said to be unreadable; never lost in silence."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import make_document
from knowledge.frontmatter import Header, read_header, texts, words

COLON = "the value of `{}` holds an unquoted `: `; it was read as plain text"
NO_YAML = "the value of `{}` is no YAML; it was read as plain text"
PLAIN = (2, "the header is no YAML; its `key: value` lines were read as plain text")
TEXT = (1, "what stands between the --- lines is no header of `key: value` lines; it is read as text")


@pytest.mark.parametrize(
    ("header", "values", "warnings"),
    [
        ("name: coder\ntools: [Read, Bash]\n", {"name": "coder", "tools": ["Read", "Bash"]}, []),
        ("", {}, []),
        ("# only a comment\n", {}, []),
        ("# a comment\nname: x # another\n", {"name": "x"}, []),
        ("\n\nname: x\n\n", {"name": "x"}, []),
        ("globs: *.ts\n", {"globs": "*.ts"}, []),
        ("description:\nglobs: *.ts, **/*.{js,jsx}\nalwaysApply: false\n", {"description": None, "globs": "*.ts, **/*.{js,jsx}", "alwaysApply": False}, []),
        ("globs: [*.ts, '**/*.{js,jsx}']\n", {"globs": ["*.ts", "**/*.{js,jsx}"]}, []),
        ("globs:\n  - *.ts\n  - **/*.js\n  - 'a'\n", {"globs": ["*.ts", "**/*.js", "a"]}, []),
        ("description: Use when: always\nname: x\n", {"description": "Use when: always", "name": "x"}, [(2, COLON.format("description"))]),
        (
            "name: x\nwhen: a: b: c\ntools:\n  - Bash(git add: *)\n  - k: v: w\n",
            {"name": "x", "when": "a: b: c", "tools": ["Bash(git add: *)", {"k": "v: w"}]},
            [(3, COLON.format("when")), (5, COLON.replace("the value of `{}`", "a value of the list")), (6, COLON.format("k"))],
        ),
        ('description: say "yes": now\n', {"description": 'say "yes": now'}, [(2, COLON.format("description"))]),
        ('description: "say "yes" now"\n', {"description": 'say "yes" now'}, [(2, NO_YAML.format("description"))]),
        (
            "model: @fast\ncode: `x`\nask: %a\n",
            {"model": "@fast", "code": "`x`", "ask": "%a"},
            [(2, NO_YAML.format("model")), (3, NO_YAML.format("code")), (4, NO_YAML.format("ask"))],
        ),
        ("name: {{ name }}\n", {"name": "{{ name }}"}, [(2, NO_YAML.format("name"))]),
        ("hook: !run x\n", {"hook": "!run x"}, [(2, NO_YAML.format("hook"))]),
        ("name: a\x07b\nx: 1\n", {"name": "a\x07b", "x": 1}, [(2, NO_YAML.format("name"))]),
        ("description: >\n  Use: when: ever\n  you can\nname: x\n", {"description": "Use: when: ever you can\n", "name": "x"}, []),
        ("a: 1\nb:\n\tc: 2\n\td: 3\n", {"a": 1, "b": {"c": 2, "d": 3}}, []),
        ("name:\tx\n", {"name": "x"}, []),
        ("name: x\n  broken: y\nmore: z\n", {"name": "x", "more": "z"}, [PLAIN]),
        ("a: 1\na: 2\n", {"a": 2}, []),
        ("on: 1\n5: x\n", {"True": 1, "5": "x"}, []),
        ("made: 2026-01-31\nat: 12:30\n", {"made": "2026-01-31", "at": "12:30"}, []),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_a_header_is_read_as_it_was_meant(header: str, values: dict, warnings: list) -> None:
    text = f"---\n{header}---\nbody\n"
    assert read_header(text) == Header(values, len(text) - len("body\n"), tuple(warnings))


@pytest.mark.parametrize("header", ["- a\n- b\n", "just words\n", "\nSome words.\n\n- and a list\n", "**strong** words\n", "42\n"], ids=repr)
def test_what_is_no_header_is_text_and_said_to_be(header: str) -> None:
    assert read_header(f"---\n{header}---\nbody\n") == Header({}, 0, (TEXT,))


def test_a_header_that_never_ends_is_text_and_said_to_be() -> None:
    assert read_header("---\nname: x\n\nbody\n") == Header({}, 0, ((1, "the header opened by --- never ends; it is read as text"),))
    assert read_header("---\n\nA rule above.\n") == Header()


@pytest.mark.parametrize("text", ["", "# T\n", "----\na: 1\n----\n", "\n---\na: 1\n---\n", " ---\na: 1\n---\n", "text\n---\na: 1\n---\n"], ids=repr)
def test_a_text_that_does_not_begin_with_a_header_has_none(text: str) -> None:
    assert read_header(text) == Header()


def test_lines_of_dashes_in_the_body_and_in_indented_text_do_not_end_the_header() -> None:
    text = "---  \nname: |\n  ---\n  x\n---\t\nbody\n---\nmore: 1\n---\n"
    header = read_header(text)
    assert (header.values, text[header.body :]) == ({"name": "---\nx\n"}, "body\n---\nmore: 1\n---\n")
    assert read_header("---\na: 1\n...\nbody").body == len("---\na: 1\n...\n")
    assert read_header("---\na: 1\n---") == Header({"a": 1}, len("---\na: 1\n---"))


def test_line_ends_of_windows_leave_values_and_line_numbers_right() -> None:
    text = "\ufeff---\r\nname: x\r\nwhen: a: b\r\n---\r\n# T\r\n\r\nBody.\r\n"
    document = make_document("s/a.md", text, 0)
    assert document.header == Header({"name": "x", "when": "a: b"}, 27, ((3, COLON.format("when")),))
    assert (document.body, document.line(document.text.index("Body."))) == ("# T\n\nBody.\n", 7)


def test_a_harmful_header_is_left_out_and_said_to_be() -> None:
    text = f"---\na: {'[' * 100}\n---\nbody"
    assert read_header(text) == Header({}, len(text) - 4, ((1, "the header is left out: it is nested deeper than 60 levels"),))
    assert read_header("---\na: &a [*a]\n---\n").warnings == ((1, "the header is left out: it holds itself: an anchor is used within itself"),)


LONG = {
    "bad values": "a: b: c\n" * 100_000,
    "bad values after good ones": "a: b\n" * 9_000 + "c: d: e\n" * 60,
    "blanks": "a" + " " * 1_000_000 + "\n",
    "words": "a " * 500_000 + "\n",
    "colons": ":" * 1_000_000 + "\n",
    "colons and blanks": ": " * 500_000 + "\n",
    "a key in each": "a:b" * 300_000 + "\n",
    "commas": "a: " + "x," * 500_000 + "\n",
    "brackets": "a: " + "(," * 500_000 + "\n",
    "dashes": "- " * 500_000 + "\n",
    "lines": "\n" * 1_000_000,
    "tabs": "\t" * 1_000_000 + "\n",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", LONG)
def test_a_long_header_takes_little_time(name: str) -> None:
    for text in (f"---\n{LONG[name]}---\nbody", f"---\n{LONG[name]}"):
        began = time.perf_counter()
        for value in read_header(text).values.values():
            texts(value)
        took = time.perf_counter() - began
        print(f"{name}: {took:.2f} s")
        assert took < 10


SIGNS = st.text(st.sampled_from("ab01: -\n\t'\"[]{}&*!|>%#?,<=~.@`()\\é\x07\udcff"), max_size=60)


@settings(max_examples=500, deadline=None)
@given(st.one_of(SIGNS, st.text(max_size=80)), st.sampled_from(["", "---\n", "\n---\n", "---\nbody", "\n---\nname: x\n"]))
def test_any_text_has_a_header(text: str, end: str) -> None:
    whole = f"---\n{text}{end}"
    header = read_header(whole)
    assert 0 <= header.body <= len(whole)
    assert all(isinstance(key, str) for key in header.values)
    assert all(1 <= line <= whole.count("\n") + 1 and len(said.splitlines()) == 1 for line, said in header.warnings)
    assert header.body or not header.values
    for value in header.values.values():
        assert all(isinstance(part, str) and part == part.strip() for part in texts(value))
        assert isinstance(words(value), str)
    read_header(text)


@pytest.mark.parametrize(
    ("value", "parts", "joined"),
    [
        (None, (), ""),
        ("", (), ""),
        ("Read, Write", ("Read", "Write"), "Read, Write"),
        ("Bash(git add:*, git push), Read", ("Bash(git add:*, git push)", "Read"), "Bash(git add:*, git push), Read"),
        ("*.{ts,tsx}, *.js,", ("*.{ts,tsx}", "*.js"), "*.{ts,tsx}, *.js,"),
        ("a), b, (c, d", ("a)", "b", "(c, d"), "a), b, (c, d"),
        (["Read ", None, 5, ["x"], {"y": 1}], ("Read", "5"), "Read, 5"),
        (True, ("True",), "True"),
        ({"a": 1}, (), ""),
        ("two\n  lines", ("two\n  lines",), "two lines"),
    ],
)
def test_a_value_is_a_list_of_texts_or_one(value: object, parts: tuple, joined: str) -> None:
    assert (texts(value), words(value)) == (parts, joined)
