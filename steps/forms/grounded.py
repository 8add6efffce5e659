"""Questions that a document answers, with the words that bear the answer out."""

import random
from collections.abc import Iterator
from typing import Any

from knowledge.forms import load_answers
from knowledge.theme import Page, Split, Theme, load_themes
from steps.contracts import Contract
from steps.forms.citing import cited, laid, shown, spans, touched, unborne
from steps.forms.form import Draft, Form, answered, asked
from steps.forms.given import Given


class Citation(Contract):
    """Words of the document, which stand in it from `start` to `end` (characters from 0)."""

    quote: str
    start: int = -1
    end: int = -1


class Grounded(Contract):
    """A question, what the document answers, and where."""

    question: str
    answer: str
    citations: tuple[Citation, ...]


class GroundedAnswers(Form):
    """A passage is shown and asked about; the answer cites the words that it rests on, or says that none are there.

    Facts: `path` and `text` of the document; `turns`: question, answer and citations of each turn.

    Source: Bonito (arXiv 2402.18334) makes such pairs from passages, Augmentoolkit from documents.
    """

    name = "grounded"
    writes = Grounded

    def candidates(self, split: Split, rng: random.Random) -> Iterator[Draft]:
        """One question a draft first; then two about one page, and questions that the page does not answer."""
        pages = [(theme, page) for theme in load_themes() if theme.split == split for page in theme.pages]
        for turn in range(12):
            singles = [(theme, page, question) for theme, page in pages for question in page.questions]
            for number, (theme, page, question) in enumerate(rng.sample(singles, len(singles))):
                if number % 5 == 3:
                    yield self.silent(theme, page, question, rng)
                elif number % 5 == 1 or turn > 8:
                    second = rng.choice([other for other in page.questions if other != question])
                    yield self.told(theme, page, (question, second), rng)
                else:
                    yield self.told(theme, page, (question,), rng)

    def told(self, theme: Theme, page: Page, questions: tuple[str, ...], rng: random.Random) -> Draft:
        """A conversation about a page that answers its questions; now and then only the part that does is shown."""
        answers = [load_answers()[theme.name][question] for question in questions]
        path, text = shown(page, [quote for borne in answers for quote in borne.quotes], rng)
        facts: dict[str, Any] = {"path": path, "text": text, "turns": []}
        turns = []
        first, asker = "", ""
        for number, (question, borne) in enumerate(zip(questions, answers, strict=True)):
            way = "next" if number else "page"
            request, family, voice = asked("grounded", way, theme.split, rng, {"document": laid(path, text, rng)}, spoken(question), asker)
            first, asker = first or family, asker or voice
            reply = answered("grounded", way, rng, cited(path, text, borne) | {"title": page.title})
            turns.append((request, reply))
            facts["turns"].append({"question": question, "answer": reply, "citations": spans(text, borne.quotes)})
        unit = f"theme:{theme.name}#{path}"
        draft = Draft(form="grounded", unit=unit, family=first, split=theme.split, theme=theme.name, asker=asker, facts=facts)
        draft = draft.model_copy(update={"complexity": "moderate" if len(turns) > 1 or len(facts["turns"][0]["citations"]) > 1 else "simple"})
        return draft.said(*turns)

    def silent(self, theme: Theme, page: Page, question: str, rng: random.Random) -> Draft:
        """A question that another page of the theme answers."""
        other = rng.choice([other for other in theme.pages if other is not page])
        path, text = shown(other, [rng.choice(other.paragraphs)], rng)
        request, family, asker = asked("grounded", "silent", theme.split, rng, {"document": laid(path, text, rng)}, spoken(question))
        reply = answered("grounded", "silent", rng, {"path": path, "title": other.title})
        facts = {"path": path, "text": text, "turns": [{"question": question, "answer": reply, "citations": []}]}
        draft = Draft(form="grounded", unit=f"theme:{theme.name}#{path}", family=family, split=theme.split, theme=theme.name, asker=asker, facts=facts)
        return draft.model_copy(update={"boundary": True, "complexity": "moderate"}).said((request, reply))

    def check(self, draft: Draft) -> str | None:
        """Each quote stands at its span and in the answer; each number and name of the answer stands in a quote, or in the question."""
        text, path = str(draft.facts["text"]), str(draft.facts["path"])
        if not draft.requests or not all(line.strip() in draft.requests[0] for line in text.splitlines()):
            return "grounded: the conversation does not show the document"
        for turn, answer in zip(draft.facts["turns"], draft.answers, strict=True):
            for citation in turn["citations"]:
                quote = citation["quote"]
                if not quote.strip() or text[citation["start"] : citation["end"]] != quote:
                    return f"grounded: {quote[:60]!r} does not stand at {citation['start']}"
                if quote not in answer:
                    return f"grounded: the answer does not cite {quote[:60]!r}"
            loose = unborne(answer, [citation["quote"] for citation in turn["citations"]], f"{turn['question']} {path} {text.splitlines()[0]}", path, text)
            if loose:
                return f"grounded: {loose!r} stands in no quote"
            if not turn["citations"] and touched(turn["question"], text):
                return "grounded: the document seems to speak of it, and nothing is cited"
        return None

    def asked_of(self, given: Given, count: int, seed: int = 0) -> list[Draft]:
        """A draft for each passage of the user's own documents; the path gets the line that it begins on."""
        facts = [(path, line, {"path": f"{path}:{line}" if line > 1 else path, "text": passage, "turns": []}) for path, line, passage in given.passages]
        return [Draft(form="grounded", unit=f"document:{path}:{line}", family="teacher", split="train", facts=fact) for path, line, fact in facts]

    def finish(self, draft: Draft, made: Grounded, rng: random.Random) -> Draft:
        """The question beside the document; spans are found, not believed."""
        path, text = draft.facts["path"], draft.facts["text"]
        citations = spans(text, tuple(citation.quote for citation in made.citations))
        parts = [made.question, laid(path, text, rng)]
        turn = {"question": made.question, "answer": made.answer, "citations": citations}
        facts = draft.facts | {"turns": [turn]}
        return draft.model_copy(update={"facts": facts, "boundary": not citations}).said(("\n\n".join(rng.sample(parts, 2)), made.answer))


def spoken(question: str) -> dict[str, str]:
    """A question alone, and inside a sentence."""
    return {"question": question, "asked": question[0].lower() + question[1:] if not question.startswith("I ") else question}
