"""The bar of duplicates among very many rows: `python -m tests.benchmarks.duplicates [RUN] [--rows 100000] [--planted 5000]`.

Rows of a good run (of phase 5; one is made where none is named) are repeated, each copy about a thing of its own: its requests and answers carry
words of its own, and its calls and drawn values a number; rows that call nothing and draw nothing stay so, and are all held against one another.
Among them lie copies whose request is put a little otherwise: typing mistakes, capital letters, another order of its sentences, politeness,
other words. What is timed is what the gate does: exact, near and by meaning.
"""

import argparse
import copy
import json
import random
import resource
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.config import load_gates
from pipelines.finished import read_rows
from steps.filters.duplicates import Duplicates
from steps.filters.flag import opening
from steps.filters.paraphrases import Paraphrases, deeds
from tests.benchmarks.behaviours import made
from tests.planted import asked, changed, otherwise

SYLLABLES = "ba ke lo mi nu ra so ti vu za dre fal gim hos jel kur lan mop nes pri quo ral sti tor ul ven wex yar".split()
NOTHING = "[]"  # the deeds of a row that calls nothing and draws nothing
Row = dict[str, Any]


def word(rng: random.Random) -> str:
    """A word that nobody has used."""
    return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))


def another(row: Row, number: int, rng: random.Random) -> Row:
    """The row about another thing: every third word of what is said is another."""
    told = copy.deepcopy(row) | {"id": f"{number:06d}"}
    names: dict[str, str] = {}
    for message in told["messages"]:
        if message["role"] != "system" and message["content"]:
            words = message["content"].split(" ")
            message["content"] = " ".join(names.setdefault(one, word(rng)) if len(one) > 3 and zlib.crc32(f"{one} {number}".encode()) % 3 == 0 else one for one in words)
    calls = [call | {"arguments": call["arguments"] | {"n": number}} for call in json.loads(told["calls"] or "[]")]
    if deeds(row) == NOTHING:
        return told
    return told | {"calls": json.dumps(calls), "passport": json.dumps(json.loads(told["passport"]) | {"held": {"n": str(number)}})}


def typed(text: str, rng: random.Random) -> str:
    """Two letters change places, three times."""
    letters = list(text)
    for place in rng.sample(range(len(letters) - 1), min(3, len(letters) - 1)):
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def shuffled(text: str, rng: random.Random) -> str:
    """Its sentences in another order."""
    parts = text.split(". ")
    rng.shuffle(parts)
    return ". ".join(parts)


WAYS = {
    "typing mistakes": typed,
    "capital letters": lambda text, rng: text.upper() if rng.random() < 0.5 else text.lower(),
    "another order": shuffled,
    "politeness": lambda text, rng: f"{rng.choice(['Please:', 'Could you help?', 'Hi,'])} {text} {rng.choice(['Thanks!', 'Many thanks.', 'Cheers.'])}",
    "other words": otherwise,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--planted", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        rows, _ = read_rows(options.run or made("phase5", Path(place) / "runs")[0])
    plays = [row for row in rows if row["form"] == "play" and len(opening(row)) > 60]
    rng = random.Random(0)
    many = [another(plays[number % len(plays)], number, rng) for number in range(options.rows - options.planted)]
    ways = {}
    for number, one in enumerate(rng.sample(many, options.planted)):
        way = list(WAYS)[number % len(WAYS)]
        name = f"planted-{number}"
        ways[name] = way
        many.append(changed(one, "user", lambda text, way=way: WAYS[way](text, rng), last=False) | {"id": name} if asked(one) else one)
    rng.shuffle(many)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    gates = load_gates(None)
    seconds, seen, others = {}, {}, {}
    for one in (Duplicates(gates.near), Paraphrases(gates.embedder, gates.alike)):
        began = time.monotonic()
        flags = list(one.flags(many))
        seconds[one.name] = time.monotonic() - began
        seen[one.name] = {name for flag in flags for name in (flag.id, flag.other)}
        others[one.name] = sum(flag.id not in ways and flag.other not in ways for flag in flags)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found = set.union(*seen.values())
    table = Table(title=f"{len(many):,} rows, of which {len(ways):,} are others put a little otherwise", title_justify="left")
    for name in ("how", "planted", *seen, "found"):
        table.add_column(name, justify="left" if name == "how" else "right")
    for way, number in Counter(ways.values()).items():
        mine = [name for name, how in ways.items() if how == way]
        table.add_row(way, str(number), *(f"{sum(name in names for name in mine) / number:.1%}" for names in seen.values()), f"{sum(name in found for name in mine) / number:.1%}")
    console = Console(width=120)
    console.print(table)
    share = sum(name in found for name in ways) / len(ways)
    console.print(f"found {share:.1%} (bar: at least 95 %); {sum(seconds.values()):.0f} s (bar: 180): {', '.join(f'{name} {spent:.0f}' for name, spent in seconds.items())}")
    alone = ", ".join(f"{name} {number}" for name, number in others.items())
    console.print(f"flagged with no planted row in it: {alone}; {sum(deeds(row) == NOTHING for row in many):,} rows call and draw nothing")
    console.print(f"peak memory {peak:.2f} GB, of which the rows took {before:.2f} (bar: 3)")


if __name__ == "__main__":
    main()
