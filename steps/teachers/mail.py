"""Post the calls that wait for a batch, and collect what has come back: a run leaves, and goes on days later."""

import hashlib
from dataclasses import dataclass
from typing import Any

from steps.teachers import batches
from steps.teachers.call import Spent, Transient
from steps.teachers.failures import understood
from steps.teachers.ledger import Entry
from steps.teachers.model import Model


@dataclass(frozen=True)
class Mail:
    """What of a role's batches is where: calls that came back, that failed, that are still with the provider, and the open batches."""

    answered: int = 0
    failed: int = 0
    waiting: int = 0
    open: tuple[str, ...] = ()


async def post(model: Model) -> int:
    """Post all calls that a role has wanted, in as few batches as the provider takes; how many there were. Those that find no place under the caps stay behind.

    Raises:
        Spent: when none finds one, and no batch is open.
        TeacherFailed, Transient, Unanswerable: when the provider does not take them.
    """
    desk = model.desk
    run, role = desk.terms.run, desk.terms.role
    wanted = await desk.ledger.do(batches.wanted, run, role)
    calls: list[tuple[str, str]] = []
    for digest, body, dollars in wanted:
        if not await desk.ledger.reserve(run, dollars, desk.terms.max_cost, desk.terms.max_calls):
            break
        calls.append((digest, body))
    if wanted and not calls and not await desk.ledger.do(batches.unfinished, run, role):
        raise Spent
    for some in chunks(calls, model.most_calls, model.most_bytes):
        name = f"finetune-{hashlib.sha256(''.join(digest for digest, _ in some).encode()).hexdigest()[:24]}"
        await desk.ledger.do(batches.intend, name, run, role, desk.terms.address, [digest for digest, _ in some])
        await submitted(model, name, dict(some))
    return len(calls)


async def submitted(model: Model, name: str, bodies: dict[str, str]) -> None:
    """Hand one batch to the provider, and note its name there."""
    desk = model.desk
    try:
        id = await model.submit(desk.client, name, bodies)
    except Exception as error:
        raise understood(error, model.teacher, model.model, model.key_from) from None
    await desk.ledger.do(batches.posted, name, id)


async def collect(model: Model) -> Mail:
    """Take what is done of a role's batches into the ledger. A batch that a kill left half posted is found again by its name, or posted anew.

    Raises:
        TeacherFailed, Transient, Unanswerable: when the provider does not answer.
    """
    desk = model.desk
    answered = failed = waiting = 0
    still: list[str] = []
    for id, state, number, run, role in await desk.ledger.do(batches.unfinished, desk.terms.run, desk.terms.role):
        calls = await desk.ledger.do(batches.contents, id)
        try:
            if state == "posting":
                if (found := await model.recover(desk.client, id, number)) is None:
                    await submitted(model, id, {digest: body for digest, (_, body) in calls.items()})
                    waiting += number
                    continue
                await desk.ledger.do(batches.posted, id, found)
                id = found
            lines = await model.results(desk.client, id)
        except Transient:
            raise
        except Exception as error:
            raise understood(error, model.teacher, model.model, model.key_from) from None
        if lines is None:
            waiting += number
            still.append(id)
            continue
        good, bad = sorted_out(model, lines, calls, run, role)
        await desk.ledger.do(batches.close, id, good, bad)
        answered, failed = answered + len(good), failed + len(bad)
    return Mail(answered, failed, waiting, tuple(still))


def sorted_out(model: Model, lines: list[tuple[str, Any, bool]], calls: dict[str, tuple[str, str]], run: str, role: str) -> tuple[list[Entry], list[str]]:
    """The answers as entries, and the calls that failed; lines of calls that are not in the batch are nobody's."""
    terms = model.desk.terms
    good: list[Entry] = []
    bad: list[str] = []
    for digest, raw, lost in lines:
        if digest not in calls:
            continue
        if lost:
            bad.append(digest)
            continue
        try:
            reply = model.reply(raw)
        except (Transient, KeyError, IndexError, TypeError, AttributeError, ValueError):
            bad.append(digest)
            continue
        dollars = terms.price.dollars(**dict(reply.usage), batch=True) if terms.price else None
        good.append(Entry(digest, run, role, calls[digest][0], terms.address, terms.model, reply, dollars, 0.0, 1, "batch"))
    return good, bad


def chunks(calls: list[tuple[str, str]], most: int, size: int) -> list[list[tuple[str, str]]]:
    """Calls in as few heaps as there may be, by number and by bytes."""
    out: list[list[tuple[str, str]]] = []
    room = 0
    for digest, body in calls:
        length = len(body.encode()) + 400
        if not out or len(out[-1]) >= most or length > room:
            out.append([])
            room = size
        out[-1].append((digest, body))
        room -= length
    return out
