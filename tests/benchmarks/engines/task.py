"""The task that every engine is given, how its answers are checked, and what is written of a run.

Only the standard library is imported here: each engine has an environment of its own.
"""

import argparse
import hashlib
import json
import os
import time
import urllib.request
from argparse import Namespace
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

FIRST = "Write one sentence about the number {}."
NEXT = "Write one sentence that follows this one: {}"
MODEL = "mock"
FILLER = "It goes on for about as long as a short answer does, so that a reply weighs on the wire and in memory what a real one would. " * 2

os.environ.setdefault("OPENAI_API_KEY", "none")


def answer(prompt: str) -> str:
    """What the mock says to a prompt: another text for each, and short enough that a chain does not grow."""
    return f"Sentence {hashlib.sha256(prompt.encode()).hexdigest()[:16]}. {FILLER.strip()}"


def expected(number: int, chain: int) -> str:
    """The answer that a row must end with."""
    said = answer(FIRST.format(number))
    for _ in range(chain - 1):
        said = answer(NEXT.format(said))
    return said


def flags() -> Namespace:
    """The command line of an engine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="the server, up to /v1")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--chain", type=int, choices=(1, 3), default=1, help="dependent calls a row")
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--ledger", type=Path, help="ours alone: the ledger to use, instead of a new one")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    return parser.parse_args()


def stats(url: str) -> dict[str, float | None]:
    """What the mock has seen since it was last reset."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats", timeout=10) as response:
        return json.load(response)


def measure(given: Namespace, run: Callable[[], list[str]], *packages: str) -> None:
    """Run an engine, check its answers and write what it took.

    Args:
        given: its flags.
        run: asks everything and gives the last answer of each row, in the order of the rows.
        packages: whose versions are told.
    """
    began, clock = time.time(), time.perf_counter()
    answers = run()
    seconds = time.perf_counter() - clock
    first = stats(given.url)["first"]
    told = {
        "seconds": seconds,
        "start_to_first_request": first and first - began,
        "rows_ok": sum(said == expected(number, given.chain) for number, said in enumerate(answers)),
        "versions": {package: version(package) for package in packages},
    }
    given.out.write_text(json.dumps(told), encoding="utf-8")
