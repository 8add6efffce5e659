"""The columns that steps and files share, as pydantic row models."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from knowledge.play import Behaviour, ErrorCase
from knowledge.recipe import Call, Complexity, Fault, Kind
from knowledge.theme import Split
from knowledge.units import Modality


class Contract(BaseModel):
    """A model whose fields are columns; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(Contract):
    """A cell of the grid: what a row must show."""

    tool: str
    server: str
    kind: Kind
    complexity: Complexity
    error_case: str

    @property
    def group(self) -> tuple[str, ...]:
        """What must stand in the training split at least once."""
        return (self.tool, self.kind)

    @property
    def sort(self) -> str:
        """What is spread where there are fewer rows than cells."""
        return self.kind

    def __str__(self) -> str:
        """The cell as one word, for counts and messages."""
        return f"{self.server}.{self.tool}/{self.kind}/{self.complexity}/{self.error_case}"


class Act(Contract):
    """A cell of the grid of behaviours: what a row must show, of which point."""

    unit: str
    behaviour: Behaviour
    complexity: Complexity
    error_case: ErrorCase

    @property
    def group(self) -> tuple[str, ...]:
        """What must stand in the training split at least once."""
        return (self.unit,)

    @property
    def sort(self) -> str:
        """What is spread where there are fewer rows than cells."""
        return self.behaviour

    def __str__(self) -> str:
        """The cell as one word, for counts and messages."""
        return f"{self.unit}/{self.behaviour}/{self.complexity}/{self.error_case}"


class Beat(Contract):
    """One turn with its phrasing chosen: a request template, the calls, an answer template.

    `family` names the phrasing family of the request.
    """

    ask: str
    family: str
    steps: tuple[tuple[Call, ...], ...] = ()
    answer: str


class Condition(Contract):
    """What must hold at the end: an expression over the drawn values, `results`, `before` and `after`.

    Attributes:
        scope: a prefix; values whose names carry it are known to the expression without it.
        first: which call's result the expression's `results` begin with.
    """

    text: str
    scope: str = ""
    first: int = 0


class Script(Contract):
    """A recipe with every choice made: what the embedded teacher composes a row from.

    Attributes:
        values: name to a dumped `Value` (JSON).
        state: what must hold at the end.
        fault: the fault to inject before a call, with how often it strikes; None in all kinds but one.
        servers: whose fixtures the world needs.
        twin: the tool that must not be called.
        clause: the first request as a bare imperative.
        executes: False where calls are only written down.
        beside: points that are shown beside the cell's.
        persona: who the assistant is, where it is somebody.
        files: what else lies in the project folder, by path.
        violations: what a careless assistant would say in the last turn.
        fixed: the first request must stay as it is.
        brief: what the row must show, in words, for a model; empty where beats say it.
    """

    beats: tuple[Beat, ...]
    values: dict[str, str] = {}
    state: tuple[Condition, ...] = ()
    fault: tuple[Fault, int] | None = None
    servers: tuple[str, ...] = ()
    twin: str | None = None
    clause: str = ""
    executes: bool = True
    beside: tuple[str, ...] = ()
    persona: str = ""
    files: dict[str, str] = {}
    violations: tuple[str, ...] = ()
    fixed: bool = False
    brief: str = ""

    @property
    def worded(self) -> list[str]:
        """What it is worded by: its play or recipe, its scene, its phrasings and its answers."""
        scene = [str(json.loads(self.values["scene"])["value"])] if "scene" in self.values else []
        return [self.beats[0].family.rsplit(".", 2)[0], *scene, *(text for beat in self.beats for text in (beat.family, beat.answer))]

    @property
    def struck(self) -> dict[int, Call]:
        """The calls that a fault answers, by their place among all calls."""
        calls = (call for beat in self.beats for step in beat.steps for call in step)
        return {place: call for place, call in enumerate(calls) if call.fault}


class ToolCall(Contract):
    """A call as the assistant makes it."""

    id: str
    name: str
    arguments: dict[str, Any]


class AssistantMessage(Contract):
    """What the assistant says, or calls, or both: never neither."""

    content: str | None = None
    calls: tuple[ToolCall, ...] = ()

    def message(self) -> dict[str, Any]:
        """This message in the OpenAI chat form."""
        out: dict[str, Any] = {"role": "assistant", "content": self.content}
        if self.calls:
            out["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}} for call in self.calls
            ]
        return out


class Executed(Contract):
    """A call that was made: by whom it was answered and how.

    Attributes:
        by: `server`, `fault` (the injecting proxy answered) or `nobody` (offline).
        shape: of the outcome; see `knowledge.client.Outcome`.
    """

    id: str
    tool: str
    server: str
    arguments: dict[str, Any]
    text: str
    error: bool
    shape: str
    by: Literal["server", "fault", "nobody"]


class Scenario(Contract):
    """A planned row."""

    id: str
    cell: Cell | Act
    split: Split
    seed: int
    theme: str
    asker: str
    script: Script


class Planned(Contract):
    """The columns of a planned row that the writer of requests sees. `script` is a dumped `Script`."""

    id: str
    seed: int
    theme: str
    asker: str
    script: str


class Requests(Contract):
    """What the user says, turn by turn."""

    requests: tuple[str, ...]


class Passage(Contract):
    """A passage of a document, as the extractor reads it.

    Attributes:
        passage: its first line, `path:line`.
        start: its first character in the document.
        scope: where its rules hold; see `knowledge.units.Rule`.
        known: the sentences that are rules already, as a JSON list.
    """

    passage: str
    start: int
    text: str
    scope: str
    known: str


class Addition(Contract):
    """A rule that the grammar missed: its words exactly as they stand in the document."""

    quote: str
    modality: Modality


class Missed(Contract):
    """What an extractor adds to a passage."""

    missed: tuple[Addition, ...]
