"""The one event loop of a process: whatever waits, for a model or for a server, waits on it."""

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine, Iterable
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


@cache
def _started(process: int) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(4, thread_name_prefix="batches"))
    threading.Thread(target=loop.run_forever, name="loop", daemon=True).start()
    return loop


def loop() -> asyncio.AbstractEventLoop:
    """This process's loop, in a thread of its own; it is started when it is first needed."""
    return _started(os.getpid())


def submit(work: Coroutine[Any, Any, Result]) -> "concurrent.futures.Future[Result]":
    """Begin work on the loop, from any other thread."""
    return asyncio.run_coroutine_threadsafe(work, loop())


async def together(works: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Do all of it at once, and give the results in order; the first failure ends the rest.

    Raises:
        Exception: the first failure.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for work on the loop, from any other thread; an interrupt cancels it.

    Raises:
        Exception: whatever the work raises.
    """
    begun = submit(work)
    try:
        return begun.result()
    finally:
        begun.cancel()
