"""From seed instructions to new ones, each unlike every one before it."""

import random
from collections.abc import Iterator
from typing import Any

from knowledge.forms import load_operations
from knowledge.theme import Split, Theme, load_themes
from steps.contracts import Contract
from steps.forms.form import Draft, Form
from steps.forms.given import Given
from steps.forms.operations import OPERATIONS
from steps.forms.rouge import most_alike, words
from steps.render import bare, fill
from steps.script import part
from steps.teachers.askers import load_askers, voice

ALIKE = 0.7


class Instructed(Contract):
    """A new instruction, its input where it needs one, and the answer."""

    instruction: str
    material: str = ""
    answer: str


class SelfInstruct(Form):
    """Instructions that grow from seeds; one is kept when its ROUGE-L with every earlier one, seeds included, is below 0.7.

    Facts: `operation`, `instruction` (without its input), `material`, `result`, `similarity` (0 to 1) and `like` (the nearest earlier one).

    Source: Self-Instruct (arXiv 2212.10560).
    """

    name = "selfinstruct"
    writes = Instructed

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """An instruction for each operation by turns, over material of the split's themes."""
        pool = [words(operation.ask[0]) for operation in load_operations().values()]
        texts = [operation.ask[0] for operation in load_operations().values()]
        themes = [theme for theme in load_themes() if theme.split == split]
        for _ in range(60):
            for name in rng.sample(sorted(OPERATIONS), len(OPERATIONS)):
                made = self.draft(name, rng.choice(themes), rng)
                if made is None:
                    continue
                similarity, place = most_alike(made.facts["instruction"], pool)
                if similarity >= ALIKE:
                    continue
                facts = made.facts | {"similarity": round(similarity, 4), "like": texts[place]}
                pool.append(words(made.facts["instruction"]))
                texts.append(made.facts["instruction"])
                yield made.model_copy(update={"facts": facts})

    def draft(self, name: str, theme: Theme, rng: random.Random) -> Draft | None:
        """An instruction for an operation, with its material and the result; None where the theme has none for it."""
        find, work = OPERATIONS[name]
        material = find(theme, rng)
        if material is None:
            return None
        operation = load_operations()[name]
        index = rng.choice([index for index in part(operation.ask, theme.split) if index])
        asker = rng.choice(sorted(load_askers()))
        said = {key: value for key, value in material.items() if isinstance(value, str | int | float)} | {"project": theme.name}
        instruction = bare(voice(fill(operation.ask[index], said, rng), asker, True, rng))
        pasted = rng.choice((material["text"], material["text"], f"```\n{material['text']}\n```"))
        request = "\n\n".join([instruction, pasted] if rng.random() < 0.7 else [pasted, instruction])
        result = work(material)
        answer = bare(fill(rng.choice(operation.answer), {"result": result}, rng))
        facts: dict[str, Any] = {"operation": name, "instruction": instruction, "material": material, "result": result, "similarity": 0.0, "like": ""}
        family, unit = f"selfinstruct.{name}.{index}", f"theme:{theme.name}#{name}"
        draft = Draft(form="selfinstruct", unit=unit, family=family, split=theme.split, theme=theme.name, asker=asker, facts=facts)
        return draft.said((request, answer))

    def check(self, draft: Draft) -> str | None:
        """The instruction is new enough, its input is shown, and the answer is what the operation makes of it."""
        facts = draft.facts
        if facts["similarity"] >= ALIKE:
            return f"selfinstruct: ROUGE-L {facts['similarity']:.2f} with {facts['like']!r}"
        if not draft.requests or facts["instruction"] not in draft.requests[0]:
            return "selfinstruct: the request does not hold the instruction"
        material = facts["material"]
        if material and material["text"] not in draft.requests[0]:
            return "selfinstruct: the request does not show its input"
        if facts["operation"] in OPERATIONS and OPERATIONS[facts["operation"]][1](material) not in draft.answers[0]:
            return "selfinstruct: the answer is not what the operation makes of the input"
        return None if draft.answers[0].strip() else "selfinstruct: no answer"

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """So many drafts; each sees eight of the seed instructions, drawn by seed."""
        rng = random.Random(f"selfinstruct {seed}")
        seeds = [operation.ask[0] for operation in load_operations().values()]
        empty: dict[str, Any] = {"operation": "", "instruction": "", "material": {}, "result": "", "similarity": 0.0, "like": ""}
        some = [rng.sample(seeds, min(8, len(seeds))) for _ in range(count)]
        return [Draft(form="selfinstruct", unit=f"seeds:{seed}:{place}", family="teacher", split="train", facts=empty | {"seeds": shown}) for place, shown in enumerate(some)]

    def finish(self, draft: Draft, made: Instructed, rng: random.Random) -> Draft:
        """The instruction with its input, and the answer; how alike it is to the seeds that were shown goes on record."""
        earlier = draft.facts["seeds"]
        similarity, place = most_alike(made.instruction, [words(text) for text in earlier])
        material = {"text": made.material} if made.material else {}
        like = earlier[place] if place >= 0 else ""
        facts = draft.facts | {"instruction": made.instruction, "material": material, "similarity": round(similarity, 4), "like": like}
        request = "\n\n".join(filter(None, (made.instruction, made.material)))
        return draft.model_copy(update={"facts": facts}).said((request, made.answer))
