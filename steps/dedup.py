"""Mark requests that were asked before: exactly, or nearly."""

from collections import defaultdict

from distilabel.steps import GlobalStep, StepInput
from distilabel.typing import StepOutput
from pydantic import Field

from steps.likeness import folded, grams, nearest


class MarkDuplicates(GlobalStep):
    """Reject a row whose opening request, spoken by the user, repeats another kept row's.

    Near: the Jaccard similarity of the sets of 5-grams of characters (case and spacing folded) is at least `near`.
    The first row of each likeness stays. Where a cell would end empty, its row stays although it is near, never when exact.

    Reads: requests, and the columns of the cell. Writes: near (the highest similarity to an earlier kept row, 0 to 1), reject_reason
    (`dedup: same request as <id>`, `dedup: 0.87 like <id>`).

    Source: near-duplicate filtering by shingles, Broder 1997.
    """

    near: float = Field(default=0.8, description="From which similarity on a request counts as the same.")
    known: list[str] = Field(default=[], description="Opening requests of rows that were kept before.")
    cell: list[str] = Field(default=["tool", "kind", "complexity", "error_case"], description="The columns that name a row's cell of the grid.")

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["id", "requests", *self.cell]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["near", "reject_reason"]

    def process(self, inputs: StepInput) -> "StepOutput":
        """All rows in one batch."""
        index: dict[int, list[int]] = defaultdict(list)
        kept: list[tuple[str, set[int]]] = []
        exact = {folded(text): "a row kept before" for text in self.known}
        covered: set[tuple[str, ...]] = set()
        marked = []
        for row in inputs:
            if row.get("reject_reason"):
                marked.append({"near": None} | row)
                continue
            text = folded(row["requests"][0])
            mine = grams(text)
            likeness, like = nearest(mine, index, kept)
            cell = tuple(str(row[column]) for column in self.cell)
            reason = None
            if text in exact:
                reason = f"dedup: same request as {exact[text]}"
            elif likeness >= self.near and cell in covered:
                reason = f"dedup: {likeness:.2f} like {like}"
            else:
                exact[text] = row["id"]
                covered.add(cell)
                for gram in mine:
                    index[gram].append(len(kept))
                kept.append((row["id"], mine))
            marked.append(row | {"near": round(likeness, 4), "reject_reason": reason})
        yield marked
