"""What a manual costs a month: as it is, cached, with deferred tools, or tuned into the weights."""

from datetime import date
from math import ceil
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Way = Literal["as it is", "prompt caching", "deferred tools", "deferred tools, cached", "tuned model"]
WAYS: tuple[Way, ...] = ("as it is", "prompt caching", "deferred tools", "deferred tools, cached", "tuned model")
MILLION = 1_000_000


class Strict(BaseModel):
    """Settings that take no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Strict):
    """A document that a price was read in."""

    source: str
    as_of: date | None = None


class LongCache(Strict):
    """A cache that is kept longer: how many seconds, and dollars a million tokens written."""

    seconds: int
    write: float


class LongPrompt(Strict):
    """The rates of a whole request whose prompt has more than `over` tokens."""

    over: int
    input: float
    output: float
    cache_write: float | None = None
    cache_read: float | None = None


class Tuned(Strict):
    """The prices of a fine-tuned version; `training` is a million tokens trained on. Dates: the last day of training, and of use."""

    base: str
    input: float
    output: float
    cache_read: float | None = None
    training: float
    training_until: date | None = None
    until: date | None = None


class Price(Strict):
    """A model's prices, in dollars a million tokens; `batch` is the share of them that the provider's batch takes."""

    name: str
    provider: str
    input: float
    output: float
    cache_write: float | None = None
    cache_read: float | None = None
    cache_seconds: int | None = None
    cache_minimum: int | None = None
    long_cache: LongCache | None = None
    long_prompt: LongPrompt | None = None
    tuned: Tuned | None = None
    batch: float = 1.0
    source: str
    as_of: date | None = None
    checked: tuple[Source, ...] = ()

    def dollars(self, input: int, output: int, cached: int = 0, written: int = 0, batch: bool = False) -> float:
        """What a call costs.

        Args:
            input: tokens of the whole prompt; `cached` of them were read from the provider's cache, `written` put into it.
            output: tokens of the answer.
            batch: whether it was made by the provider's batch.
        """
        long = self.long_prompt if self.long_prompt and input > self.long_prompt.over else None
        plain, answer = (long.input, long.output) if long else (self.input, self.output)
        read, write = (long.cache_read, long.cache_write) if long else (self.cache_read, self.cache_write)
        paid = (input - cached - written) * plain + cached * (plain if read is None else read) + written * (plain if write is None else write) + output * answer
        return paid / MILLION * (self.batch if batch else 1)


class Serving(BaseModel):
    """A rented machine that serves a tuned open model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    gpu: str
    usd_per_hour: float
    model: str
    source: str
    as_of: date | None = None


class Fact(BaseModel):
    """What a provider says of caching or deferring, with its source."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider: str
    fact: str
    source: str
    as_of: date | None = None
    search_tool_tokens: int | None = None
    found_tool_tokens: int | None = None


class Prices(Strict):
    """The price table, and how much an agent is used.

    Attributes:
        calls_per_session, sessions_per_day, days: 25 calls in each of 8 sessions on 22 days are 4,400 calls a month.
        pause_seconds: between two calls of a session; a longer one than the cache lives makes every call a write.
        work_tokens, output_tokens: what a call has beside the manual; a tuned model's rates hold for these too.
        left: the share of the manual that stays in the prompt beside a tuned model.
        training_tokens, epochs: what a tuned model is trained on, once.
        serving_hours: how many hours a working day a rented machine runs.
    """

    as_of: date
    calls_per_session: int = Field(ge=1)
    sessions_per_day: float = Field(gt=0)
    days: float = Field(gt=0, le=31)
    output_tokens: int = Field(ge=0)
    work_tokens: int = Field(ge=0)
    pause_seconds: float = Field(ge=0)
    left: float = Field(ge=0, le=1)
    training_tokens: int = Field(ge=0)
    epochs: int = Field(ge=1)
    serving_hours: float = Field(ge=0, le=24)
    models: tuple[Price, ...]
    serving: tuple[Serving, ...] = ()
    caching: tuple[Fact, ...] = ()
    deferred_tools: tuple[Fact, ...] = ()

    @property
    def calls(self) -> float:
        """The calls of a month."""
        return self.calls_per_session * self.sessions_per_day * self.days


class Cost(BaseModel):
    """What one model's calls cost a month.

    Attributes:
        dollars: a month by way, for the manual alone; a way that the provider does not sell is missing. The tuned model's
            carries what its higher rates add to the rest of each call.
        training: dollars, once.
        break_even: calls after which the tuned model has paid for its training, against the cheapest other way; None when it never does.
        note: what limits the tuned model: a date after which it cannot be trained or used.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    dollars: dict[Way, float]
    training: float | None = None
    break_even: int | None = None
    note: str = ""


def costs(resident: int, tools: int, names: int, prices: Prices) -> list[Cost]:
    """The monthly cost of a manual on every model of the table.

    Args:
        resident: tokens on every call, the tools among them.
        tools: tokens of the tools.
        names: tokens of the tools' names.
    """
    deferred = resident - tools + names + search_tool(prices) if tools else resident
    return [cost_of(price, resident, deferred, bool(tools), prices) for price in prices.models]


def search_tool(prices: Prices) -> int:
    """The tokens of the tool that finds deferred tools, as the table states them."""
    return next((fact.search_tool_tokens for fact in prices.deferred_tools if fact.search_tool_tokens), 0)


def cost_of(price: Price, resident: int, deferred: int, has_tools: bool, prices: Prices) -> Cost:
    """The monthly cost on one model."""
    dollars: dict[Way, float] = {"as it is": plain(price, resident, prices)}
    if price.cache_read is not None:
        dollars["prompt caching"] = cached(price, resident, prices)
    if has_tools:
        dollars["deferred tools"] = plain(price, deferred, prices)
        if price.cache_read is not None:
            dollars["deferred tools, cached"] = cached(price, deferred, prices)
    if not price.tuned:
        return Cost(model=price.name, dollars=dollars)
    tuned = price.tuned
    left = resident * prices.left
    premium = prices.work_tokens * (tuned.input - price.input) + prices.output_tokens * (tuned.output - price.output)
    cheapest = min(dollars.values())
    dollars["tuned model"] = prices.calls * (left * tuned.input + premium) / MILLION
    training = prices.training_tokens * prices.epochs * tuned.training / MILLION
    saved = (cheapest - dollars["tuned model"]) / prices.calls
    note = f"no training after {tuned.training_until}, no use after {tuned.until}" if tuned.training_until and tuned.until else ""
    return Cost(model=price.name, dollars=dollars, training=training, break_even=ceil(training / saved) if saved > 0 else None, note=note)


def rates(price: Price, tokens: int, prices: Prices) -> tuple[float, float, float]:
    """Input, cache write and cache read, in dollars a million tokens, of a request of this size."""
    long = price.long_prompt
    if long and tokens + prices.work_tokens > long.over:
        return long.input, long.cache_write if long.cache_write is not None else long.input, long.cache_read if long.cache_read is not None else long.input
    write = price.cache_write if price.cache_write is not None else price.input
    return price.input, write, price.cache_read if price.cache_read is not None else price.input


def plain(price: Price, tokens: int, prices: Prices) -> float:
    """Dollars a month when every call pays for all tokens."""
    return prices.calls * tokens * rates(price, tokens, prices)[0] / MILLION


def cached(price: Price, tokens: int, prices: Prices) -> float:
    """Dollars a month when a session's first call writes the cache and the others read it.

    A prefix below the provider's minimum is not cached; where the pause is longer than the cache lives, the longer-lived one is bought, or
    every call writes.
    """
    if price.cache_minimum and tokens < price.cache_minimum:
        return plain(price, tokens, prices)
    _, write, read = rates(price, tokens, prices)
    expired = price.cache_seconds is not None and prices.pause_seconds > price.cache_seconds
    if expired and price.long_cache and prices.pause_seconds <= price.long_cache.seconds:
        write, expired = price.long_cache.write, False
    sessions = prices.sessions_per_day * prices.days
    writes = prices.calls if expired else sessions
    return (writes * write + (prices.calls - writes) * read) * tokens / MILLION


def serving(prices: Prices) -> list[tuple[Serving, float]]:
    """Each rented machine, and dollars a month for the hours it runs."""
    return [(machine, machine.usd_per_hour * prices.serving_hours * prices.days) for machine in prices.serving]
