"""An agent of version 4: a Persona, the commands that it takes, and its rules."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from knowledge.document import Document
from knowledge.frontmatter import texts
from knowledge.grammar import directives
from knowledge.markdown import Segment
from knowledge.readers.bmad.commands import commands
from knowledge.readers.bmad.places import YAML, agents_beside, resource
from knowledge.readers.bmad.sentences import rules_of, segments
from knowledge.readers.bmad.sheet import Sheet, sheet_of
from knowledge.readers.persona import read_persona
from knowledge.readers.reading import Around, Reading, header_warnings, page_of, rules, whole
from knowledge.readers.values import line_of_words, mapping
from knowledge.units import HandOver, Persona, Statement

BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})[ \t]*ya?ml\b[^\n]*\n(?P<yaml>.*?)(?:^(?P=fence)[ \t]*$|\Z)", re.M | re.S | re.I)
SHOWN = re.compile(r"(?i)template|display|example|dependenc|customi[sz]ation")
PASSES = r"(?i)\b(?:hand(?:s|ing)?[ -]?(?:off|over)|pass(?:es)?|returns?|delegates?|escalates?|refers?|transform)\b[^.;]*?\b(?:to|into)\b[^.;]*?(?<![\w-])@?(%s)(?![\w-])"


class Agent:
    """What the YAML of an agent says, in either way to lay it out: all at its top, or all below `agent`."""

    def __init__(self, sheet: Sheet | None, document: Document) -> None:
        self.block = mapping(sheet.value) if sheet else {}
        self.agent = mapping(self.block.get("agent"))
        self.about = mapping(self.agent.get("metadata")) or self.agent
        self.persona = mapping(self.block.get("persona")) or mapping(self.agent.get("persona"))
        self.path = ("persona",) if mapping(self.block.get("persona")) else ("agent", "persona")
        short = line_of_words(self.about.get("id"))
        self.name = (PurePosixPath(short).stem if "/" in short else short) or line_of_words(self.about.get("name")) or document.inner.stem.removesuffix(".agent")

    @property
    def rest(self) -> dict[tuple[str, ...], Any]:
        """By path, what is neither about the agent nor its persona, its principles or its commands."""
        found: dict[tuple[str, ...], Any] = {(key,): value for key, value in self.block.items() if key not in ("agent", "persona", "core_principles", "commands")}
        if self.about is self.agent:
            return found
        return found | {("agent", key): value for key, value in self.agent.items() if key not in ("metadata", "persona", "menu", "commands")}

    def commands(self, sheet: Sheet) -> Any:
        """Its commands, and the rules within them."""
        if "commands" in self.block:
            return commands(sheet, ("commands",), self.block["commands"], self.name)
        return commands(sheet, ("agent", "menu"), self.agent.get("menu"), self.name)

    def unit(self, sheet: Sheet, others: Sequence[str]) -> Persona:
        """The Persona; what passes work to one of the others is a hand-over, and no duty."""
        told = [
            *sheet.statements((*self.path, "core_principles"), self.persona.get("core_principles")),
            *sheet.statements((*self.path, "principles"), self.persona.get("principles")),
            *sheet.statements(("core_principles",), self.block.get("core_principles")),
        ]
        handed = handed_over(told, others)
        return Persona(
            level="L3",
            category="persona",
            name=self.name,
            description=line_of_words(self.about.get("whenToUse") or self.about.get("description")),
            role=line_of_words(self.persona.get("role")),
            duties=tuple(statement for statement in told if statement not in handed),
            tone=tuple(part for key in ("style", "communication_style") for part in sheet.statements((*self.path, key), self.persona.get(key))),
            hand_overs=tuple(HandOver(to=to, **statement.model_dump()) for statement, to in handed.items()),
            **sheet.document.place(0, len(sheet.document.text)),  # type: ignore[arg-type]
        )


def read_agent(document: Document, around: Around, root: str) -> Reading:
    """A Persona, the commands that it takes, and its rules: from the YAML block of a page, or from a YAML file.

    A page without such a block is read as a role in prose.
    """
    page = document.suffix not in YAML
    fence = BLOCK.search(document.text) if page else None
    if page and not fence:
        reading = read_persona(document)
        reading.parts = [part for part in reading.parts if part.residency == "on demand"]
        return reading
    reading = Reading("persona", warnings=header_warnings(document))
    sheet = sheet_of(document, *(fence.span("yaml") if fence else (0, len(document.text))), reading)
    agent = Agent(sheet, document)
    reading.parts = [whole(document, "on demand", "L3", "persona", agent.name, document.body)]
    around_block = directives(page_of(document).segments) if page else []
    scope = f"persona:{agent.name}"
    if sheet is None or not agent.block:
        if sheet:
            reading.warnings.append((document.at(sheet.line(())), "holds no keys and values; it is left out"))
        if page:
            unit = Persona(level="L3", category="persona", name=agent.name, **document.place(0, len(document.text)))  # type: ignore[arg-type]
            reading.units = [unit, *rules(document, around_block, "L3", "persona", scope)]
        return reading
    unit = agent.unit(sheet, [other for other in agents_beside(around, root) if other not in (agent.name, document.inner.stem)])
    extra = {key: value for key, value in agent.about.items() if key not in ("id", "whenToUse", "description")}
    extra |= {key: value for key, value in agent.persona.items() if key not in ("role", "style", "communication_style", "core_principles", "principles")}
    told: list[Segment] = []
    for path, value in agent.rest.items():
        found = [] if SHOWN.search(path[-1]) else list(segments(sheet, path, value, path[-1:]))
        if directives(found):
            told += found
        elif value is not None and path[-1] != "dependencies":
            extra[path[-1]] = value
    calls, led = agent.commands(sheet)
    ruled = rules_of(sheet, [*around_block, *directives(told)], "L3", "persona", scope)
    unit = unit.model_copy(update={"extra": {key: value for key, value in extra.items() if value not in (None, "")}})
    reading.units = [unit, *sorted([*ruled, *calls, *led], key=lambda part: (part.line, part.start))]
    for kind, names in mapping(agent.block.get("dependencies")).items():
        for number, entry in enumerate(texts(names)):
            reading.mentions.append((document.at(sheet.line(("dependencies", kind, number))), "file", resource(document, around, f"{kind}/{entry}")))
    reading.mentions += [(part.source, "persona", part.to) for part in unit.hand_overs]
    return reading


def handed_over(told: Sequence[Statement], others: Sequence[str]) -> dict[Statement, str]:
    """The statements that pass work to another agent of the same core, by its name."""
    if not others:
        return {}
    pattern = re.compile(PASSES % "|".join(re.escape(other) for other in sorted(others, key=len, reverse=True)))
    return {statement: match[1].lower() for statement in told if (match := pattern.search(statement.text))}
