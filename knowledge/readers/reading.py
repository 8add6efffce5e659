"""What a reader gives, and what all readers of prose share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import Field

from knowledge.document import Document
from knowledge.frontmatter import texts
from knowledge.grammar import Directive, directives
from knowledge.markdown import Page, Segment, parse
from knowledge.units import AnyUnit, Category, Level, Placed, Rule

Residency = Literal["resident", "on demand", "not sent"]
TOPICS: tuple[tuple[re.Pattern[str], Level, Category], ...] = (
    (
        re.compile(
            r"(?i)\b(?:tone|communicat\w+|respon(?:se|ding)\w*|answers?|writing style|verbosity|formatting (?:your|of) (?:answers|responses|output)|"
            r"report(?:ing)? (?:style|to the user)|how to talk)\b"
        ),
        "L0",
        "communication pattern",
    ),
    (re.compile(r"(?i)\b(?:methodolog\w+|workflow\w*|process|phases?|stages?|tdd|test[- ]driven|sparc|bmad|development cycle|sprint\w*|lifecycle)\b"), "L1", "methodology"),
    (re.compile(r"(?i)\b(?:tools?|mcp|servers?|function calls?)\b"), "L2", "tool"),
    (re.compile(r"(?i)\b(?:agents?|sub-?agents?|personas?|roles?|delegat\w+|hand-?(?:over|off)s?|swarm\w*)\b"), "L3", "persona"),
    (re.compile(r"(?i)\b(?:git|commits?|branch\w*|files?|secur\w+|secrets?|errors?|safety|permissions?|rules?|guardrails?|constraints?|never|always)\b"), "L0", "operational rule"),
)


TITLE = re.compile(r"(?i)\b(?:agents|claude|gemini)(?:\.md)?\b|^(?:instructions|guidelines|rules)\b")  # of a whole file: they name no topic


class Part(Placed):
    """A piece of what an agent is told, as it is sent: what the audit counts.

    Attributes:
        name: of the agent, command, tool or file.
        residency: on every call; when it is needed; or enforced by the program and never sent.
        server: whose tool it is; empty for documents.
        text: as it is sent.
    """

    name: str
    residency: Residency
    level: Level
    category: Category
    server: str = ""
    text: str = Field(repr=False)


@dataclass
class Reading:
    """What one document held.

    Attributes:
        units: in the document's order.
        warnings: source (`path:line`) and words, for what could not be read as it was written.
        mentions: source, kind (`file`, `tool`, `persona`, `server`) and name of what the document refers to.
    """

    format: str = ""
    units: list[AnyUnit] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    mentions: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Around:
    """What else there is in the source of a document.

    Attributes:
        documents: by path.
        features: marks of whole systems found in it: `claude`, `bmad`, `seed`, `cursor`, `agents`.
        roots: the folders at which agent systems begin.
        plugins: the folders of Claude Code plugins.
    """

    documents: Mapping[str, Document]
    features: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    plugins: frozenset[str] = frozenset()

    def at_root(self, document: Document) -> bool:
        """Whether a document lies at the top of its agent system, or in a hidden folder there: what lies deeper is sent when files there are worked on."""
        return str(folder_of(document)) in self.roots

    def scope(self, document: Document) -> str:
        """Where the rules of a memory hold: everywhere when it lies at the top, else in its folder."""
        return "" if self.at_root(document) else f"files:{PurePosixPath(*folder_of(document).parts[1:])}/**"

    def find(self, document: Document, name: str) -> Document | None:
        """The document that a relative path in another one leads to; None where there is none in the source."""
        parts: list[str] = []
        for part in (PurePosixPath(document.path).parent / name).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            else:
                parts.append(part)
        return self.documents.get("/".join(parts))


def folder_of(document: Document) -> PurePosixPath:
    """The folder that a document speaks of: the one that it lies in, or the one that holds its hidden folder (`.claude`, `.github`)."""
    parts = PurePosixPath(document.path).parts[:-1]
    return PurePosixPath(*parts[: next((number for number, part in enumerate(parts) if number and part.startswith(".")), len(parts))])


def globbed(value: Any) -> str:
    """The scope that the globs of a header give; empty where there are none, or one fits every file."""
    globs = texts(value)
    return "" if not globs or {"*", "**", "**/*"} & set(globs) else f"files:{','.join(globs)}"


def page_of(document: Document) -> Page:
    """The parsed body of a document."""
    return parse(document.body, document.header.body)


def whole(document: Document, residency: Residency, level: Level, category: Category, name: str = "", text: str | None = None) -> Part:
    """A document, or a text of it, as a part."""
    body = document.text if text is None else text
    return Part(name=name or document.name, residency=residency, level=level, category=category, text=body, source=document.at(1), start=0, end=len(document.text))


def headed(document: Document, name: str) -> str:
    """File and line of a tool that a document's header names; of the first line where it does not stand there as it is."""
    tools = re.search(r"^(?:allowed-)?tools\b", document.text[: document.header.body], re.M)
    return document.at(document.line(max(document.text.find(name, tools.start() if tools else 0, document.header.body), 0)))


def header_warnings(document: Document) -> list[tuple[str, str]]:
    """The warnings of a document's header."""
    return [(document.at(line), words) for line, words in document.header.warnings]


def rules(
    document: Document,
    found: Iterable[Directive],
    level: Level,
    category: Category,
    scope: str = "",
    sort: bool = False,
) -> list[Rule]:
    """Rule units of directives.

    Args:
        sort: whether level and category follow the headings above each rule, where these name a topic; else all get those given.
    """
    out = []
    for directive in found:
        segment = directive.segment
        its_level, its_category = topic(segment.headings, level, category) if sort else (level, category)
        out.append(
            Rule(
                level=its_level,
                category=its_category,
                modality=directive.modality,
                sentence=document.text[segment.start : segment.end],
                under=" ".join(directive.under.split()),
                scope=scope,
                section=segment.headings,
                **document.place(segment.start, segment.end),  # type: ignore[arg-type]
            )
        )
    return out


def topic(headings: Sequence[str], level: Level, category: Category) -> tuple[Level, Category]:
    """Level and category by the innermost heading that names a topic, the document's title left out; those given where none does."""
    for heading in reversed(headings[1:] or [heading for heading in headings if not TITLE.search(heading)]):
        for pattern, its_level, its_category in TOPICS:
            if pattern.search(heading):
                return its_level, its_category
    return level, category


def below(segments: Sequence[Segment], pattern: re.Pattern[str]) -> list[Segment]:
    """The sentences below a heading that fits."""
    return [segment for segment in segments if any(pattern.search(heading) for heading in segment.headings)]


def read_rules(document: Document, level: Level, category: Category, scope: str = "", described: bool = False, sort: bool = False) -> list[Rule]:
    """The Rule units of a document's body."""
    return rules(document, directives(page_of(document).segments, described), level, category, scope, sort)


def distinct(units: Iterable[AnyUnit]) -> list[AnyUnit]:
    """Units without repetitions of the same sentence in the same file."""
    seen: set[tuple[str, str]] = set()
    out = []
    for unit in units:
        if isinstance(unit, Rule):
            key = (unit.id, unit.path)
            if key in seen:
                continue
            seen.add(key)
        out.append(unit)
    return out


def first_line(text: str) -> str:
    """The first line that says something, without marks of headings and emphasis."""
    for line in text.splitlines():
        if words := re.sub(r"^[#>\s*_`-]+|[*_`\s]+$", "", line):
            return words
    return ""


def first_sentence(page: Page) -> str:
    """The first sentence of the first paragraph that is no list."""
    return next((" ".join(segment.text.split()) for segment in page.segments if segment.kind == "paragraph"), "")


def extra(values: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The keys of a header that have no place in a unit, kept as they are."""
    return {key: value for key, value in values.items() if key not in set(known)}
