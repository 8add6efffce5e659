"""Numbers, times and days as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.checks.spoken import clocks, days, numbers

WEDNESDAY = date(2025, 3, 12)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the last 3 of 1,200", {1, 3, 1200}),
        ("ninety-nine and a half dozen", {90, 99, 9, 12}),
        ("1.5 mb in 30s, up 5%", {1.5, 30, 5}),
        ("commit a3f17c9 on v2 of x-ray", set()),
        ("nobody counts a thing", set()),
    ],
)
def test_numbers_stand_in_digits_or_words(text: str, found: set[float]) -> None:
    assert numbers(text) == found


@given(st.integers(0, 10_000_000))
def test_any_number_is_found_plain_and_with_commas(number: int) -> None:
    assert numbers(f"take {number}, please") == numbers(f"take {number:,} please") == {number}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 14:05", {(14, 5)}),
        ("2025-03-12t05:18:00-07:00", {(5, 18)}),
        ("05:15z", {(5, 15)}),
        ("9.45 pm", {(21, 45)}),
        ("9am and 9 pm", {(9, 0), (21, 0)}),
        ("12 am, 12pm", {(0, 0), (12, 0)}),
        ("at 9", {(9, 0), (21, 0)}),
        ("by seven in the evening", {(19, 0)}),
        ("half past nine", {(9, 30), (21, 30)}),
        ("quarter to one", {(12, 45), (0, 45), (1, 0), (13, 0)}),
        ("twenty past noon", {(12, 20), (12, 0)}),
        ("ten to midnight", {(23, 50), (0, 0)}),
        ("seven thirty", {(7, 30), (19, 30)}),
        ("3 commits of 9 files in room 77, 25:90", set()),
    ],
)
def test_times_of_day(text: str, found: set[tuple[int, int]]) -> None:
    assert clocks(text) == found


@given(st.integers(0, 23), st.integers(0, 59))
def test_any_time_of_day_is_found(hour: int, minute: int) -> None:
    assert (hour, minute) in clocks(f"call at {hour:02}:{minute:02} sharp")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 3 february", (None, 2, 3)),
        ("on feb 3rd", (None, 2, 3)),
        ("the 3rd of february", (None, 2, 3)),
        ("2024-02-29", (2024, 2, 29)),
        ("yesterday", (2025, 3, 11)),
        ("tomorrow at nine", (2025, 3, 13)),
        ("since monday", (2025, 3, 10)),
        ("next friday", (2025, 3, 14)),
        ("ten days ago", (2025, 3, 2)),
        ("in the past 2 weeks", (2025, 2, 26)),
        ("last week", (2025, 3, 3)),
    ],
)
def test_days_are_named_by_date_or_by_distance(text: str, day: tuple[int | None, int, int]) -> None:
    assert day in days(text, WEDNESDAY)


def test_without_a_present_only_dates_name_days() -> None:
    assert days("yesterday, or on monday, or 2 days ago", None) == set()


def test_a_text_without_days_names_none() -> None:
    assert days("march on, may 2025 be good, 31 flavours", WEDNESDAY) == set()
