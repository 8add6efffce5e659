"""What is asked of a model and what it says, in one form for every provider."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Stop = Literal["end", "calls", "length", "refusal"]


class Kept(BaseModel):
    """What the ledger keeps; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Usage(Kept):
    """Tokens of a call. `input` counts the whole prompt; `cached` of it were read from a cache, `written` put into one."""

    input: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0


class Made(Kept):
    """A tool call as the model wrote it: `arguments` is the text, JSON or not."""

    id: str
    name: str
    arguments: str


class Reply(Kept):
    """What a model said.

    Attributes:
        stop: why it ended: it was done, it calls tools, it ran out of tokens, it (or a filter) refused.
        refusal: the words of the refusal, where there are any.
        model: the model that the server says has answered.
    """

    text: str | None = None
    calls: tuple[Made, ...] = ()
    stop: Stop = "end"
    refusal: str | None = None
    model: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        messages: in the OpenAI chat form, tool calls and results included.
        tools: name, description and parameters (JSON schema) of each tool that is offered.
        schema: the JSON schema that the answer must keep, None where tools or plain text are asked for.
    """

    messages: list[dict[str, Any]]
    tools: tuple[dict[str, Any], ...] = ()
    schema: dict[str, Any] | None = None
    number: int = 0


class Transient(Exception):
    """A call failed in a way that may pass: it is asked again.

    Attributes:
        after: seconds that the server asked to wait.
        crowded: the server has too much to do, so that fewer calls should be in flight.
        spoilt: an answer came, and is none: the server must not give the same one again.
    """

    def __init__(self, what: str, after: float | None = None, crowded: bool = False, spoilt: bool = False) -> None:
        super().__init__(what)
        self.after, self.crowded, self.spoilt = after, crowded, spoilt


class Unanswerable(Exception):
    """The server will never answer this call: a prompt that is too long, say. Other calls may fare better."""


class Unstructured(Exception):
    """The server does not know the way in which an answer by schema was asked for."""


class TeacherFailed(RuntimeError):
    """No call will succeed: a wrong key, an unknown model, a server that is gone. The run stops, and what is done is kept."""


class Spent(RuntimeError):
    """A cap is reached. The run stops, and what is done is kept."""


class Waiting(Exception):
    """The answer is with a provider's batch; the row goes on when it has come."""
