"""Units: what is known, each with its provenance."""

import hashlib
import json
import re
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.tokens import count

Level = Literal["L0", "L1", "L2", "L3", "L4"]
Category = Literal[
    "system prompt",
    "operational rule",
    "communication pattern",
    "methodology",
    "tool",
    "persona",
    "command",
    "skill",
    "template",
    "domain",
]
Modality = Literal["must", "must not", "should", "when-then", "before-after", "prefer-over"]
READING = re.compile(r"(?:get|list|read|describe|search|show|find|query|count)(?:_|(?=[A-Z])|$)")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\n+")
PLACES = {"source", "start", "end"}


def fingerprint(value: Any) -> str:
    """The digest of a JSON value: 16 hexadecimal digits, the same for the same content in any order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


class Placed(BaseModel):
    """Something that stands in a document.

    Attributes:
        source: file and line, `path:line`, as `name-of-the-source/path/in/it:12`; or a server's command or address.
        start: the first character, counted from 0 in the document's text (line ends read as one character).
        end: the character after the last; 0 when it stands in no text.
    """

    model_config = ConfigDict(frozen=True)

    source: str = ""
    start: int = 0
    end: int = 0

    @property
    def path(self) -> str:
        """The file, without the line."""
        return re.sub(r":\d+$", "", self.source)

    @property
    def line(self) -> int:
        """The line that it begins on, from 1; 0 where there is none."""
        found = re.search(r":(\d+)$", self.source)
        return int(found[1]) if found else 0


class Statement(Placed):
    """A sentence that belongs to a larger unit: a duty, a step, a sign. `text` is as it stands in the document."""

    text: str


class Unit(Placed):
    """One thing that is known. The digest covers what is said, not where it stands."""

    kind: ClassVar[str]
    level: Level
    category: Category

    @property
    def content(self) -> dict[str, Any]:
        """What is said, without places, level and category."""
        told: dict[str, Any] = unplaced(self.model_dump(mode="json", exclude={"level", "category"}))
        return told

    @property
    def text(self) -> str:
        """What a model is told of it."""
        raise NotImplementedError

    @property
    def statements(self) -> "tuple[Statement, ...]":
        """The sentences of the document that are part of it: duties, steps, signs."""
        holders = (self, *getattr(self, "stages", ()))
        return tuple(part for holder in holders for value in vars(holder).values() if isinstance(value, tuple) for part in value if isinstance(part, Statement))

    @property
    def digest(self) -> str:
        """A fingerprint of the content."""
        return fingerprint(self.content)

    @property
    def tokens(self) -> int:
        """The o200k tokens of its text."""
        return count(self.text)

    @property
    def id(self) -> str:
        """Kind, file and name."""
        return f"{self.kind}:{self.path}#{getattr(self, 'name', '')}"


def unplaced(value: Any) -> Any:
    """A dumped model without the places of what is in it."""
    if isinstance(value, dict):
        placed = value.keys() >= PLACES
        return {key: unplaced(part) for key, part in value.items() if not (placed and key in PLACES)}
    return [unplaced(part) for part in value] if isinstance(value, list) else value


class Rule(Unit):
    """A sentence that directs what the agent does.

    Attributes:
        sentence: the words, exactly as they stand in the document.
        under: the sentence that leads in a list, where the words hang on it: "Never:" before "force-push".
        scope: where it holds: empty for everywhere, else `persona:…`, `command:…`, `skill:…` or `files:<glob>`.
        section: the headings above it, outermost first.
        unknown: the tools and files that it names and that do not exist. No row is made from such a rule.
    """

    kind: ClassVar[str] = "rule"
    modality: Modality
    sentence: str
    under: str = ""
    scope: str = ""
    section: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """Modality, sentence and what it hangs on: its section may be renamed."""
        return {"modality": self.modality, "sentence": self.sentence, "under": self.under, "scope": self.scope}

    @property
    def text(self) -> str:
        """The sentence, after what it hangs on."""
        return f"{self.under} {self.sentence}".strip()

    @property
    def id(self) -> str:
        """File and content: a sentence keeps its id when others move it up or down."""
        return f"rule:{self.path}#{self.digest[:8]}"


class HandOver(Statement):
    """To whom a persona passes work; the text says when, and what."""

    to: str


class Persona(Unit):
    """A role that the agent can take.

    Attributes:
        role: the sentence that says who it is.
        takes: what it works from; leaves: what a good result of its holds; declines: work that is another's.
        tools: names of tools as written; empty says nothing about tools.
        extra: keys of its header that have no place here.
    """

    kind: ClassVar[str] = "persona"
    name: str
    description: str = ""
    role: str = ""
    duties: tuple[Statement, ...] = ()
    tone: tuple[Statement, ...] = ()
    tools: tuple[str, ...] = ()
    takes: tuple[Statement, ...] = ()
    leaves: tuple[Statement, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    declines: tuple[Statement, ...] = ()
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its name, description, role and all its statements, a line each."""
        stated = (*self.duties, *self.tone, *self.takes, *self.leaves, *self.hand_overs, *self.declines)
        return "\n".join(filter(None, [self.name, self.description, self.role, *(part.text for part in stated)]))


class Stage(Placed):
    """One stage of a methodology.

    Attributes:
        actor: who does it; empty when the same agent does all.
        creates: what it leaves; requires: what must be there before; condition: when it is entered at all.
        steps: what is done; shows: the signs in a transcript that it was done; done_when: its end; back: when it goes back.
    """

    name: str
    actor: str = ""
    action: str = ""
    creates: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    condition: str = ""
    optional: bool = False
    repeats: str = ""
    notes: str = ""
    steps: tuple[Statement, ...] = ()
    shows: tuple[Statement, ...] = ()
    done_when: tuple[Statement, ...] = ()
    back: tuple[Statement, ...] = ()


class Methodology(Unit):
    """A way of working: stages in order."""

    kind: ClassVar[str] = "methodology"
    name: str
    description: str = ""
    stages: tuple[Stage, ...] = ()

    @property
    def text(self) -> str:
        """Its name, description and stages, a line a statement."""
        lines = [self.name, self.description]
        for stage in self.stages:
            told = [stage.name, stage.actor, stage.action, *stage.creates, *stage.requires, stage.condition, stage.repeats, stage.notes]
            lines += [*filter(None, told), *(part.text for part in (*stage.steps, *stage.shows, *stage.done_when, *stage.back))]
        return "\n".join(lines)


class Command(Unit):
    """Something that is called by name: a slash command, a skill, a task of an agent.

    Attributes:
        called_by: the user types it, the model chooses it by its description (a skill), or an agent runs it as a task.
        arguments: as its header or its placeholders name them.
        effect: what it does, in the first sentence of its body; the description where there is none.
    """

    kind: ClassVar[str] = "command"
    name: str
    description: str = ""
    called_by: Literal["user", "model", "agent"] = "user"
    arguments: tuple[str, ...] = ()
    effect: str = ""
    tools: tuple[str, ...] = ()
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its name, arguments, description and effect."""
        told = dict.fromkeys(filter(None, [" ".join([self.name, *self.arguments]), self.description, self.effect]))
        return "\n".join(told)


class Pattern(Unit):
    """How something is said or written: an answer, a report, a document.

    Attributes:
        when: the occasion; format, tone and length: in the document's words.
        parts: what it consists of, in order.
    """

    kind: ClassVar[str] = "pattern"
    name: str
    when: str = ""
    format: str = ""
    tone: str = ""
    length: str = ""
    parts: tuple[Statement, ...] = ()
    example: str = ""

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join(filter(None, [self.name, self.when, self.format, self.tone, self.length, *(part.text for part in self.parts), self.example]))


class Tool(Unit):
    """A tool that a server offers.

    Attributes:
        name: how calls name it; carries the server's name where two servers share a tool name.
        called: how the server names it.
        input_schema: JSON Schema of the arguments, references resolved by the reader of the schema.
    """

    kind: ClassVar[str] = "tool"
    level: Level = "L2"
    category: Category = "tool"
    name: str
    called: str
    server: str
    description: str = ""
    input_schema: dict[str, Any] = Field(default_factory=dict)
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """Server and tool: unique in a catalog."""
        return f"{self.server}.{self.called}"

    @property
    def parameters(self) -> dict[str, Any]:
        """The properties of the input schema."""
        found = self.input_schema.get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def required(self) -> tuple[str, ...]:
        """The required parameters, as listed."""
        return tuple(name for name in self.input_schema.get("required") or () if name in self.parameters)

    @property
    def read_only(self) -> bool:
        """Whether the server declares that the tool changes nothing."""
        return bool(self.annotations.get("readOnlyHint"))

    @property
    def harmless(self) -> bool:
        """Whether it is safe to take for granted that calls change nothing: declared, or plain from the name where nothing is declared."""
        return self.read_only or (not self.annotations and bool(READING.match(self.called)))

    @property
    def destructive(self) -> bool:
        """Whether the server declares that the tool may destroy something."""
        return bool(self.annotations.get("destructiveHint")) and not self.read_only

    @property
    def summary(self) -> str:
        """The first sentence of the description."""
        return SENTENCE.split(self.description.strip(), maxsplit=1)[0].strip() if self.description.strip() else ""

    @property
    def spec(self) -> dict[str, Any]:
        """The tool as chat APIs take it."""
        function: dict[str, Any] = {"name": self.name, "parameters": self.input_schema or {"type": "object", "properties": {}}}
        return {"type": "function", "function": function | ({"description": self.description} if self.description else {})}

    @property
    def content(self) -> dict[str, Any]:
        """The spec: everything that a model is told."""
        return self.spec

    @property
    def text(self) -> str:
        """The spec as compact JSON."""
        return json.dumps(self.spec, ensure_ascii=False, separators=(",", ":"))


AnyUnit = Rule | Persona | Methodology | Command | Pattern | Tool
