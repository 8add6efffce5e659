"""Answers that cite a document."""

import random

import pytest

from steps.forms.citing import touched, unborne
from steps.forms.form import Draft
from steps.forms.given import Given, passages
from steps.forms.grounded import Citation, Grounded, GroundedAnswers

TEXT = "# Opening hours\n\nThe hall opens at 9:30 on weekdays. Tickets cost 4 euros.\n\nDogs stay outside."
QUOTE = "The hall opens at 9:30 on weekdays."
FORM = GroundedAnswers()


def draft(answer: str, quotes: tuple[tuple[str, int], ...] = ((QUOTE, 17),), question: str = "When does the hall open?") -> Draft:
    citations = [{"quote": quote, "start": start, "end": start + len(quote)} for quote, start in quotes]
    facts = {"path": "site/hours.md", "text": TEXT, "turns": [{"question": question, "answer": answer, "citations": citations}]}
    made = Draft(form="grounded", unit="theme:x#site/hours.md", family="grounded.page.0", split="train", facts=facts)
    return made.said((f"{question}\n\n{TEXT}", answer))


def test_an_answer_that_rests_on_its_quote_passes():
    assert FORM.check(draft(f'At 9:30. site/hours.md:3 says "{QUOTE}"')) is None


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (draft(f'At 9:30: "{QUOTE}"', ((QUOTE, 16),)), f"grounded: {QUOTE!r} does not stand at 16"),
        (draft("At 9:30."), f"grounded: the answer does not cite {QUOTE!r}"),
        (draft(f'At 9:45: "{QUOTE}"'), "grounded: '9:45' stands in no quote"),
        (draft(f'At 9:30, says Marta: "{QUOTE}"'), "grounded: 'Marta' stands in no quote"),
        (draft("The page does not say.", ()), "grounded: the document seems to speak of it, and nothing is cited"),
    ],
)
def test_an_answer_that_rests_on_nothing_is_refused(made, reason):
    assert FORM.check(made) == reason


def test_a_document_that_is_not_shown_is_refused():
    made = draft(f'At 9:30: "{QUOTE}"')
    assert FORM.check(made.model_copy(update={"requests": ("When does the hall open?",)})) == "grounded: the conversation does not show the document"


def test_a_question_that_the_page_leaves_open_needs_no_citation():
    assert FORM.check(draft("That isn't on this page.", (), "Who repairs the lift?")) is None
    assert not touched("Who repairs the lift?", TEXT)


def test_numbers_in_places_and_in_the_question_are_known():
    assert unborne("Line 3 of a.md:3: 4 euros.", ["Tickets cost 4 euros."], "Is it 5?", "a.md", "") is None
    assert unborne("It was 5, not 6.", [], "Is it 5?", "a.md", "") == "6"


def test_a_long_document_is_cut_between_paragraphs():
    text = "\n\n".join(f"{number} " + "x" * 1500 for number in range(5))
    cut = list(passages(text))
    assert [line for line, _ in cut] == [1, 5, 9]
    assert all(len(part) <= 4000 for _, part in cut)
    assert "\n\n".join(part for _, part in cut) == text


def test_the_spans_of_a_teacher_are_found_not_believed():
    [open_draft] = FORM.asked_of(Given(documents={"hours.md": TEXT}), 1)
    made = Grounded(question="What does a ticket cost?", answer='4 euros: "Tickets cost 4 euros."', citations=(Citation(quote="Tickets cost 4 euros.", start=0, end=5),))
    done = FORM.finish(open_draft, made, random.Random(0))
    assert done.facts["turns"][0]["citations"] == [{"quote": "Tickets cost 4 euros.", "start": 53, "end": 74}]
    assert FORM.check(done) is None


def test_a_fifth_of_the_rows_asks_what_the_page_does_not_say():
    drafts = FORM.drafts(60, "train", 0)
    assert 8 <= sum(draft.boundary for draft in drafts) <= 20
    assert any(len(draft.requests) == 2 for draft in drafts)
