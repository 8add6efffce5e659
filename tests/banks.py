"""Run every recipe of a bank in several worlds against the real servers; print what fails and what was said.

python -m tests.banks git [--recipe log-recent] [--worlds 3] [--show 60] [--seed 0]
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from knowledge.catalog import Catalog, load_catalog
from knowledge.client import ServerFailed
from knowledge.recipe import Recipe, load_banks
from knowledge.servers import read_servers
from knowledge.theme import load_themes
from steps.checks.row import Row
from steps.contracts import Executed
from steps.render import Unfillable, bare, evaluate, fill
from steps.script import script as make_script
from steps.teachers.composer import Derailed, request, respond, results_of, values_of
from steps.verify import CHECKS
from steps.worlds.site import Site
from steps.worlds.slot import Slot
from steps.worlds.world import Exhausted, World

HIVE = Path("knowledge/hive/mcp.json")
NEEDS_STATE = ("write_file edit_file create_directory move_file git_commit git_add git_reset git_create_branch git_checkout write_query "
               "create_table create_entities create_relations add_observations delete_entities delete_observations delete_relations").split()  # fmt: skip


async def play(slot: Slot, recipe: Recipe, world: World, split: str, seed: int, owner: dict[str, str], catalog: Catalog) -> tuple[list[str], list[str]]:
    """Play one script; return the lines of the conversation and what went wrong."""
    rng = random.Random(f"{recipe.id} {seed}")
    made = make_script(recipe, world, split, rng, catalog)
    used = made.servers
    await slot.reset(world, used)
    before = slot.state()
    lines: list[str] = []
    executed: list[Executed] = []
    messages: list[dict] = []
    for turn in range(len(made.beats)):
        lines.append("USER  " + bare(request(made, turn, world, rng)))
        messages.append({"role": "user", "content": lines[-1][6:]})
        for hop in range(8):
            message = respond(made, "row", turn, hop, executed, world, seed)
            messages.append(message.message())
            if not message.calls:
                lines.append("AI    " + str(message.content))
                break
            for call in message.calls:
                lines.append(f"CALL  {call.name} {json.dumps(call.arguments, ensure_ascii=False)[:400]}")
                outcome = await slot.call(owner[call.name], call.name, call.arguments)
                lines.append(f"{'ERROR' if outcome.error else 'GOT  '} {outcome.text[:500]}")
                messages.append({"role": "tool", "tool_call_id": call.id, "content": outcome.text})
                executed.append(Executed(id=call.id, tool=call.name, server=owner[call.name], arguments=call.arguments, text=outcome.text,
                                         error=outcome.error, shape=outcome.shape, by="server"))  # fmt: skip
    after = slot.state()
    context = {**values_of(made), "results": results_of(executed), "world": world, "before": before, "after": after}
    problems = [f"state: {text}" for text in recipe.state if not evaluate(text, context)]
    if made.clause:
        lines.append("CLAUSE " + bare(fill(made.clause, context, rng)))
    writes = any(call.tool in NEEDS_STATE for call in recipe.calls)
    if writes and not recipe.state:
        problems.append("writes and has no `state`")
    if not writes and before != after:
        problems.append("changed the world without a write")
    messages = [{"role": "system", "content": f"Working directory: {world.project} Now: {world.clock:%A %Y-%m-%d %H:%M} UTC"}, *messages]
    row = Row(recipe.kind, recipe.complexity, recipe.tools[0], recipe.error_case, messages, executed, made, [], catalog)
    for name, check in CHECKS.items():
        if name not in ("right_tool",) and (reason := check(row)):
            problems.append(f"verifier rejects: {reason}")
    text = " ".join(line for line in lines if line.startswith(("USER", "AI")))
    problems += [f"names the tool {tool}" for tool in owner if "_" in tool and tool in text]
    if re.search(r"\bNone\b|\[\]|\{'|Undefined|<function|bound method|  ", text.replace("USER  ", "").replace("AI    ", "")) and "\n" not in text:
        problems.append("looks unrendered: " + text[:200])
    return lines, problems


def families(recipe: Recipe) -> int:
    """Phrasing families of the first request."""
    return len(recipe.turns[0].ask)


async def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--recipe", default="")
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--show", type=int, default=0, help="print this many conversations, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    themes = load_themes()
    bank = load_banks()[options.server]
    owner: dict[str, str] = {}
    servers = {server.name: server for server in read_servers(HIVE.read_text(), str(HIVE), shipped=True)}
    site = Site(themes)
    slot = Slot(Path(tempfile.mkdtemp()), servers, site, {}, {}, 60, 15)
    shown: list[str] = []
    failures: dict[str, Counter[str]] = defaultdict(Counter)
    runs: Counter[str] = Counter()
    per_tool: Counter[str] = Counter()
    try:
        catalog = load_catalog([str(HIVE)])
        owner |= {tool.name: tool.server for tool in catalog.tools}
        schemas = {tool.name: tool.input_schema for tool in catalog.tools}
        for recipe in bank.recipes:
            for call in recipe.calls:
                if call.tool not in owner:
                    failures[recipe.id][f"no tool {call.tool}"] += 1
                elif unknown := set(call.arguments) - set(schemas[call.tool].get("properties", {})):
                    failures[recipe.id][f"{call.tool} has no parameter {sorted(unknown)}"] += 1
            if recipe.kind == "one_call":
                per_tool[recipe.calls[0].tool] += families(recipe)
                if len(recipe.clauses) < 4:
                    failures[recipe.id]["fewer than 4 clauses"] += 1
            if options.recipe and options.recipe not in recipe.id:
                continue
            for split in ("train", "validation", "test"):
                here = [theme for theme in themes if theme.split == split]
                rng = random.Random(f"{recipe.id} {split} {options.seed}")
                for number in range(options.worlds if split == "train" else 1):
                    if not here:
                        continue
                    world = World(rng.choice(here), options.seed * 1000 + number)
                    try:
                        lines, problems = await play(slot, recipe, world, split, options.seed * 100 + number, owner, catalog)
                    except (Exhausted, Unfillable, Derailed, ServerFailed, KeyError, AssertionError, OSError) as error:
                        lines, problems = [], [f"{type(error).__name__}: {error}"]
                    runs["all"] += 1
                    for problem in problems:
                        failures[recipe.id][f"[{world.theme.name}] {problem}"[:420]] += 1
                    shown.append("\n".join([f"--- {recipe.id} ({recipe.kind}, {recipe.complexity}) {world.theme.name} {split}", *lines]))
    finally:
        await slot.close()
        site.close()
    random.Random(options.seed).shuffle(shown)
    print("\n".join(shown[: options.show]))
    for name, problems in failures.items():
        for problem, count in problems.most_common(3):
            print(f"FAIL {name} x{count}: {problem}")
    cells = Counter((tool, recipe.kind, recipe.complexity) for recipe in bank.recipes for tool in recipe.tools)
    for tool in sorted({tool for tool, _, _ in cells if owner.get(tool) == options.server}):
        print(tool, f"one_call families: {per_tool[tool]};", ", ".join(f"{kind}/{level}:{count}" for (name, kind, level), count in sorted(cells.items()) if name == tool))
    print(f"{runs['all']} runs, {len(failures)} recipes with problems, {len(bank.recipes)} recipes")


if __name__ == "__main__":
    asyncio.run(main())
