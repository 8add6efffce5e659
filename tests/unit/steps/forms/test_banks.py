"""The banks of the forms."""

import pytest

from knowledge.forms import load_answers, load_operations, load_problems, load_ways, read_forms
from knowledge.theme import load_themes
from steps.forms.operations import OPERATIONS

FORMS = ("grounded", "backtranslate", "raft", "coding")


def test_every_question_of_every_page_has_an_answer():
    asked = {(theme.name, question) for theme in load_themes() for page in theme.pages for question in page.questions}
    assert {(theme, question) for theme, answers in load_answers().items() for question in answers} == asked


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_twelve_openings_or_more(form):
    assert len({ask for way in load_ways(form).values() for ask in way.ask}) >= 12


def test_every_operation_is_phrased_and_every_phrasing_has_an_operation():
    assert set(load_operations()) == set(OPERATIONS)


def test_a_typo_in_a_bank_names_file_and_key(tmp_path):
    (tmp_path / "raft.yaml").write_text("call:\n  asks: [a]\n")
    with pytest.raises(ValueError, match=r"raft\.yaml: (?s:.)*call\.asks"):
        load_ways("raft", tmp_path)


def test_a_quote_that_stands_on_no_page_is_named(tmp_path):
    (tmp_path / "answers.yaml").write_text('weirgate:\n  "How large may a body be on the free plan?": {says: x, quotes: [64 MB]}\n')
    with pytest.raises(ValueError, match=r"answers\.yaml: weirgate: '64 MB' does not stand on the page"):
        load_answers(tmp_path)


def test_a_name_is_drawn_or_computed_never_both(tmp_path):
    (tmp_path / "reasoning.yaml").write_text(
        "p:\n  split: train\n  complexity: simple\n  draw: {a: [1, 2]}\n  let: {a: '1'}\n  ask: [x, y, z]\n  trace: [x, y]\n  answer: a\n  said: '1'\n"
    )
    with pytest.raises(ValueError, match=r"drawn and computed: \['a'\]"):
        load_problems(tmp_path)


def test_a_bank_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "x.yaml").write_text("a: [")
    with pytest.raises(ValueError, match=r"x\.yaml"):
        read_forms(tmp_path / "x.yaml", dict[str, str])
