"""What can be learnt from the requests alone, how they lie in the space of meanings, and how far the splits lie apart."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from steps.checks.stages import STAGES
from steps.embeddings import Vectors
from steps.measures import Measure, share

SAMPLE = 1_000  # rows of which pairs are compared
FEWEST = 20  # requests of a split, at least
ROWS = 120  # of a cluster, about
MOST = 24  # clusters
WORDS = 5  # that name a cluster
Row = Mapping[str, Any]
TARGETS: dict[str, Callable[[Row], str]] = {
    "tool": lambda row: str(row.get("tool") or (row["unit"] if row.get("phase") == "phase3" else "")),
    "persona": lambda row: str(row.get("persona") or ""),
    "stage": lambda row: last if str(row.get("unit") or "").startswith("methodology:") and (last := str(row["unit"]).rpartition("/")[2]) in STAGES else "",
    "behaviour": lambda row: str(row.get("behaviour") or row.get("kind") or "") if row.get("form") != "rehearsal" else "",
    "category": lambda row: str(row.get("category") or ""),
}


def learnability(rows: Sequence[Row], vectors: Vectors) -> list[Measure]:
    """Whether the tool, the persona, the behaviour and the category can be told from an opening request.

    The share of held-out requests that a ridge classifier on the vectors of the training requests names right.

    Args:
        vectors: of the rows' opening requests, in their order.
    """
    from sklearn.linear_model import RidgeClassifier

    found = []
    for what, name in TARGETS.items():
        names = [name(row) for row in rows]
        train = [place for place, row in enumerate(rows) if row["split"] == "train" and names[place]]
        held = [place for place, row in enumerate(rows) if row["split"] != "train" and names[place]]
        if len(held) < FEWEST or len({names[place] for place in train}) < 2:
            continue
        model = RidgeClassifier(class_weight="balanced")
        model.fit(vectors[train], [names[place] for place in train])
        right = sum(guess == names[place] for guess, place in zip(model.predict(vectors[held]), held, strict=True))
        common, most = Counter(names[place] for place in held).most_common(1)[0]
        definition = f"Held-out requests whose {what} a ridge classifier on vectors of the training requests names; {common!r}, the commonest, is {most / len(held):.2f} of them."
        found.append(share(f"{what} told from the request", right, len(held), definition, "scikit-learn"))
    return found


def spread(vectors: Vectors) -> Measure:
    """How different requests are in meaning: the mean cosine distance of pairs."""
    import numpy as np

    some = vectors[:SAMPLE]
    definition = "One minus the mean cosine of pairs of opening requests: 0 is all the same."
    if len(some) < 2:
        return Measure("spread of meanings", None, len(some), definition, unit="distance")
    cosines = (some @ some.T)[np.triu_indices(len(some), 1)]
    return Measure("spread of meanings", round(float(1 - cosines.mean()), 4), len(some), definition, unit="distance")


def distances(rows: Sequence[Row], vectors: Vectors) -> list[Measure]:
    """How far held-out requests lie from the nearest training one, and training ones from their nearest other.

    Much alike, the splits are of one kind; the former near 0, they leak.
    """
    import numpy as np

    train = np.array([place for place, row in enumerate(rows) if row["split"] == "train"], dtype=int)[:SAMPLE]
    held = np.array([place for place, row in enumerate(rows) if row["split"] != "train"], dtype=int)[:SAMPLE]
    if len(train) < 2 or not len(held):
        return []
    apart = 1 - (vectors[held] @ vectors[train].T).max(axis=1)
    own = vectors[train] @ vectors[train].T
    np.fill_diagonal(own, -1)
    told = (("held-out requests to the nearest training one", apart), ("training requests to the nearest other", 1 - own.max(axis=1)))
    return [Measure(name, round(float(found.mean()), 4), len(found), "The mean cosine distance of opening requests.", unit="distance") for name, found in told]


def clusters(rows: Sequence[Row], texts: Sequence[str], vectors: Vectors) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A map of the opening requests, and the clusters in it.

    Returns:
        in the order of the rows: id, x, y (the first two principal components) and cluster; and by cluster its number of rows and the words that set it apart.

    Source: mini-batch k-means, truncated SVD, tf-idf (scikit-learn).
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    if len(rows) < 3:
        return [], []
    number = max(2, min(MOST, len(rows) // ROWS))
    labels = MiniBatchKMeans(number, random_state=0, n_init=3, batch_size=1024).fit_predict(vectors)
    places = TruncatedSVD(2, random_state=0).fit_transform(vectors - vectors.mean(axis=0)).astype(float).round(3)
    try:
        model = TfidfVectorizer(stop_words="english", token_pattern=r"[A-Za-z]{3,}", min_df=2 if len(rows) > 50 else 1, max_features=20_000)  # noqa: S106
        weights, names = model.fit_transform(texts), model.get_feature_names_out()
    except ValueError:  # not a word that counts
        weights, names = None, []
    mean = None if weights is None else weights.mean(axis=0).A1
    told = []
    for label in range(number):
        mine = labels == label
        words = [] if weights is None or not mine.any() else [str(names[place]) for place in (weights[mine].mean(axis=0).A1 - mean).argsort()[::-1][:WORDS]]
        told.append({"cluster": label, "words": words, "rows": int(mine.sum())})
    return [{"id": str(row["id"]), "x": float(x), "y": float(y), "cluster": int(label)} for row, (x, y), label in zip(rows, places, labels, strict=True)], told
