"""Orders that came through in a document or a tool's result."""

import json
from collections.abc import Iterator, Sequence

from knowledge.suspicions import suspicions
from steps.filters.flag import Filter, Flag, Row, said


class Orders(Filter):
    """Text in tool results and requests that gives orders to whoever reads it, and characters that nobody sees. The figure counts them.

    Args:
        taught: ids of points that are about such orders: tool results in their rows may hold them.

    Source: indirect prompt injection, Greshake et al. 2023 (arXiv 2302.12173).
    """

    name = "orders"

    def __init__(self, taught: frozenset[str] = frozenset()) -> None:
        self.taught = taught

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows with such text."""
        for row in rows:
            shows = {str(row.get("unit")), *((json.loads(row["passport"] or "{}").get("script") or {}).get("beside") or ())}
            roles = ("user",) if shows & self.taught else ("user", "tool")
            found = [one for text in said(row, *roles) for one in suspicions(text)]
            if found:
                yield self.flag(row, found[0].words[:120], len(found), found[0].words)
