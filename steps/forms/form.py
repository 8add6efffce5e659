"""What a form is: drafts from the shipped banks, and a check that any draft of it must pass."""

import json
import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

from knowledge.forms import load_ways
from knowledge.recipe import Complexity
from knowledge.theme import Split
from knowledge.units import Category, Level
from steps.contracts import Contract
from steps.forms.given import Given
from steps.likeness import folded, grams, nearest
from steps.render import PROTECTED, bare, fill
from steps.script import part
from steps.teachers.askers import load_askers, voice

NEAR = 0.8


class Draft(Contract):
    """A row of a form.

    Attributes:
        unit: what it was made from: `theme:<name>#page/…`, `task:<id>`, `tool:<server>#<name>`, `document:<path>:<line>`.
        family: the phrasing family of the request; a family belongs to one split.
        theme: the theme or task; empty where there is none.
        facts: what the conversation was made of, and what the check holds it against (JSON values).
        requests: what the user says, turn by turn; empty as long as a teacher has yet to write it.
    """

    form: str
    unit: str
    family: str
    split: Split
    theme: str = ""
    level: Level = "L4"
    category: Category = "domain"
    complexity: Complexity = "simple"
    boundary: bool = False
    asker: str = "plain"
    facts: dict[str, Any] = {}
    requests: tuple[str, ...] = ()
    messages: tuple[dict[str, Any], ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """What the assistant says, turn by turn."""
        return tuple(message["content"] or "" for message in self.messages if message["role"] == "assistant")

    def said(self, *turns: tuple[str, str]) -> "Draft":
        """This draft with its conversation: pairs of what the user and the assistant say."""
        messages = [{"role": role, "content": text} for turn in turns for role, text in zip(("user", "assistant"), turn, strict=True)]
        return self.model_copy(update={"requests": tuple(user for user, _ in turns), "messages": tuple(messages)})

    def row(self, name: str, seed: int) -> dict[str, Any]:
        """A planned row of the phases: all but the conversation, which `MakeForm` fills in from `script`."""
        columns = self.model_dump(exclude={"facts", "requests", "messages"})
        return {"id": name, "seed": seed} | columns | {"script": self.model_dump_json(), "requests": None, "messages": None, "reject_reason": None}


class Form(ABC):
    """A form of data.

    Attributes:
        writes: what a teacher answers when it writes a row from the user's own material; asked with `prompts/forms/<name>.jinja2`.
    """

    name: ClassVar[str]
    writes: ClassVar[type[Contract]]

    @abstractmethod
    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """Drafts from the shipped banks in an order drawn by seed, alike or not; it ends where the banks do."""

    @abstractmethod
    def check(self, draft: Draft) -> str | None:
        """Why a draft will not do, in one line; None when it will. It trusts nothing that the draft's maker says of it."""

    @abstractmethod
    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """Drafts for a teacher to write from what a user's own system gives: all there are, or `count` where there is no end of them."""

    @abstractmethod
    def finish(self, draft: Draft, made: Any, rng: random.Random) -> Draft:
        """A teacher's draft with the conversation that its answer (`writes`) makes."""

    def sound(self, draft: Draft) -> str | None:
        """The part of the check that costs next to nothing; all of it where nothing is run."""
        return self.check(draft)

    def drafts(self, count: int, split: Split, seed: int = 0) -> list[Draft]:
        """Different drafts that are sound; fewer than asked for where the banks hold no more.

        No opening request repeats another, nor is its Jaccard similarity over 5-grams of characters 0.8 or more.
        """
        index: dict[int, list[int]] = defaultdict(list)
        kept: list[tuple[str, set[int]]] = []
        taken: set[str] = set()
        made: list[Draft] = []
        for draft in self.candidates(split, random.Random(f"{self.name} {split} {seed}")):
            if len(made) >= count:
                break
            text = folded(draft.requests[0])
            mine = grams(text)
            if text in taken or nearest(mine, index, kept)[0] >= NEAR or self.sound(draft):
                continue
            for gram in mine:
                index[gram].append(len(kept))
            kept.append((text, mine))
            taken.add(text)
            made.append(draft)
        return made


def asked(form: str, way: str, split: Split, rng: random.Random, context: dict[str, Any], spoken: dict[str, str] | None = None, asker: str = "") -> tuple[str, str, str]:
    """A request in one of a split's phrasing families: the text, the family and the asker.

    Args:
        context: what fills holes, and is left alone by the asker's register.
        spoken: what is put into the template's own words, and is typed as the asker types.
        asker: who has been asking; empty where the request opens the conversation.

    Raises:
        Unfillable: when a family names what is not there.
    """
    families = load_ways(form)[way].ask
    index = rng.choice(part(families, split))
    template = families[index]
    for name, text in (spoken or {}).items():
        template = template.replace("{{ " + name + " }}", text)
    who = asker or rng.choice(sorted(load_askers()))
    return bare(apart(voice(fill(template, context, rng), who, not asker, rng))), f"{form}.{way}.{index}", who


def answered(form: str, way: str, rng: random.Random, context: dict[str, Any]) -> str:
    """An answer in one of its shapes.

    Raises:
        Unfillable: when a shape names what is not there.
    """
    return bare(fill(rng.choice(load_ways(form)[way].answer), context, rng))


def apart(text: str) -> str:
    """The text with what was pasted into it in paragraphs of its own, whatever the asker put before and after."""
    parts = PROTECTED.split(text)
    for place, pasted in enumerate(parts):
        if "\n" not in pasted or not PROTECTED.fullmatch(pasted):
            continue
        before, after = parts[place - 1], parts[place + 1]
        if before.strip() and not before.endswith("\n"):
            parts[place - 1] = f"{before.rstrip()}\n\n"
        if not after.startswith("\n"):
            left = after.lstrip("., ")
            parts[place + 1] = f"\n\n{left}" if left else ""
    return "".join(parts)


def compact(value: Any) -> str:
    """A JSON value as indented text."""
    return json.dumps(value, indent=2, ensure_ascii=False)
