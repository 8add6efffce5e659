"""Documents in a conversation: how they are shown, cut and cited."""

import random
import re
from typing import Any

from knowledge.forms import Borne
from knowledge.theme import Page

NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
NAME = re.compile(r"(?<![.!?:;\"\n] )(?<!^)(?<![\"\n(])\b[A-Z][\w-]*[a-z\d][\w-]*")


def shown(page: Page, needed: list[str], rng: random.Random) -> tuple[str, str]:
    """A page as a file: its path and its text, whole or only a run of paragraphs that holds what is needed."""
    places = [number for number, paragraph in enumerate(page.paragraphs) if any(quote in paragraph for quote in needed)]
    first, last = min(places), max(places)
    if rng.random() < 0.75:
        first, last = rng.randint(0, first), rng.randint(last, len(page.paragraphs) - 1)
    else:
        first, last = 0, len(page.paragraphs) - 1
    return f"site{page.path.removeprefix('/' + page.path.split('/')[1])}.md", "\n\n".join((f"# {page.title}", *page.paragraphs[first : last + 1]))


def laid(path: str, text: str, rng: random.Random) -> str:
    """A document as people paste it: bare, between fences, numbered, quoted, with its path above or in tags."""
    numbered = "\n".join(f"{number:>3}  {line}" if line else f"{number:>3}" for number, line in enumerate(text.splitlines(), 1))
    layouts = (
        f"{path}\n\n{text}",
        f"```\n{text}\n```\n({path})",
        f"{path}:\n{numbered}",
        f'<file path="{path}">\n{text}\n</file>',
        f"--- {path} ---\n{text}\n--- end ---",
        f"{path}\n" + "\n".join(f"> {line}".rstrip() for line in text.splitlines()),
    )
    return rng.choice(layouts)


def spans(text: str, quotes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Citations: each quote with the span that it is found at, -1 where it is not."""
    return [{"quote": quote, "start": text.find(quote), "end": text.find(quote) + len(quote)} for quote in quotes]


def cited(path: str, text: str, borne: Borne) -> dict[str, Any]:
    """What an answer's shape may use: the first quote gives the line; further ones follow it."""
    line = text[: text.find(borne.quotes[0])].count("\n") + 1
    return {"says": borne.says, "quote": '" and "'.join(borne.quotes), "place": f"{path}:{line}", "line": line, "path": path}


def unborne(answer: str, quotes: list[str], known: str, path: str, text: str) -> str | None:
    """The first number or name of an answer that stands neither in its quotes nor in what is known."""
    for quote in quotes:
        answer = answer.replace(quote, "")
    answer = re.sub(rf"{re.escape(path)}(?::\d+)?|\b[Ll]ines? \d+", "", answer)
    ground = " ".join((*quotes, known))
    numbers = {number.strip(".,:") for number in NUMBER.findall(ground)}
    for number in NUMBER.findall(answer):
        if number.strip(".,:") not in numbers:
            return str(number)
    return next((name for name in NAME.findall(answer) if name not in ground and name.lower() not in ground.lower()), None)


def touched(question: str, text: str) -> bool:
    """Whether a document seems to speak of what is asked: a sentence holds most of the question's weighty words."""
    words = {word[:4] for word in re.findall(r"[a-z]{4,}", question.lower())} - {"what", "when", "many", "much", "long", "does", "whic", "with", "have", "from", "that"}
    sentences = [{word[:4] for word in re.findall(r"[a-z]{4,}", sentence.lower())} for sentence in re.split(r"(?<=[.!?])\s", text)]
    return any(words and len(words & sentence) >= max(2, 0.6 * len(words)) for sentence in sentences)
