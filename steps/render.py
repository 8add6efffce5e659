"""Fill the holes of authored templates and expressions."""

import random
import re
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, UndefinedError
from jinja2.environment import Template, TemplateExpression

from steps.worlds.world import Value

OPEN, CLOSE = "\ue000", "\ue001"
PROTECTED = re.compile(f"({OPEN}[^{CLOSE}]*{CLOSE})")


class Unfillable(ValueError):
    """A hole of a template has nothing to fill it; the message quotes the template."""


class _Chooser:
    """Which of a value's natural forms is shown next; set for the length of one rendering."""

    rng = random.Random(0)


def finalize(thing: Any) -> str:
    """A hole's content as text, between marks that keep later changes of register off it."""
    text = _Chooser.rng.choice(thing.said) if isinstance(thing, Value) else str(thing)
    return f"{OPEN}{text}{CLOSE}"


def one_of(*ways: Any) -> Any:
    """One of several ways to put it, drawn by the row's seed; for templates."""
    return _Chooser.rng.choice(ways)


ENVIRONMENT = Environment(undefined=StrictUndefined, finalize=finalize, autoescape=False)
ENVIRONMENT.globals["one_of"] = one_of
ENVIRONMENT.filters["low"] = lambda text: text[:1].lower() + text[1:] if not re.match(r"[A-Z0-9`'\"]{2}|I\b|[A-Z]\w*[A-Z_(.]", text) else text
ENVIRONMENT.filters["cap"] = lambda text: text[:1].upper() + text[1:]
ENVIRONMENT.filters["dedent"] = lambda text: textwrap.dedent(text).strip("\n")
ENVIRONMENT.filters["stop"] = lambda text: text if text.rstrip()[-1:] in ".!?:" else f"{text.rstrip()}."
ENVIRONMENT.filters["open"] = lambda text: text.rstrip(".")
PLAIN = Environment(undefined=StrictUndefined, autoescape=False)


@cache
def template(text: str) -> Template:
    """Compile a template once."""
    return ENVIRONMENT.from_string(text)


@cache
def expression(text: str) -> TemplateExpression:
    """Compile an expression once."""
    return PLAIN.compile_expression(text, undefined_to_none=False)


def fill(text: str, context: dict[str, Any], rng: random.Random) -> str:
    """Render a template; filled holes stay between marks.

    Raises:
        Unfillable: when a name or an item that it needs is not there.
    """
    _Chooser.rng = rng
    try:
        return template(text).render(context).strip()
    except (TemplateError, UndefinedError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unfillable(f"{text!r}: {error}") from error


def evaluate(text: str, context: dict[str, Any]) -> Any:
    """The JSON value of an expression; a drawn value stands for what goes into the call.

    Raises:
        Unfillable: when a name or an item that it needs is not there.
    """
    try:
        found = plain(expression(text)(**context))
    except (TemplateError, UndefinedError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unfillable(f"{text!r}: {error}") from error
    return found


def plain(thing: Any) -> Any:
    """Drawn values replaced by their JSON values, at any depth."""
    if isinstance(thing, Value):
        return thing.value
    if isinstance(thing, StrictUndefined):
        raise Unfillable(str(thing._undefined_message))
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    return thing


def bare(text: str) -> str:
    """The text without its marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def outside(text: str, change: Callable[[str], str]) -> str:
    """Change a text everywhere but in its filled holes."""
    return "".join(part if part.startswith(OPEN) else change(part) for part in PROTECTED.split(text))
