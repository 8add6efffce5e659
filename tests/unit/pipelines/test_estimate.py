"""Estimates: sums by row, scaled, with an interval; lengths from the ledger once it has seen enough."""

import asyncio
from pathlib import Path

import pytest

from pipelines.config import Phase3, load_settings
from pipelines.estimate import Rehearsal
from pipelines.team import Team
from steps.teachers.call import Reply, Usage
from steps.teachers.ledger import Entry, Ledger
from steps.teachers.rehearsal import Asked


def rehearsal(folder: Path, **more: object) -> Rehearsal:
    settings = {"roles": {"writer": "openai"}, "ledger": str(folder / "l.sqlite"), "teachers": {"openai": {"price": "gpt-4.1"}}} | more
    made = Rehearsal(Team(load_settings(Phase3, None, settings, "phase3"), "", ("writer", "responder")))
    made.rows = 10
    return made


def asked(rows: int, task: str = "ask", output: int = 50) -> list[Asked]:
    return [Asked(str(row), task, 1000, 400, output) for row in range(rows)]


def test_what_every_row_takes_is_scaled_without_doubt(tmp_path: Path) -> None:
    forecast = rehearsal(tmp_path).forecast("writer", asked(10), 1000)
    assert (forecast.calls, forecast.input, forecast.output) == ((1000, 1000), (1_000_000, 1_000_000), (50_000, 50_000))
    assert forecast.dollars == pytest.approx((2.4, 2.4)), "1M tokens at $2 and 50k at $8 a million"
    assert not forecast.measured


def test_what_only_some_rows_take_has_an_interval_around_their_share(tmp_path: Path) -> None:
    low, high = rehearsal(tmp_path).forecast("writer", asked(5), 1000).calls
    assert low < 500 < high and low > 100 and high < 900


def test_a_batch_costs_its_share(tmp_path: Path) -> None:
    whole, half = (rehearsal(tmp_path, batch=batch).forecast("writer", asked(10), 1000).dollars for batch in (False, True))
    assert whole and half and half[0] == pytest.approx(whole[0] / 2)


def test_a_price_that_is_not_known_is_none(tmp_path: Path) -> None:
    forecast = rehearsal(tmp_path, teachers={"openai": {"price": "nobody's"}}).forecast("writer", asked(10), 10)
    assert forecast.dollars is None and forecast.cached is None and forecast.calls == (10, 10)


def test_lengths_and_repairs_come_from_the_ledger_once_it_has_seen_enough(tmp_path: Path) -> None:
    async def seen(number: int) -> None:
        ledger = Ledger(str(tmp_path / "l.sqlite"))
        for one in range(number):
            reply = Reply(text="x", usage=Usage(input=1, output=100))
            await ledger.record(Entry(f"{number}-{one}", "r", "writer", "ask" if one % 4 else "ask (repair)", "a", "gpt-6-luna", reply, None, 1.0, 1))

    asyncio.run(seen(8))
    assert not rehearsal(tmp_path).forecast("writer", asked(10), 100).measured
    asyncio.run(seen(32))
    forecast = rehearsal(tmp_path).forecast("writer", asked(10), 100)
    assert forecast.measured and forecast.calls == (133, 133), "a third more, for repairs"
    assert forecast.output == (13_333, 13_333), "100 tokens an answer rather than 50"
