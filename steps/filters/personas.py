"""Rows whose words are another persona's."""

import json
from collections.abc import Iterator, Sequence

from steps.filters.flag import Filter, Flag, Row, said

FOLDS = 5
SURE = 0.8  # from which probability on a row is another's
FEWEST = 20  # rows of a persona, to learn from


class Personas(Filter):
    """Rows of one persona that a classifier, trained on the others' rows, takes for another's; the figure is its probability.

    Words and word pairs by tf-idf, logistic regression (scikit-learn), five folds: each row is judged by a model that has not seen it.
    """

    name = "personas"

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows that are surely another's."""
        own = {str(row["id"]): who for row in rows if (who := persona(row))}
        mine = [row for row in rows if str(row["id"]) in own]
        fewest = min((list(own.values()).count(who) for who in set(own.values())), default=0)
        if len(set(own.values())) < 2 or fewest < FEWEST:
            return
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        from steps.roles import classifier

        truth = [own[str(row["id"])] for row in mine]
        texts = ["\n\n".join(said(row, "assistant")) for row in mine]
        names = sorted(set(truth))
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        for row, who, shares in zip(mine, truth, cross_val_predict(classifier(), texts, truth, cv=folds, method="predict_proba"), strict=True):
            likely = int(shares.argmax())
            if names[likely] != who and shares[likely] >= SURE:
                yield self.flag(row, f"the words of {names[likely]}, not of {who}", float(shares[likely]))


def persona(row: Row) -> str:
    """Who the assistant is in a row, all of it; empty where it is nobody, or the role changes."""
    script = json.loads(row["passport"] or "{}").get("script") or {}
    return "" if row.get("behaviour") == "changes_role" else str(script.get("persona") or "")
