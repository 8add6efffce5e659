"""What all forms share."""

import random

import pytest

from knowledge.theme import load_themes
from steps.forms import FORMS
from steps.forms.form import NEAR, Draft, apart, asked
from steps.likeness import folded, grams
from steps.render import CLOSE, OPEN, bare

CHEAP = ("grounded", "backtranslate", "selfinstruct", "raft", "coding", "reasoning")


def test_the_forms_are_these_six():
    assert sorted(FORMS) == ["backtranslate", "coding", "grounded", "raft", "reasoning", "selfinstruct"]


@pytest.mark.parametrize("name", CHEAP)
def test_the_same_seed_drafts_the_same_rows_and_another_seed_others(name):
    form = FORMS[name]
    once = form.drafts(3, "train", 5)
    assert form.drafts(3, "train", 5) == once
    assert form.drafts(3, "train", 6) != once


@pytest.mark.parametrize("name", CHEAP)
def test_no_two_requests_of_a_form_are_alike(name):
    drafts = FORMS[name].drafts(12, "train", 1)
    sets = [grams(folded(draft.requests[0])) for draft in drafts]
    assert len(drafts) == 12
    assert all(len(one & other) / len(one | other) < NEAR for number, one in enumerate(sets) for other in sets[:number])


@pytest.mark.parametrize("name", CHEAP)
def test_a_test_row_shares_no_theme_and_no_phrasing_family_with_a_training_row(name):
    trained, tested = FORMS[name].drafts(15, "train", 2), FORMS[name].drafts(10, "test", 2)
    assert {draft.split for draft in tested} == {"test"}
    assert not {draft.theme for draft in trained} & {draft.theme for draft in tested}
    assert not {draft.family for draft in trained} & {draft.family for draft in tested}


def test_a_draft_survives_being_a_row():
    [draft] = FORMS["reasoning"].drafts(1, "train", 0)
    row = draft.row("r1", 3)
    assert (row["id"], row["seed"], row["form"], row["requests"], row["reject_reason"]) == ("r1", 3, "reasoning", None, None)
    assert Draft.model_validate_json(row["script"]) == draft


def test_what_was_pasted_stands_in_a_paragraph_of_its_own():
    pasted = f"{OPEN}a\nb{CLOSE}"
    assert bare(apart(f"Hi there. {pasted}. Thanks.")) == "Hi there.\n\na\nb\n\nThanks."
    assert bare(apart(f"What is\n\n{pasted}.")) == "What is\n\na\nb"
    assert bare(apart(f"Read {OPEN}one line{CLOSE}. Thanks.")) == "Read one line. Thanks."


def test_only_the_opening_request_gets_an_asker_drawn():
    *_, asker = asked("grounded", "next", "train", random.Random(1), {}, {"question": "Why?", "asked": "why?"}, "terse")
    assert asker == "terse"


def test_every_split_has_themes():
    assert {theme.split for theme in load_themes()} == {"train", "validation", "test"}
