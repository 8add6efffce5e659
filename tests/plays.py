"""Play a bank of plays in several worlds against the real servers; print what fails and what was said.

python -m tests.plays system_prompt/security [--play ID] [--times 2] [--show 60] [--seed 0] [--gaps]

--gaps: the points of the phase that no play shows yet, and nothing else.
"""

import argparse
import asyncio
import json
import random
from collections import Counter

from knowledge.catalog import load_catalog
from knowledge.play import BOUNDARY, load_plays
from knowledge.points import shipped_points
from knowledge.system import read_system
from knowledge.theme import load_themes
from steps.acts import CASES, keyed, shown_here, stage
from steps.contracts import Act
from steps.likeness import folded, grams
from steps.loop import run
from steps.render import Unfillable, bare, fill
from steps.respond import Respond
from steps.scenario import Taken, Unplannable, scenario
from steps.teachers.composer import Derailed, requests, values_of
from steps.teachers.embedded import Embedded
from steps.verify import Verify
from steps.worlds.themes import world_of

HIVE = "knowledge/hive"


def told(row: dict) -> list[str]:
    """A conversation as lines."""
    lines = []
    for message in row["messages"] or []:
        if message["role"] == "system":
            continue
        if message.get("content"):
            lines.append(f"{message['role'].upper():9} {message['content']}")
        for call in message.get("tool_calls") or []:
            lines.append(f"CALL      {call['function']['name']} {call['function']['arguments'][:500]}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bank")
    parser.add_argument("--play", default="")
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--show", type=int, default=0, help="print this many conversations, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gaps", action="store_true")
    options = parser.parse_args()
    phase, _, name = options.bank.partition("/")
    points = shipped_points(phase)
    banks = [bank for bank in load_plays(phase) if not name or bank.document.rsplit("/", 1)[-1].startswith(name)]
    if not banks:
        parser.error(f"no bank of {phase} is of a document {name}…; there are {', '.join(sorted({bank.document.rsplit('/', 1)[-1] for bank in load_plays(phase)}))}")
    keys = shown_here(points, phase)
    shown = Counter()
    for bank in load_plays(phase):
        for play in bank.plays:
            for opening in play.shows:
                point = keyed(opening, keys)
                if point is None:
                    print(f"FAIL {bank.document} {play.id}: nothing of the {phase} points opens with {opening!r}")
                else:
                    shown[point.id] += 1
            allowed = CASES[phase].get(play.behaviour)
            if play.behaviour not in ("free", "whole") and (allowed is None or (play.complexity, play.error_case) not in allowed):
                print(f"FAIL {bank.document} {play.id}: {play.behaviour} is not shown at {play.complexity}/{play.error_case}; allowed are {allowed}")
    for point in points:
        if not shown[point.id] and (not name or name in point.source):
            print(f"GAP  {point.source} {point.key[:110]}")
    if options.gaps:
        return
    catalog = load_catalog([f"{HIVE}/mcp.json"])
    made = stage(phase, points, catalog, load_themes(), banks, False)
    texts = [document.text for document in read_system([HIVE]).documents.values()] if hasattr(read_system([HIVE]), "documents") else []
    respond = Respond(name="respond", llm=Embedded(), catalog=catalog.model_dump_json())
    names = {"method": ["bmad"], "stage": ["Break down", "Make", "Apply", "Debug"], "persona": ["architect", "developer", "qa", "devops"]}
    verify = Verify(name="verify", catalog=catalog.model_dump_json(), documents=texts, names=names, keys={point.id: point.key for point in points if phase == "methodology"})
    respond.load()
    verify.load()
    failures: dict[str, Counter] = {}
    conversations: list[str] = []
    openings: dict[str, str] = {}
    turns = Counter()
    try:
        for act, plays in made.cells.items():
            for play in plays:
                if options.play and options.play not in play.id:
                    continue
                turns[len(play.turns) > 1] += 1
                for split in ("train", "validation", "test"):
                    for number in range(options.times if split == "train" else 1):
                        alone = type(made)(catalog, made.points, {act: (play,)}, {}, 0, made.keys, made.themes)
                        rows = []
                        try:
                            planned = scenario(alone, Act(**act.model_dump()), split, "000000", f"{options.seed} {play.id} {number}", Taken(1.0, ()), {})
                            row = {**planned.model_dump(exclude={"cell", "script"}), **act.model_dump(), "script": planned.script.model_dump_json(), "reject_reason": None}
                            world = world_of(planned.theme)
                            row["requests"] = list(requests(planned.script, world, planned.asker, planned.seed))
                            rows = [verify.row(run(respond.answer(row)))]
                            values = {**values_of(planned.script), "world": world, "results": []}
                            violations = []
                            for text in play.violations:
                                try:
                                    violations.append(bare(fill(text, values, random.Random(number))))
                                except Unfillable as error:
                                    if "results" not in text:
                                        failures.setdefault(play.id, Counter())[f"violation: {error}"[:300]] += 1
                        except (Unplannable, Unfillable, Derailed, KeyError, ValueError) as error:
                            failures.setdefault(play.id, Counter())[f"[{split}] {type(error).__name__}: {error}"[:400]] += 1
                        for row in rows:
                            if row["reject_reason"]:
                                failures.setdefault(play.id, Counter())[f"[{split}] {row['reject_reason']}"[:400]] += 1
                            head = f"--- {play.id} ({act.behaviour}, {act.complexity}, {act.error_case}) {row['theme']} {split} {row['asker']}"
                            conversations.append("\n".join([head, *told(row), *(f"VIOLATION {text}" for text in violations[:1])]))
                            openings[f"{play.id} {split} {number}"] = row["requests"][0]
                            shown = [str(message.get("content")) for message in row["messages"] or [] if message["role"] == "tool"]
                            results = "".join([*shown, *planned.script.values.values()])
                            text = (
                                json.dumps([message.get("content") for message in row["messages"] or [] if message["role"] in ("user", "assistant")]) if "{{" not in results else ""
                            )
                            if any(mark in text for mark in ("Undefined", "\\ue000", "<bound method", "{{", "{%")):
                                failures.setdefault(play.id, Counter())["looks unrendered"] += 1
    finally:
        respond.unload()
    random.Random(options.seed).shuffle(conversations)
    print("\n".join(conversations[: options.show]))
    for name, problems in failures.items():
        for problem, count in problems.most_common(3):
            print(f"FAIL {name} x{count}: {problem}")
    seen = {name: grams(folded(text)) for name, text in openings.items()}
    items = list(seen.items())
    for place, (name, mine) in enumerate(items):
        for other, theirs in items[:place]:
            if name.split()[0] != other.split()[0] and len(mine & theirs) / len(mine | theirs) >= 0.7:
                print(f"NEAR {name} ~ {other}")
    plays = [play for found in made.cells.values() for play in found]
    boundary = sum(play.behaviour in BOUNDARY for play in plays)
    print(f"{len(plays)} plays in {len(made.cells)} cells; multi-turn {sum(len(play.turns) > 1 for play in plays)}, boundary {boundary}; {len(failures)} plays with problems")
    print(dict(Counter(f"{play.behaviour}/{play.error_case}" for play in plays)))


if __name__ == "__main__":
    asyncio.set_event_loop(None)
    main()
