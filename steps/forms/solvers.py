"""Count out the answers of the word problems, by means other than the formulas of the bank."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations, count, islice, product
from typing import Any

Solver = Callable[..., Any]
SOLVERS: dict[str, Solver] = {}
CENT = Decimal("0.01")


def solver(function: Solver) -> Solver:
    """Register under the problem's name. Arguments are what the problem draws; what it does not need, it does not name."""
    SOLVERS[function.__name__] = function
    return function


@solver
def workers(rate: int, ms: int, spare: int, **_: Any) -> int:
    """Add workers until the load fits under the limit."""
    return next(n for n in count(1) if Fraction(rate * ms, 1000 * n) <= Fraction(100 - spare, 100))


@solver
def backoff(attempts: int, first: int, cap: int, **_: Any) -> int:
    """Go through the attempts."""
    waited, pause = 0, first
    for attempt in range(1, attempts + 1):
        if attempt < attempts:
            waited += min(pause, cap)
            pause *= 2
    return waited


@solver
def sensors(every: int, bytes: int, days: int, count: int, **_: Any) -> int:
    """Count the readings of one device over one day by the clock."""
    return len(range(0, 86_400, every)) * bytes * count * days


@solver
def bill(cents: int, people: int, **_: Any) -> list[int]:
    """Hand out cent by cent."""
    shares = [0] * people
    for cent in range(cents):
        shares[cent % people] += 1
    return [shares.count(max(shares)), max(shares), shares.count(min(shares)), min(shares)]


@solver
def invoice(cents: int, rebate: int, tax: int, **_: Any) -> int:
    """Decimal arithmetic, rounded after each step."""
    net = (Decimal(cents) / 100 * (1 - Decimal(rebate) / 100)).quantize(CENT, ROUND_HALF_UP)
    return int((net * (1 + Decimal(tax) / 100)).quantize(CENT, ROUND_HALF_UP) * 100)


@solver
def cron(a: int, b: int, after: int, **_: Any) -> int:
    """Look at each minute."""
    return next(minute for minute in count(after + 1) if minute % a == 0 and minute % b == 0)


@solver
def matrix(systems: int, pythons: int, bases: int, without: int, **_: Any) -> int:
    """List the jobs."""
    return sum(1 for system, python, _ in product(range(systems), range(pythons), range(bases)) if not (system == 0 and python < without))


@solver
def runners(jobs: int, at_once: int, minutes: int, **_: Any) -> int:
    """Give each job to the runner that is free first."""
    free = [0] * at_once
    for _job in range(jobs):
        free.sort()
        free[0] += minutes
    return max(free)


@solver
def paging(rows: int, size: int, **_: Any) -> list[int]:
    """Cut the rows into pages."""
    pages = [range(start, min(start + size, rows)) for start in range(0, rows, size)]
    return [len(pages), len(pages[-1])]


@solver
def bits(kinds: int, records: int, **_: Any) -> int:
    """The width is that of the largest number; bytes are counted up."""
    total = (kinds - 1).bit_length() * records
    return -(-total // 8)


@solver
def backlog(waiting: int, arrives: int, served: int, **_: Any) -> int:
    """Minute by minute."""
    minutes = 0
    while waiting > 0:
        waiting += arrives - served
        minutes += 1
    return minutes


@solver
def updown(up: int, down: int, **_: Any) -> float:
    """Exact fractions."""
    return float((Fraction(100 + up, 100) * Fraction(100 - down, 100) - 1) * 100)


@solver
def slo(nines: int, days: int, used: int, **_: Any) -> int:
    """Spans of time."""
    window = timedelta(days=days)
    left = window - window * Fraction(nines, 10_000).numerator / Fraction(nines, 10_000).denominator - timedelta(minutes=used)
    return int(left.total_seconds())


@solver
def zones(here: str, there: str, at: int, length: int, **_: Any) -> list[int]:
    """Aware times."""
    begin = datetime(2026, 5, 5, tzinfo=timezone(timedelta(minutes=offset(here)))) + timedelta(minutes=at)
    local_day = (begin + timedelta(minutes=length)).astimezone(timezone(timedelta(minutes=offset(there))))
    return [local_day.hour * 60 + local_day.minute, (local_day.date() - begin.date()).days]


@solver
def workdays(start: str, days: int, **_: Any) -> str:
    """Day by day, leaving out weekends."""
    day = date.fromisoformat(start)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day.isoformat()


@solver
def backups(full: int, part: int, weeks: int, **_: Any) -> int:
    """Each day's backup."""
    return sum(full if day % 7 == 0 else part for day in range(7 * weeks))


@solver
def upload(mib: int, mbit: int, **_: Any) -> int:
    """An exact quotient, rounded up."""
    seconds = Fraction(mib * 2**20 * 8, mbit * 10**6)
    return int(seconds) + (seconds.denominator != 1)


@solver
def cache(hit: int, miss: int, rate: int, **_: Any) -> float:
    """A hundred requests."""
    taken = [hit] * rate + [miss] * (100 - rate)
    return sum(taken) / len(taken)


@solver
def shards(shards: int, blocks: int, **_: Any) -> int:
    """Try every key."""
    return sum(1 for key in range(blocks * shards * (shards + 1)) if key % shards != key % (shards + 1))


@solver
def seats(users: int, first: int, one: int, two: int, **_: Any) -> int:
    """User by user."""
    return sum(one if user <= first else two for user in range(1, users + 1))


@solver
def disk(gb: int, used: int, limit: int, grows: int, **_: Any) -> int:
    """Hour by hour."""
    hours, level = 0, gb * 10 * used
    while level + grows <= gb * 10 * limit:
        level += grows
        hours += 1
    return hours


@solver
def batches(items: int, size: int, call: int, pause: int, **_: Any) -> int:
    """Send until nothing is left."""
    taken = 0
    while items > 0:
        items -= size
        taken += call + (pause if items > 0 else 0)
    return taken


@solver
def battery(mah: int, sleep: int, awake: int, seconds: int, every: int, **_: Any) -> int:
    """The mean current as a fraction."""
    mean = (Fraction(awake * 1000) * seconds + Fraction(sleep) * (every * 60 - seconds)) / (every * 60)
    return int(Fraction(mah * 1000) / mean / 24)


@solver
def polls(first: int, second: int, third: int, work: int, **_: Any) -> int:
    """One delay after the other."""
    delay = timedelta(minutes=first) + timedelta(seconds=work) + timedelta(minutes=second) + timedelta(seconds=work) + timedelta(seconds=third)
    return int(delay.total_seconds())


@solver
def tiles(width: int, height: int, tile: int, **_: Any) -> int:
    """Lay them out."""
    return sum(1 for _ in product(range(0, width, tile), range(0, height, tile)))


@solver
def pairs(people: int, weekly: int, **_: Any) -> int:
    """List the pairs, and take some each week."""
    left, weeks = iter(combinations(range(people), 2)), 0
    while list(islice(left, weekly)):
        weeks += 1
    return weeks


@solver
def between(from_: str, to: str, **_: Any) -> int:
    """Count the days."""
    day, days = date.fromisoformat(from_), 0
    while day.isoformat() <= to:
        day += timedelta(days=1)
        days += 1
    return days


@solver
def renewals(valid: int, span: int, **_: Any) -> int:
    """Day by day: renew when a third of the time is left."""
    renewed, until = 0, valid
    for day in range(1, span + 1):
        if (until - day) * 3 <= valid:
            renewed += 1
            until = day + valid
    return renewed


@solver
def bisect(commits: int, minutes: int, **_: Any) -> int:
    """Halve, and keep the larger half."""
    taken = 0
    while commits > 1:
        commits -= commits // 2
        taken += minutes
    return taken


@solver
def exchange(cents: int, fee: int, fixed: int, rate: int, **_: Any) -> int:
    """Decimal arithmetic, each step rounded as it is said."""
    paid = Decimal(cents) / 100
    kept = (paid * Decimal(fee) / 1000).quantize(CENT, ROUND_CEILING) + Decimal(fixed) / 100
    return int(((paid - kept) * Decimal(rate) / 10_000).quantize(CENT, ROUND_FLOOR) * 100)


def offset(place: str) -> int:
    """The minutes that a place such as `Delhi (UTC+5:30)` is ahead of UTC."""
    text = place.split("UTC")[1].rstrip(")")
    hours, _, minutes = text[1:].partition(":")
    return (-1 if text[0] == "-" else 1) * (int(hours) * 60 + int(minutes or 0))
