"""Evolving a request, and undoing a round that did not make it harder."""

import json
from typing import Any

import pytest

from knowledge.evolution import load_evolution
from steps.evolve import Evolve, Evolved, keeps_form, undone
from steps.teachers.embedded import Embedded
from steps.teachers.teacher import Question, Refused, Teacher
from steps.worlds.world import Value

ASKED = "Show me the last 5 commits of `src/app.py`"


class Says(Teacher):
    """Answers with what it is given, in order."""

    answers: list[Any] = []

    @property
    def model_name(self) -> str:
        return "says"

    async def answer(self, question: Question) -> Any:
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return Evolved(request=said)


def evolved(row: dict[str, Any], llm: Teacher | None = None, rounds: int = 3) -> dict[str, Any]:
    step = Evolve(name="evolve", llm=llm or Embedded(), rounds=rounds)
    return next(step.process([row]))[0]


def row(seed: int = 0, **changes: Any) -> dict[str, Any]:
    return {"id": "1", "seed": seed, "complexity": "complex", "split": "train", "requests": [ASKED, "and then?"], "script": "{}", "reject_reason": None} | changes


def rounds(made: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(made["evolution"])


def test_simple_requests_and_those_that_are_fixed_or_answered_stay_as_they_are() -> None:
    for changes in ({"complexity": "simple"}, {"script": '{"fixed": true}'}, {"messages": [{"role": "user", "content": "x"}]}, {"reject_reason": "ask: x"}):
        made = [evolved(row(seed, **changes)) for seed in range(10)]
        assert all(one["requests"] == [ASKED, "and then?"] and rounds(one) == [] for one in made)


@pytest.mark.parametrize("request_", ["/plan the move to `src/app.py`", "New here. /explain src/app.py", "Warum ist der Test in app.py rot und was ist mit der Zeile davor?"])
def test_commands_and_requests_in_another_language_stay_as_they_are(request_: str) -> None:
    assert {evolved(row(seed, requests=[request_]))["requests"][0] for seed in range(20)} == {request_}


def test_the_banks_sentences_are_added_and_every_round_is_on_record() -> None:
    made = [evolved(row(seed)) for seed in range(60)]
    assert {len(rounds(one)) for one in made} == {0, 1, 2, 3}
    for one in made:
        told = rounds(one)
        assert one["requests"][1] == "and then?" and "`src/app.py`" in one["requests"][0]
        assert all(step["kept"] or step["why"] for step in told) and one["requests"][0] == next((step["after"] for step in reversed(told) if step["kept"]), ASKED)
        assert len({step["operator"] for step in told}) == len(told)
    assert {step["operator"] for one in made for step in rounds(one)} == set(load_evolution().operators)


def test_the_same_seed_evolves_the_same_and_splits_share_no_sentence() -> None:
    assert evolved(row(7)) == evolved(row(7))
    said = {split: {evolved(row(seed, split=split), rounds=1)["requests"][0].replace(ASKED, "").strip(" .") for seed in range(300)} for split in ("train", "test")}
    assert not (said["train"] & said["test"]) - {""}


@pytest.mark.parametrize(
    ("operator", "after", "why"),
    [
        ("deepen", "Show me the last 5 commits of `src/app.py` and say why each was made, in a sentence", None),
        ("deepen", "Show me the last 6 commits of `src/app.py` and say why each was made, please", "it lost '5'"),
        ("deepen", "Show me the last 5 commits of the file and say why each of them was made", "it lost '`src/app.py`'"),
        ("deepen", "#Rewritten Prompt#: Show me the last 5 commits of `src/app.py` with reasons", "it copied the prompt: '#Rewritten Prompt#'"),
        ("deepen", "Show me the last 5 commits of `src/app.py` now", "it did not grow (+1 tokens)"),
        ("mutate", ASKED + ".", "it is the same request"),
        ("mutate", "Who wrote the 5 newest changes that touch `src/app.py`, and on which days?", None),
    ],
)
def test_a_round_is_undone_with_its_reason(operator: str, after: str, why: str | None) -> None:
    assert undone(operator, ASKED, after) == why


def test_a_models_bad_round_is_undone_and_its_refusal_too() -> None:
    seed = next(seed for seed in range(50) if len(rounds(evolved(row(seed)))) == 2)
    made = evolved(row(seed), Says(answers=["something else", Refused("no")]))
    assert made["requests"] == [ASKED, "and then?"] and [step["kept"] for step in rounds(made)] == [False, False]
    assert rounds(made)[1]["why"] == "no"


def test_what_was_asked_of_the_answers_form_is_held_against_it() -> None:
    asked = json.dumps([{"operator": "add_constraint", "before": "a", "after": "b", "kept": True, "why": None, "checks": [{"name": "no_exclamation", "of": 0}]}])
    answers = lambda text: {"evolution": asked, "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": text}]}  # noqa: E731
    assert keeps_form(answers("Done.")) is None
    assert keeps_form(answers("Done!")) == "form: no_exclamation: an exclamation mark"
    assert keeps_form({"evolution": None, "messages": []}) is None


def test_a_value_said_in_words_must_be_said_in_words_afterwards() -> None:
    values = {"count": Value(5, ("last five", "five latest")).dump()}
    before = "Show me the last five commits"
    assert undone("deepen", before, "Show me the last five commits, I'll have to explain them in the review", values) is None
    assert undone("deepen", before, "Show me the five latest commits, I'll have to explain them in the review", values) is None
    assert undone("deepen", before, "Show me some commits, I'll have to explain every one in the review", values) == "it lost 'last five'"


def test_a_number_inside_a_longer_one_is_lost() -> None:
    assert undone("deepen", ASKED, "Show me the last 15 commits of `src/app.py` and say why each was made") == "it lost '5'"


def test_a_form_that_the_scripts_answers_do_not_keep_is_not_asked_for() -> None:
    script = json.dumps({"beats": [{"answer": "# Result\n\n- **one** thing!\n- and so on\n\n{% for x in y %}{{ x }}{% endfor %}"}]})
    asked = {check["name"] for seed in range(200) for one in rounds(evolved(row(seed, script=script))) for check in one["checks"]}
    assert asked and not asked & {"max_words", "no_bullets", "no_bold", "no_exclamation"}
