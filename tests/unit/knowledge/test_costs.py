"""Costs: every way, computed by hand."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.costs import WAYS, Cost, Fact, Price, Prices, Serving, costs, serving

PRICE: dict[str, Any] = {
    "name": "m",
    "provider": "p",
    "input": 2,
    "output": 10,
    "cache_write": 2.5,
    "cache_read": 0.2,
    "cache_seconds": 300,
    "cache_minimum": 1000,
    "long_cache": {"seconds": 3600, "write": 4},
    "long_prompt": {"over": 10_000, "input": 4, "output": 15, "cache_write": 5, "cache_read": 0.4},
    "source": "https://prices.example",
}
TUNED = {"base": "m", "input": 3, "output": 12, "training": 4}
BARE = {key: value for key, value in PRICE.items() if not key.startswith(("cache", "long"))}
USE: dict[str, Any] = {
    "as_of": date(2026, 11, 1),
    "calls_per_session": 10,
    "sessions_per_day": 2,
    "days": 5,
    "output_tokens": 100,
    "work_tokens": 1000,
    "pause_seconds": 60,
    "left": 0.1,
    "training_tokens": 1_000_000,
    "epochs": 2,
    "serving_hours": 8,
    "deferred_tools": [{"provider": "p", "fact": "a tool finds tools", "source": "x", "search_tool_tokens": 400}],
}


def table(price: dict[str, Any] = PRICE, **use: Any) -> Prices:
    return Prices.model_validate(USE | use | {"models": [price]})


def cost(resident: int, tools: int = 0, names: int = 0, price: dict[str, Any] = PRICE, **use: Any) -> Cost:
    (found,) = costs(resident, tools, names, table(price, **use))
    return found


def dollars(*asked: int, price: dict[str, Any] = PRICE, **use: Any) -> dict[str, float]:
    return {way: round(amount, 9) for way, amount in cost(*asked, price=price, **use).dollars.items()}


def test_the_calls_of_a_month_are_sessions_times_calls() -> None:
    assert table().calls == 100


def test_every_way_of_a_month() -> None:
    """100 calls in 10 sessions. Deferred: 5000 - 4000 + 100 + 400 = 1500 tokens. Cached: 10 writes at 2.5 and 90 reads at 0.2 are 43 a token."""
    assert dollars(5000, 4000, 100) == {
        "as it is": 1.0,  # 100 x 5000 x 2
        "prompt caching": 0.215,  # 43 x 5000
        "deferred tools": 0.3,  # 100 x 1500 x 2
        "deferred tools, cached": 0.0645,  # 43 x 1500
    }


def test_a_tuned_model_pays_its_own_rates_for_what_is_left_and_for_the_rest_of_a_call() -> None:
    """A tenth of 5000 tokens at 3; on top 1000 x (3 - 2) for the work and 100 x (12 - 10) for the answer."""
    found = cost(5000, price=BARE | {"tuned": TUNED})
    assert found.dollars == {"as it is": 1.0, "tuned model": pytest.approx(0.27)}
    assert found.training == 8  # 2 x 1,000,000 x 4


def test_break_even_is_the_first_call_that_has_paid_for_the_training() -> None:
    """0.0073 dollars a call are saved: 1095 calls save 7.9935 of the 8 dollars, 1096 save 8.0008."""
    assert cost(5000, price=BARE | {"tuned": TUNED}).break_even == 1096
    assert cost(5000, price=BARE | {"tuned": TUNED | {"training": 3.6685}}).break_even == 1006  # 7.337 / 0.0073 = 1005.07


def test_a_tuned_model_that_is_dearer_than_the_cheapest_way_never_pays_back() -> None:
    found = cost(5000, 4000, 100, price=PRICE | {"tuned": TUNED})
    assert found.dollars["tuned model"] == pytest.approx(0.27) and min(found.dollars.values()) == pytest.approx(0.0645)
    assert (found.training, found.break_even) == (8, None)


def test_a_model_that_cannot_be_tuned_has_no_training() -> None:
    found = cost(5000)
    assert (found.training, found.break_even, found.note) == (None, None, "")
    assert "tuned model" not in found.dollars


def test_without_tools_nothing_is_deferred_and_without_a_price_for_reads_nothing_is_cached() -> None:
    assert list(dollars(5000)) == ["as it is", "prompt caching"]
    assert list(dollars(5000, 4000, 100, price=BARE)) == ["as it is", "deferred tools"]
    assert set(cost(5000, 4000, 100, price=PRICE | {"tuned": TUNED}).dollars) == set(WAYS)


def test_where_the_table_knows_no_search_tool_the_names_alone_remain() -> None:
    assert dollars(5000, 4000, 100, deferred_tools=[])["deferred tools"] == 0.22  # 100 x 1100 x 2
    assert dollars(5000, 4000, 100, deferred_tools=[{"provider": "p", "fact": "f", "source": "x"}])["deferred tools"] == 0.22


def test_a_write_without_a_price_costs_what_input_costs() -> None:
    assert dollars(5000, price=PRICE | {"cache_write": None})["prompt caching"] == 0.19  # (10 x 2 + 90 x 0.2) x 5000


@pytest.mark.parametrize(("tokens", "amount"), [(999, 0.1998), (1000, 0.043), (1001, 0.043043)])
def test_a_prefix_below_the_minimum_is_not_cached(tokens: int, amount: float) -> None:
    assert dollars(tokens)["prompt caching"] == amount


@pytest.mark.parametrize(
    ("pause", "price", "amount"),
    [
        (300, PRICE, 0.215),
        (301, PRICE, 0.29),  # the longer-lived cache: (10 x 4 + 90 x 0.2) x 5000
        (3600, PRICE, 0.29),
        (3601, PRICE, 1.25),  # every call writes: 100 x 2.5 x 5000
        (301, PRICE | {"long_cache": None}, 1.25),
        (99_999, PRICE | {"cache_seconds": None}, 0.215),
    ],
)
def test_a_cache_that_ends_between_calls_is_written_again(pause: float, price: dict[str, Any], amount: float) -> None:
    assert dollars(5000, price=price, pause_seconds=pause)["prompt caching"] == amount


@pytest.mark.parametrize(
    ("tokens", "plain", "cached"),
    [
        (9000, 1.8, 0.387),  # with 1000 tokens of work just 10,000: 100 x 9000 x 2, 43 x 9000
        (9001, 3.6004, 0.774086),  # 100 x 9001 x 4, (10 x 5 + 90 x 0.4) x 9001
    ],
)
def test_a_long_prompt_pays_its_rates_for_the_whole_request(tokens: int, plain: float, cached: float) -> None:
    assert dollars(tokens) == {"as it is": plain, "prompt caching": cached}


def test_a_long_prompt_without_rates_for_its_cache_pays_for_input() -> None:
    long = PRICE | {"long_prompt": {"over": 10_000, "input": 4, "output": 15}}
    assert dollars(20_000, price=long) == {"as it is": 8.0, "prompt caching": 8.0}


def test_the_last_days_of_a_tuned_model_are_told() -> None:
    tuned = TUNED | {"training_until": date(2027, 1, 6), "until": date(2027, 1, 14)}
    assert cost(5000, price=PRICE | {"tuned": tuned}).note == "no training after 2027-01-06, no use after 2027-01-14"


def test_a_machine_costs_its_hours() -> None:
    machine = Serving(gpu="G", usd_per_hour=2.5, model="m", source="x")
    assert serving(table(serving=[machine.model_dump()])) == [(machine, 100)]


def test_costs_come_in_the_tables_order() -> None:
    models = [BARE | {"name": name} for name in ("b", "a", "c")]
    assert [found.model for found in costs(1, 0, 0, Prices.model_validate(USE | {"models": models}))] == ["b", "a", "c"]


def test_nothing_costs_nothing() -> None:
    found = cost(0, price=BARE | {"tuned": TUNED})
    assert (found.dollars["as it is"], found.break_even) == (0, None)


@pytest.mark.parametrize(
    ("key", "value"), [("calls_per_session", 0), ("sessions_per_day", 0), ("days", 32), ("left", 1.5), ("epochs", 0), ("serving_hours", 25), ("pause_seconds", -1), ("zebra", 1)]
)
def test_a_table_takes_no_use_that_cannot_be(key: str, value: float) -> None:
    with pytest.raises(ValidationError):
        table(**{key: value})


def test_a_price_takes_no_unknown_key_and_a_fact_does() -> None:
    with pytest.raises(ValidationError):
        Price.model_validate(PRICE | {"cache_reed": 1})
    assert Fact.model_validate({"provider": "p", "fact": "f", "source": "s", "more": 1}).search_tool_tokens is None


@pytest.mark.parametrize(
    ("tokens", "dollars"),
    [
        ({"input": 1_000_000, "output": 100_000}, 2.0),
        ({"input": 1_000_000, "output": 0, "cached": 500_000}, 0.55),
        ({"input": 1_000_000, "output": 0, "written": 500_000}, 1.125),
        ({"input": 1_000_000, "output": 100_000, "batch": True}, 1.0),
        ({"input": 3_000_000, "output": 100_000, "cached": 1_000_000}, 6.3),
    ],
)
def test_a_call_costs_what_was_read_written_cached_and_said(tokens: dict[str, Any], dollars: float) -> None:
    long = {"over": 2_000_000, "input": 2.0, "output": 20.0, "cache_read": 0.3}
    price = Price.model_validate(
        {"name": "m", "provider": "p", "input": 1.0, "output": 10.0, "cache_read": 0.1, "cache_write": 1.25, "batch": 0.5, "source": "a test", "long_prompt": long}
    )
    assert price.dollars(**tokens) == pytest.approx(dollars)
