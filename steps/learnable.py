"""What can be learnt from the requests alone, how they lie in the space of meanings, and how far the splits lie apart."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from steps.checks.stages import STAGES
from steps.embeddings import Vectors
from steps.measures import Measure, share

SAMPLE = 1_000  # requests whose nearest is looked for
Z = 1.959964  # standard errors on either side of a 95 % interval
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
    """How far the opening requests lie apart: the mean cosine distance of all pairs, with a jackknife interval.

    Source: Tevet and Berant 2021, arXiv 2004.02990 (as a measure of diversity); Efron and Stein 1981 (the interval).
    """
    import numpy as np

    definition = "The mean cosine distance of two opening requests, over all pairs; higher is more varied. Jackknife interval."
    number = len(vectors)
    if number < 3:
        return Measure("spread of meanings", None, number, definition, unit="distance")
    wide = vectors.astype(np.float64)
    total, own = wide.sum(axis=0), (wide * wide).sum(axis=1)

    def apart(sums: Vectors, squares: Any, size: int) -> Any:
        return 1 - ((sums * sums).sum(axis=-1) - squares) / (size * (size - 1))

    value = float(apart(total, own.sum(), number))
    without = apart(total - wide, own.sum() - own, number - 1)
    half = Z * float(np.sqrt((number - 1) / number * ((without - without.mean()) ** 2).sum()))
    return Measure("spread of meanings", round(value, 4), number, definition, unit="distance", low=round(value - half, 4), high=round(value + half, 4))


def distances(rows: Sequence[Row], vectors: Vectors) -> list[Measure]:
    """How far held-out requests lie from the nearest training one, and training ones from their nearest other; of some drawn rows, against all.

    Much alike, the splits are of one kind; the former near 0, they leak.
    """
    import numpy as np

    train = np.array([place for place, row in enumerate(rows) if row["split"] == "train"], dtype=int)
    held = np.array([place for place, row in enumerate(rows) if row["split"] != "train"], dtype=int)
    if len(train) < 2 or not len(held):
        return []
    found = []
    for name, places in (("held-out requests to the nearest training one", held), ("training requests to the nearest other", train)):
        drawn = np.sort(np.random.default_rng(0).permutation(places)[:SAMPLE])
        cosines = vectors[drawn] @ vectors[train].T
        cosines[drawn[:, None] == train] = -1
        apart = 1 - cosines.max(axis=1).astype(np.float64)
        value, half = float(apart.mean()), Z * float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else 0.0
        definition = "The mean cosine distance of opening requests, with a normal interval."
        found.append(Measure(name, round(value, 4), len(apart), definition, unit="distance", low=round(value - half, 4), high=round(value + half, 4)))
    return found


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
