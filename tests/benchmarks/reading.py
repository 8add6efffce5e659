"""Measure the bars of reading and auditing: `python -m tests.benchmarks.reading` (or `make bench`).

What needs the real systems of `../shared/corpus` is left out, by name, where that folder is not. Each reading of the large folder is
a process of its own, so that its memory is its own.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from knowledge.system import System, read_system
from knowledge.tokens import count
from knowledge.units import Command, Methodology, Persona
from tests.benchmarks.table import Measured, show
from tests.labels import CORPUS, ROOT, Score, score, systems
from tests.labels.__main__ import texts_of

FILES, BYTES = 1_000, 3_000_000
TIMED = """
import json, resource, sys, time
began = time.monotonic()
from knowledge.system import read_system
system = read_system([sys.argv[1]])
print(json.dumps([time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, len(system.units)]))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bars = [*labels(), large(folder / "large"), twice(), one_line(folder / "copy")]
        if CORPUS.is_dir():
            bars += corpus(folder)
        else:
            print(f"{CORPUS.name} is not here: the bars of the real systems are left out")
    show("Bars of reading", bars)


def labels() -> list[Measured]:
    """Precision, recall and spans over all labelled sentences that are here."""
    every, here = Score("all"), 0
    for name, found in systems().items():
        if (texts := texts_of(name, found)) is not None:
            every.counts += score(name, found, texts).counts
            here += 1
    n = f"{every.counts['sentences']} sentences of {here} systems"
    exact = every.counts["exact"]
    return [
        ("rules found: precision", "at least 0.92", f"{every.precision:.3f} ({n})", every.precision >= 0.92),
        ("rules found: recall", "at least 0.90", f"{every.recall:.3f}; the mood is right in {every.mood:.3f} of them", every.recall >= 0.9),
        ("spans", "every one exact", f"{exact} of {every.counts['sentences']}", exact == every.counts["sentences"]),
    ]


def large(folder: Path) -> Measured:
    """Three readings of a thousand files of shuffled prose."""
    folder.mkdir()
    source = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "knowledge" / "hive").rglob("*.md")))
    paragraphs, draw = source.split("\n\n"), random.Random(0)
    written = 0
    for number in range(FILES):
        text = f"# Document {number}\n\n"
        while len(text) < BYTES // FILES:
            text += draw.choice(paragraphs) + f" ({draw.randrange(10**6)})\n\n"
        (folder / f"{number:04}.md").write_text(text, encoding="utf-8")
        written += len(text.encode())
    runs = [json.loads(subprocess.run([sys.executable, "-c", TIMED, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT).stdout) for _ in range(3)]
    seconds, memory = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
    figures = f"{seconds:.1f} s (median of 3), {memory / 1e6:.0f} MB, {runs[0][2]:,} units"
    return (f"{written / 1e6:.1f} MB of Markdown in {FILES:,} files", "at most 10 s and 500 MB", figures, seconds <= 10 and memory <= 500e6)


def twice() -> Measured:
    """The shipped system, read twice."""
    one, other = ([(unit.id, unit.digest) for unit in read_system([str(ROOT / "knowledge" / "hive")]).units] for _ in range(2))
    return ("read twice", "same units, ids, order", f"{len(one)} units, {'the same' if one == other else 'not the same'}", one == other)


def one_line(folder: Path) -> Measured:
    """Edit list items of one sentence in the shipped prose, one at a time, and count the units that change."""
    subprocess.run(["cp", "-r", str(ROOT / "knowledge" / "hive"), str(folder)], check=True)
    before = digests(read_system([str(folder)]))
    changed: Counter[int] = Counter()
    draw = random.Random(0)
    places = [
        (path, number)
        for path in sorted(folder.rglob("*.md"))
        if path.name != "README.md"
        for number, line in enumerate(path.read_text().split("\n"))
        if line.startswith("- ") and ". " not in line
    ]
    for path, number in draw.sample(places, 40):
        text = path.read_text()
        lines = text.split("\n")
        lines[number] = lines[number].rstrip(".") + " at all times."
        path.write_text("\n".join(lines))
        after = digests(read_system([str(folder)]))
        path.write_text(text)
        changed[max(len(before - after), len(after - before))] += 1
    figures = ", ".join(f"{number} units in {times} edits" for number, times in sorted(changed.items()))
    return ("one edited line", "changes one unit", figures, set(changed) == {1})


def digests(system: System) -> set[tuple[str, str]]:
    """Ids and digests."""
    return {(unit.id, unit.digest) for unit in system.units}


def corpus(folder: Path) -> list[Measured]:
    """The real systems."""
    for archive in CORPUS.glob("*.tar.gz"):
        with tarfile.open(archive) as bundle:
            bundle.extractall(folder, filter="data")
    flow = read_system([str(folder / "claude-flow-2.7.47")])
    kinds = Counter(unit.category for unit in flow.units if isinstance(unit, Command))
    found = (sum(isinstance(unit, Persona) for unit in flow.units), kinds["command"], kinds["skill"], len(flow.tools))
    on_disk = sum(path.is_file() for path in (folder / "claude-flow-2.7.47").rglob("*"))
    lost = on_disk - len(flow.files) - len(flow.problems) - sum("LICENSE" in path.name for path in (folder / "claude-flow-2.7.47").rglob("*"))
    idle = sum(count(part.text) for part in flow.parts if part.residency == "resident")
    hand = by_hand(folder / "claude-flow-2.7.47")
    method = read_system([str(folder / "bmad-method-4.44.3")])
    workflows = sorted((folder / "bmad-method-4.44.3").rglob("workflows/*.yaml"))
    stages = {unit.path.rpartition("/")[2]: len(unit.stages) for unit in method.units if isinstance(unit, Methodology)}
    agents = len(list((folder / "bmad-method-4.44.3").rglob("agents/*.md")))
    personas = sum(isinstance(unit, Persona) for unit in method.units)
    unread = [source for name in os.listdir(folder) if (folder / name).is_dir() for source, _ in read_system([str(folder / name)]).problems]
    staged = ", ".join(f"{name.removesuffix('.yaml')} {number}" for name, number in stages.items())
    return [
        ("claude-flow 2.7.47", "76 agents, 104 commands, 23 skills, 90 tools", "{} agents, {} commands, {} skills, {} tools".format(*found), found == (76, 104, 23, 90)),
        ("its files", "0 lost", f"{lost} of {on_disk}", lost == 0),
        ("its idle total", "within 3 % of a count by hand", f"{idle:,} and {hand:,} tokens: {idle / hand - 1:+.1%}", abs(idle / hand - 1) <= 0.03),
        ("BMAD 4.44.3: agents", "every one", f"{personas} of {agents}", personas == agents),
        ("BMAD 4.44.3: workflows", "each a Methodology, stages in order", f"{len(stages)} of {len(workflows)}: {staged}", len(stages) == len(workflows) and all(stages.values())),
        ("all archives", "read without a problem", f"{len(unread)} problems", not unread),
    ]


def by_hand(root: Path) -> int:
    """What is resident in claude-flow, counted from its files and nothing of this project's but the tokenizer."""
    import yaml

    total = count((root / "project/CLAUDE.md").read_text())
    claude = root / "project/.claude"
    for path in claude.glob("agents/**/*.md"):
        header = path.read_text().split("---")[1]
        fields = {line.partition(":")[0]: line.partition(":")[2].strip() for line in header.split("\n") if line[:1].isalpha()}
        try:
            tools = (yaml.safe_load(header) or {}).get("tools") or []
        except yaml.YAMLError:
            tools = []
        tools = ", ".join(tools) if isinstance(tools, list) else tools
        total += count(f"- {fields['name']}: {fields.get('description', '')}" + (f" (Tools: {tools})" if tools else ""))
    for path in claude.glob("commands/**/*.md"):
        first = next(line for line in path.read_text().split("\n") if line.strip("# \n"))
        total += count(f"- /{path.relative_to(claude / 'commands').with_suffix('').as_posix().replace('/', ':')}: {first.strip('# ')}")
    for path in claude.glob("skills/*/SKILL.md"):
        header = yaml.safe_load(path.read_text().split("---")[1])
        total += count(f"- {header['name']}: {header['description']}")
    for path in root.glob("mcp/*/tools_list.json"):
        for tool in json.loads(path.read_text())["tools"]:
            told = {"name": f"mcp__{path.parent.name}__{tool['name']}", "description": tool["description"], "input_schema": tool["inputSchema"]}
            total += count(json.dumps(told, separators=(",", ":"), ensure_ascii=False))
    return total


if __name__ == "__main__":
    main()
