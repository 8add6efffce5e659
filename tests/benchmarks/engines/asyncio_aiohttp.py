"""Plain asyncio with aiohttp and no client library: about the least that a call can cost in Python."""

import asyncio
from argparse import Namespace

import aiohttp

from tests.benchmarks.engines.task import FIRST, MODEL, NEXT, flags, measure


async def ask(session: aiohttp.ClientSession, url: str, number: int, chain: int) -> str:
    """Ask the calls of a row, one after the other."""
    prompt = FIRST.format(number)
    for call in range(chain):
        async with session.post(url, json={"model": MODEL, "messages": [{"role": "user", "content": prompt}]}) as response:
            response.raise_for_status()
            said = (await response.json())["choices"][0]["message"]["content"]
        if not said:
            raise ValueError(f"row {number}, call {call}: an empty answer")
        prompt = NEXT.format(said)
    return said


async def run(given: Namespace) -> list[str]:
    """Ask all rows."""
    answers = [""] * given.rows
    numbers = iter(range(given.rows))
    connector = aiohttp.TCPConnector(limit=given.in_flight)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer none"}) as session, asyncio.TaskGroup() as group:

        async def work() -> None:
            for number in numbers:
                answers[number] = await ask(session, f"{given.url}/chat/completions", number, given.chain)

        for _ in range(given.in_flight):
            group.create_task(work())
    return answers


if __name__ == "__main__":
    given = flags()
    measure(given, lambda: asyncio.run(run(given)), "aiohttp")
