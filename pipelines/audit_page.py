"""The audit as one self-contained page."""

from knowledge.audit import Audit
from knowledge.costs import Cost, Prices


def page(report: Audit, priced: list[Cost], prices: Prices) -> str:
    """The page's HTML."""
    raise NotImplementedError
