"""What is wrong in a system: references to what does not exist, contradictions, repetitions, secrets, and text that tries to give orders."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from posixpath import normpath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from knowledge.bank import BANKS, read_bank
from knowledge.contradictions import clashes
from knowledge.document import Document
from knowledge.intake import is_document
from knowledge.suspicions import suspicions
from knowledge.system import System
from knowledge.tokens import count
from knowledge.units import AnyUnit, Rule, Tool

Kind = Literal["stale reference", "contradiction", "no description", "duplicate", "secret", "injection", "header", "unread"]
KINDS: dict[Kind, str] = {
    "secret": "secrets, masked everywhere else",
    "injection": "passages that try to give orders",
    "stale reference": "names of what does not exist",
    "contradiction": "rules that cannot both be kept",
    "unread": "sources that could not be read",
    "header": "headers that had to be mended",
    "no description": "tools and parameters that nobody describes",
    "duplicate": "passages that are paid for twice",
}
PREFIXED = re.compile(r"\bmcp__([A-Za-z0-9@.-]+(?:_[A-Za-z0-9@.-]+)*)__(\*|[A-Za-z0-9](?:[\w-]*\w)?\*?)")
BARE = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\(\))?`")
TOOLS = re.compile(r"(?i)\b(?:tools?|mcp)\b")
LEAST_REPEATED = 20  # tokens of a paragraph that count as a repetition


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


def told(system: System) -> Iterator[Document]:
    """The documents that a reader took: what an agent is told."""
    read = {file.path for file in system.files if file.format}
    return (document for document in system.documents.values() if document.path in read)


def secrets_in(system: System) -> Iterator[Finding]:
    """Each secret, by what it looks like; never the secret itself."""
    for document in told(system):
        for secret in document.hidden:
            yield Finding(kind="secret", places=(document.at(document.line(secret.start)),), words=f"looks like: {secret.what}")


def injections(system: System) -> Iterator[Finding]:
    """Text that looks as if it were meant to give orders to whoever reads it, and characters that nobody sees."""
    for document in told(system):
        for start, words in suspicions(document.text):
            yield Finding(kind="injection", places=(document.at(document.line(start)),), words=words)


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
            called = [slug(unit.called) for unit in system.tools if unit.server == alike]
            there = any(name.startswith(slug(tool[:-1])) for name in called) if tool.endswith("*") else slug(tool) in called
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
    """Whether the sources hold a file that a document names, beside it or anywhere by its last parts; also where nobody can know: it is no document, or outside."""
    clean = re.sub(r"^(?:\.{1,2}/)+", "", normpath(name))
    if name.startswith(("~", "/", "http")) or not is_document(clean):
        return True
    return any(path == clean or path.endswith(f"/{clean}") for path in [*system.documents, *(path for path, _ in system.problems)])


def persona_there(name: str, system: System) -> bool:
    """Whether a persona has that name."""
    known = {slug(getattr(unit, "name", "")) for unit in system.units if unit.kind == "persona"}
    return slug(name) in known or slug(name) in ("user", "the_user")


def undescribed(tools: Sequence[Tool]) -> Iterator[Finding]:
    """Tools without a description, and tools with parameters that have none: a finding a tool."""
    for tool in tools:
        silent = [name for name, schema in tool.parameters.items() if not described(name, schema)]
        if not tool.description.strip():
            yield Finding(kind="no description", places=(tool.source,), words=f"{tool.id} has no description")
        if silent:
            yield Finding(
                kind="no description",
                places=(tool.source,),
                words=f"{tool.id}: {len(silent)} of {len(tool.parameters)} parameters have no description ({', '.join([*silent[:4], *(['…'] if len(silent) > 4 else [])])})",
            )


def described(name: str, schema: Any) -> bool:
    """Whether a schema says what a parameter is; a title that only repeats the name does not."""
    told = [str(schema.get(key) or "").strip() for key in ("description", "title")] if isinstance(schema, dict) else ["", ""]
    return bool(told[0]) or slug(told[1]) not in ("", slug(name))


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
                texts.setdefault(key, match[0])
    found = []
    for key, where in places.items():
        if len(where) > 1 and (tokens := count(texts[key])) >= LEAST_REPEATED:
            found.append(Finding(kind="duplicate", places=tuple(where), words=f"{tokens} tokens, {len(where)} times: “{key[:60]}…”", tokens=tokens * (len(where) - 1)))
    return sorted(found, key=lambda finding: -finding.tokens)


def contradictions(rules: Sequence[Rule]) -> list[Finding]:
    """Pairs of rules that cannot both be kept."""
    return [Finding(kind="contradiction", places=(one.source, two.source), words=f"{why}: “{short(one)}” and “{short(two)}”") for one, two, why in clashes(rules)]


def short(rule: Rule) -> str:
    """A rule in at most 80 characters."""
    text = " ".join(rule.text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def usable(units: Iterable[AnyUnit]) -> list[AnyUnit]:
    """The units that rows may be made from: none that names what does not exist."""
    return [unit for unit in units if not (isinstance(unit, Rule) and unit.unknown)]
