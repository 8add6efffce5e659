"""Mixing rows of several phases into one curriculum."""

from collections import Counter

import pytest

from steps.mix import Card, alike, balanced, curriculum, mix, quotas


def card(place: int, request: str = "", **fields: object) -> Card:
    """A row's card; what it asks is unlike all others where nothing is said."""
    words = request or f"row {place} wants {place * 7919} of {place * 104729} and {place * 1299709}"
    return Card(
        **({"place": place, "id": f"r{place}", "split": "train", "level": "L0", "form": "play", "cell": f"c{place}", "complexity": "simple", "turns": 1, "request": words} | fields)
    )  # type: ignore[arg-type]


def test_the_same_request_in_other_case_and_spacing_stays_once_and_names_its_twin() -> None:
    assert alike([card(0, "Show  me the log"), card(1, "show me the log."), card(2, "Show me the diff of the last release")], 0.8) == {1: "dedup: same request as 0"}


def test_a_near_request_is_left_out_with_its_true_likeness() -> None:
    long = "please compare the figures of the spring stocktake with those of the autumn one and list what differs"
    found = alike([card(0, long), card(1, long + " much"), card(2, "rename the module and mend every import that names it")], 0.8)
    assert list(found) == [1] and found[1].startswith("dedup: 0.9") and found[1].endswith(" like 0")


def test_what_a_level_lacks_goes_to_the_others_by_their_weights() -> None:
    cards = [card(n, level="L0") for n in range(10)] + [card(n, level="L1") for n in range(10, 110)] + [card(n, level="L2") for n in range(110, 210)]
    assert quotas(cards, 100, {"L0": 0.5, "L1": 0.25, "L2": 0.25}) == {"L0": 10, "L1": 45, "L2": 45}


def test_there_are_never_more_rows_than_were_asked_for_nor_than_there_are() -> None:
    cards = [card(n, level=f"L{n % 3}") for n in range(20)]
    assert sum(quotas(cards, 7, {"L0": 1, "L1": 1, "L2": 1}).values()) == 7
    assert sum(quotas(cards, 70, {"L0": 1}).values()) == 20


def test_cells_take_turns() -> None:
    cards = [card(n, cell="many") for n in range(8)] + [card(8, cell="one"), card(9, cell="two")]
    assert Counter(one.cell for one in balanced(cards, 4, 0)) == {"many": 2, "one": 1, "two": 1}


def test_the_curriculum_goes_from_simple_to_complex_with_rehearsal_among_the_others() -> None:
    cards = [card(n, complexity=("complex", "simple", "moderate")[n % 3], form="rehearsal" if n >= 45 else "play") for n in range(60)]
    order = curriculum(cards, 0)
    assert [one.complexity for one in order] == ["simple"] * 20 + ["moderate"] * 20 + ["complex"] * 20
    first = [place for place, one in enumerate(order[:20]) if one.form == "rehearsal"]
    assert len(first) == 5 and max(first) - min(first) >= 8


def test_every_row_is_chosen_or_has_its_reason_and_the_same_seed_gives_the_same() -> None:
    cards = [card(n, level=f"L{n % 4}", form="rehearsal" if n % 5 == 0 else "play") for n in range(100)]
    one, two, other = (mix(cards, 50, {"L0": 1, "L1": 1, "L2": 1, "L3": 1}, 0.1, 0.8, seed) for seed in (0, 0, 1))
    assert one == two and one.chosen != other.chosen
    assert sorted([*one.chosen, *one.rejected]) == list(range(100)) and len(one.chosen) == 50
    assert sum(cards[place].form == "rehearsal" for place in one.chosen) == 5
    assert set(one.rejected.values()) <= {f"mix: more rows of {what} than its weight takes" for what in ("L0", "L1", "L2", "L3", "rehearsal")}


@pytest.mark.parametrize("cards", [[], [card(0)]])
def test_few_rows_are_a_mix_too(cards: list[Card]) -> None:
    assert len(mix(cards, 10, {"L0": 1.0}, 0.1, 0.8, 0).chosen) == len(cards)


def test_boundary_rows_come_first_up_to_their_share_of_each_level() -> None:
    cards = [card(n, level=f"L{n % 2}", boundary=n % 10 < 2) for n in range(200)]
    for share, least in ((0.0, 0), (0.3, 15)):
        chosen = mix(cards, 100, {"L0": 1, "L1": 1}, 0.0, 0.8, 0, share).chosen
        assert len(chosen) == 100 and all(sum(cards[place].boundary for place in chosen if cards[place].level == level) >= least for level in ("L0", "L1"))


def test_a_row_more_moves_no_other() -> None:
    cards = [card(n, cell=f"c{n % 7}", complexity=("complex", "simple", "moderate")[n % 3]) for n in range(60)]
    few, more = ([card.id for card in curriculum(some, 0)] for some in (cards[1:], cards))
    assert [name for name in more if name != "r0"] == few
    assert len({one.id for one in balanced(cards[1:], 30, 0)} - {one.id for one in balanced(cards, 30, 0)}) <= 2
