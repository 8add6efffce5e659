"""The audit as one self-contained page."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from knowledge.audit import Audit
from knowledge.costs import WAYS, Cost, Prices, search_tool, serving
from knowledge.findings import KINDS, Finding
from knowledge.units import Category
from pipelines.audit_view import shared_folder

TEMPLATE = "audit_page.html"
SLIDERS: tuple[tuple[str, str, float, float, float], ...] = (
    ("calls_per_session", "calls in a session", 1, 200, 1),
    ("sessions_per_day", "sessions a day", 1, 50, 1),
    ("days", "days a month", 1, 31, 1),
    ("pause_seconds", "seconds between two calls", 0, 7200, 30),
    ("left", "share of the manual left beside a tuned model", 0, 1, 0.05),
)


def page(report: Audit, priced: list[Cost], prices: Prices) -> str:
    """The page's HTML: one file without any reference to another, which the browser is told to hold to (the page's security policy).

    Args:
        priced: what the report's resident tokens cost by these prices.
    """
    template = environment().get_template(TEMPLATE)
    script, style = ("".join(template.blocks[name](template.new_context())) for name in ("script", "style"))
    categories = list(get_args(Category))
    return template.render(
        report=report,
        prices=prices,
        priced=priced,
        ways=[way for way in WAYS if any(way in cost.dollars for cost in priced)],
        search_tool=search_tool(prices),
        serving=serving(prices),
        sliders=[(name, words, low, high, step, getattr(prices, name)) for name, words, low, high, step in SLIDERS],
        categories=categories,
        kinds=by_kind(report.findings),
        script_digest=digest(script),
        style_digest=digest(style),
        data={
            "report": report.model_dump(mode="json"),
            "prices": prices.model_dump(mode="json"),
            "tool_tokens": report.tool_tokens,
            "tool_names": report.tool_names,
            "categories": categories,
            "shared": shared_folder([line.path for line in report.lines]),
        },
    )


@cache
def environment() -> Environment:
    """Where the template is, and how figures are written."""
    made = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    made.filters |= {"whole": whole, "money": money, "counted": counted, "bare": bare}
    made.tests["address"] = is_address
    return made


def by_kind(found: Sequence[Finding]) -> list[tuple[str, list[Finding], int]]:
    """What each kind is called, its findings, and the tokens they waste; worst kind first, none that is empty."""
    groups = [(title, [finding for finding in found if finding.kind == kind]) for kind, title in KINDS.items()]
    return [(title, mine, sum(finding.tokens for finding in mine)) for title, mine in groups if mine]


def digest(text: str) -> str:
    """A script's or style's digest as a security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def whole(number: float) -> str:
    """A number with thousands separated, without its fraction."""
    return f"{number:,.0f}"


def money(dollars: float | None) -> str:
    """Dollars and cents; nothing where there is no figure."""
    return "" if dollars is None else f"{dollars:,.2f}"


def counted(number: int, word: str) -> str:
    """A number of things, with the thing's plural: `1 rule`, `2 methodologies`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


def bare(address: str) -> str:
    """An address without its scheme."""
    return address.partition("://")[2].rstrip("/")


def is_address(value: Any) -> bool:
    """Whether a source is an address that may be linked to; anything else is shown as text."""
    return str(value).startswith(("https://", "http://"))
