"""Cursor: rules with globs, rules that always hold, rules that are offered."""

from tests.unit.knowledge.systems import misplaced, parts, rules, same, system

AT = "cursor/.cursor/rules"


def test_everything_stands_where_it_says() -> None:
    assert misplaced(system("cursor")) == []
    assert (system("cursor").warnings, system("cursor").notes) == ([], [])
    assert {file.format for file in system("cursor").files} == {"Cursor"}


def test_globs_are_a_text_with_commas_a_list_or_bare() -> None:
    found = system("cursor")
    assert rules(found, f"{AT}/tests.mdc") == [(7, "must", "Name a test by what it shows.")]
    assert rules(found, f"{AT}/api.mdc") == [(7, "must not", "Never return a bare list.")]
    assert rules(found, f"{AT}/ui.mdc") == [(5, "should", "You should keep a component in one file.")]
    for name, globs in (("tests", "tests/**/*.py,conftest.py"), ("api", "src/api/**,src/routes/*.py"), ("ui", "*.ts")):
        assert same(found, f"{AT}/{name}.mdc", "scope", "level", "category") == {(f"files:{globs}", "L4", "domain")}
        assert [part[:4] for part in parts(found, f"{AT}/{name}.mdc")] == [(name, "on demand", "L4", "domain")]


def test_a_rule_that_always_applies_holds_everywhere_whatever_its_globs() -> None:
    found = system("cursor")
    assert rules(found, f"{AT}/always.mdc") == [(7, "must not", "Do not add a dependency without asking.")]
    assert same(found, f"{AT}/always.mdc", "scope", "level", "category") == {("", "L0", "operational rule")}
    assert parts(found, f"{AT}/always.mdc") == [("always", "resident", "L0", "operational rule", "\n- Do not add a dependency without asking.\n")]


def test_a_rule_with_a_description_alone_is_offered_by_it() -> None:
    found = system("cursor")
    assert parts(found, f"{AT}/review.mdc") == [
        ("review", "resident", "L0", "operational rule", "- review: What to look at in a review"),
        ("review", "on demand", "L0", "operational rule", "\n- Look at the errors first.\n"),
    ]
    assert [(line, words) for line, _, words in rules(found, f"{AT}/review.mdc")] == [(6, "Look at the errors first.")]


def test_the_older_file_is_sent_on_every_call() -> None:
    found = system("cursor")
    assert rules(found, "cursor/.cursorrules") == [(3, "must", "Always explain an error in one sentence.")]
    assert same(found, "cursor/.cursorrules", "scope", "level", "category") == {("", "L0", "operational rule")}
    assert [part[:2] for part in parts(found, "cursor/.cursorrules")] == [(".cursorrules", "resident")]
