"""Count the phrasings of a bank of plays, and name the runs of words that several of them share: `python -m tests.phrases agents/qa [--show 40]`."""

import argparse
import re
from collections import Counter, defaultdict
from statistics import median

from knowledge.play import Play, load_plays

ENOUGH = 6
RUN = 5
HOLE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|```.*?```", re.DOTALL)


def runs(text: str) -> set[str]:
    """The runs of words of a template, its holes left out."""
    found: set[str] = set()
    for piece in HOLE.split(text):
        words = re.findall(r"\w+", piece.lower())
        found.update(" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
    return found


def templates(play: Play) -> list[tuple[str, str]]:
    """Every phrasing of a play with its place in it."""
    return [(f"{play.id}.{number}.{kind}.{place}", text) for number, turn in enumerate(play.turns) for kind in ("ask", "answer") for place, text in enumerate(getattr(turn, kind))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bank")
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args()
    phase, _, name = options.bank.partition("/")
    banks = load_plays(phase)
    mine = {play.id for bank in banks for play in bank.plays}
    if name:
        mine = {play.id for play in tuple(play for bank in banks for play in bank.plays) if play.id in ids_of(phase, name)}
    places: dict[str, list[str]] = defaultdict(list)
    for bank in banks:
        for play in bank.plays:
            for place, text in templates(play):
                for run in runs(text):
                    places[run].append(place)
    shared: Counter[tuple[str, str]] = Counter()
    for found in places.values():
        for first in found:
            for second in found:
                if first < second and (first.split(".")[0] in mine or second.split(".")[0] in mine):
                    shared[first, second] += 1
    for bank in banks:
        for play in bank.plays:
            if play.id in mine:
                thin = [
                    f"{kind} of turn {number}: {len(getattr(turn, kind))}"
                    for number, turn in enumerate(play.turns)
                    for kind in ("ask", "answer")
                    if len(getattr(turn, kind)) < ENOUGH
                ]
                thin += [f"scenes: {len(play.scenes)}"] if 0 < len(play.scenes) < ENOUGH else []
                if thin:
                    print(f"THIN   {play.id}: {', '.join(thin)}")
    for (first, second), count in shared.most_common(options.show):
        run = next(run for run, found in places.items() if first in found and second in found)
        print(f"SHARED {first} and {second}: {count} runs of {RUN} words, such as {run!r}")
    plays = [play for bank in banks for play in bank.plays if play.id in mine]
    turns = [turn for play in plays for turn in play.turns]
    print(f"{len(plays)} plays; asks a turn {median(len(turn.ask) for turn in turns)}, answers a turn {median(len(turn.answer) for turn in turns)}; {shared.total()} shared runs")


def ids_of(phase: str, name: str) -> set[str]:
    """The ids of the plays in the files that begin with a name."""
    from knowledge.play import FOLDER

    return {found for path in (FOLDER / phase).glob(f"{name}*.yaml") for found in re.findall(r"^ *- *id: *([a-z0-9-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)}


if __name__ == "__main__":
    main()
