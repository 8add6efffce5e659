"""The pace: so many in flight, so many a minute, fewer when the server says so."""

import asyncio
import contextlib
import time

import pytest

from steps.teachers.call import Transient
from steps.teachers.pace import Pace


async def turn(pace: Pace, seconds: float = 0.01, error: Exception | None = None) -> None:
    async with pace.turn(10):
        await asyncio.sleep(seconds)
        if error:
            raise error


def test_no_more_are_in_flight_than_may_be_and_they_enter_in_order() -> None:
    entered: list[int] = []
    most = 0

    async def one(pace: Pace, number: int) -> None:
        nonlocal most
        async with pace.turn(1):
            entered.append(number)
            most = max(most, pace.running)
            await asyncio.sleep(0.001)

    async def all_of_them() -> None:
        pace = Pace(3)
        await asyncio.gather(*(one(pace, number) for number in range(12)))

    asyncio.run(all_of_them())
    assert entered == list(range(12)) and most == 3


def test_a_crowded_server_gets_half_as_many_and_each_answer_adds_a_little() -> None:
    async def play() -> list[float]:
        pace = Pace(8)
        limits = []
        for error in (Transient("429", crowded=True), Transient("429", crowded=True), Transient("500"), None, None):
            with contextlib.suppress(Transient):
                await turn(pace, 0, error)
            limits.append(pace.limit)
        for _ in range(100):
            await turn(pace, 0)
        return [*limits, pace.limit]

    assert asyncio.run(play()) == [4, 4, 4, 4.25, pytest.approx(4.485, abs=0.001), 8]


def test_a_wait_that_is_asked_for_holds_all_calls_back() -> None:
    async def play() -> float:
        pace = Pace(4)
        with pytest.raises(Transient):
            await turn(pace, 0, Transient("429", after=0.15))
        began = time.monotonic()
        await asyncio.gather(turn(pace, 0), turn(pace, 0))
        return time.monotonic() - began

    assert 0.14 <= asyncio.run(play()) < 0.5


def test_requests_a_minute_are_held_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once, then one each half second, at 120 a minute with room for two."""

    async def play() -> float:
        pace = Pace(10, requests=2)
        assert pace.requests is not None
        pace.requests.time_period, pace.requests._rate_per_sec = 1, 2
        began = time.monotonic()
        await asyncio.gather(*(turn(pace, 0) for _ in range(3)))
        return time.monotonic() - began

    assert 0.4 <= asyncio.run(play()) < 1


def test_tokens_a_minute_are_held_to_and_one_call_may_have_more_than_all_of_them() -> None:
    async def play() -> None:
        pace = Pace(10, tokens=5)
        await asyncio.wait_for(turn(pace, 0), 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turn(pace, 0), 0.05)
        assert pace.running == 0

    asyncio.run(play())


def test_who_leaves_the_queue_takes_no_place() -> None:
    async def play() -> None:
        pace = Pace(1)
        first = asyncio.create_task(turn(pace, 0.05))
        await asyncio.sleep(0)
        gone = asyncio.create_task(turn(pace))
        last = asyncio.create_task(turn(pace))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(first, last)
        assert pace.running == 0 and not pace.waiting

    asyncio.run(play())
