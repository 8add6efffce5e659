"""What a teacher is: something that answers a question under a contract."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from distilabel.models.llms import AsyncLLM
from pydantic import BaseModel

from steps.loop import run, together


class Refused(ValueError):
    """A teacher has no answer; the message says why, and becomes the row's reason."""


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        task: which task asks: the name of its prompt.
        facts: the row's columns that the prompt was rendered from.
        messages: the rendered prompt, or the conversation so far, in the OpenAI chat form.
        answer: the contract that the answer must keep.
        tools: name, description and parameters (JSON schema) of the tools that the answer may call.
    """

    task: str
    facts: dict[str, Any]
    messages: list[dict[str, Any]]
    answer: type[BaseModel]
    tools: tuple[dict[str, Any], ...] = ()


class Teacher(AsyncLLM):
    """A distilabel LLM that answers our tasks. It serves distilabel's own tasks too, as far as it can."""

    @property
    def in_flight(self) -> int:
        """How many questions it can be asked at the same time."""
        return 1

    @abstractmethod
    async def answer(self, question: Question) -> BaseModel:
        """The answer, as an instance of the question's contract.

        Raises:
            Refused: when there is none.
        """

    async def agenerate(self, input: Any, num_generations: int = 1) -> Any:
        """Answer a bare prompt of one of distilabel's own tasks."""
        raise Refused(f"the teacher {self.model_name} answers this project's tasks only")

    def generate(self, inputs: Any, num_generations: int = 1) -> Any:
        """Answer bare prompts, all at once; their order stays."""
        return run(together(self.agenerate(input, num_generations) for input in inputs))


class Nobody(Teacher):
    """Stands where a role is bound to nobody; it has no answer."""

    @property
    def model_name(self) -> str:
        """How it is called."""
        return "nobody"

    async def answer(self, question: Question) -> BaseModel:
        """None.

        Raises:
            Refused: always.
        """
        raise Refused(f"{question.task}: nobody is bound to this role")
