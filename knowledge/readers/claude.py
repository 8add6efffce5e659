"""Claude Code: CLAUDE.md with its imports, agents, commands and skills."""

import re
from pathlib import PurePosixPath

from knowledge.document import Document
from knowledge.frontmatter import texts, words
from knowledge.grammar import directives
from knowledge.readers.persona import read_persona
from knowledge.readers.prose import ENDINGS
from knowledge.readers.reading import Around, Reading, extra, first_line, first_sentence, globbed, headed, header_warnings, page_of, read_rules, rules, whole
from knowledge.sentences import CODE
from knowledge.units import Command

FORMAT = "Claude Code"
MEMORY = {"CLAUDE.md", "CLAUDE.local.md"}
FOLDERS = ("agents", "commands", "skills", "output-styles", "rules")
IMPORT = re.compile(r"(?:^|(?<=[\s(]))@((?:~|\.{0,2})/?[\w.-]+(?:/[\w.@-]+)*\.\w+|~?/?(?:[\w.-]+/)+[\w.-]+)", re.M)
FENCE = re.compile(r"^([ \t]*)(```|~~~).*?^\1?[ \t]*\2[ \t]*$", re.M | re.S)
HOPS = 5
PLACEHOLDER = re.compile(r"\$(?:ARGUMENTS|\d)\b")
KNOWN = ("name", "description", "argument-hint", "allowed-tools", "tools")


def claims(document: Document, around: Around) -> bool:
    """CLAUDE.md anywhere; Markdown in `agents`, `commands`, `skills`, `output-styles` and `rules` of `.claude` or of a plugin; any skill or agent by its header."""
    return document.suffix == ".md" and (document.name in MEMORY or home(document, around) is not None)


def home(document: Document, around: Around) -> tuple[str, PurePosixPath] | None:
    """Which folder of `.claude` or of a plugin a document lies in, and its path there; or which it belongs in, by its header."""
    path = PurePosixPath(document.path)
    for number, part in enumerate(path.parts[:-1]):
        if part in FOLDERS and ("/".join(path.parts[:number]) in around.plugins or path.parts[number - 1] in (".claude", "claude")):
            return part, PurePosixPath(*path.parts[number + 1 :])
    header = document.header.values
    if "description" in header and document.name == "SKILL.md":
        return "skills", PurePosixPath(path.parent.name, path.name)
    if skill := next((folder for folder in path.parents if f"{folder}/SKILL.md" in around.documents), None):
        return "skills", path.relative_to(skill.parent)
    if {"name", "description"} <= header.keys() and {"tools", "model"} & header.keys() and "claude" in around.features:
        return "agents", PurePosixPath(path.name)
    return None


def read(document: Document, around: Around) -> Reading:
    """The units of one file."""
    if document.name in MEMORY:
        return memory(document, around)
    kind, inner = home(document, around) or ("rules", document.inner)
    if kind == "agents":
        return read_persona(document)
    if kind == "commands":
        return command(document, inner)
    if kind == "skills":
        return skill(document, inner)
    scope = globbed(document.header.values.get("paths"))
    found = read_rules(document, "L0", "operational rule", scope, sort=True)
    return Reading("rules", list(found), [whole(document, "on demand" if scope else "resident", "L0", "operational rule")], header_warnings(document))


def memory(document: Document, around: Around, importer: Document | None = None) -> Reading:
    """CLAUDE.md: always resident at the top; in folders below, its rules hold there and it is sent when files there are worked on.

    Args:
        importer: the memory that imports this document, which is then sent with it and holds where it does.
    """
    scope = around.scope(importer or document)
    found = read_rules(document, "L0", "system prompt", scope, sort=True) if document.suffix in ENDINGS else []
    reading = Reading("memory", list(found), [whole(document, "on demand" if scope else "resident", "L0", "system prompt")], header_warnings(document))
    reading.mentions = [(document.at(line), "file", name) for line, name in imports(document)]
    return reading


def imports(document: Document) -> list[tuple[int, str]]:
    """Line and path of each `@import`, outside of code."""
    hidden = CODE.sub(lambda match: " " * len(match[0]), FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), document.text))
    return [(document.line(match.start(1)), match[1]) for match in IMPORT.finditer(hidden)]


def imported(documents: list[Document], around: Around) -> dict[str, Document]:
    """The documents that the memories import, directly or through one another, at most five hops away: path to the memory, one at the top first."""
    found: dict[str, Document] = {}
    memories = [document for document in documents if document.name in MEMORY]
    for memory in sorted(memories, key=lambda document: not around.at_root(document)):
        front = [memory]
        for _ in range(HOPS):
            targets = [around.find(document, name) for document in front for _, name in imports(document)]
            front = [target for target in targets if target and target.path not in found and target.name not in MEMORY]
            found |= {target.path: memory for target in front}
    return found


def command(document: Document, inner: PurePosixPath) -> Reading:
    """A slash command: named by its path, described by its header or its first line."""
    header, page = document.header.values, page_of(document)
    name = ":".join([*inner.parent.parts, inner.stem])
    described = words(header.get("description"))
    unit = Command(
        level="L3",
        category="command",
        name=f"/{name}",
        description=described or first_line(document.body),
        arguments=texts(header.get("argument-hint")) or tuple(dict.fromkeys(PLACEHOLDER.findall(document.body))),
        effect=first_sentence(page) or described or first_line(document.body),
        tools=texts(header.get("allowed-tools") or header.get("tools")),
        extra=extra(header, KNOWN),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments, described=True), "L3", "command", f"command:/{name}")
    listed = " ".join([f"- /{name}", *unit.arguments])
    return Reading(
        "command",
        [unit, *found],
        [whole(document, "resident", "L3", "command", unit.name, f"{listed}: {unit.description}"), whole(document, "on demand", "L3", "command", unit.name, document.body)],
        header_warnings(document),
        [(headed(document, tool), "tool", tool) for tool in unit.tools],
    )


def skill(document: Document, inner: PurePosixPath) -> Reading:
    """A skill: name and description are always there, the rest when it is chosen. Other files of its folder are read when it asks for them."""
    if document.name != "SKILL.md":
        return Reading("skill file", list(read_rules(document, "L4", "skill", f"skill:{inner.parts[0]}")), [whole(document, "on demand", "L4", "skill")], header_warnings(document))
    header, page = document.header.values, page_of(document)
    name = words(header.get("name")) or inner.parent.name or document.inner.stem
    unit = Command(
        level="L4",
        category="skill",
        called_by="model",
        name=name,
        description=words(header.get("description")) or first_sentence(page) or first_line(document.body),
        arguments=tuple(dict.fromkeys(PLACEHOLDER.findall(document.body))),
        effect=first_sentence(page),
        tools=texts(header.get("allowed-tools") or header.get("tools")),
        extra=extra(header, KNOWN),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments, described=True), "L4", "skill", f"skill:{name}")
    return Reading(
        "skill",
        [unit, *found],
        [whole(document, "resident", "L4", "skill", name, f"- {name}: {unit.description}"), whole(document, "on demand", "L4", "skill", name, document.body)],
        header_warnings(document),
        [(headed(document, tool), "tool", tool) for tool in unit.tools],
    )
