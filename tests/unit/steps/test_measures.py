"""Measures, held against figures worked out by hand."""

import pytest

from steps.measures import compression, distinct, histogram, overlap, quantiles, share, variety, wilson


def test_distinct_2_counts_different_pairs_of_words() -> None:
    assert distinct(["a b c", "a b d"]) == pytest.approx(3 / 4)
    assert distinct([]) == 0


def test_overlap_is_the_share_of_four_words_that_stand_elsewhere() -> None:
    assert overlap(["one two three four five", "One two three four six"]) == pytest.approx(0.5)
    assert overlap(["one two", "one two"]) == 0
    assert overlap(["one two three four", "five six seven eight"]) == 0


def test_what_repeats_itself_is_compressed_more() -> None:
    assert compression(["the same line"] * 50) > 5 * compression(["Ships sail by night, mostly."])


def test_wilsons_interval() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0) and wilson(10, 10)[1] == pytest.approx(1)


def test_a_share_of_nothing_has_no_value() -> None:
    assert share("x", 0, 0, "…").value is None and share("x", 1, 4, "…").value == 0.25


def test_quantiles_are_by_nearest_rank() -> None:
    assert quantiles(range(1, 101)) == {"q05": 5, "q25": 25, "q50": 50, "q75": 75, "q95": 95, "max": 100}
    assert quantiles([7]) == {"q05": 7, "q25": 7, "q50": 7, "q75": 7, "q95": 7, "max": 7} and quantiles([]) == {}


def test_a_histogram_holds_every_number_once() -> None:
    assert histogram([1, 1, 2]) == [(1, 1, 2), (2, 2, 1)]
    assert sum(count for *_, count in histogram([number * 1.7 for number in range(400)])) == 400 and histogram([]) == []


def test_every_measure_says_what_it_is_and_on_how_many() -> None:
    found = variety(["a b c d", "e f g h"], [])
    assert [(one.name, one.n) for one in found][:3] == [("distinct-2 of requests", 2), ("self-overlap of requests", 2), ("compression of requests", 2)]
    assert all(one.definition and one.source for one in found) and found[3].value is None
