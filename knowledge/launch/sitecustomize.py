"""Read the hour from the file named by WORLD_CLOCK (seconds since 1970): loaded by each Python server at start.

A world has a moment of its own, so that the same seed gives the same results on any day. Only what a
server says of the present is affected; timeouts and sleeps run on the monotonic clock, which is left alone.
"""

import datetime
import os
import time
from pathlib import Path

FILE = os.environ.get("WORLD_CLOCK")
real_datetime, real_date, real_time, real_localtime, real_gmtime = (
    datetime.datetime,
    datetime.date,
    time.time,
    time.localtime,
    time.gmtime,
)


def now() -> float:
    """The world's moment, in seconds since 1970; the machine's while the file cannot be read."""
    try:
        return float(Path(FILE or "").read_text())
    except (OSError, ValueError):
        return real_time()


class Kin(type):
    """Let values of the real classes count as instances of the replaced ones."""

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, cls.__mro__[1])

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, cls.__mro__[1])


class WorldDatetime(real_datetime, metaclass=Kin):
    """A datetime whose now() is the world's."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> real_datetime:
        return real_datetime.fromtimestamp(now(), tz)

    @classmethod
    def utcnow(cls) -> real_datetime:
        return real_datetime.fromtimestamp(now(), datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017

    @classmethod
    def today(cls) -> real_datetime:
        return real_datetime.fromtimestamp(now())


class WorldDate(real_date, metaclass=Kin):
    """A date whose today() is the world's."""

    @classmethod
    def today(cls) -> real_date:
        return real_date.fromtimestamp(now())


if FILE:
    time.time = now
    time.localtime = lambda seconds=None: real_localtime(now() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: real_gmtime(now() if seconds is None else seconds)
    WorldDatetime.__name__ = WorldDatetime.__qualname__ = "datetime"
    WorldDate.__name__ = WorldDate.__qualname__ = "date"
    datetime.datetime, datetime.date = WorldDatetime, WorldDate  # type: ignore[misc]
