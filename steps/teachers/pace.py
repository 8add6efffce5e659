"""How fast a role may ask: calls in flight, requests and tokens a minute, and backing off when the server says so."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from steps.teachers.call import Transient


class Pace:
    """Additive increase, multiplicative decrease (Chiu and Jain, 1989), under fixed limits.

    All calls may be in flight from the start; a server that has too much to do halves them, at most once a second, and every
    answer adds a little. A wait that the server asks for holds for all calls of the role.

    Args:
        most: calls in flight.
        requests: requests a minute; None for any number.
        tokens: tokens a minute, of prompt and answer; None for any number.
    """

    def __init__(self, most: int, requests: int | None = None, tokens: int | None = None) -> None:
        self.most, self.limit, self.running = most, float(most), 0
        self.requests = AsyncLimiter(requests, 60) if requests else None
        self.tokens = AsyncLimiter(tokens, 60) if tokens else None
        self.per_minute = tokens or 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.resume = self.slowed = 0.0

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """A call's turn; it says afterwards how it went by what it raises.

        Args:
            tokens: those of the prompt and, as far as one can know, of the answer.
        """
        await self.enter()
        try:
            while (wait := self.resume - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if self.requests:
                await self.requests.acquire()
            if self.tokens:
                await self.tokens.acquire(min(tokens, self.per_minute))
            yield
            self.limit = min(self.most, self.limit + 1 / self.limit)
        except Transient as error:
            self.back_off(error)
            raise
        finally:
            self.leave()

    async def enter(self) -> None:
        """Wait until one more call may be in flight, in the order of asking."""
        if self.running < int(self.limit) and not self.waiting:
            self.running += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """End a call's turn, and let in who waits."""
        self.running -= 1
        while self.waiting and self.running < int(self.limit):
            place = self.waiting.popleft()
            if not place.done():
                self.running += 1
                place.set_result(None)

    def back_off(self, error: Transient) -> None:
        """Take what a failure says of the server to heart."""
        now = time.monotonic()
        if error.after:
            self.resume = max(self.resume, now + error.after)
        if error.crowded and now - self.slowed > 1:
            self.limit, self.slowed = max(1.0, self.limit / 2), now
