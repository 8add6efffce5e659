"""What people type into the search box is read as Elasticsearch would read it, and never refused."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.argilla.search.words import Both, Leaf, Without, leaves, read, spaced

A, B, C = (Leaf(f'"{letter}"') for letter in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("a b", Both(A, B, either=False)),
        ("a + b", Both(A, B, either=False)),
        ("a|b", Both(A, B, either=True)),
        ("a b | c", Both(Both(A, B, either=False), C, either=True)),
        ("a (b | c)", Both(A, Both(B, C, either=True), either=False)),
        ("-a", Without(A)),
        ("a -(b | c)", Both(A, Without(Both(B, C, either=True)), either=False)),
        ('"a b"', Leaf('"a b"')),
        ('"a b"~3', Leaf('NEAR("a" "b", 3)')),
        ("a*", Leaf('"a" *')),
        ("a~1", A),
        ("well-known", Leaf('"well-known"')),
        ("git_log", Leaf('"git_log"')),
        (r"a\|b", Leaf('"a|b"')),
        ("", None),
        ('- | ( ) !! * "', None),
        ("(a", A),
        ("a)", A),
        ('"a', A),
    ],
)
def test_a_search_is_read(text: str, tree: object) -> None:
    assert read(text) == tree


def test_words_that_must_not_be_there_are_not_looked_for() -> None:
    tree = read("a -b (c | -d)")
    assert tree is not None and leaves(tree) == [A, C]


def test_characters_of_languages_without_spaces_stand_alone() -> None:
    assert spaced("検索 git ログ").split() == ["検", "索", "git", "ロ", "グ"]
    assert read("検索") == Leaf('"検 索"')


@given(st.text(alphabet="ab ()|+-\"*~\\1:^{}.'", max_size=30))
def test_no_search_breaks_the_index(text: str) -> None:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE words USING fts5(c0)")
    tree = read(text)
    for leaf in leaves(tree) if tree else []:
        index.execute("SELECT rowid FROM words WHERE words MATCH ?", (f"{{c0}} : {leaf.match}",)).fetchall()
