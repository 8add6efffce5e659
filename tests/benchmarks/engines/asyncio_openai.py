"""Plain asyncio with the openai client, as one writes it by hand: as many workers as calls may be in flight.

`--transport aiohttp` is the client's own second way of sending, which its documentation recommends for many calls at once.
"""

import argparse
import asyncio
import sys
from argparse import Namespace

from openai import AsyncOpenAI, DefaultAioHttpClient

from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure


async def ask(client: AsyncOpenAI, number: int, chain: int) -> str:
    """Ask the calls of a row, one after the other."""
    prompt = FIRST.format(number)
    for call in range(chain):
        reply = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": prompt}])
        said = reply.choices[0].message.content
        if not said:
            raise ValueError(f"row {number}, call {call}: an empty answer")
        prompt = NEXT.format(said)
    return said


async def run(given: Namespace, transport: str) -> list[str]:
    """Ask all rows."""
    answers = [""] * given.rows
    numbers = iter(range(given.rows))
    more = {"http_client": DefaultAioHttpClient()} if transport == "aiohttp" else {}
    async with AsyncOpenAI(base_url=given.url, **more) as client, asyncio.TaskGroup() as group:

        async def work() -> None:
            for number in numbers:
                answers[number] = await ask(client, number, given.chain)

        for _ in range(given.in_flight):
            group.create_task(work())
    return answers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--transport", choices=("httpx", "aiohttp"), default="httpx")
    chosen, sys.argv[1:] = parser.parse_known_args()
    given = flags()
    measure(given, lambda: asyncio.run(run(given, chosen.transport)), "openai")
