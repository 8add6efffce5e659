"""Documents: whatever a file's text is, characters and lines stay where they are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import Document, make_document

SIGNS = st.text(st.sampled_from("ab \r\n\t\x0b\x0c\x85\u2028\ufeff:-=@/\udcffé🎉"), max_size=60)
KEY = "gh" + "p_" + "aZ3kT9qLm2Xw7Rb5Yc8N" * 2
PIECES = [KEY, "---\r\n", "password=x9K2" + "mQ7vLp4Tz8Wq", "-----BEGIN EC PRIVATE KEY-----\r\nMIIEpAIBAAKCAQEA7bq3\r\n"]
PARTS = st.lists(SIGNS | st.text(max_size=20) | st.sampled_from(PIECES), max_size=6)


def normal(text: str) -> str:
    return re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))


@settings(max_examples=1_000, deadline=None)
@given(PARTS.map("".join))
def test_any_text_keeps_its_length_and_its_lines(text: str) -> None:
    document, want = make_document("s/a.md", text, 0), normal(text)
    assert len(document.text) == len(want)
    assert all(now == then or "*" in now for then, now in zip(want.split("\n"), document.text.split("\n"), strict=True))
    for at in range(len(want) + 1):
        assert document.line(at) == want.count("\n", 0, at) + 1
    for line in range(1, want.count("\n") + 2):
        assert document.line(document.start(line)) == line
    assert document.text.endswith(document.body)


def test_line_ends_of_every_kind_are_made_one() -> None:
    document = make_document("s/a.md", "\ufeffa\r\nb\rc\n\r\nd\u2028e", 16)
    assert document.text == "a\nb\nc\n\nd\u2028e"
    assert [document.line(document.text.index(sign)) for sign in "abcde"] == [1, 2, 3, 5, 5]
    assert (document.size, document.hidden, document.whole) == (16, (), False)


def test_secrets_are_hidden_and_told_of() -> None:
    document = make_document("s/a.md", f"one\r\nkey {KEY} two\r\n", 0)
    assert document.text == f"one\nkey {'*' * 44} two\n"
    assert [(document.at(document.line(secret.start)), secret.start, secret.end, secret.what) for secret in document.hidden] == [("s/a.md:2", 8, 52, "a GitHub token")]


@pytest.mark.parametrize(
    ("path", "inner", "name", "suffix"),
    [
        ("s/.claude/agents/Coder.MD", ".claude/agents/Coder.MD", "Coder.MD", ".md"),
        ("CLAUDE.md", "CLAUDE.md", "CLAUDE.md", ".md"),
        ("s/.cursorrules", ".cursorrules", ".cursorrules", ""),
        ("a.b/c", "c", "c", ""),
    ],
)
def test_a_document_knows_its_place_in_the_source(path: str, inner: str, name: str, suffix: str) -> None:
    document = make_document(path, "", 0)
    assert (str(document.inner), document.name, document.suffix) == (inner, name, suffix)


def test_what_stands_in_a_document_has_file_line_and_characters() -> None:
    document = make_document("s/a.md", "---\r\nname: x\r\n---\r\nNever push.\r\n", 0)
    start = document.text.index("Never")
    assert document.header.values == {"name": "x"} and document.body == "Never push.\n"
    assert document.place(start, start + 11) == {"source": "s/a.md:4", "start": 16, "end": 27}
    assert document.statement(start, start + 11).model_dump() == {"source": "s/a.md:4", "start": 16, "end": 27, "text": "Never push."}
    assert (document.start(1), document.start(4), document.start(99)) == (0, 16, len(document.text))


def test_documents_are_equal_by_what_they_say() -> None:
    assert make_document("s/a.md", "a\r\n", 3) == Document("s/a.md", "a\n", size=3)
