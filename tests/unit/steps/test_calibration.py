import random

import pytest
from sklearn.metrics import cohen_kappa_score

from steps.calibration import Label, between, calibrated, kappa, lowest, majority

SCALE = [1, 2, 3]


def labels(*said: tuple[str, bool], by: str = "ana") -> list[Label]:
    return [Label(id=row, good=good, criterion="of_use", by=by) for row, good in said]


def test_the_lowest_floor_that_keeps_enough_good_rows_is_chosen() -> None:
    scores: dict[str, int | None] = {f"a{n}": 3 for n in range(40)} | {f"b{n}": 2 for n in range(40)} | {f"c{n}": 1 for n in range(20)}
    said = labels(*((row, row[0] == "a" or (row[0] == "b" and int(row[1:]) < 30)) for row in scores))
    loose, strict = (calibrated("of_use", 2, SCALE, scores, said, target) for target in (0.85, 0.95))
    assert (loose.floor, loose.precision.value, loose.false_keep.value, loose.false_reject.value) == (2, 0.875, round(10 / 30, 4), 0.0)
    assert (strict.floor, strict.precision.value, strict.false_keep.value, strict.false_reject.value) == (3, 1.0, 0.0, round(30 / 70, 4))
    assert loose.chosen and strict.chosen and loose.kappa.value > 0.6 and loose.kappa.low < loose.kappa.value < loose.kappa.high


def test_few_labels_are_said_to_be_few() -> None:
    found = calibrated("of_use", 2, SCALE, {"a": 3, "b": 3, "c": 1}, labels(("a", True), ("b", True), ("c", False)), 0.9)
    assert found.chosen and found.floor == 2 and "2 kept rows with a label are few: the true share may be as low as 34%" in found.says


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([], "no labelled row has a score"),
        ([(3, True), (2, True)], "all 2 labelled rows are good: a floor needs both, so it stays as it was"),
        ([(3, False), (2, True), (1, True)], "no floor reaches 90% good rows; it stays as it was"),
    ],
)
def test_a_floor_that_cannot_be_chosen_stays_and_says_why(pairs: list[tuple[int, bool]], says: str) -> None:
    assert lowest(pairs, SCALE, 2, 0.9) == (2, False, says)


def test_rows_without_a_score_and_disputed_ones_are_counted_and_left_out() -> None:
    said = [*labels(("a", True), ("b", False), ("c", True)), *labels(("c", False), by="ben")]
    found = calibrated("of_use", 2, SCALE, {"a": 3, "b": 1, "c": 3, "d": None, "a2": None}, [*said, *labels(("a2", True))], 0.9)
    assert (found.abstained, found.disputed, found.precision.n) == (1, 1, 1)


def test_the_majority_decides_and_an_even_vote_nothing() -> None:
    votes = [*labels(("a", True), ("b", True)), *labels(("a", False), ("b", False), by="ben"), *labels(("a", False), by="cleo")]
    assert majority(votes) == ({"a": False}, 1)


def test_agreement_is_that_of_scikit_learn() -> None:
    rng = random.Random(0)
    pairs = [(rng.random() < 0.7, rng.random() < 0.6) for _ in range(200)]
    pairs += [(True, True)] * 50
    assert kappa(pairs).value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-4)


def test_no_agreement_can_be_told_where_everybody_says_the_same() -> None:
    assert (kappa([(True, True)] * 9).value, kappa([]).n) == (None, 0)


def test_people_are_compared_where_they_label_the_same() -> None:
    both = [*labels(("a", True), ("b", False), ("c", True)), *labels(("a", True), ("b", False), ("d", True), by="ben")]
    assert (between(both).n, between(both).value) == (2, 1.0)
