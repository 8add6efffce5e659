"""Are the personas in the data? A classifier of one split's answers names the persona of another's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FLOOR = 0.95


@dataclass(frozen=True)
class Named:
    """How well personas are told apart.

    Attributes:
        rows: answers that were held out.
        right: those whose persona was named.
        mistaken: pairs of the persona and what it was taken for, by number.
    """

    rows: int
    right: int
    mistaken: dict[str, int]

    @property
    def accuracy(self) -> float:
        """The share of held-out answers whose persona was named; 0 where none was held out."""
        return self.right / self.rows if self.rows else 0.0


def classifier() -> Any:
    """Words and word pairs by tf-idf, logistic regression with balanced classes; not yet trained.

    Source: scikit-learn.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=2000, class_weight="balanced", C=20))


def told_apart(train: Sequence[tuple[str, str]], held_out: Sequence[tuple[str, str]]) -> Named:
    """Train on pairs of answer and persona; name the personas of others."""
    if len({who for _, who in train}) < 2 or not held_out:
        return Named(0, 0, {})
    model = classifier()
    model.fit([text for text, _ in train], [who for _, who in train])
    mistaken: dict[str, int] = {}
    right = 0
    for (_, who), guess in zip(held_out, model.predict([text for text, _ in held_out]), strict=True):
        right += who == guess
        if who != guess:
            mistaken[f"{who} for {guess}"] = mistaken.get(f"{who} for {guess}", 0) + 1
    return Named(len(held_out), right, mistaken)


def answers(rows: Sequence[dict[str, Any]], persona: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of what the assistant said and who it was, of rows of one persona; `persona`: a row's id to it."""
    pairs = []
    for row in rows:
        if who := persona.get(row["id"]):
            pairs.append(("\n\n".join(message["content"] for message in row["messages"] if message["role"] == "assistant" and message.get("content")), who))
    return pairs
