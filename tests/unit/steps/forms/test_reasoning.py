"""Word problems with checked answers."""

import random

import pytest

from knowledge.forms import load_problems
from steps.forms.form import Draft
from steps.forms.given import Given
from steps.forms.reasoning import Reasoned, ReasoningTraces
from steps.forms.solvers import SOLVERS

FORM = ReasoningTraces()


def test_every_problem_has_a_solver_and_no_solver_is_without_a_problem():
    assert set(SOLVERS) == set(load_problems())
    assert len(SOLVERS) >= 25


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_formula_and_counting_agree_whatever_is_drawn(name):
    rng = random.Random(name)
    for turn in range(12):
        assert FORM.check(FORM.draft(name, load_problems()[name], turn, rng)) is None


@pytest.mark.parametrize(
    ("name", "values", "answer"),
    [
        ("workers", {"rate": 100, "ms": 50, "spare": 20}, 7),
        ("backoff", {"attempts": 5, "first": 100, "cap": 300}, 900),
        ("bill", {"cents": 100, "people": 3}, [1, 34, 2, 33]),
        ("invoice", {"cents": 1999, "rebate": 10, "tax": 19}, 2141),
        ("cron", {"a": 6, "b": 14, "after": 42}, 84),
        ("zones", {"here": "Delhi (UTC+5:30)", "there": "Denver (UTC-6)", "at": 540, "length": 40}, [1330, -1]),
        ("workdays", {"start": "2026-03-05", "days": 3}, "2026-03-10"),
        ("shards", {"shards": 2, "blocks": 1}, 4),
        ("between", {"from_": "2024-02-28", "to": "2024-03-01"}, 3),
        ("renewals", {"valid": 90, "span": 180}, 3),
        ("bisect", {"commits": 9, "minutes": 5}, 20),
    ],
)
def test_a_solver_counts_out_what_is_known(name, values, answer):
    assert SOLVERS[name](**values) == answer


def test_a_wrong_answer_and_an_unsaid_one_are_refused():
    draft = FORM.draft("paging", load_problems()["paging"], 0, random.Random(1))
    wrong = draft.model_copy(update={"facts": draft.facts | {"answer": [1, 1]}})
    unsaid = draft.said((draft.requests[0], "Quite a few pages."))
    assert FORM.check(wrong).startswith("reasoning: the answer is [1, 1], and counted out it is")
    assert FORM.check(unsaid) == f"reasoning: the reply does not say {draft.facts['said']}"


def written(expression: str, answer: str = "84") -> Draft:
    [open_draft] = FORM.asked_of(Given(documents={"a.md": "We print 12 labels a minute."}), 1)
    made = Reasoned(problem="12 labels a minute, 7 minutes. How many?", trace=f"12 a minute for 7 minutes make {answer}.", answer=answer, expression=expression)
    return FORM.finish(open_draft, made, random.Random(0))


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (written("12 * 7"), None),
        (written("12 + 7"), "reasoning: the answer is 84, and the expression comes to 19"),
        (written("4 * 21"), "reasoning: 4 does not stand in the problem"),
        (written("12 *"), "reasoning: the expression does not come out: '12 *': unexpected 'end of template'"),
    ],
)
def test_a_teachers_expression_is_evaluated(draft, reason):
    assert FORM.check(draft) == reason


def test_a_problem_belongs_to_one_split_with_all_its_phrasings():
    assert {problem.split for problem in load_problems().values()} == {"train", "validation", "test"}
    assert all(load_problems()[draft.facts["problem"]].split == "test" for draft in FORM.drafts(20, "test", 0))
