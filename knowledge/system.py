"""A system: everything that the sources say, as units, with what was found on the way."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from types import ModuleType

from knowledge.catalog import HIVE, beside, distinct, listed, recorded, server_of
from knowledge.client import ServerFailed
from knowledge.document import Document
from knowledge.intake import Intake, NoSource, take_in
from knowledge.overrides import NAME, Misfit, Overrides, overridden, parse_overrides
from knowledge.readers import agents, bmad, claude, cursor, listing, openapi, prose, seed, settings
from knowledge.readers.reading import Around, Part, Reading, folder_of
from knowledge.readers.reading import distinct as without_repetitions
from knowledge.servers import Server, read_servers
from knowledge.units import AnyUnit, Tool

READERS: tuple[ModuleType, ...] = (listing, settings, openapi, bmad, claude, cursor, agents, seed, prose)


@dataclass(frozen=True)
class File:
    """What became of a file.

    Attributes:
        format: the reader's name for it; empty when no reader took it.
        units: how many came of it.
        left_out: whether a `knowledge.yaml` says to pass over it.
    """

    path: str
    size: int
    format: str = ""
    units: int = 0
    left_out: bool = False


@dataclass
class System:
    """What the sources say.

    Attributes:
        files: every document, in order, with what became of it.
        units: in the order of the documents; ids are unique.
        parts: what an agent is told, piece by piece.
        mentions: source, kind and name of what documents refer to.
        servers: by name, those that the sources name.
        problems: source and words: what could not be read at all.
        warnings: source and words: what was not as it should be, and was read all the same.
        notes: what the user should know and need not mend.
        documents: by path.
    """

    files: list[File] = field(default_factory=list)
    units: list[AnyUnit] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    mentions: list[tuple[str, str, str]] = field(default_factory=list)
    servers: dict[str, Server] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """The tools of all servers and API descriptions."""
        return tuple(unit for unit in self.units if isinstance(unit, Tool))

    def kinds(self) -> dict[str, int]:
        """How many units of each kind there are."""
        return dict(Counter(unit.kind for unit in self.units))


def read_system(sources: Sequence[str], allow_servers: bool = False, start_seconds: float = 30, tell: Callable[[Server], None] = lambda server: None) -> System:
    """Read everything that the sources hold. The same sources give the same units, with the same ids, in the same order.

    Args:
        sources: folders, files, archives, and addresses of streamable-HTTP servers.
        allow_servers: start the servers that `.mcp.json` files name, where no saved list of their tools is in the sources.
        start_seconds: how long a server may take to start.
        tell: is called with each server before it is started or reached.

    Raises:
        NoSource: when a source does not exist.
        Misfit: when a `knowledge.yaml` cannot be used.
    """
    addresses = [source for source in sources if source.startswith(("http://", "https://"))]
    intake = take_in([source for source in sources if source not in addresses])
    system = System(problems=intake.problems, documents={document.path: document for document in intake.documents})
    overrides = {str(PurePosixPath(document.path).parent): parse_overrides(document) for document in intake.documents if document.name == NAME}
    named: list[Server] = []
    for name, documents in by_source(intake.documents).items():
        around = surroundings(documents)
        imported = claude.imported(documents, around)
        for document in documents:
            take_document(document, around, overrides, imported, system, named)
        left_out(name, documents, around, system)
    tell_others(intake, system)
    ask_servers(named, addresses, allow_servers, start_seconds, tell, system)
    system.units = identified(named_apart(system.units))
    return system


def by_source(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """The documents by the source that they came from."""
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(PurePosixPath(document.path).parts[0], []).append(document)
    return found


def surroundings(documents: Sequence[Document]) -> Around:
    """What kind of system a source holds, and where it begins."""
    paths = [document.path for document in documents]
    features = set()
    if any(document.name in claude.MEMORY | {"SKILL.md"} or {".claude", ".claude-plugin"} & set(document.path.split("/")) for document in documents):
        features.add("claude")
    if bmad.found(paths):
        features.add("bmad")
    if seed.found(paths):
        features.add("seed")
    if any(document.suffix == ".mdc" or document.name == ".cursorrules" for document in documents):
        features.add("cursor")
    if any(document.name.lower() in agents.NAMES for document in documents):
        features.add("agents")
    plugins = {path.partition("/.claude-plugin/")[0] for path in paths if "/.claude-plugin/" in path}
    return Around({document.path: document for document in documents}, frozenset(features), roots(documents), frozenset(plugins))


def roots(documents: Sequence[Document]) -> frozenset[str]:
    """The folders at which agent systems begin: those with a `.claude`, and on every other path the first with a memory."""
    with_claude = {"/".join(parts[: parts.index(".claude")]) for document in documents if ".claude" in (parts := document.path.split("/")) and parts.index(".claude") > 0}
    alone = Around({})
    memories = sorted({str(folder_of(document)) for document in documents if document.name in claude.MEMORY or agents.claims(document, alone)}, key=len)
    found = set(with_claude)
    for folder in memories:
        if not any(folder == root or folder.startswith(f"{root}/") for root in found):
            found.add(folder)
    return frozenset(found)


def take_document(document: Document, around: Around, overrides: dict[str, Overrides], imported: Mapping[str, Document], system: System, named: list[Server]) -> None:
    """Read one document with the first reader that claims it, or else as part of the memory that imports it."""
    reader = next((reader for reader in READERS if document.name != NAME and reader.claims(document, around)), None)
    importer = imported.get(document.path)
    if reader is None and importer is None:
        system.files.append(File(document.path, document.size))
        return
    read: Reading = reader.read(document, around) if reader else claude.memory(document, around, importer)
    tools_beside(read, document, system)
    read.units = without_repetitions(read.units)
    reading = overridden(read, document, overrides)
    if reading is None:
        system.notes.append(f"{document.path} is left out, as knowledge.yaml says")
        system.files.append(File(document.path, document.size, left_out=True))
        return
    if reader is listing and reading.format == "servers":
        servers_of(document, system, named)
    system.files.append(File(document.path, document.size, (reader or claude).FORMAT, len(reading.units)))
    system.units += reading.units
    system.parts += reading.parts
    system.mentions += reading.mentions
    system.warnings += [(source, " ".join(words.split())) for source, words in reading.warnings]


def tools_beside(reading: Reading, document: Document, system: System) -> None:
    """Leave out the tools that another list of the same server had in the same words; where it had others, call the server something else."""
    tools = [unit for unit in reading.units if isinstance(unit, Tool)]
    if not tools:
        return
    found, _ = beside(tools, [], [unit for unit in system.units if isinstance(unit, Tool)], {}, document.path)
    if found != tools:
        names = " and ".join(dict.fromkeys(tool.server for tool in tools))
        what = (
            f"those of {' and '.join(dict.fromkeys(tool.server for tool in found))} here: another list has other tools of that name"
            if found
            else "the same in another list; they count once"
        )
        system.notes.append(f"the tools of {names} in {document.path} are {what}")
        reading.units = [*(unit for unit in reading.units if not isinstance(unit, Tool)), *found]
        reading.parts = [listing.part_of(tool) for tool in found]


def left_out(name: str, documents: Sequence[Document], around: Around, system: System) -> None:
    """Say which documents of a source no reader took."""
    if name in (document.name for document in documents):
        return
    unread = [file.path for file in system.files if not (file.format or file.left_out) and file.path.split("/")[0] == name and PurePosixPath(file.path).name != NAME]
    if unread:
        shown = ", ".join(unread[:4]) + (f" and {len(unread) - 4} more" if len(unread) > 4 else "")
        what, how = ("is no part", "Give it as a source of its own to have it read") if len(unread) == 1 else ("are no part", "Give them as sources of their own to have them read")
        system.notes.append(f"{shown} {what} of an agent system that is known here. {how}")


def tell_others(intake: Intake, system: System) -> None:
    """Say how many files are no documents."""
    if intake.others:
        kinds = ", ".join(f"{number} {ending}" for ending, number in sorted(intake.others.items(), key=lambda entry: (-entry[1], entry[0]))[:6])
        number = sum(intake.others.values())
        system.notes.append(f"{number} other file{' is no document' if number == 1 else 's are no documents'} ({kinds})")


def servers_of(document: Document, system: System, named: list[Server]) -> None:
    """The servers of an `.mcp.json`."""
    shipped = document.text == HIVE.read_text(encoding="utf-8")
    try:
        named += read_servers(document.unmasked, document.path, shipped)
    except ValueError as error:
        system.warnings.append((document.at(1), f"its servers cannot be used: {error}"))


def ask_servers(named: Sequence[Server], addresses: Sequence[str], allow: bool, start_seconds: float, tell: Callable[[Server], None], system: System) -> None:
    """Get the tools of the servers that the sources name: from saved lists, from the shipped ones, or, where that is allowed, from themselves."""
    known = {unit.server for unit in system.units if isinstance(unit, Tool)}
    for server in [*named, *(server_of(address) for address in addresses)]:
        if server.name in system.servers:
            system.notes.append(f"server {server.name} of {server.source} was read from {system.servers[server.name].source} already")
            continue
        system.servers[server.name] = server
        if server.name.split("@")[0] in known:
            continue
        try:
            if server.shipped:
                found: Sequence[Tool] = recorded(server)
            elif server.url in addresses or allow:
                tell(server)
                found = asyncio.run(listed([server], start_seconds))
            else:
                would = f"{'reach' if server.url else 'run'} `{server.shown}`"
                system.notes.append(f"server {server.name} was not asked for its tools: that would {would}. --allow-servers does; its tools are not counted")
                continue
        except (ServerFailed, listing.Unreadable) as error:
            system.problems.append((server.source, getattr(error, "full", str(error))))
            continue
        found, _ = beside(list(found), [server], system.tools, {}, server.source)
        system.units += found
        system.parts += [listing.part_of(tool) for tool in found]
        system.__dict__.pop("tools", None)


def named_apart(units: Sequence[AnyUnit]) -> list[AnyUnit]:
    """The units, the tools among them with names that no other has."""
    tools = iter(distinct([unit for unit in units if isinstance(unit, Tool)]))
    return [next(tools) if isinstance(unit, Tool) else unit for unit in units]


def identified(units: Sequence[AnyUnit]) -> list[AnyUnit]:
    """The units without a second of the same id: the same tool from two lists, the same sentence twice."""
    found: dict[str, AnyUnit] = {}
    for unit in units:
        found.setdefault(unit.id, unit)
    return list(found.values())


__all__ = ["HIVE", "Misfit", "NoSource", "System", "read_system"]
