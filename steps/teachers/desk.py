"""The desk of a role: a call is looked up in the ledger, held against the caps, asked at the role's pace, asked again where that may help, and recorded."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from knowledge.costs import Price
from knowledge.tokens import count
from steps.teachers.batches import want
from steps.teachers.call import Reply, Spent, TeacherFailed, Transient, Unanswerable, Waiting
from steps.teachers.ledger import Entry, ledger
from steps.teachers.pace import Pace

GONE = 20  # so many calls in a row without an answer, and the server is taken to be gone
LONGEST = 30.0  # seconds between two tries, where the server does not ask for more
CROWDED = 5  # a server that only has too much to do is asked so many times as often
MARGIN = 1.35  # tokenizers differ: so many times the tokens of o200k are held for a prompt

Send = Callable[[bytes, str], Awaitable[tuple[Reply, float]]]


@dataclass(frozen=True)
class Terms:
    """What a role is bound to; equal terms share a desk.

    Attributes:
        teacher: how the user calls the teacher. `address`: the server's. `model`: as it is asked for.
        run, role: whom the calls are made for.
        ledger: where it is.
        concurrency, requests, tokens: in flight; a minute.
        tries: how often a call is sent before it is given up.
        pause: seconds before the second try; each later pause is twice as long.
        price: of the model; None where it is not known.
        max_cost, max_calls: caps of the run, in dollars and calls.
        max_tokens: the most that an answer may have.
        batch: whether calls are left to the provider's batch.
    """

    teacher: str
    address: str
    model: str
    run: str
    role: str
    ledger: str
    concurrency: int
    requests: int | None
    tokens: int | None
    tries: int
    pause: float
    price: Price | None
    max_cost: float | None
    max_calls: int | None
    max_tokens: int
    batch: bool


class Held:
    """What a run's roles hold together under its caps, in this process: how many places, and a sign that there are fewer."""

    def __init__(self) -> None:
        self.places = 0
        self.fewer = asyncio.Event()


_held: dict[tuple[str, str], Held] = {}


class Desk:
    """One role's calls in one process.

    Args:
        terms: what it is bound to.
        client: the provider's client, with its connections.
    """

    def __init__(self, terms: Terms, client: Any) -> None:
        self.terms, self.client, self.users = terms, client, 0
        self.ledger = ledger(terms.ledger)
        self.pace = Pace(terms.concurrency, terms.requests, terms.tokens)
        self.flight: dict[str, asyncio.Future[Reply]] = {}
        self.held = _held.setdefault((terms.ledger, terms.run), Held())
        self.failed = 0
        self.ever = False

    async def ask(self, body: bytes, task: str, send: Send, number: int = 0) -> Reply:
        """The reply to a body: from the ledger, from the same call in flight, or from the server.

        Args:
            body: the request's, as it goes over the wire.
            send: sends a body to the server, with an idempotency key, and gives the reply and the seconds that it took.

        Raises:
            Unanswerable: when the server will not, or did not after all tries.
            TeacherFailed: when no call can succeed.
            Spent: when a cap is reached.
            Waiting: when the call was left to a batch.
            LedgerLost: when the ledger cannot be used.
        """
        digest = hashlib.sha256(f"{self.terms.address}\n{number}\n".encode() + body).hexdigest()
        if digest in self.flight:
            return await asyncio.shield(self.flight[digest])
        mine = self.flight[digest] = asyncio.get_running_loop().create_future()
        try:
            reply = await self.ledger.find(digest, self.terms.run, self.terms.role) or await self.fetch(digest, body, task, send)
        except asyncio.CancelledError:
            mine.cancel()
            raise
        except Exception as error:
            mine.set_exception(error)
            mine.exception()
            raise
        else:
            mine.set_result(reply)
            return reply
        finally:
            del self.flight[digest]

    async def fetch(self, digest: str, body: bytes, task: str, send: Send) -> Reply:
        """Ask the server, under the caps, and record what it says."""
        terms = self.terms
        capped = terms.max_cost is not None or terms.max_calls is not None
        tokens = round(MARGIN * count(body.decode())) if capped or terms.tokens else 0
        if terms.batch:
            most = terms.price.dollars(tokens, terms.max_tokens, written=tokens, batch=True) if terms.price else 0.0
            if await self.ledger.do(want, digest, terms.run, terms.role, task, body.decode(), most):
                raise Waiting
        held = await self.hold(tokens) if capped else None
        try:
            reply, seconds, tries = await self.insist(digest, body, tokens, send)
            dollars = terms.price.dollars(**dict(reply.usage)) if terms.price else None
            entry = Entry(digest, terms.run, terms.role, task, terms.address, terms.model, reply, dollars, seconds, tries)
            await asyncio.shield(self.ledger.record(entry, held))
        except BaseException:
            if held is not None:
                await asyncio.shield(self.ledger.release(terms.run, held))
            raise
        finally:
            self.held.places -= held is not None
            self.held.fewer.set()
        return reply

    async def hold(self, tokens: int) -> float:
        """Reserve the most that a call can cost; where others still hold what is left, wait for them.

        Raises:
            Spent: when nothing is left.
        """
        terms = self.terms
        most = terms.price.dollars(tokens, terms.max_tokens, written=tokens) if terms.price else 0.0
        while not await self.ledger.reserve(terms.run, most, terms.max_cost, terms.max_calls):
            if not self.held.places:
                raise Spent
            self.held.fewer.clear()
            await self.held.fewer.wait()
        self.held.places += 1
        return most

    async def insist(self, digest: str, body: bytes, tokens: int, send: Send) -> tuple[Reply, float, int]:
        """Send a call until it is answered or given up: reply, seconds of the last try, tries."""
        terms = self.terms
        tries = spoilt = 0
        while True:
            tries += 1
            key = f"{digest}-{spoilt}" if spoilt else digest
            try:
                async with self.pace.turn(tokens):
                    reply, seconds = await send(body, key)
            except Transient as error:
                spoilt += error.spoilt
                enough = terms.tries * (CROWDED if error.crowded else 1) if self.ever else min(terms.tries, 3) if not error.crowded else terms.tries
                if tries >= enough:
                    raise self.given_up(f"{error} (after {tries} tries)") from None
                await asyncio.sleep(max(error.after or 0, min(LONGEST, terms.pause * 2 ** (tries - 1)) * random.uniform(0.5, 1)))
            except Unanswerable as error:
                raise (error if self.ever else self.given_up(str(error))) from None
            else:
                self.failed, self.ever = 0, True
                return reply, seconds, tries

    def given_up(self, why: str) -> Exception:
        """What a call that failed for good means: its row is lost, or, where none has succeeded for long, the teacher is."""
        self.failed += 1
        if self.failed >= GONE or (not self.ever and "connection failed" in why):
            return TeacherFailed(f"teacher {self.terms.teacher}: no answer from {self.terms.address}: {why}.")
        return Unanswerable(why)
