"""The audit's page: self-contained, true to the report, and safe whatever the documents say."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from knowledge.audit import Audit, Line, ServerCost
from knowledge.costs import Prices, costs
from knowledge.findings import KINDS, Finding
from knowledge.units import Category
from pipelines.audit_page import counted, page, shared_folder
from pipelines.config import load_prices

SECTIONS = ["tokens", "costs", "every", "findings", "notes"]
HOSTILE = """</script><script>alert(1)</script><!--<script>"'><img src=x onerror=alert(2)>{{ 7 * 7 }}{% raw %}&lt;b&gt;\u2028\u202e]]></style></title>"""
FAMILIAR = ("br", "hr", "img", "input", "link", "meta", "wbr")
Attributes = dict[str, str | None]


class Reader(HTMLParser):
    """Everything that a browser would see: tags with attributes, scripts, words by section, and cells by row."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, Attributes]] = []
        self.open: list[str] = []
        self.scripts: list[tuple[Attributes, str]] = []
        self.styles: list[str] = []
        self.words = ""
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in FAMILIAR:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td") and self.rows:
            self.rows[-1].append("")
        if tag == "script":
            self.scripts.append((dict(attributes), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + text)
        elif self.open[-1:] == ["style"]:
            self.styles.append(text)
        else:
            self.words += text
            if {"th", "td"} & set(self.open) and self.rows:
                self.rows[-1][-1] += text

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0][1])


def line(number: int = 0, **facts: Any) -> Line:
    return Line.model_validate(
        {"path": f"app/.claude/agents/a{number}.md:1", "name": f"agent {number}", "category": "persona", "level": "L3", "residency": "resident", "tokens": 40, "open_tokens": 41}
        | facts
    )


def report(*more: Line, **facts: Any) -> Audit:
    tool = line(name="read_file", path="app/tools.json:4", category="tool", level="L2", server="files", tokens=700, open_tokens=690)
    lines = (tool, line(1), line(1, residency="on demand", tokens=2_345, open_tokens=2_400), line(2, path="app/settings.json:3", residency="not sent"), *more)
    resident, later = ([(each.tokens, each.open_tokens) for each in lines if each.residency == residency] for residency in ("resident", "on demand"))
    return Audit.model_validate(
        {
            "files": 3,
            "bytes": 12_345,
            "units": {"tool": 1, "persona": 2},
            "resident": tuple(map(sum, zip(*resident, strict=True))),
            "on_demand": tuple(map(sum, zip(*later, strict=True))),
            "lines": lines,
            "servers": (ServerCost(server="files", tools=1, tokens=700, open_tokens=690, names=9),),
            "unasked": ("remote",),
            "findings": (
                Finding(kind="stale reference", places=("app/a.md:3",), words="old_tool: no server has such a tool"),
                Finding(kind="duplicate", places=tuple(f"app/b.md:{number}" for number in range(1, 7)), words="55 tokens, 6 times", tokens=275),
            ),
            "notes": ("one file was left out",),
        }
        | facts
    )


@pytest.fixture(scope="module")
def prices() -> Prices:
    return load_prices(None, {})


def shown(audit: Audit, prices: Prices) -> str:
    return page(audit, costs(audit.resident[0], audit.tool_tokens, audit.tool_names, prices), prices)


def test_the_page_is_well_formed_and_has_every_section_in_order(prices: Prices) -> None:
    read = Reader(shown(report(), prices))
    assert read.open == [] and [tag["id"] for name, tag in read.tags if name == "section"] == SECTIONS
    assert "740 tokens on every call, 2,345 on demand" in read.words and "731 on every call and 2,400 on demand" in read.words
    assert "3 files with 12,345 bytes were read; they hold 1 tool and 2 personas." in read.words and f"Prices are of {prices.as_of}" in read.words
    assert report().serialisation in read.words and "o200k_base and qwen3" in read.words and "one file was left out" in read.words and "not counted: remote" in read.words


def test_every_control_and_region_has_a_name_and_every_reference_a_target(prices: Prices) -> None:
    tags = Reader(shown(report(), prices)).tags
    ids = [tag["id"] for _, tag in tags if "id" in tag]
    assert len(ids) == len(set(ids))
    pointed = [tag[name] for kind, tag in tags for name in ("for", "aria-labelledby") if name in tag] + [
        (tag["href"] or "")[1:] for kind, tag in tags if kind == "a" and (tag["href"] or "").startswith("#")
    ]
    assert set(pointed) <= set(ids)
    named = [tag for kind, tag in tags if kind == "input" and tag["type"] in ("range", "number")]
    assert len(named) == 10 and all("aria-label" in tag or tag["id"] in pointed for tag in named)


def test_the_data_are_the_report_and_the_price_table(prices: Prices) -> None:
    audit = report()
    data = Reader(shown(audit, prices)).data
    assert Audit.model_validate(data["report"]) == audit and Prices.model_validate(data["prices"]) == prices
    assert (data["tool_tokens"], data["tool_names"], data["shared"]) == (700, 9, "app/")


def test_what_documents_say_stays_text(prices: Prices) -> None:
    note = Finding(kind="injection", places=(HOSTILE,), words=HOSTILE)
    audit = report(
        line(3, path=f"{HOSTILE}/a:1", name=HOSTILE, server=HOSTILE, category="tool"),
        units={HOSTILE: 1},
        findings=(note,),
        notes=(HOSTILE,),
        unasked=(HOSTILE,),
        serialisation=HOSTILE,
    )
    table = prices.model_copy(update={"models": tuple(price.model_copy(update={"name": HOSTILE}) for price in prices.models)})
    read, plain = Reader(shown(audit, table)), Reader(shown(report(), prices))
    assert Audit.model_validate(read.data["report"]) == audit and read.open == []
    assert read.words.count(HOSTILE) >= 6 + len(prices.models)
    assert [words for _, words in read.scripts[1:]] == [words for _, words in plain.scripts[1:]] and "".join(read.styles) == "".join(plain.styles)
    assert {name for name, _ in read.tags} <= {name for name, _ in plain.tags}
    assert not [name for _, tag in read.tags for name in tag if name.startswith("on") or name in ("src", "srcdoc", "style")]
    assert "<" not in read.scripts[0][1]


def test_only_the_pages_own_script_and_style_may_run(prices: Prices) -> None:
    read = Reader(shown(report(), prices))
    policy = next(tag["content"] or "" for _, tag in read.tags if tag.get("http-equiv") == "Content-Security-Policy")
    digests = ["sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (read.scripts[1][1], "".join(read.styles))]
    assert policy == f"default-src 'none'; base-uri 'none'; form-action 'none'; script-src '{digests[0]}'; style-src '{digests[1]}'"
    assert [tag.get("type") for tag, _ in read.scripts] == ["application/json", None]


def test_the_dom_is_made_of_text_and_never_of_markup(prices: Prices) -> None:
    script = Reader(shown(report(), prices)).scripts[1][1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|fetch\(|import\b|XMLHttp|setAttribute\(\"on", script)
    assert len([line for line in script.splitlines() if line.strip()]) <= 200


def test_nothing_is_loaded_and_only_sources_are_linked(prices: Prices) -> None:
    html = shown(report(), prices)
    read = Reader(html)
    known = {price.source for price in prices.models} | {other.source for price in prices.models for other in price.checked}
    known |= {each.source for each in (*prices.serving, *prices.caching, *prices.deferred_tools)}
    links = [tag for name, tag in read.tags if name == "a" and not (tag["href"] or "").startswith("#")]
    assert {tag["href"] for tag in links} == known and {tag["rel"] for tag in links} == {"noreferrer"}
    rest = html.replace(read.scripts[0][1], "")
    for tag in links:
        rest = rest.replace(f'href="{tag["href"]}"', "")
    assert not re.search(r"https?:|\bsrc=|@import|url\(|<link|<iframe|<img|<base", rest)


def test_a_source_that_is_no_address_is_shown_and_not_linked(prices: Prices) -> None:
    odd = prices.models[0].model_copy(update={"source": "javascript:alert(1)", "checked": ()})
    read = Reader(shown(report(), prices.model_copy(update={"models": (odd,)})))
    assert "javascript:alert(1)" in read.words and not [tag for _, tag in read.tags if "javascript" in (tag.get("href") or "")]


def test_the_cost_table_has_the_figures_of_the_costs(prices: Prices) -> None:
    audit = report()
    priced = costs(audit.resident[0], audit.tool_tokens, audit.tool_names, prices)
    rows = Reader(page(audit, priced, prices)).rows
    start = next(number for number, row in enumerate(rows) if row[:2] == ["model", "as it is"])
    heads, body = rows[start], rows[start + 1 : start + 1 + len(priced)]
    for cost, row in zip(priced, body, strict=True):
        cells = dict(zip(heads, row, strict=True))
        assert cells["model"] == cost.model
        assert {way: cells[way] for way in heads[1:-2]} == {way: f"{cost.dollars[way]:,.2f}" if way in cost.dollars else "" for way in heads[1:-2]}
        assert cells["training, once"] == ("" if cost.training is None else f"{cost.training:,.2f}")
        assert cells["paid back after"] == ("" if cost.training is None else "never" if cost.break_even is None else f"{cost.break_even:,} calls")


def test_the_notes_of_the_costs_and_the_facts_are_there(prices: Prices) -> None:
    words = Reader(shown(report(), prices)).words
    assert all(fact.fact in words for fact in (*prices.caching, *prices.deferred_tools)) and "gpt-4.1: no training after 2027-01-06, no use after 2027-01-14." in words
    assert "9 tokens for the tools' names and 500 for a tool that finds them, in place of 700 for 1 tool" in words and "702 dollars a month" in words


def test_findings_stand_by_kind_with_all_their_places(prices: Prices) -> None:
    words = re.sub(r"\s+", " ", Reader(shown(report(), prices)).words)
    assert "2 findings" in words and f"1 {KINDS['stale reference']}" in words and f"1 {KINDS['duplicate']}: 275 tokens wasted" in words
    assert all(f"b.md:{number}" in words for number in range(1, 7)) and "3 more places" in words


def test_categories_stand_in_a_table_for_whoever_has_no_script(prices: Prices) -> None:
    rows = Reader(shown(report(), prices)).rows
    assert ["tool", "L2", "1", "700", "94.6%", "0"] in rows and ["persona", "L3", "2", "40", "5.4%", "2,345"] in rows and ["all", "", "", "740", "", "2,345"] in rows


def test_a_system_that_says_nothing_has_a_page_too(prices: Prices) -> None:
    empty = Audit(files=0, bytes=0, units={}, resident=(0, 0), on_demand=(0, 0), lines=(), servers=(), findings=())
    read = Reader(shown(empty, prices))
    assert "0 tokens on every call, 0 on demand" in read.words and "Findings: none" in read.words and "deferred tools:" not in read.words


@pytest.mark.parametrize(("resident", "checked"), [(40, "resident"), (0, "on demand")])
def test_the_map_begins_with_what_there_is(prices: Prices, resident: int, checked: str) -> None:
    read = Reader(shown(report(resident=(resident, resident)), prices))
    assert [tag["value"] for name, tag in read.tags if tag.get("type") == "radio" and "checked" in tag] == [checked]


def test_the_page_is_small_beside_its_data(prices: Prices) -> None:
    assert len(shown(report(), prices).encode()) < 150_000
    large = shown(report(*(line(number) for number in range(5_000))), prices)
    assert len(large.encode()) < 150_000 + len(Reader(large).scripts[0][1].encode())


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read_in_both_themes(prices: Prices) -> None:
    themes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", "".join(Reader(shown(report(), prices)).styles), re.S)]
    assert len(themes) == 2
    for theme in themes:
        for name in ("ink", "soft", "accent", *(f"c{number}" for number in range(len(get_args(Category))))):
            low, high = sorted((luminance(theme["page"]), luminance(theme[name])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, name


@pytest.mark.parametrize(("number", "word", "said"), [(1, "rule", "1 rule"), (2, "rule", "2 rules"), (0, "methodology", "0 methodologies"), (1_598, "rule", "1,598 rules")])
def test_things_are_counted_in_english(number: int, word: str, said: str) -> None:
    assert counted(number, word) == said


@pytest.mark.parametrize(
    ("paths", "shared"),
    [
        (["a/b/c.md:1", "a/b/d/e.md:1"], "a/b/"),
        (["a/x/b/1.md", "a/y/b/2.md"], "a/"),
        (["a/1.md"], ""),
        (["1.md", "2.md"], ""),
        (["a/1.md", "a/2.md", "https://a/b"], "a/"),
        (["a/1.md", "b/2.md"], ""),
    ],
)
def test_the_shared_folder_is_what_all_paths_begin_with(paths: list[str], shared: str) -> None:
    assert shared_folder(paths) == shared


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed: the page's formulas were not held against knowledge/costs.py")
def test_the_pages_formulas_give_what_python_gives(prices: Prices) -> None:
    formulas = shown(report(), prices).partition("/* formulas")[2].partition("/* end of formulas */")[0].partition("*/")[2]
    uses: list[dict[str, Any]] = [
        {},
        {"pause_seconds": 301},
        {"pause_seconds": 2_000, "left": 0.0},
        {"pause_seconds": 50_000, "left": 1.0},
        {"calls_per_session": 1, "sessions_per_day": 0.7, "days": 31},
    ]
    uses += [{"training_tokens": 0}, {"deferred_tools": ()}, {"calls_per_session": 3, "work_tokens": 150_000, "epochs": 2}, {"output_tokens": 9_000}]
    cases = [
        (*tokens, prices.model_copy(update=use))
        for use in uses
        for tokens in [(0, 0, 0), (300, 200, 20), (13_585, 4_696, 956), (1_000, 0, 0), (5_003, 4_000, 0), (280_000, 90_000, 4_000)]
    ]
    given = json.dumps([[resident, tools, names, table.model_dump(mode="json")] for resident, tools, names, table in cases])
    program = f"{formulas}\nconst cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));\nconsole.log(JSON.stringify(cases.map((each) => costs(...each))));"
    answer = subprocess.run(["node", "-e", program], input=given, capture_output=True, text=True, timeout=60, check=True)
    for (resident, tools, names, table), theirs in zip(cases, json.loads(answer.stdout), strict=True):
        for mine, other in zip(costs(resident, tools, names, table), theirs, strict=True):
            assert (mine.model, mine.training is None, mine.break_even) == (other["model"], other["training"] is None, other["break_even"])
            assert other["dollars"] == pytest.approx(mine.dollars, rel=1e-9, abs=1e-9) and other["training"] == (
                None if mine.training is None else pytest.approx(mine.training, rel=1e-9)
            )
