"""Composing an evolved request from the bank."""

import pytest

from knowledge.evolution import load_evolution
from steps.teachers.evolving import breaks, compose, fitting, parted

ORDER = "Please stage src/app.py."
QUESTION = "Why does src/app.py read the file twice?"


def composed(request: str, operator: str = "deepen", asker: str = "plain", seed: int = 0, split: str = "train", constraint: dict | None = None) -> str | None:
    return compose({"request": request, "operator": operator, "constraint": constraint, "asker": asker, "split": split, "seed": seed})


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (QUESTION, "question"),
        ("So, which of them is newer?", "question"),
        (ORDER, "order"),
        ("Could you stage src/app.py?", "order"),
        ("How about renaming it?", "order"),
        ("What about renaming it?", "order"),
        ("Stage it. Is that clear?", "question"),
    ],
)
def test_a_sentence_for_questions_follows_questions_alone(request_: str, place: str) -> None:
    assert fitting(request_) & {"question", "order"} == {place}


def test_no_order_is_answered_by_a_sentence_for_questions() -> None:
    said = {composed(ORDER, "more_reasoning", seed=seed) for seed in range(300)}
    assert len(said) > 40 and not any("didn't want to guess" in text or "hear yours first" in text or "both very sure" in text for text in said if text)


def test_an_addition_is_typed_as_its_asker_types() -> None:
    for seed in range(40):
        text = composed("last three commits", "complicate_input", "terse", seed) or ""
        assert text == text.lower() and "last three commits" in text


def test_what_an_asker_puts_around_a_request_stays_around_it() -> None:
    assert parted("Morning! Stage it. Cheers!", "chatty") == ("Morning! ", "Stage it.", " Cheers!")
    for seed in range(40):
        text = composed("Morning! Stage it. Cheers!", "deepen", "chatty", seed) or ""
        assert text.startswith("Morning! ") and text.endswith("Cheers!") and "Stage it." in text


def test_an_addition_stands_between_sentences_and_never_inside_code_or_a_quotation() -> None:
    assert breaks("Look at `a. b` first. Then stage it.") == [21]
    assert breaks('Say "Done. Really." to them') == []
    assert breaks("Stage it, e.g. now") == []


def test_a_loose_comma_at_the_end_is_no_end() -> None:
    assert all(",." not in (composed("stage sync/upload.go,", "deepen", "terse", seed) or "") for seed in range(40))


def test_the_splits_share_no_sentence() -> None:
    for operator in set(load_evolution().operators) - {"add_constraint"}:
        train, test = ({composed(ORDER, operator, seed=seed, split=split) for seed in range(200)} - {None} for split in ("train", "test"))
        assert test and not train & test


def test_a_constraint_is_put_into_words_with_its_number() -> None:
    assert all("150" in (composed(ORDER, "add_constraint", seed=seed, constraint={"name": "max_words", "of": 150}) or "") for seed in range(60))
