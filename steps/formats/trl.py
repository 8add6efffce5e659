"""TRL: conversations, and prompts with completions."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from steps.formats.chat import Chat, closed
from steps.formats.context import Context, Message, Row
from steps.formats.format import Inexpressible, Strict
from steps.formats.order import declared, ordered
from steps.formats.shapes import Said, specs


class Talk(Strict):
    """A line of language modelling: the tools are JSON text, so that every version of `datasets` reads them as they are."""

    messages: tuple[Said, ...]
    tools: str = "[]"


class Completed(Strict):
    """A line of prompt and completion."""

    prompt: tuple[Said, ...]
    completion: tuple[Said, ...]
    tools: str = "[]"


class TRL(Chat):
    """Conversational language modelling, for `SFTTrainer`.

    Arguments of calls are objects, as chat templates take them; `tools` is JSON text, which the trainers open. Roles, their order and calls as in chat.

    Source: TRL documentation "Dataset formats and types", section Tool calling; huggingface/trl, `trainer/sft_trainer.py`, `trainer/dpo_trainer.py`.
    """

    name = "trl"
    about = "TRL's `SFTTrainer`, and what reads `messages` and `tools` by chat template (axolotl, Unsloth)"
    lacks = "weights of messages"
    source = "huggingface.co/docs/trl/dataset_formats"
    shape: ClassVar[type[BaseModel]] = Talk
    text = False
    empty = True

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`messages`, and `tools` where the context has some."""
        return {"messages": self.messages(row, context)} | self.specs(context)

    def specs(self, context: Context) -> dict[str, str]:
        """The tools as text."""
        return {"tools": context.once("text", lambda tools: json.dumps(tools, ensure_ascii=False))} if context.tools else {}

    def broken(self, line: Any) -> Iterator[str]:
        """The rules of the chat form, over the whole conversation."""
        yield from self.conversation(line.messages, line.tools)

    def conversation(self, messages: tuple[Said, ...], tools: str) -> Iterator[str]:
        """The rules of the chat form, with tools as text."""
        yield from ordered(messages)
        yield from self.kept(messages)
        try:
            yield from declared(specs(tools), messages, None)
        except ValidationError as error:
            yield f"tools: {error.errors(include_url=False)[0]['msg']}"


class TRLCompletion(TRL):
    """Prompt and completion: the last turn of the assistant is learnt, what comes before is given.

    Source: TRL documentation "Dataset formats and types", prompt-completion, conversational.
    """

    name = "trl-completion"
    about = "TRL's `SFTTrainer` with the last answer alone trained"
    lacks = "training of earlier answers"
    shape = Completed

    def line(self, row: Row, context: Context) -> dict[str, Any]:
        """`prompt` up to the last user's message or result, and `completion`."""
        bare = {**row, "messages": [{**message, "weight": None} for message in row["messages"]]}
        messages = self.messages(bare, context)
        if len(messages) < 2 or messages[-1]["role"] != "assistant":
            raise Inexpressible(row["id"], "there is no answer after a prompt")
        return {"prompt": messages[:-1], "completion": messages[-1:]} | self.specs(context)

    def broken(self, line: Any) -> Iterator[str]:
        """The rules of the chat form over both, and a completion of one message."""
        yield from self.conversation(line.prompt + line.completion, line.tools)
        if len(line.completion) != 1:
            yield "completion: it is one message of the assistant"

    def back(self, line: dict[str, Any]) -> list[Message]:
        """Prompt and completion in one."""
        return [closed(message) for message in [*line["prompt"], *line["completion"]]]
