"""`knowledge.yaml`: what it may say, what it means, and what is said when it cannot be used."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import Document, make_document
from knowledge.overrides import Misfit, Overrides, fits, overridden, parse_overrides
from knowledge.readers.reading import Part, Reading
from knowledge.units import Rule


def overrides(text: str) -> Overrides:
    return parse_overrides(make_document("s/knowledge.yaml", text, len(text)))


DOCUMENT = make_document("s/docs/rules.md", "# Git\n\nNever push.\n\n# Words\n\nAlways say please.\n", 0)


def reading(document: Document = DOCUMENT) -> Reading:
    units = [
        Rule(level="L0", category="operational rule", modality="must not", sentence="Never push.", section=("Team", "Git"), source=document.at(3), start=7, end=18),
        Rule(level="L0", category="operational rule", modality="must", sentence="Always say please.", section=("Team", "Words"), source=document.at(7), start=28, end=46),
    ]
    return Reading("prose", list(units), [Part(name="rules.md", residency="resident", level="L0", category="operational rule", text=document.text, source=document.at(1))])


def after(*files: tuple[str, str], document: Document = DOCUMENT) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]] | None:
    found = overridden(reading(document), document, {folder: overrides(text) for folder, text in files})
    if found is None:
        return None
    rules = [(unit.sentence, unit.level, unit.category) for unit in found.units if isinstance(unit, Rule)]
    return rules, [(part.level, part.category, part.residency) for part in found.parts]


PUSH, PLEASE, WHOLE = ("Never push.", "L0", "operational rule"), ("Always say please.", "L0", "operational rule"), ("L0", "operational rule", "resident")


@pytest.mark.parametrize(
    ("entry", "rules", "parts"),
    [
        ("{}", [PUSH, PLEASE], [WHOLE]),
        ("{level: L1}", [("Never push.", "L1", PUSH[2]), ("Always say please.", "L1", PUSH[2])], [("L1", PUSH[2], "resident")]),
        ("{category: methodology}", [("Never push.", "L0", "methodology"), ("Always say please.", "L0", "methodology")], [("L0", "methodology", "resident")]),
        ("{residency: on demand}", [PUSH, PLEASE], [("L0", PUSH[2], "on demand")]),
        ("{section: git, level: L1}", [("Never push.", "L1", PUSH[2]), PLEASE], [WHOLE]),
        ("{section: team / words, level: L1}", [PUSH, ("Always say please.", "L1", PUSH[2])], [WHOLE]),
        ("{holds: PLEASE, ignore: true}", [PUSH], [WHOLE]),
        ("{section: nowhere, ignore: true}", [PUSH, PLEASE], [WHOLE]),
        ("{files: '*.txt', ignore: true}", [PUSH, PLEASE], [WHOLE]),
        ("{files: other/, level: L4}", [PUSH, PLEASE], [WHOLE]),
        ("{files: docs/, level: L4}", [("Never push.", "L4", PUSH[2]), ("Always say please.", "L4", PUSH[2])], [("L4", PUSH[2], "resident")]),
    ],
)
def test_an_entry_changes_what_it_means_and_nothing_else(entry: str, rules: list, parts: list) -> None:
    assert after(("s", f"documents: [{entry}]")) == (rules, parts)


def test_a_document_that_is_to_be_ignored_is_left_out() -> None:
    assert after(("s", "documents: [{files: docs/*, ignore: true}]")) is None
    assert after(("s", "documents: [{ignore: true}]")) is None


def test_later_entries_and_nearer_files_win() -> None:
    assert after(("s", "documents: [{level: L1}, {level: L2}]")) == after(("s", "documents: [{level: L2}]"))
    assert after(("s/docs", "documents: [{files: rules.md, level: L2}]"), ("s", "documents: [{level: L1}]")) == after(("s", "documents: [{level: L2}]"))


def test_files_of_other_folders_mean_nothing() -> None:
    assert after(("s/doc", "documents: [{ignore: true}]"), ("other", "documents: [{ignore: true}]"), ("s/docs/deeper", "documents: [{ignore: true}]")) == ([PUSH, PLEASE], [WHOLE])


@pytest.mark.parametrize(
    ("path", "pattern", "whether"),
    [
        ("a/b.md", "**", True),
        ("a/b.md", "*.md", True),
        ("a/b.md", "b.md", True),
        ("a/b.md", "a/*", True),
        ("a/b.md", "a/", True),
        ("a/c/b.md", "a/", True),
        ("b.md", "**/b.md", True),
        ("a/c/b.md", "**/b.md", True),
        ("a/b.md", "**/*.txt", False),
        ("a/b.md", "c/", False),
        ("ab/b.md", "a/", False),
        ("a/b.md", "/a/b.md", False),
        ("a/b.md", ".", False),
        ("a/b.md", "", False),
        ("a/b.md", "[", False),
    ],
)
def test_a_glob_fits_a_path(path: str, pattern: str, whether: bool) -> None:
    assert fits(path, pattern) is whether


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("ab/*?[]!.\\\0\n"), max_size=12), st.text(st.sampled_from("ab/.*[\n"), min_size=1, max_size=12))
def test_any_glob_fits_or_not(pattern: str, path: str) -> None:
    assert fits(path, pattern) in (True, False)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "documents: []\n"])
def test_a_file_that_says_nothing_changes_nothing(text: str) -> None:
    assert overrides(text) == Overrides()


LIST = " must be `documents:` with a list of entries below it"
KINDS = "'system prompt', 'operational rule', 'communication pattern', 'methodology', 'tool', 'persona', 'command', 'skill', 'template' or 'domain'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", LIST),
        ("0", LIST),
        ("just words", LIST),
        ("documents: all", ": documents: it must be a list, and is 'all'"),
        ("documents: [all]", ": documents.0: it must hold `key: value` lines, and is 'all'"),
        ("documents: [{}, {level: L9}]", ": documents.1.level: input should be 'L0', 'L1', 'L2', 'L3' or 'L4', and is 'L9'"),
        ("documents: [{category: tools}]", f": documents.0.category: input should be {KINDS}, and is 'tools'"),
        ("documents: [{ignore: perhaps}]", ": documents.0.ignore: input should be a valid boolean, unable to interpret input, and is 'perhaps'"),
        ("documents: [{files: ''}]", ": documents.0.files: string should have at least 1 character, and is ''"),
        ("documents: [{lvel: L1}]", ": there is no `lvel`; did you mean `level`?"),
        ("documents: [{colour: red}]", ": there is no `colour`; there are files, section, holds, level, category, residency, ignore"),
        ("document: []", ": there is no `document`; did you mean `documents`?"),
        ("colour: red", ": there is no `colour`; there is documents"),
        ("level: L1", ": `level` belongs in an entry of the list below `documents:`"),
        ("documents:\n- level: a: b\n", " is no YAML that can be used: mapping values are not allowed in this context, line 2"),
        ("documents: &a [*a]", " is no YAML that can be used: it holds itself: an anchor is used within itself"),
        ("documents: " + "[" * 100, " is no YAML that can be used: it is nested deeper than 60 levels"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_what_is_wrong_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(Misfit) as refused:
        overrides(text)
    assert str(refused.value) == f"s/knowledge.yaml{said}"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3)
)
KEYS = st.sampled_from(["files", "section", "holds", "level", "category", "residency", "ignore", "documents", "x"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(VALUES, st.dictionaries(st.just("documents"), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3) | VALUES)))
def test_any_value_is_taken_or_refused_in_one_line(value: object) -> None:
    try:
        overrides(yaml.safe_dump(value, allow_unicode=True))
    except Misfit as refused:
        assert len(str(refused).splitlines()) == 1 and str(refused).startswith("s/knowledge.yaml")
