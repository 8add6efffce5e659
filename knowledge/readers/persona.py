"""Read a role out of a Markdown document, whoever wrote it."""

import re

from knowledge.document import Document
from knowledge.frontmatter import texts, words
from knowledge.grammar import ROLE, directives, plain
from knowledge.markdown import Segment, leads_in
from knowledge.readers.reading import Reading, below, extra, first_line, headed, header_warnings, page_of, rules, whole
from knowledge.units import HandOver, Level, Persona, Statement

DUTIES = re.compile(r"(?i)\b(?:duties|responsibilit\w+|capabilit\w+|core functions?|what you do|mandate|focus areas?|primary role)\b")
TONE = re.compile(r"(?i)\b(?:tone|voice|communication|communicates?|style of (?:speech|answers)|manner|mindset|personality)\b")
HANDS_OVER = re.compile(r"(?i)\b(?:hand-?s?[ -]?(?:over|off)s?|hands over|hand(?:s|ing) off|escalat\w+|collaborat\w+|integration points?|delegat\w+|works with)\b")
TAKES = re.compile(r"(?i)^\W*(?:works from|inputs?|starts from|needs|what you get|receives)\b")
LEAVES = re.compile(r"(?i)^\W*(?:leaves behind|outputs?|deliverables?|produces|what you leave|output format)\b")
DECLINES = re.compile(r"(?i)^\W*(?:declines?|refuses|out of scope|not your job|does not do|boundaries)\b")
RECEIVER = re.compile(r"\b[Tt]o (?:the )?(?:\*\*([^*]+)\*\*|`([^`]+)`|([A-Z][\w-]+(?: [A-Z][\w-]+)?)\b)")
NAMED = re.compile(r"You(?:['’]re| are) [A-Z]")  # "You are QA"
KNOWN = ("name", "description", "tools", "allowed-tools")


def read_persona(document: Document, level: Level = "L3") -> Reading:
    """A Persona, with its duties, tone and hand-overs, and the rules that hold while it acts.

    A sentence belongs to one unit: what stands below a heading of duties, tone, inputs, results, refusals or hand-overs is the Persona's, the rest are Rules.
    """
    header, page = document.header.values, page_of(document)
    name = words(header.get("name")) or first_line(document.body) or document.inner.stem
    duties = listed(document, below(page.segments, DUTIES))
    tone = stated(document, [segment for segment in below(page.segments, TONE) if segment.kind != "row" and not leads_in(segment.text)])
    handed = [segment for segment in below(page.segments, HANDS_OVER) if segment.list_id >= 0 and segment.first and not leads_in(segment.text)]
    takes, leaves, declines = (listed(document, below(page.segments, pattern)) for pattern in (TAKES, LEAVES, DECLINES))
    mine = {part.start for part in (*duties, *tone, *takes, *leaves, *declines)} | {segment.start for segment in handed}
    role = next((segment for segment in page.segments if ROLE.match(plain(segment.text)) or NAMED.match(plain(segment.text))), None)
    mine |= {role.start} if role else set()
    unit = Persona(
        level=level,
        category="persona",
        name=name,
        description=words(header.get("description")),
        role=" ".join(role.text.split()) if role else "",
        duties=duties,
        tone=tuple(part for part in tone if part not in duties),
        tools=texts(header.get("tools") or header.get("allowed-tools")),
        takes=takes,
        leaves=leaves,
        declines=declines,
        hand_overs=tuple(HandOver(to=receiver(segment.text), text=segment.text, **document.place(segment.start, segment.end)) for segment in handed),  # type: ignore[arg-type]
        extra=extra(header, KNOWN),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    rest = [directive for directive in directives(page.segments, described=True) if directive.segment.start not in mine]
    reading = Reading("persona", [unit, *rules(document, rest, level, "persona", f"persona:{name}")], warnings=header_warnings(document))
    tools = f" (Tools: {', '.join(unit.tools)})" if unit.tools else ""
    reading.parts = [
        whole(document, "resident", level, "persona", name, f"- {name}: {unit.description}{tools}"),
        whole(document, "on demand", level, "persona", name, document.body),
    ]
    reading.mentions = [(headed(document, tool), "tool", tool) for tool in unit.tools] + [
        (part.source, "persona", part.to) for part in unit.hand_overs if part.to and re.match(r"(?i)(?:to|hand\w* (?:over |off )?to) (?:the )?[*`]", part.text)
    ]
    return reading


def stated(document: Document, segments: list[Segment]) -> tuple[Statement, ...]:
    """The segments as statements."""
    return tuple(document.statement(segment.start, segment.end) for segment in segments)


def listed(document: Document, segments: list[Segment]) -> tuple[Statement, ...]:
    """The items among the segments, as statements."""
    return stated(document, [segment for segment in segments if segment.list_id >= 0 and not leads_in(segment.text)])


def receiver(text: str) -> str:
    """To whom work is handed: the first name in bold type or in capitals after "to"; empty where none is named."""
    found = RECEIVER.search(text)
    return (found[1] or found[2] or found[3]).strip(": ") if found else ""
