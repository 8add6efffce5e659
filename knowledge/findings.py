"""What is wrong in a system: references to what does not exist, contradictions, repetitions, secrets, and text that tries to give orders."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from knowledge.bank import BANKS, read_bank
from knowledge.grammar import plain
from knowledge.markdown import CODE
from knowledge.system import System
from knowledge.tokens import count
from knowledge.units import AnyUnit, Rule, Tool

Kind = Literal["stale reference", "contradiction", "no description", "duplicate", "secret", "injection", "header", "unread"]
KINDS: dict[Kind, str] = {
    "secret": "secrets, masked everywhere else",
    "injection": "text that tries to give orders",
    "stale reference": "names of what does not exist",
    "contradiction": "rules that cannot both be kept",
    "unread": "what could not be read",
    "header": "headers that had to be mended",
    "no description": "tools and parameters that nobody describes",
    "duplicate": "text that is paid for twice",
}
PREFIXED = re.compile(r"\bmcp__([A-Za-z0-9@.-]+(?:_[A-Za-z0-9@.-]+)*)__(\*|[A-Za-z0-9]\w*)")
BARE = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\(\))?`")
TOOLS = re.compile(r"(?i)\b(?:tools?|mcp)\b")
HIDDEN = re.compile("[\u200b\u200c\u2060-\u2064\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
LEAST_REPEATED = 20  # tokens of a paragraph that count as a repetition
LIMIT = re.compile(
    r"(?i)\b(at most|no more than|up to|maximum(?: of)?|max|at least|no less than|minimum(?: of)?|min|exactly|limit(?:ed)? to|under|below|"
    r"within)\s+(?:\w+\s+){0,2}?(\d[\d,.]*)"
)
PREFERRED = re.compile(
    r"(?i)\bprefer\w*\s+(?:to use |using )?(.{2,60}?)\s+(?:over|to|rather than|instead of)\s+(.{2,60}?)(?:[.;,]|$)|\buse\s+(.{2,60}?)\s+(?:instead of|"
    r"rather than|over)\s+(.{2,60}?)(?:[.;,]|$)"
)
EMPTY = frozenset(
    (
        "a an the this that these those it its to of in on at by for with from as and or be is are was were do does not no never always must should shall will "
        "would can could may might need needs have has ensure make sure please only all any each every your you avoid prefer use when if before after then "
        "unless don t critical important mandatory required just "
    ).split()
)


class Finding(BaseModel):
    """One thing that is wrong.

    Attributes:
        places: file and line of each place, in order.
        words: what it is, in a sentence.
        tokens: what it costs on top, where it does.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    places: tuple[str, ...]
    words: str
    tokens: int = 0


def findings(system: System) -> list[Finding]:
    """Everything that is wrong, by kind, worst first."""
    found = [
        *secrets_in(system),
        *injections(system),
        *stale(system),
        *contradictions([unit for unit in system.units if isinstance(unit, Rule)]),
        *(Finding(kind="unread", places=(source,), words=why) for source, why in system.problems),
        *(Finding(kind="header", places=(source,), words=why) for source, why in system.warnings),
        *undescribed(system.tools),
        *repeated(system),
    ]
    order = list(KINDS)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def secrets_in(system: System) -> Iterator[Finding]:
    """Each secret, by what it looks like; never the secret itself."""
    for document in system.documents.values():
        for secret in document.hidden:
            yield Finding(kind="secret", places=(document.at(document.line(secret.start)),), words=f"looks like: {secret.what}")


@cache
def _suspicions() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(entry["pattern"], re.I), entry["why"]) for entry in read_bank(BANKS / "suspicions.yaml")["suspicions"])


def injections(system: System) -> Iterator[Finding]:
    """Text that looks as if it were meant to give orders to whoever reads it, and characters that nobody sees."""
    for document in system.documents.values():
        for pattern, why in _suspicions():
            for match in pattern.finditer(document.text):
                shown = " ".join(match[0].split())[:80]
                yield Finding(kind="injection", places=(document.at(document.line(match.start())),), words=f"{why}: “{shown}”")
        if unseen := HIDDEN.search(document.text):
            number = len(HIDDEN.findall(document.text))
            yield Finding(
                kind="injection", places=(document.at(document.line(unseen.start())),), words=f"{number} characters that nobody sees (the first is U+{ord(unseen[0]):04X})"
            )


def stale(system: System) -> list[Finding]:
    """Names of tools, files and personas that are nowhere in the sources, each with all its places. Marks the rules that use them."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source, kind, name in system.mentions:
        if kind == "tool" and (why := unknown_tool(name, system)):
            found[name, why].append(source)
        elif kind == "file" and not file_there(source, name, system):
            found[name, "no such file is in the sources"].append(source)
        elif kind == "persona" and not persona_there(name, system):
            found[name, "no persona is called so"].append(source)
    units = list(system.units)
    for place, name, why, start, document in named_tools(system):
        found[name, why].append(place)
        for number, unit in enumerate(units):
            if isinstance(unit, Rule) and unit.path == document and unit.start <= start < unit.end and name not in unit.unknown:
                units[number] = unit.model_copy(update={"unknown": (*unit.unknown, name)})
    system.units = units
    return [Finding(kind="stale reference", places=tuple(dict.fromkeys(places)), words=f"{name}: {why}") for (name, why), places in found.items()]


def named_tools(system: System) -> Iterator[tuple[str, str, str, int, str]]:
    """Place, name, reason, character and path of each tool that a document's text names and nobody offers."""
    offered = {tool.called for tool in system.tools}
    for document in system.documents.values():
        if document.suffix == ".json":
            continue
        for match in PREFIXED.finditer(document.text):
            if why := unknown_tool(match[0], system):
                yield document.at(document.line(match.start())), match[0], why, match.start(), document.path
        if not offered:
            continue
        for match in BARE.finditer(document.text):
            line = document.text[document.text.rfind("\n", 0, match.start()) + 1 : match.start()]
            if match[1] not in offered and TOOLS.search(line) and len(BARE.findall(document.text)) > 1 and any(name in offered for name in BARE.findall(document.text)):
                yield document.at(document.line(match.start())), match[1], "no server in the sources has such a tool", match.start(), document.path


def unknown_tool(name: str, system: System) -> str | None:
    """Why a tool's name is stale; None when the tool exists, or when nobody can know."""
    servers = {tool.server for tool in system.tools}
    bare = re.sub(r"\(.*", "", name).strip()
    if match := PREFIXED.fullmatch(bare):
        server, tool = match[1], match[2]
        if alike := next((known for known in sorted(servers) if slug(known) == slug(server)), None):
            there = tool == "*" or any(slug(unit.called) == slug(tool) for unit in system.tools if unit.server == alike)
            return None if there else f"server {server} has no such tool"
        asked = any(slug(known) == slug(server) or slug(known).startswith(slug(server)) for known in system.servers)
        return None if asked or not (servers or system.servers) else f"no server in the sources is called {server}"
    if not servers or bare in builtins() or bare == "*" or not re.fullmatch(r"[A-Za-z]\w*(?:-\w+)*", bare) or not re.search(r"[a-z]", bare):
        return None
    if any(bare == tool.called or bare == tool.name for tool in system.tools):
        return None
    return "no server in the sources has such a tool, and it is none of the agent's own" if "_" in bare else None


def slug(name: str) -> str:
    """A name as prefixes write it."""
    return re.sub(r"[^a-z0-9]", "_", name.lower())


@cache
def builtins() -> frozenset[str]:
    """The tools that agents bring themselves."""
    return frozenset(read_bank(BANKS / "builtins.yaml")["tools"].split())


def file_there(source: str, name: str, system: System) -> bool:
    """Whether the sources hold a file that a document names, beside it or anywhere by its last parts."""
    clean = name.lstrip("~./").removesuffix("/")
    return any(path == clean or path.endswith(f"/{clean}") for path in system.documents) or name.startswith(("~", "/", "http"))


def persona_there(name: str, system: System) -> bool:
    """Whether a persona has that name."""
    known = {slug(getattr(unit, "name", "")) for unit in system.units if unit.kind == "persona"}
    return slug(name) in known or slug(name) in ("user", "the_user")


def undescribed(tools: Sequence[Tool]) -> Iterator[Finding]:
    """Tools without a description, and tools with parameters that have none: a finding a tool."""
    for tool in tools:
        silent = [name for name, schema in tool.parameters.items() if not (isinstance(schema, dict) and str(schema.get("description") or schema.get("title") or "").strip())]
        if not tool.description.strip():
            yield Finding(kind="no description", places=(tool.source,), words=f"{tool.id} has no description")
        if silent:
            yield Finding(
                kind="no description",
                places=(tool.source,),
                words=f"{tool.id}: {len(silent)} of {len(tool.parameters)} parameters have no description ({', '.join([*silent[:4], *(['…'] if len(silent) > 4 else [])])})",
            )


def repeated(system: System) -> list[Finding]:
    """Paragraphs and blocks of code of at least 20 tokens that stand in the documents more than once, dearest first."""
    places: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    read = {file.path for file in system.files if file.format and file.format != "MCP"}
    for document in system.documents.values():
        if document.path not in read or document.suffix == ".json":
            continue
        for match in re.finditer(r"\S(?:[^\n]|\n(?!\s*\n))*", document.text[document.header.body :]):
            key = " ".join(match[0].split())
            if (len(key) > 60 and not key.startswith(("```", "|--"))) or len(key) > 160:
                places[key].append(document.at(document.line(document.header.body + match.start())))
                texts[key] = match[0]
    found = []
    for key, where in places.items():
        if len(where) > 1 and (tokens := count(texts[key])) >= LEAST_REPEATED:
            found.append(Finding(kind="duplicate", places=tuple(where), words=f"{tokens} tokens, {len(where)} times: “{key[:60]}…”", tokens=tokens * (len(where) - 1)))
    return sorted(found, key=lambda finding: -finding.tokens)


def contradictions(rules: Sequence[Rule]) -> list[Finding]:
    """Pairs of rules that hold in the same place and cannot both be kept: done and not done, other limits, other preferences."""
    sides: dict[str, list[tuple[Rule, frozenset[str]]]] = defaultdict(list)
    frequency: Counter[str] = Counter()
    for rule in rules:
        stems = frozenset(stem(word) for word in content(rule))
        if len(stems) >= 2:
            sides["not" if forbids(rule) else "do"].append((rule, stems))
            frequency.update(stems)
    found = []
    index: dict[str, list[tuple[Rule, frozenset[str]]]] = defaultdict(list)
    for rule, stems in sides["do"]:
        for word in rarest(stems, frequency):
            index[word].append((rule, stems))
    for rule, stems in sides["not"]:
        seen = set()
        for word in rarest(stems, frequency):
            for other, its in index[word]:
                if other.id not in seen and compatible(rule, other) and len(stems & its) / len(stems | its) >= 0.75 and conditions(rule) == conditions(other):
                    seen.add(other.id)
                    found.append(clash(other, rule, "the one asks for what the other forbids"))
    return found + limits(rules) + preferences(rules)


def clash(one: Rule, two: Rule, why: str) -> Finding:
    """The finding of two rules."""
    return Finding(kind="contradiction", places=(one.source, two.source), words=f"{why}: “{short(one)}” and “{short(two)}”")


def short(rule: Rule) -> str:
    """A rule in at most 80 characters."""
    text = " ".join(rule.text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def content(rule: Rule) -> list[str]:
    """The words of a rule that carry meaning."""
    return [word for word in re.findall(r"[a-z][\w-]*|\d+", plain(CODE.sub(lambda match: match[0].strip("`"), rule.text)).lower()) if word not in EMPTY]


def stem(word: str) -> str:
    """A word without its ending: enough to tell that two are the same."""
    return re.sub(r"(?:ing|ed|es|s)$", "", word) if len(word) > 4 else word


def forbids(rule: Rule) -> bool:
    """Whether a rule says what not to do."""
    return rule.modality == "must not" or bool(re.search(r"(?i)\b(?:never|do not|don['’]t|must not|should not|avoid)\b", rule.text))


def conditions(rule: Rule) -> frozenset[str]:
    """The words after if, when, unless, before and after: what a rule depends on."""
    return frozenset(
        stem(word)
        for tail in re.findall(r"(?i)\b(?:if|when|unless|before|after|until|only)\b([^,.;]*)", rule.text)
        for word in re.findall(r"[a-z]\w+", tail.lower())
        if word not in EMPTY
    )


def compatible(one: Rule, two: Rule) -> bool:
    """Whether two rules hold in the same place."""
    return one.scope == two.scope or not one.scope or not two.scope


def rarest(stems: Iterable[str], frequency: Counter[str]) -> list[str]:
    """The three rarest words."""
    return sorted(stems, key=lambda word: (frequency[word], word))[:3]


def limits(rules: Sequence[Rule]) -> list[Finding]:
    """Rules with the same words and another number as the limit."""
    groups: dict[Any, list[tuple[Rule, str]]] = defaultdict(list)
    for rule in rules:
        if match := LIMIT.search(rule.text):
            rest = frozenset(stem(word) for word in content(rule) if not word.isdigit())
            if len(rest) >= 3:
                groups[match[1].lower(), rest, rule.scope].append((rule, match[2].rstrip(".,")))
    return [clash(group[0][0], other, f"the limits differ, {group[0][1]} and {number}") for group in groups.values() for other, number in group[1:] if number != group[0][1]]


def preferences(rules: Sequence[Rule]) -> list[Finding]:
    """Rules of which one prefers what the other puts last."""
    known: dict[tuple[frozenset[str], frozenset[str]], Rule] = {}
    found = []
    for rule in rules:
        if rule.modality != "prefer-over" or not (match := PREFERRED.search(plain(rule.sentence))):
            continue
        first, second = (frozenset(stem(word) for word in re.findall(r"[a-z][\w-]*", (match[a] or match[b]).lower()) if word not in EMPTY) for a, b in ((1, 3), (2, 4)))
        other = known.get((second, first))
        if first and second and other and compatible(rule, other):
            found.append(clash(other, rule, "they prefer opposite things"))
        known.setdefault((first, second), rule)
    return found


def usable(units: Iterable[AnyUnit]) -> list[AnyUnit]:
    """The units that rows may be made from: none that names what does not exist."""
    return [unit for unit in units if not (isinstance(unit, Rule) and unit.unknown)]
