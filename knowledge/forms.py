"""The banks of the field's forms of data: phrasings, seed instructions, word problems, and the answers that pages give."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, model_validator

from knowledge.bank import BANKS, read_bank
from knowledge.recipe import Complexity, Template
from knowledge.theme import Frozen, Split, load_themes

FOLDER = BANKS / "forms"


class Way(Frozen):
    """How something is asked for and answered: phrasing families of the request, and shapes of the answer."""

    ask: Annotated[tuple[Template, ...], Field(min_length=6)]
    answer: Annotated[tuple[Template, ...], Field(min_length=1)] = ("{{ answer }}",)


class Borne(Frozen):
    """An answer, and the words of the page that bear it out."""

    says: str
    quotes: Annotated[tuple[str, ...], Field(min_length=1)]


class Operation(Frozen):
    """A small thing to do with data that is at hand; `ask` are instructions for it, of which the first is the seed."""

    ask: Annotated[tuple[Template, ...], Field(min_length=6)]
    answer: Annotated[tuple[Template, ...], Field(min_length=1)]


class Problem(Frozen):
    """A word problem with numbers to draw.

    Attributes:
        split: all of the problem belongs to it.
        draw: a name to the values that it may take.
        let: a name to an expression over the names above it; the trace speaks of them.
        ask: phrasings of the problem.
        trace: the reasoning in prose, up to the answer.
        answer: an expression for the final answer, which is computed a second time by other means.
        said: the answer as the user reads it.
        where: what drawn values must fulfil, as an expression.
    """

    split: Split
    complexity: Complexity
    draw: dict[str, Annotated[tuple[Any, ...], Field(min_length=2)]]
    where: str = ""
    let: dict[str, str] = {}
    ask: Annotated[tuple[Template, ...], Field(min_length=3)]
    trace: Annotated[tuple[Template, ...], Field(min_length=2)]
    answer: str
    said: Template

    @model_validator(mode="after")
    def apart(self) -> Self:
        """No name is both drawn and computed."""
        if twice := sorted(set(self.draw) & set(self.let)):
            raise ValueError(f"drawn and computed: {twice}")
        return self


def read_forms(path: Path, form: Any) -> Any:
    """A bank's content in the form that is asked for.

    Raises:
        ValueError: when it does not fit, naming the file and the key at fault.
    """
    try:
        return TypeAdapter(form).validate_python(read_bank(path))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


@cache
def load_ways(form: str, folder: Path = FOLDER) -> dict[str, Way]:
    """The phrasings of a form, by what they are for."""
    ways: dict[str, Way] = read_forms(folder / f"{form}.yaml", dict[str, Way])
    return ways


@cache
def load_operations(folder: Path = FOLDER) -> dict[str, Operation]:
    """The operations that self-instruct begins with, by name."""
    operations: dict[str, Operation] = read_forms(folder / "selfinstruct.yaml", dict[str, Operation])
    return operations


@cache
def load_problems(folder: Path = FOLDER) -> dict[str, Problem]:
    """The word problems, by name."""
    problems: dict[str, Problem] = read_forms(folder / "reasoning.yaml", dict[str, Problem])
    return problems


@cache
def load_answers(folder: Path = FOLDER) -> dict[str, dict[str, Borne]]:
    """What the themes' pages answer, by theme and question.

    Raises:
        ValueError: when a question or a quote does not stand on a page of its theme, naming it.
    """
    answers: dict[str, dict[str, Borne]] = read_forms(folder / "answers.yaml", dict[str, dict[str, Borne]])
    pages = {theme.name: theme.pages for theme in load_themes()}
    for theme, asked in answers.items():
        for question, borne in asked.items():
            page = next((page for page in pages.get(theme, ()) if question in page.questions), None)
            if page is None:
                raise ValueError(f"answers.yaml: {theme} has no page that is asked {question!r}")
            if lost := [quote for quote in borne.quotes if not any(quote in paragraph for paragraph in page.paragraphs)]:
                raise ValueError(f"answers.yaml: {theme}: {lost[0]!r} does not stand on the page {page.title!r}")
    return answers
