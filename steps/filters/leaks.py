"""What stands on both sides of a split, or in a benchmark."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set

from steps.filters.flag import Filter, Flag, Row, opening, said
from steps.likeness import folded
from steps.twins import shared

RUN = 13  # words; the length that GPT-3's authors used (arXiv 2005.14165, appendix C)
LEAST = 8  # words of a text that is a run of its own
OWN = 7  # letters and digits from which on a value belongs to one split
BLOCK = 4_096  # rows that are compared at a time
HELD_OUT = ("validation", "test")


class Splits(Filter):
    """Rows of the training split that share with a held-out row a phrasing family, a drawn value, or a request that is nearly the same.

    The figure is the likeness of the requests; 1 for a family or a value. Short values and single words belong to everybody, and so does
    what a tool's schema lists.

    Args:
        near: from which Jaccard similarity (5-grams of characters) on two requests are the same.
        listed: values that the tools' schemas list.
    """

    name = "splits"

    def __init__(self, near: float = 0.8, listed: Set[str] = frozenset()) -> None:
        self.near, self.listed = near, listed

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Training rows that share something with a held-out one."""
        held = [row for row in rows if row["split"] in HELD_OUT]
        train = [row for row in rows if row["split"] == "train"]
        families = {row["family"]: str(row["id"]) for row in held if row["family"] and row.get("form") != "rehearsal"}
        values: dict[str, str] = {value: str(row["id"]) for row in held for value in self.drawn(row)}
        for place, (likeness, other) in shared([opening(row) for row in train], [opening(row) for row in held], self.near).items():
            row = held[other]
            yield self.flag(train[place], f"the request of a {row['split']} row, {likeness:.2f} alike", likeness, opening(row), str(row["id"]))
        for row in train:
            if (owner := families.get(row["family"])) and row.get("form") != "rehearsal":
                yield self.flag(row, "the phrasing family of a held-out row", text=str(row["family"]), other=owner)
            for value in sorted(self.drawn(row) & values.keys()):
                yield self.flag(row, "a value of a held-out row", text=value, other=values[value])

    def drawn(self, row: Row) -> set[str]:
        """The values that a row's script drew, but for scenes, listed and short ones, and single words."""
        values: Mapping[str, object] = (json.loads(row["passport"] or "{}").get("script") or {}).get("values") or {}
        texts = {json.dumps(value, ensure_ascii=False) for name, value in values.items() if name != "scene" and not (isinstance(value, str) and value in self.listed)}
        return {text for text in texts if sum(map(str.isalnum, text)) >= OWN and not text.strip('"').isalpha()}


class Benchmarks(Filter):
    """Rows in which thirteen words in a row stand in a benchmark that must stay unseen, or whose opening request means what a text of it means.

    The figure counts the runs of words, or is the cosine.

    Args:
        texts: the benchmark's texts, by the file and line that they stand in.
        model: the embedder; empty compares words alone.
        alike: from which cosine on. Of 2,700 requests of the shipped phases and 300 general ones, which have nothing to do with one another,
            the nearest pair has 0.68; of 300 put otherwise word by word, 5 % have less than 0.73 with what they were.

    Source: Brown et al. 2020, arXiv 2005.14165, appendix C.
    """

    name = "benchmarks"

    def __init__(self, texts: Sequence[tuple[str, str]], model: str = "", alike: float = 0.75) -> None:
        self.texts, self.model, self.alike = texts, model, alike
        self.runs: dict[str, str] = {}
        for place, text in texts:
            for run in runs(text):
                self.runs.setdefault(run, place)

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows with a run of the benchmark, or with its meaning."""
        meant = self.meant(rows) if self.model and self.texts and rows else {}
        for row in rows:
            found = [run for text in said(row) for run in runs(text) if run in self.runs]
            if found:
                yield self.flag(row, f"{len(found)} runs of {RUN} words of a benchmark", len(found), found[0], self.runs[found[0]])
            elif seen := meant.get(str(row["id"])):
                cosine, place, text = seen
                yield self.flag(row, f"means what a benchmark asks, {cosine:.2f} alike", cosine, text, place)

    def meant(self, rows: Sequence[Row]) -> dict[str, tuple[float, str, str]]:
        """Rows that mean a text of the benchmark: the cosine, its place and the text. Some thousands of rows at a time."""
        from steps.embeddings import embedded

        known = embedded([text for _, text in self.texts], self.model)
        found = {}
        for start in range(0, len(rows), BLOCK):
            part = [row for row in rows[start : start + BLOCK] if opening(row)]
            cosines = embedded([opening(row) for row in part], self.model) @ known.T
            for row, line in zip(part, cosines, strict=True):
                if line.max() >= self.alike:
                    found[str(row["id"])] = (float(line.max()), *self.texts[int(line.argmax())])
        return found


def runs(text: str) -> list[str]:
    """The runs of words of a text; one of 8 to 12 words is one run, and a shorter one is too common to tell."""
    words = folded(text).split()
    return [" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))] if len(words) >= LEAST else []
