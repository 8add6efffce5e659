"""What may be said of a coding task: its code in several forms, its points inside sentences."""

import ast
import difflib
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from knowledge.coding import Bug, CodingTask, Decision
from steps.forms.python import dedented, functions, segment

Thing = TypeVar("Thing")


def told(task: CodingTask, rng: random.Random) -> dict[str, Any]:
    """What templates may say of a task; which of its points they get is drawn."""
    risk, question = rng.choice(task.risks), rng.choice(task.questions or [None])
    picked = rng.sample(task.cases, min(len(task.cases), rng.choice((2, 3))))
    risks = rng.sample(task.risks, min(len(task.risks), 2))
    return {
        "ask": rng.choice(task.asks),
        "code": fenced(task.files),
        "tests": fenced(task.tests),
        "files": " and ".join(f"`{name}`" for name in task.files),
        "about": about(task, rng),
        "parts": "\n".join(f"- `{part.name}` ({part.file}): {part.does}" for part in task.components),
        "assumed": f"{question.ask} {upper(question.default)}." if question else "Nothing beyond what you wrote.",
        "risk": small(risk.risk),
        "shows": small(risk.shows),
        "mitigation": small(risk.mitigation),
        "risks": "\n".join(f"{mark} {upper(one.risk)}. Sign: {small(one.shows)}. {upper(one.mitigation)}." for mark, one in marked(risks, rng)),
        "cases": "\n".join(f"- {one.case}: {one.expect}" for one in picked if one.test) or f"- {picked[0].case}: {picked[0].expect}",
        "points": "\n".join(f"{mark} {one}" for mark, one in marked(rng.sample(task.review, len(task.review)), rng)),
        "operation": rng.choice(task.operation),
        "note": task.extension.note,
    } | decided(rng.choice(task.decisions))


def about(task: CodingTask, rng: random.Random) -> str:
    """A module as people show it who talk about it: the code, its outline, or a few words."""
    match rng.randrange(3):
        case 0:
            return fenced(task.files)
        case 1:
            return fenced({name: outline(text) for name, text in task.files.items()})
        case _:
            parts = "\n".join(f"- `{part.name}` {part.does}" for part in task.components)
            rules = "\n".join(f"- {rule}" for rule in rng.sample(task.requirements, min(3, len(task.requirements))))
            return f"{task.title} ({', '.join(task.files)})\n\n{parts}\n\nIt keeps to these:\n{rules}"


def outline(module: str) -> str:
    """A module without the bodies of its functions."""
    text = module
    for node in functions(module):
        lines = module.splitlines()
        first = node.body[0]
        head = lines[node.lineno - 1 : first.end_lineno if ast.get_docstring(node) else first.lineno - 1]
        indent = " " * (node.col_offset + 4)
        text = text.replace("\n".join(lines[node.lineno - 1 : node.end_lineno]), "\n".join([*head, f"{indent}..."]), 1)
    return text


def decided(decision: Decision) -> dict[str, str]:
    """A decision inside sentences."""
    return {"choose": small(decision.choose), "over": small(decision.over), "because": small(decision.because)}


def mended(task: CodingTask, bug: Bug, rng: random.Random) -> dict[str, Any]:
    """A broken file, and what mends it: the function that held the mistake, or the file."""
    broken = task.broken(bug)
    source = enclosing(task.files[bug.file], bug.before)
    harmed = source.replace(bug.before.rstrip("\n"), bug.after.rstrip("\n"))
    alone = harmed != source and rng.random() < 0.5
    shown = fenced({bug.file: dedented(harmed) if alone else broken[bug.file]})
    fixed = fenced({bug.file: dedented(source) if source and rng.random() < 0.8 else task.files[bug.file]})
    return {
        "code": shown,
        "fixed": fixed,
        "failing": rng.choice(bug.fails),
        "symptom": bug.symptom,
        "diagnosis": bug.diagnosis,
        "mend": bug.mend,
        "diff": patch(task, bug),
    }


def enclosing(module: str, text: str) -> str:
    """The source of the innermost function that a piece of text stands in; empty where it is in none."""
    around = [source for node in functions(module) if text.rstrip("\n") in (source := segment(module, node))]
    return min(around, key=len, default="")


def patch(task: CodingTask, bug: Bug, backwards: bool = False) -> str:
    """The lines that mend a bug, or that make it."""
    broken, fixed = task.broken(bug)[bug.file].splitlines(), task.files[bug.file].splitlines()
    before, after = (fixed, broken) if backwards else (broken, fixed)
    lines = list(difflib.unified_diff(before, after, f"a/{bug.file}", f"b/{bug.file}", lineterm="", n=2))
    return "\n".join(["```diff", *lines, "```"])


def fenced(files: Mapping[str, str]) -> str:
    """Files between fences, each under its name."""
    return "\n\n".join(f"`{name}`:\n\n```python\n{text.rstrip()}\n```" for name, text in files.items())


def within(text: str, piece: str) -> bool:
    """Whether code stands in a file, whole or as one of its functions at the margin."""
    if text.rstrip() in piece:
        return True
    return any(text.rstrip() == dedented(segment(piece, node)).rstrip() for node in functions(piece))


def marked(things: Sequence[Thing], rng: random.Random) -> list[tuple[str, Thing]]:
    """Things as a list: with dashes, or numbered."""
    numbered = rng.random() < 0.5
    return [(f"{place}." if numbered else "-", thing) for place, thing in enumerate(things, 1)]


def small(text: str) -> str:
    """A sentence as a clause: without its full stop, and without a capital that only began it."""
    first, *_ = text.split(maxsplit=1)
    plain = first.isalpha() and first[1:].islower() and first not in ("I", "Python", "Linux", "Windows", "Git", "Excel", "Redis", "Postgres", "Unicode")
    return (text[0].lower() + text[1:] if plain else text).rstrip(".")


def upper(text: str) -> str:
    """A clause as a sentence, without its full stop."""
    return (text[0].upper() + text[1:]).rstrip(".")
