"""BMAD-METHOD: version 4 (agents with a YAML block, tasks, templates, workflows, checklists) and version 6 (skills with a customize.toml)."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from posixpath import relpath
from typing import Any

from knowledge.document import Document
from knowledge.frontmatter import texts, words
from knowledge.grammar import Directive, directives
from knowledge.markdown import Page, Segment, leads_in, parse
from knowledge.readers.listing import sound
from knowledge.readers.openapi import items, mapping, plain, shielded
from knowledge.readers.persona import read_persona
from knowledge.readers.reading import Around, Reading, first_sentence, header_warnings, page_of, read_rules, rules, whole
from knowledge.units import AnyUnit, Category, Command, HandOver, Level, Methodology, Pattern, Persona, Rule, Stage, Statement
from knowledge.yamls import BadYaml, Harmful, lines_of, load_yaml

FORMAT = "BMAD"
FOLDERS = ("agents", "agent-teams", "tasks", "templates", "workflows", "checklists", "data", "utils")
HOMES = {".bmad-core", "bmad-core", "_bmad", ".bmad", "bmad"}
PACK = re.compile(r"\.bmad-[\w-]+")
CONFIG, SKILL, CUSTOM = "core-config.yaml", "SKILL.md", "customize.toml"
YAML, PROSE = (".yaml", ".yml"), (".md", ".txt")

BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})[ \t]*ya?ml\b[^\n]*\n(?P<yaml>.*?)(?:^(?P=fence)[ \t]*$|\Z)", re.M | re.S | re.I)
SHOWN = re.compile(r"(?i)template|display|example|dependenc|customi[sz]ation")
CALL = re.compile(r"\*?\s*(?P<name>[^\s{\[<(]+)(?P<rest>.*)", re.S)
ARGUMENT = re.compile(r"\{[^}]*\}|\[[^\]]*\]|<[^>]*>")
MADE = ("creates", "updates", "validates", "produces", "outputs", "generates")
ANYONE = ("various", "all", "user", "any")
INNER = ("sequence", "steps", "stages", "agents")
TOLD = ("instruction", "instructions", "details", "row_instruction")
STEP = re.compile(r"(?i)^(?:step[-_ ]?)0*(?P<number>\d+)(?P<letter>[a-z]?)(?=[-_. ]|$)")
NUMBERED = re.compile(r"(?i)^\W*(?:step|phase|stage)?\s*\d+[a-z]?\s*[:.)–—-]\s*(?=\S)")
PURPOSE = re.compile(r"(?i)\W*(?:purpose|overview|goal|objective|summary)\b")
SETTING = re.compile(r"[A-Za-z]\w*: \S+(?:\n|$)")
LABELLED_GOAL = re.compile(r"^\W*Goal\b:?\W*\s+")
GOAL = re.compile(r"(?i)\bgoal\b")
PASSES = r"(?i)\b(?:hand(?:s|ing)?[ -]?(?:off|over)|pass(?:es)?|returns?|delegates?|escalates?|refers?|transform)\b[^.;]*?\b(?:to|into)\b[^.;]*?(?<![\w-])@?(%s)(?![\w-])"
OWN = ("name", "description", "role", "identity", "communication_style", "principles", "title", "icon", "code", "skill", "id")


def found(paths: Iterable[str]) -> bool:
    """Whether the paths of a source show BMAD: a folder of its name, `core-config.yaml` beside agents or workflows, or a skill with a `customize.toml`."""
    files = [PurePosixPath(path) for path in paths]
    if any(part in HOMES or PACK.fullmatch(part) for path in files for part in path.parts[:-1]):
        return True
    configured = {path.parent for path in files if path.name == CONFIG}
    if configured and any(parent.name in ("agents", "workflows") and parent.parent in configured for path in files for parent in path.parents):
        return True
    return bool({path.parent for path in files if path.name == SKILL} & {path.parent for path in files if path.name == CUSTOM})


def claims(document: Document, around: Around) -> bool:
    """In a source with BMAD, what lies in the folders of its core, and its skills. Of `.claude/` only skills with a `customize.toml`."""
    if "bmad" not in around.features or document.suffix not in (*PROSE, *YAML, ".toml"):
        return False
    return skill_of(document, around) is not None or home(document, around) is not None


def home(document: Document, around: Around) -> tuple[str, str] | None:
    """The root of the BMAD core that a document lies in, and the folder there; an empty folder for `core-config.yaml`. None outside of one."""
    parts = PurePosixPath(document.path).parts
    if ".claude" in parts or document.suffix == ".toml":
        return None
    if document.name == CONFIG:
        return "/".join(parts[:-1]), ""
    for number in range(1, len(parts) - 1):
        if parts[number] in FOLDERS and is_core(parts[:number], around):
            return "/".join(parts[:number]), parts[number]
    return None


def is_core(parts: tuple[str, ...], around: Around) -> bool:
    """Whether a folder is the root of a BMAD core, a module or an expansion pack of one, or the `common` beside it."""
    if parts[-1] in HOMES or PACK.fullmatch(parts[-1]) or "/".join([*parts, CONFIG]) in around.documents:
        return True
    if len(parts) > 1 and (parts[-2] in ("_bmad", "bmad") or parts[-2] == "expansion-packs"):
        return True
    beside = parts[:-1]
    return parts[-1] == "common" and any("/".join([*beside, name, CONFIG]) in around.documents for name in ("bmad-core", ".bmad-core"))


def skill_of(document: Document, around: Around) -> str | None:
    """The folder of the version 6 skill that a document belongs to; None for none."""
    parts = PurePosixPath(document.path).parts
    for number in range(len(parts) - 1, 0, -1):
        folder = "/".join(parts[:number])
        if f"{folder}/{SKILL}" in around.documents:
            own = f"{folder}/{CUSTOM}" in around.documents
            return folder if own or (".claude" not in parts and (parts[number - 1].startswith("bmad") or any(part in HOMES for part in parts[:number]))) else None
    return None


def read(document: Document, around: Around) -> Reading:
    """The units of one file, by where it lies."""
    if folder := skill_of(document, around):
        return read_skill(document, around, folder)
    root, kind = home(document, around) or ("", "")
    if document.suffix in YAML:
        reader = {"agents": read_agent, "workflows": read_workflow, "templates": read_template, "agent-teams": read_team}.get(kind)
        return reader(document, around, root) if reader else settings(document)
    if kind == "agents":
        return read_agent(document, around, root)
    if kind == "tasks":
        return read_task(document)
    if kind == "templates":
        return page_template(document)
    if kind == "workflows":
        return read_flow(document, around)
    if kind == "checklists":
        return prose(document, "L1", "methodology", f"checklist:{document.inner.stem}")
    return prose(document, "L4", "domain")


def prose(document: Document, level: Level, category: Category, scope: str = "") -> Reading:
    """The rules of a page."""
    return Reading("rules", list(read_rules(document, level, category, scope)), [whole(document, "on demand", level, category)], header_warnings(document))


def settings(document: Document) -> Reading:
    """A YAML file that holds values and no units: `core-config.yaml`, data."""
    reading = Reading("settings", parts=[whole(document, "on demand", "L0", "operational rule")])
    sheet_of(document, 0, len(document.text), reading)
    return reading


# YAML with exact places


@dataclass
class Sheet:
    """A YAML text within a document.

    Attributes:
        start: where it begins in the document; `end`: the character after it.
        value: what it says, of plain types.
        lines: the line within it on which each value begins.
    """

    document: Document
    start: int
    end: int
    value: Any
    lines: dict[tuple[str | int, ...], int]
    lists: int = 0
    unplaced: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line in the document of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.document.line(self.start) + self.lines.get(path, 1) - 1

    def stretch(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Where a value stands, without its key or dash; the rest of the line where it does not begin one (`{a: b, c: d}`)."""
        start, end, _ = self.found(path)
        return start, end

    def found(self, path: tuple[str | int, ...]) -> tuple[int, int, bool]:
        """Where a value stands, to the last line that is set in deeper than its key or dash, and whether these begin the line."""
        text = self.document.text
        begin = self.document.start(self.line(path))
        stop = line_end(text, begin)
        key = path[-1] if path else ""
        mark = rf"[ \t]*(?:-[ \t]+)*(?P<mark>(?P<quote>['\"]?){re.escape(key)}(?P=quote))[ \t]*:(?!\S)[ \t]*" if isinstance(key, str) else r"[ \t]*(?P<mark>-)(?!\S)[ \t]*"
        match = re.match(mark, text[begin:stop])
        if not match:
            return begin + len(text[begin:stop]) - len(text[begin:stop].lstrip()), stop, False
        column, end = match.start("mark"), min(stop, self.end)
        while stop < self.end:
            row = stop + 1
            stop = line_end(text, row)
            inner = text[row:stop].lstrip()
            depth = stop - row - len(inner)
            if depth <= column and inner and not inner.startswith("#") and not (isinstance(key, str) and depth == column and inner.startswith("- ")):
                break
            if inner and (depth > column or not inner.startswith("#")):
                end = min(stop, self.end)
        return begin + match.end(), max(end, begin + match.end()), True

    def place(self, path: tuple[str | int, ...], value: str) -> tuple[int, int] | None:
        """Where the words of a text stand exactly; None where they do not stand as they are read (an alias, a sign written by its code)."""
        start, end, own = self.found(path)
        raw, said = self.document.text[start:end], value.strip()
        if said and (at := raw.find(said)) >= 0 and (own or raw.count(said) == 1):
            return start + at, start + at + len(said)
        if not own:
            return None
        if header := re.match(r"(?:[&!]\S+[ \t]+)*[|>][^\n]*\n", raw):
            start += header.end()
        elif raw[:1] in ("'", '"') and (close := raw.rfind(raw[0])) > 0:
            start, end = start + 1, start + close
        inner = self.document.text[start:end]
        start, end = start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
        inner = self.document.text[start:end]
        same = {squeezed(inner), squeezed(inner).replace("''", "'"), squeezed(inner).replace('\\"', '"')}
        return (start, end) if said and squeezed(said) in same else None

    def statement(self, path: tuple[str | int, ...], value: Any) -> Statement | None:
        """A text, or an item such as `CRITICAL: never …` that YAML takes for a key and a value, as a statement."""
        if value is None or value == {} or value == []:
            return None
        start, end, own = self.found(path)
        place = self.place(path, value) if isinstance(value, str) else (start, end) if own else None
        if place is None:
            text = value.strip() if isinstance(value, str) else ", ".join(f"{key}: {words(part)}" for key, part in mapping(value).items()) or words(value)
            return Statement(text=text, source=self.document.at(self.line(path))) if text else None
        if place[0] in self.taken or place[1] <= place[0]:
            return None
        self.taken.add(place[0])
        return self.document.statement(*place)

    def statements(self, path: tuple[str | int, ...], value: Any) -> tuple[Statement, ...]:
        """A text, or those of a list or of a set of keys, one by one."""
        if isinstance(value, list):
            made = [self.statement((*path, number), item) for number, item in enumerate(value)]
        elif isinstance(value, dict):
            made = [self.statement((*path, str(key)), item) for key, item in value.items()]
        else:
            made = [self.statement(path, value)]
        return tuple(statement for statement in made if statement)

    def segments(self, path: tuple[str | int, ...], value: Any, headings: tuple[str, ...] = (), inside: int = -1) -> Iterator[Segment]:
        """The sentences of every text in a value, with their places.

        Args:
            headings: the keys above it.
            inside: the number of the list that it is an item of.
        """
        if isinstance(value, list):
            self.lists += 1
            number = self.lists
            for at, item in enumerate(value):
                yield from self.segments((*path, at), item, headings, number)
        elif isinstance(value, dict):
            labelled = self.labelled(path, value) if inside >= 0 else None
            if labelled and labelled[0] not in self.taken:
                self.taken.add(labelled[0])
                yield from self.cut(*labelled, headings, inside)
            else:
                for key, item in value.items():
                    yield from self.segments((*path, str(key)), item, (*headings, str(key)))
        elif isinstance(value, str) and value.strip():
            if place := self.place(path, value):
                if place[0] not in self.taken:
                    self.taken.add(place[0])
                    yield from self.cut(*place, headings, inside)
            else:
                line = self.line(path)
                for segment in parse(value.replace("\r\n", "\n").replace("\r", "\n")).segments:
                    start = -len(self.unplaced) - 1
                    self.unplaced[start] = line
                    yield replace(segment, start=start, end=start, headings=headings, list_id=inside, kind="item" if inside >= 0 else segment.kind)

    def labelled(self, path: tuple[str | int, ...], value: dict[Any, Any]) -> tuple[int, int] | None:
        """Where an item such as `CRITICAL: never …` stands, which is one sentence for people; None for what is none."""
        if len(value) != 1 or not isinstance(next(iter(value.values())), str):
            return None
        start, end, own = self.found(path)
        written = re.search(r":[ \t]+(?:[|>][+-]?\d?[ \t]*\n|[\"'&*!])", self.document.text[start:end])
        return (start, end) if own and end > start and not written else None

    def cut(self, start: int, end: int, headings: tuple[str, ...], inside: int) -> Iterator[Segment]:
        """The sentences of a stretch, which is set in as YAML is, and may be Markdown."""
        text = self.document.text
        margin = start - (text.rfind("\n", 0, start) + 1)
        block = not text[start - margin : start].strip()
        flat: list[str] = []
        starts: list[int] = []
        real: list[int] = []
        at, here = 0, start
        for number, line in enumerate(text[start:end].split("\n")):
            inner = len(line) - len(line.lstrip())
            away = 0 if number == 0 else min(inner, margin) if block else inner
            flat.append(line[away:])
            starts.append(at)
            real.append(here + away)
            at, here = at + len(line) - away + 1, here + len(line) + 1

        def placed(where: int) -> int:
            row = bisect_right(starts, where) - 1
            return real[row] + where - starts[row]

        numbers: dict[int, int] = {}
        for segment in parse("\n".join(flat)).segments:
            if segment.list_id >= 0 and segment.list_id not in numbers:
                self.lists += 1
                numbers[segment.list_id] = self.lists
            number = numbers.get(segment.list_id, inside)
            yield replace(
                segment,
                start=placed(segment.start),
                end=placed(segment.end - 1) + 1,
                headings=(*headings, *segment.headings),
                list_id=number,
                kind="item" if number >= 0 and segment.kind == "paragraph" else segment.kind,
            )

    def rules(self, found: Iterable[Directive], level: Level, category: Category, scope: str) -> list[AnyUnit]:
        """Rule units of directives; those whose words do not stand as they are read have a line and no more."""
        out: list[AnyUnit] = []
        for directive in found:
            segment = directive.segment
            if segment.start >= 0:
                out += rules(self.document, [directive], level, category, scope)
                continue
            made = Rule(level=level, category=category, modality=directive.modality, sentence=segment.text, under=directive.under, scope=scope, section=segment.headings)
            out.append(made.model_copy(update={"source": self.document.at(self.unplaced[segment.start])}))
        return out


def line_end(text: str, at: int) -> int:
    """The end of the line of a character."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def squeezed(text: str) -> str:
    """A text without its spaces."""
    return re.sub(r"\s+", "", text)


def sheet_of(document: Document, start: int, end: int, reading: Reading) -> Sheet | None:
    """The YAML of a stretch of a document; None, with a warning, where there is none that can be read."""
    text = shielded(document)[start:end]
    try:
        return Sheet(document, start, end, plain(load_yaml(text)), lines_of(text))
    except BadYaml as error:
        line = document.line(start) + error.line - 1
        reading.warnings.append((document.at(line), f"is no YAML (line {line}: {error}); it is left out"))
    except Harmful as error:
        reading.warnings.append((document.at(document.line(start)), f"is left out: {error}"))
    return None


def line_of_words(value: Any) -> str:
    """A value as one text, whatever it is; nothing for nothing and for keys and values."""
    return sound(words(value)) if not isinstance(value, bool) else str(value).lower()


def readable(value: Any) -> str:
    """A name as people read it: `create_story` is "create story"."""
    return line_of_words(value).replace("_", " ")


# Version 4


def read_agent(document: Document, around: Around, root: str) -> Reading:
    """A Persona, the commands that it takes, and its rules: from the YAML block of a page, or from a YAML file.

    A page without such a block is read as a role in prose.
    """
    reading = Reading("persona", warnings=header_warnings(document))
    fence = None if document.suffix in YAML else BLOCK.search(document.text)
    if not fence and document.suffix not in YAML:
        reading = read_persona(document)
        reading.parts = [part for part in reading.parts if part.residency == "on demand"]
        return reading
    sheet = sheet_of(document, *(fence.span("yaml") if fence else (0, len(document.text))), reading)
    block = mapping(sheet.value) if sheet else {}
    if sheet and not block:
        reading.warnings.append((document.at(sheet.line(())), "holds no keys and values; it is left out"))
    agent = mapping(block.get("agent"))
    about = mapping(agent.get("metadata")) or agent
    persona = mapping(block.get("persona")) or mapping(agent.get("persona"))
    its_path = ("persona",) if mapping(block.get("persona")) else ("agent", "persona")
    stem = document.inner.stem.removesuffix(".agent")
    short = line_of_words(about.get("id"))
    name = (PurePosixPath(short).stem if "/" in short else short) or line_of_words(about.get("name")) or stem
    scope = f"persona:{name}"
    if sheet is None or not block:
        unit = Persona(level="L3", category="persona", name=name, **document.place(0, len(document.text)))  # type: ignore[arg-type]
        reading.units = [unit, *rules(document, directives(page_of(document).segments), "L3", "persona", scope)] if document.suffix not in YAML else []
        reading.parts = [whole(document, "on demand", "L3", "persona", name, document.body)]
        return reading
    told = [
        *sheet.statements((*its_path, "core_principles"), persona.get("core_principles")),
        *sheet.statements((*its_path, "principles"), persona.get("principles")),
        *sheet.statements(("core_principles",), block.get("core_principles")),
    ]
    handed = handed_over(told, [other for other in agents_beside(document, around, root) if other not in (name, document.inner.stem)])
    unit = Persona(
        level="L3",
        category="persona",
        name=name,
        description=line_of_words(about.get("whenToUse") or about.get("description")),
        role=line_of_words(persona.get("role")),
        duties=tuple(statement for statement in told if statement not in handed),
        tone=(*sheet.statements((*its_path, "style"), persona.get("style")), *sheet.statements((*its_path, "communication_style"), persona.get("communication_style"))),
        hand_overs=tuple(HandOver(to=to, **statement.model_dump()) for statement, to in handed.items()),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    told_rules: list[Segment] = []
    extra = {key: value for key, value in about.items() if key not in ("id", "whenToUse", "description")} | {
        key: value for key, value in persona.items() if key not in ("role", "style", "communication_style", "core_principles", "principles")
    }
    rest: dict[tuple[str, ...], Any] = {(key,): value for key, value in block.items() if key not in ("agent", "persona", "core_principles", "commands")}
    rest |= {("agent", key): value for key, value in agent.items() if about is not agent and key not in ("metadata", "persona", "menu", "commands")}
    for path, value in rest.items():
        segments = [] if SHOWN.search(path[-1]) else list(sheet.segments(path, value, path[-1:]))
        if directives(segments):
            told_rules += segments
        elif value is not None and path[-1] != "dependencies":
            extra[path[-1]] = value
    calls, call_rules = commands(sheet, ("commands",) if "commands" in block else ("agent", "menu"), block.get("commands") if "commands" in block else agent.get("menu"), name)
    around_block = [] if document.suffix in YAML else page_of(document).segments
    found = [*directives(around_block), *directives(told_rules)]
    reading.units = [
        unit.model_copy(update={"extra": {key: value for key, value in extra.items() if value not in (None, "")}}),
        *sorted([*sheet.rules(found, "L3", "persona", scope), *calls, *call_rules], key=lambda part: (part.line, part.start)),
    ]
    reading.parts = [whole(document, "on demand", "L3", "persona", name, document.body)]
    for kind, names in mapping(block.get("dependencies")).items():
        for number, entry in enumerate(texts(names)):
            reading.mentions.append((document.at(sheet.line(("dependencies", kind, number))), "file", resource(document, around, f"{kind}/{entry}")))
    reading.mentions += [(part.source, "persona", part.to) for part in unit.hand_overs]
    return reading


def agents_beside(document: Document, around: Around, root: str) -> list[str]:
    """The names of the agents in the same core."""
    return [PurePosixPath(path).stem for path in around.documents if path.startswith(f"{root}/agents/") and path.endswith((*PROSE, *YAML))]


def handed_over(told: Sequence[Statement], others: Sequence[str]) -> dict[Statement, str]:
    """The statements that pass work to another agent of the same core, by its name."""
    if not others:
        return {}
    pattern = re.compile(PASSES % "|".join(re.escape(other) for other in sorted(others, key=len, reverse=True)))
    return {statement: match[1].lower() for statement in told if (match := pattern.search(statement.text))}


def resource(document: Document, around: Around, name: str) -> str:
    """The path, from an agent, of a file that it depends on: in the same core, or in the `common` folder beside it."""
    near, common = f"../{name}", f"../../common/{name}"
    return common if not around.find(document, near) and around.find(document, common) else near


def commands(sheet: Sheet, path: tuple[str, ...], value: Any, agent: str) -> tuple[list[AnyUnit], list[AnyUnit]]:
    """The commands that an agent takes, `*name` each, and the rules within those that are written out."""
    entries: list[tuple[tuple[str | int, ...], Any, Any]] = []
    if isinstance(value, dict):
        entries = [((*path, str(key)), key, said) for key, said in value.items()]
    for number, item in enumerate(items(value)):
        if isinstance(item, dict) and (named := next((key for key in ("trigger", "cmd", "name", "command") if isinstance(item.get(key), str)), None)):
            entries.append(((*path, number), item[named], item.get("description") or item.get("action") or item.get("effect") or item.get("workflow")))
        elif isinstance(item, dict):
            entries += [((*path, number, str(key)), key, said) for key, said in item.items()]
        elif isinstance(item, str):
            head, _, said = item.partition(": ") if ": " in item else item.partition(" - ")
            entries.append(((*path, number), head, said))
    units: list[AnyUnit] = []
    led: list[AnyUnit] = []
    for at, key, said in entries:
        match = CALL.match(line_of_words(key).strip())
        if not match:
            continue
        name = f"*{match['name']}"
        inner = [] if said is None or isinstance(said, str | int | float) else list(sheet.segments(at, said, (name,)))
        effect = line_of_words(said) if not inner else " ".join(inner[0].text.split())
        _, end = sheet.stretch(at)
        begin = sheet.document.start(sheet.line(at))
        begin += len(sheet.document.text[begin:end]) - len(sheet.document.text[begin:end].lstrip(" \t-"))
        place: Any = sheet.document.place(begin, end) if end > begin else {"source": sheet.document.at(sheet.line(at))}
        arguments = tuple(ARGUMENT.findall(match["rest"]))
        units.append(Command(level="L3", category="command", name=name, description=effect, called_by="agent", arguments=arguments, effect=effect, extra={"agent": agent}, **place))
        led += sheet.rules(directives(inner[1:]), "L3", "command", f"command:{name}")
    return units, led


def read_task(document: Document) -> Reading:
    """A task: a Command that an agent runs, and the rules of its body."""
    header, page = document.header.values, page_of(document)
    name = document.inner.stem
    purpose = purpose_of(page)
    effect = " ".join(purpose.text.split()) if purpose else title(page)
    unit = Command(
        level="L3",
        category="command",
        name=name,
        description=line_of_words(header.get("description")) or effect,
        called_by="agent",
        effect=effect,
        extra={"title": title(page)} if title(page) else {},
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    told = [directive for directive in directives(page.segments, described=True) if directive.segment is not purpose]
    found = rules(document, told, "L3", "command", f"command:{name}")
    return Reading("command", [unit, *found], [whole(document, "on demand", "L3", "command", name, document.body)], header_warnings(document))


def purpose_of(page: Page) -> Segment | None:
    """The sentence that says what a task is for: the first below its title, else the first below a heading of its purpose."""
    headed = any(block.kind != "code" for block in page.blocks)
    said = [segment for segment in page.segments if not leads_in(segment.text) and not segment.text.startswith("[[") and not SETTING.match(segment.text)]
    opening = (segment for segment in said if segment.opening and bool(segment.headings) == headed)
    return next(opening, None) or next((segment for segment in said if segment.headings and PURPOSE.match(segment.headings[-1])), None)


def title(page: Page) -> str:
    """The first heading; empty where there is none."""
    return next((block.text for block in page.blocks if block.kind != "code" and block.text), "")


def read_template(document: Document, around: Around, root: str) -> Reading:
    """A document's template: a Pattern whose parts are the titles of its sections, and the rules of their instructions."""
    reading = Reading("template")
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    about = mapping(value.get("template"))
    name = line_of_words(about.get("id")) or document.inner.stem
    reading.parts = [whole(document, "on demand", "L4", "template", name)]
    if sheet is None or not value:
        if sheet:
            reading.warnings.append((document.at(1), "holds no keys and values; it is left out"))
        return reading
    output = mapping(about.get("output"))
    titles: list[Statement] = []
    found: list[Segment] = []
    for path, section, above in sections(value.get("sections"), ("sections",)):
        if isinstance(section.get("title"), str) and (heading := sheet.statement((*path, "title"), section["title"])):
            titles.append(heading)
        for key in TOLD:
            found += sheet.segments((*path, key), section.get(key), above)
    if not titles:
        for key in value:
            start, _ = sheet.stretch((key,))
            begin = sheet.document.start(sheet.line((key,)))
            at = document.text.find(key, begin, start)
            if key not in ("template", "workflow", "agent_config", "sections") and "example" not in key and at >= 0:
                titles.append(document.statement(at, at + len(key)))
    examples = value.get("examples")
    shown = next((example for example in (examples.values() if isinstance(examples, dict) else items(examples)) if isinstance(example, str)), "")
    unit = Pattern(
        level="L4",
        category="template",
        name=line_of_words(about.get("name")) or name,
        format=", ".join(filter(None, [line_of_words(output.get("format")), line_of_words(output.get("filename"))])),
        parts=tuple(titles),
        example=shown.strip(),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    reading.units = [unit, *sheet.rules(directives(found), "L4", "template", f"template:{name}")]
    return reading


def sections(value: Any, path: tuple[str | int, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], tuple[str, ...]]]:
    """The sections of a template, in order, nested ones after the one around them: path, section, and the titles down to it."""
    for number, entry in enumerate(items(value)):
        section = mapping(entry)
        named = line_of_words(section.get("title") or section.get("id"))
        titles = (*above, named) if named else above
        yield (*path, number), section, titles
        yield from sections(section.get("sections"), (*path, number, "sections"), titles)


def page_template(document: Document) -> Reading:
    """A template written as a page: its headings are the parts."""
    page, name = page_of(document), document.inner.stem
    parts = [(at, at + len(block.text)) for block in page.blocks if block.kind in ("h2", "h3", "h4") and (at := document.text.find(block.text, block.start, block.end)) >= 0]
    unit = Pattern(
        level="L4",
        category="template",
        name=title(page) or name,
        format="markdown",
        parts=tuple(document.statement(*part) for part in parts),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments), "L4", "template", f"template:{name}")
    return Reading("template", [unit, *found], [whole(document, "on demand", "L4", "template", name)], header_warnings(document))


def read_workflow(document: Document, around: Around, root: str) -> Reading:
    """A workflow: a Methodology with its stages in order, and the rules of what is said between them."""
    reading = Reading("methodology")
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    inner = isinstance(value.get("workflow"), dict)
    flow, path = (mapping(value["workflow"]), ("workflow",)) if inner else (value, ())
    name = line_of_words(flow.get("id")) or document.inner.stem
    reading.parts = [whole(document, "on demand", "L1", "methodology", name)]
    if sheet is None:
        return reading
    if not flow:
        reading.warnings.append((document.at(1), "holds no workflow; it is left out"))
        return reading
    key = next((key for key in ("sequence", "phases", "steps", "stages") if isinstance(flow.get(key), list | dict)), "sequence")
    stages = tuple(stages_of(sheet, (*path, key), flow.get(key)))
    if not stages:
        reading.warnings.append((document.at(sheet.line((*path, key))), "has no sequence of stages that can be read"))
    unit = Methodology(
        level="L1",
        category="methodology",
        name=line_of_words(flow.get("name")) or name,
        description=line_of_words(flow.get("description")),
        stages=stages,
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    prompts = mapping(flow.get("handoff_prompts"))
    handed = [
        directive._replace(under=directive.under or f"{readable(prompt)}:")
        for prompt, said in prompts.items()
        for directive in directives(list(sheet.segments((*path, "handoff_prompts", prompt), said, ("handoff_prompts", prompt))))
    ]
    reading.units = [unit, *sheet.rules(handed, "L1", "methodology", f"methodology:{unit.name}")]
    named = {(entry.source, actor) for entry in stages for actor in re.split(r"\s*[/,]\s*", entry.actor) if re.fullmatch(r"[\w-]+", actor)}
    reading.mentions = [(source, "persona", actor) for source, actor in sorted(named, key=lambda pair: (int(pair[0].rpartition(":")[2]), pair[1])) if actor not in ANYONE]
    return reading


def stages_of(sheet: Sheet, path: tuple[str | int, ...], value: Any, phase: str = "", condition: str = "") -> Iterator[Stage]:
    """The stages of a sequence, in order. Those of a phase come in its place, and the routes of a decision after it, each on its condition."""
    entries = [((*path, str(key)), {"name": str(key), **mapping(entry)} if isinstance(entry, dict) else entry) for key, entry in value.items()] if isinstance(value, dict) else []
    entries = entries or [((*path, number), entry) for number, entry in enumerate(items(value))]
    for at, entry in entries:
        if isinstance(entry, str) and entry.strip():
            yield Stage(name=phased(phase, readable(entry)), condition=condition, **placed(sheet, at))
        stated_ = mapping(entry)
        if not stated_:
            continue
        key = next((key for key in INNER if isinstance(stated_.get(key), list | dict) and stated_.get(key)), None)
        if key and not (key == "agents" and all(isinstance(part, str) for part in stated_[key])):
            named = readable(stated_.get("phase") or stated_.get("name") or stated_.get("step") or stated_.get("id"))
            yield from stages_of(sheet, (*at, key), stated_[key], phased(phase, named), line_of_words(stated_.get("condition")) or condition)
            continue
        yield stage(sheet, at, stated_, phase, condition)
        for route, said in mapping(stated_.get("routes")).items():
            way = mapping(said)
            if any(way.get(done) for done in ("agent", "action", "uses", "step", *MADE)):
                yield stage(sheet, (*at, "routes", route), {"condition": route, **way}, phase, condition)


def phased(phase: str, name: str) -> str:
    """A stage's name after that of its phase."""
    return ": ".join(filter(None, [phase, name]))


def placed(sheet: Sheet, path: tuple[str | int, ...]) -> Any:
    """The fields of something that a stretch of YAML says."""
    start, end = sheet.stretch(path)
    return sheet.document.place(start, end) | {"source": sheet.document.at(sheet.line(path))}


def stage(sheet: Sheet, path: tuple[str | int, ...], entry: dict[str, Any], phase: str, condition: str) -> Stage:
    """One stage. Its name is its step's, else its action's, else who does what."""
    actor = line_of_words(entry.get("agent") or entry.get("actor") or entry.get("agents"))
    made = {key: entries(entry.get(key)) for key in MADE}
    uses, action = line_of_words(entry.get("uses")), line_of_words(entry.get("action"))
    does = next((f"{key} {', '.join(things)}" for key, things in made.items() if things), f"uses {uses}" if uses else "")
    more = ", ".join(readable(step) for step in entries(entry.get("optional_steps")))
    named = readable(entry.get("step") or entry.get("name")) or readable(action) or " ".join(filter(None, [actor, does])) or readable(entry.get("condition"))
    return Stage(
        name=phased(phase, named or "stage"),
        actor=actor,
        action=f"{action} (uses {uses})" if action and uses else action or (f"use {uses}" if uses else ""),
        creates=tuple(dict.fromkeys(thing for things in made.values() for thing in things)),
        requires=entries(entry.get("requires")),
        condition=line_of_words(entry.get("condition")) or condition,
        optional=entry.get("optional") is True or line_of_words(entry.get("optional")).lower() in ("true", "yes"),
        repeats=line_of_words(entry.get("repeats") or entry.get("repeat")),
        notes=" ".join(filter(None, [line_of_words(entry.get("notes") or entry.get("note") or entry.get("description")), f"Optional steps: {more}." if more else ""])),
        **placed(sheet, path),
    )


def entries(value: Any) -> tuple[str, ...]:
    """A text, or a list of them; a text with commas stays one."""
    return tuple(filter(None, (line_of_words(part) for part in value))) if isinstance(value, list) else tuple(filter(None, [line_of_words(value)]))


def read_team(document: Document, around: Around, root: str) -> Reading:
    """A team: no unit, but whom and what it names."""
    reading = Reading("team", parts=[whole(document, "on demand", "L3", "persona")])
    sheet = sheet_of(document, 0, len(document.text), reading)
    value = mapping(sheet.value) if sheet else {}
    for key, kind in (("agents", "persona"), ("workflows", "file")):
        for number, name in enumerate(items(value.get(key))):
            if sheet and isinstance(name, str) and name != "*":
                reading.mentions.append((document.at(sheet.line((key, number))), kind, name if kind == "persona" else resource(document, around, f"workflows/{name}")))
    return reading


# Version 6


def read_flow(document: Document, around: Around) -> Reading:
    """A page of a workflow's folder: `workflow.md` names the workflow, whose stages are the step files beside it; the others are read when it asks for them."""
    folder = str(PurePosixPath(document.path).parent)
    header, page = document.header.values, page_of(document)
    if document.name != "workflow.md":
        return prose(document, "L1", "methodology")
    name = line_of_words(header.get("name")) or PurePosixPath(folder).name
    unit = Command(
        level="L3",
        category="command",
        called_by="agent",
        name=name,
        description=line_of_words(header.get("description")) or first_sentence(page),
        effect=first_sentence(page),
        **document.place(0, len(document.text)),  # type: ignore[arg-type]
    )
    found = rules(document, directives(page.segments, described=True), "L1", "methodology", f"methodology:{name}")
    parts = [whole(document, "on demand", "L1", "methodology", name, document.body)]
    return Reading("methodology", [unit, *methodologies(document, around, folder, name, unit.description), *found], parts, header_warnings(document))


def read_skill(document: Document, around: Around, folder: str) -> Reading:
    """A file of a skill: SKILL.md is a Persona where `customize.toml` has an `[agent]`, else a Command that the model chooses; the rest is read on demand."""
    name = PurePosixPath(folder).name
    front = around.documents[f"{folder}/{SKILL}"]
    name = line_of_words(front.header.values.get("name")) or name
    scope = f"skill:{name}"
    if document.name == CUSTOM and document.path == f"{folder}/{CUSTOM}":
        return read_custom(document, around, name)
    if document.suffix not in PROSE:
        return Reading("skill file", parts=[whole(document, "on demand", "L4", "skill")])
    if document.path != front.path:
        if "template" in document.inner.stem or document.inner.parent.name == "templates":
            return page_template(document)
        page = page_of(document)
        aim = goal_of(page) if document.name == "workflow.md" or STEP.match(document.inner.stem) else None  # it is said by the methodology
        units: list[AnyUnit] = [*rules(document, [directive for directive in directives(page.segments) if directive.segment is not aim], "L4", "skill", scope)]
        if document.path == f"{folder}/workflow.md":
            units = [*methodologies(document, around, folder, name, goal(page)), *units]
        return Reading("skill file", units, [whole(document, "on demand", "L4", "skill")], header_warnings(document))
    header, page = document.header.values, page_of(document)
    custom = around.documents.get(f"{folder}/{CUSTOM}")
    tables = Tables(custom, tables_of(custom)[0]) if custom else None
    agent = mapping(tables.value.get("agent")) if tables else {}
    described = line_of_words(header.get("description")) or first_sentence(page)
    place: Any = document.place(0, len(document.text))
    level: Level = "L3" if agent else "L4"
    category: Category = "persona" if agent else "skill"
    reading = Reading("persona" if agent else "skill", warnings=header_warnings(document))
    if agent and tables:
        known = ("role", "communication_style", "style", "principles", "core_principles", "menu", "description")
        unit: AnyUnit = Persona(
            level=level,
            category=category,
            name=name,
            description=described,
            role=line_of_words(agent.get("role")),
            duties=tables.statements(agent.get("principles") or agent.get("core_principles")),
            tone=tables.statements(agent.get("communication_style") or agent.get("style")),
            extra={key: value for key, value in agent.items() if key not in known and value not in ("", [], {}) and not key.startswith(("activation_", "persistent_"))},
            **place,
        )
        scope = f"persona:{name}"
        reading.units = [unit]
    else:
        unit = Command(level=level, category=category, called_by="model", name=name, description=described, effect=goal(page) or first_sentence(page) or described, **place)
        led = f"{folder}/workflow.md" in around.documents
        reading.units = [unit, *([] if led else methodologies(document, around, folder, name, described))]
    aim = None if agent else goal_of(page)
    reading.units += rules(document, [directive for directive in directives(page.segments, described=True) if directive.segment is not aim], level, category, scope)
    reading.parts = [whole(document, "resident", level, category, name, f"- {name}: {described}"), whole(document, "on demand", level, category, name, document.body)]
    return reading


def goal_of(page: Page) -> Segment | None:
    """The sentence that says what a page is for: below a heading of its goal, or after the word."""
    return next((segment for segment in page.segments if GOAL.search(segment.headings[-1] if segment.headings else "") or LABELLED_GOAL.match(segment.text)), None)


def goal(page: Page) -> str:
    """What a page is for, in the words of its goal; empty where it names none."""
    found = goal_of(page)
    return LABELLED_GOAL.sub("", " ".join(found.text.split())) if found else ""


def methodologies(document: Document, around: Around, folder: str, name: str, described: str) -> list[AnyUnit]:
    """A Methodology for each folder with numbered step files; more than one folder name theirs after them."""
    steps: dict[str, list[tuple[int, str, Document]]] = {}
    for path, other in around.documents.items():
        if path.startswith(f"{folder}/") and other.suffix in PROSE and (match := STEP.match(other.inner.stem)):
            steps.setdefault(str(PurePosixPath(path).parent), []).append((int(match["number"]), match["letter"].lower(), other))
    out: list[AnyUnit] = []
    for at, files in sorted(steps.items()):
        if len(files) < 2:
            continue
        stages = []
        for _, _, step in sorted(files, key=lambda entry: (*entry[:2], entry[2].path)):
            page = page_of(step)
            heading = next((block for block in page.blocks if block.kind != "code"), None)
            place: Any = step.place(heading.start, heading.end) if heading else {"source": step.at(1)}
            named = NUMBERED.sub("", heading.text).strip("* ") if heading else ""
            stages.append(Stage(name=named or readable(STEP.sub("", step.inner.stem).strip("-_. ")).replace("-", " ") or step.inner.stem, notes=goal(page), **place))
        called = name if len(steps) == 1 else f"{name} ({PurePosixPath(at).name})"
        out.append(Methodology(level="L1", category="methodology", name=called, description=described, stages=tuple(stages), **document.place(0, len(document.text))))  # type: ignore[arg-type]
    return out


def tables_of(document: Document) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What a TOML file says; nothing, with a warning, where it is none."""
    try:
        return mapping(plain(tomllib.loads(document.text))), []
    except (RecursionError, ValueError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 1
        return {}, [(document.at(line), f"is no TOML (line {line}: {str(error)[:100]}); it is left out")]


class Tables:
    """A TOML file's value, and where its texts stand."""

    def __init__(self, document: Document, value: dict[str, Any]) -> None:
        self.document, self.value = document, value
        self.after: dict[str, int] = {}

    def find(self, words_: str) -> tuple[int, int] | None:
        """Where a text stands between its quotes, each time the next place; comments are passed over. None where it is written otherwise."""
        if not words_.strip():
            return None
        for match in re.compile(rf"(?P<quote>\"\"\"|'''|[\"'])\s*(?P<words>{re.escape(words_.strip())})\s*(?P=quote)").finditer(self.document.text, self.after.get(words_, 0)):
            line = self.document.text[self.document.start(self.document.line(match.start())) : match.start()]
            if not line.lstrip().startswith("#"):
                self.after[words_] = match.end()
                return match.span("words")
        return None

    def statements(self, value: Any) -> tuple[Statement, ...]:
        """The texts of a value as statements."""
        said = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str) and part.strip()]
        return tuple(self.document.statement(*place) if (place := self.find(part)) else Statement(text=part.strip(), source=self.document.at(1)) for part in said)

    def segments(self, value: Any, headings: tuple[str, ...]) -> Iterator[Segment]:
        """The sentences of every text that stands as it is read, and is no name or description."""
        if isinstance(value, dict):
            for key, part in value.items():
                if key not in OWN:
                    yield from self.segments(part, (*headings, str(key)))
        elif isinstance(value, list):
            for part in value:
                yield from self.segments(part, headings)
        elif isinstance(value, str) and len(value.split()) > 2 and (place := self.find(value)):
            yield from (replace(segment, headings=(*headings, *segment.headings)) for segment in parse(self.document.text[slice(*place)], place[0]).segments)


def read_custom(document: Document, around: Around, name: str) -> Reading:
    """A skill's `customize.toml`: the menu of an agent as commands, and the rules of what is set there. Role, manner and principles are the Persona's."""
    value, warnings = tables_of(document)
    agent = mapping(value.get("agent"))
    level: Level = "L3" if agent else "L4"
    category: Category = "persona" if agent else "skill"
    reading = Reading("skill settings", parts=[whole(document, "on demand", level, category)], warnings=warnings)
    tables = Tables(document, value)
    for entry in map(mapping, items(agent.get("menu"))):
        code, prompt, called = line_of_words(entry.get("code")), line_of_words(entry.get("prompt")), line_of_words(entry.get("skill"))
        described = line_of_words(entry.get("description"))
        if not code:
            continue
        at = tables.find(str(entry.get("code")))
        place: Any = document.place(*at) if at else {"source": document.at(1)}
        more = {"agent": name} | ({"skill": called} if called else {})
        unit = Command(level="L3", category="command", called_by="agent", name=code, description=described, effect=prompt or described, extra=more, **place)
        reading.units.append(unit)
        if called:
            target = next((path for path in around.documents if path.endswith(f"/{called}/{SKILL}")), "")
            reading.mentions.append((unit.source, "file", relpath(target, PurePosixPath(document.path).parent) if target else f"../{called}/{SKILL}"))
    rest = {key: {inner: part for inner, part in mapping(table).items() if inner != "menu"} for key, table in value.items()}
    reading.units += rules(document, directives(list(tables.segments(rest, ()))), level, category, f"{'persona' if agent else 'skill'}:{name}")
    return reading
