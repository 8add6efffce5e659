"""The one base of every task that a teacher answers: prompt, parse, check, reject."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from distilabel.steps import StepInput
from distilabel.steps.tasks import Task
from distilabel.typing import StepOutput
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import Field, ValidationError

from steps.contracts import Contract
from steps.loop import run, together
from steps.teachers.teacher import Question, Refused

Reads = TypeVar("Reads", bound=Contract)
Writes = TypeVar("Writes", bound=Contract)
PROMPTS = Path(__file__).parent / "prompts"


@cache
def prompts(folder: Path = PROMPTS) -> Environment:
    """The prompt templates of a folder: one file a task, blocks `system` and `user`."""
    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


def ask(template: str, facts: Mapping[str, Any], folder: Path = PROMPTS) -> list[dict[str, str]]:
    """A prompt's messages, rendered from the row's facts."""
    loaded = prompts(folder).get_template(template)
    context = loaded.new_context(dict(facts))
    return [{"role": role, "content": "".join(loaded.blocks[role](context)).strip()} for role in ("system", "user")]


def fault(name: str, error: Exception) -> str:
    """A reason for rejection in one line: the task, and what was wrong."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "answer"
        return f"{name}: {place}: {first['msg']}"
    return f"{name}: {error}"


class ContractTask(Task, Generic[Reads, Writes]):
    """A step whose rows a teacher answers under a contract: JSON in, JSON out.

    Subclasses name the contracts (`reads`, `writes`) and the prompt, and may `check` an answer. A row that is rejected, or whose
    conversation is there already, passes by without a call. A failure of one row never touches another: it becomes that row's reject_reason.

    Reads: the fields of `reads`. Writes: the fields of `writes`, and `reject_reason`.
    """

    reads: ClassVar[type[Contract]]
    writes: ClassVar[type[Contract]]
    prompt: ClassVar[str]
    folder: ClassVar[Path] = PROMPTS
    template: str = Field(default="", description="The prompt's text: public, so that an edited prompt changes the step's signature.")

    def model_post_init(self, context: Any, /) -> None:
        """Take the prompt's text into a public field."""
        super().model_post_init(context)
        self.template = (self.folder / self.prompt).read_text(encoding="utf-8")

    @property
    def inputs(self) -> list[str]:
        """The contract's columns."""
        return list(self.reads.model_fields)

    @property
    def outputs(self) -> list[str]:
        """The contract's columns, and the reason of a rejection."""
        return [*self.writes.model_fields, "reject_reason"]

    def format_input(self, input: dict[str, Any]) -> Any:
        """The rendered prompt of a row."""
        return self.question(input).messages

    def format_output(self, output: str | None, input: dict[str, Any] | None = None) -> dict[str, Any]:
        """Parse an answer by the contract.

        Raises:
            ValidationError: when it does not keep the contract.
        """
        parsed: Contract = self.writes.model_validate_json(output or "")
        return parsed.model_dump(mode="json")

    def shown(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the prompt is rendered from: the row's columns, or what a task makes of them."""
        return facts

    def question(self, row: Mapping[str, Any]) -> Question:
        """What the teacher is asked of a row."""
        facts = {name: row[name] for name in self.inputs}
        return Question(task=self.prompt.removesuffix(".jinja2"), facts=facts, messages=ask(self.prompt, self.shown(facts), self.folder), answer=self.writes)

    @property
    def in_flight(self) -> int:
        """How many rows it can work on at a time: as many as its teacher."""
        return int(getattr(self.llm, "in_flight", 1))

    def check(self, row: Reads, answer: Writes) -> str | None:
        """Why an answer will not do, in one line; None when it will."""
        return None

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with the answer's columns, or with the reason why there is none."""
        nothing = dict.fromkeys(self.writes.model_fields)
        if row.get("reject_reason") or row.get("messages"):
            return nothing | row
        try:
            teacher: Any = self.llm
            answer: Any = await teacher.answer(self.question(row))
            facts: Any = self.reads.model_validate({name: row[name] for name in self.inputs})
            problem = self.check(facts, answer)
        except (Refused, ValidationError) as error:
            return nothing | row | {"reject_reason": fault(self.name or "", error)}
        made: dict[str, Any] = row | answer.model_dump(mode="json")
        return made | {"reject_reason": f"{self.name}: {problem}" if problem else None}

    def process(self, inputs: StepInput) -> "StepOutput":
        """Answer every row of a batch, in order."""
        yield run(together(self.answer(row) for row in inputs))
