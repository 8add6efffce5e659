"""Markdown cut into sentences: exact places, whatever stands around them."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.markdown import Page, leads_in, parse
from knowledge.sentences import CODE, boundaries

CUTS: dict[str, tuple[str, list[str]]] = {
    "two sentences": ("Fog rises. Ring the bell.", ["Fog rises.", "Ring the bell."]),
    "a hard-wrapped sentence is one": ("Ring the bell\nuntil noon. Then\n  rest.", ["Ring the bell\nuntil noon.", "Then\n  rest."]),
    "paragraphs": ("Fog rises\n\nBell rings", ["Fog rises", "Bell rings"]),
    "a list": ("- wet rope\n- dry rope\n", ["wet rope", "dry rope"]),
    "a numbered list": ("1. Row.\n2. Rest. Sleep.\n", ["Row.", "Rest.", "Sleep."]),
    "a nested list": ("- Row\n  - hard\n    1. very\n- Rest", ["Row", "hard", "very", "Rest"]),
    "an item runs over lines": ("- Row to the\n  lighthouse\n", ["Row to the\n  lighthouse"]),
    "an item that is its marker again": ("- - a-\n", ["a-"]),
    "a quote": ("> Row hard.\n> Rest\n> well.\n", ["Row hard.", "Rest\n> well."]),
    "a list in a quote": ("> - Row\n> - Rest\n", ["Row", "Rest"]),
    "emphasis around a sentence": ("**Row hard.** Rest. *Sleep.* Eat.", ["**Row hard.**", "Rest.", "*Sleep.*", "Eat."]),
    "emphasis within": ("Row **very** hard", ["Row **very** hard"]),
    "quotation marks close with their sentence": ('She said "Row." Then she slept.', ['She said "Row."', "Then she slept."]),
    "abbreviations": ("Use rope, e.g. hemp. See Fig. 3 vs. Fig. 4. Ask Dr. Fog.", ["Use rope, e.g. hemp.", "See Fig. 3 vs. Fig. 4.", "Ask Dr. Fog."]),
    "small letters go on": ("Row approx. ten miles. and rest", ["Row approx. ten miles. and rest"]),
    "dotted names": ("Open chart.md in v2.1 now. Close it.", ["Open chart.md in v2.1 now.", "Close it."]),
    "code holds no end": ("Run `a. B. c` now. Stop.", ["Run `a. B. c` now.", "Stop."]),
    "code with a tick in it": ("Run ``a ` B. C`` now. Stop.", ["Run ``a ` B. C`` now.", "Stop."]),
    "an ellipsis": ("Wait... then row", ["Wait... then row"]),
    "a question": ("Wet? Dry it! Good.", ["Wet?", "Dry it!", "Good."]),
    "a letter or a number with a dot begins a sentence": ("A. Row. B. Rest.", ["A. Row.", "B. Rest."]),
    "only signs are none": ("***\n\n- ...\n- !?\n\nRow", ["Row"]),
    "a comment": ("Row <!-- Rest. --> hard\n\n<!-- a\n\nb -->\n\nRest", ["Row                hard", "Rest"]),
    "a comment without an end": ("Row\n\n<!-- Rest", ["Row"]),
    "a line that is a tag": ("<task id='a'>\nRow\n</task>\n\nRest <b>well</b>", ["Row", "Rest <b>well</b>"]),
    "code blocks": ("Row\n\n```sh\nrow --hard\n```\n\n    indented\n\nRest", ["Row", "Rest"]),
    "a fence without an end": ("Row\n\n```\nRest", ["Row"]),
    "headings": ("# Row hard\n\nRest\n\nSleep\n=====\n", ["Rest"]),
    "a table": ("| a | b |\n|---|---|\n| c. D | e |\n| f | |\n", ["c. D | e", "f"]),
    "a table without outer pipes": ("a | b\n-|-\nc | d\n", ["c | d"]),
    "a table in a quote": ("> | a |\n> |---|\n> | b |\n", ["b"]),
    "check boxes": ("- [ ] Row. Rest.\n- [x] Eat\n- [y] Sleep\n", ["Row.", "Rest.", "Eat", "[y] Sleep"]),
    "links": ("Row [to](a.md) the isle. Rest", ["Row [to](a.md) the isle.", "Rest"]),
    "hard spaces": ("Row to A\u00a0. Rest\n\n\u00a0\nSleep", ["Row to A\u00a0.", "Rest", "Sleep"]),
    "other letters": ("Rudere forsigtigt 🚣. Åbn lugen. Schließe sie.", ["Rudere forsigtigt 🚣.", "Åbn lugen.", "Schließe sie."]),
    "nothing": ("", []),
    "spaces": (" \n\t\n", []),
}
LINES = st.sampled_from(
    [
        "",
        "- ",
        "1. ",
        "> ",
        "# ",
        "```",
        "    ",
        "\t",
        "| a | b |",
        "|---|---|",
        "<!--",
        "-->",
        "<a>",
        "a.",
        "Bc d.",
        "`e. F`",
        "**g.**",
        "h:",
        "- [ ] i",
        "e.g. J",
        "\u00a0",
        "---",
        "A\u00a0.",
    ]
)
ANY = st.one_of(st.text(max_size=400), st.lists(st.lists(LINES, max_size=4).map("".join), max_size=12).map("\n".join))
SIZE = 200_000
LONG: dict[str, str] = {
    **{f"a run of {sign}": sign * SIZE for sign in '*_`[|>~"“(:.!#=-+\\\t\0\r'},
    **{
        f"a run of {unit}": unit * (SIZE // len(unit))
        for unit in ("- ", "> ", "1. ", "* ", "> - ", "[a](", "![", "a ` ", "a.* ", ". ", "! ", "e.g. ", "a. b. ", "vs.", "<!--", "<div>", "**a** ", "| ", "- [ ] ")
    },
    "nested lists": "\n".join("  " * depth + "- a" for depth in range(440)),
    "nested quotes": "\n".join(">" * depth + " a" for depth in range(630)),
    "ticks of all lengths": " ".join("`" * length + "a" for length in range(1, 630)),
    "ticks and no end": "`" * (SIZE // 2) + "a" * (SIZE // 2),
    "a tag and spaces": "<a" + " " * SIZE,
    "tags and spaces": ("<a" + " " * 2000 + "\n") * 100,
    "a wide gap": "a." + " " * SIZE + "b",
    "a row of pipes": "|a|\n|-|\n|" + "| " * (SIZE // 2) + "x|\n",
    "many sentences": "Run it. " * (SIZE // 8),
    "many lines": "Run it.\n" * (SIZE // 8),
    "lazy lines": "> a\n" + "bcdefg\n" * (SIZE // 7),
}


def pieces(text: str) -> list[str]:
    return [segment.text for segment in parse(text).segments]


@pytest.mark.parametrize(("text", "expected"), CUTS.values(), ids=CUTS)
def test_a_text_is_cut_in_its_sentences_at_their_places(text: str, expected: list[str]) -> None:
    page = parse(text)
    assert [segment.text for segment in page.segments] == expected
    if "<!--" not in text:
        assert [text[segment.start : segment.end] for segment in page.segments] == expected


def test_places_are_exact() -> None:
    text = "# Ropes\n\nFog rises. Ring\nit:\n\n- **wet** rope\n  - [x] dry it\n\n| a | b |\n|---|---|\n|  c |  d  |\n"
    assert [(segment.start, segment.end, segment.kind) for segment in parse(text).segments] == [
        (9, 19, "paragraph"), (20, 28, "paragraph"), (32, 44, "item"), (53, 59, "item"), (84, 90, "row"),
    ]  # fmt: skip


def test_a_place_counts_from_the_offset() -> None:
    page = parse("# A\n\nRow", 100)
    assert [(block.start, block.end) for block in page.blocks] == [(100, 104)]
    assert [(segment.start, segment.end) for segment in page.segments] == [(105, 108)]


def test_segments_know_what_leads_to_them() -> None:
    text = "# Sea\n\n## Ropes\n\nUse:\n\n- wet rope:\n  - thin\n- dry rope\n\nRest\n\n- alone\n\n| a | b |\n|---|---|\n| c | d |\n"
    assert [(segment.text, segment.lead, segment.headings, segment.list_id) for segment in parse(text).segments] == [
        ("Use:", "", ("Sea", "Ropes"), -1), ("wet rope:", "Use:", ("Sea", "Ropes"), 1), ("thin", "wet rope:", ("Sea", "Ropes"), 2),
        ("dry rope", "Use:", ("Sea", "Ropes"), 1), ("Rest", "", ("Sea", "Ropes"), -1), ("alone", "", ("Sea", "Ropes"), 3), ("c | d", "a | b", ("Sea", "Ropes"), -1),
    ]  # fmt: skip


def test_a_heading_closes_those_of_its_level() -> None:
    assert [segment.headings for segment in parse("# A\n\n## B\n\n### C\n\nx\n\n## D\n\ny").segments] == [("A", "B", "C"), ("A", "D")]


def test_only_the_first_paragraph_opens() -> None:
    assert [segment.opening for segment in parse("# A\n\nRow. Rest.\n\nSleep.").segments] == [True, True, False]
    assert [segment.opening for segment in parse("## A\n\nRow.").segments] == [False]
    assert [segment.opening for segment in parse("- a\n\nRow.").segments] == [False, False]


def test_the_first_sentence_of_an_item_and_its_box_are_known() -> None:
    assert [(segment.first, segment.box) for segment in parse("- [ ] Row. Rest.\n- Eat\n").segments] == [(True, True), (False, True), (True, False)]
    assert [segment.box for segment in parse("[ ] Row").segments] == [False]


def test_headings_and_code_are_blocks() -> None:
    page = parse("# A **b**\n\n```sh x\nrow\n```\n\nC\n-\n\n    rest\n")
    assert [(block.kind, block.text, block.info, block.start, block.end) for block in page.blocks] == [
        ("h1", "A **b**", "", 0, 10), ("code", "row\n", "sh x", 11, 27), ("h2", "C", "", 28, 32), ("code", "rest\n", "", 33, 42),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_give_the_same_places(end: str) -> None:
    text = f"Row hard.{end}Rest.{end}{end}- a{end}- b{end}"
    assert [text[segment.start : segment.end] for segment in parse(text).segments] == ["Row hard.", "Rest.", "a", "b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("`a` b `c`", ["`a`", "`c`"]), ("``a ` b``", ["``a ` b``"]), ("`a ``b` c``", ["`a ``b`"]), ("```a` b", []), ("`a\nb`", ["`a\nb`"]), ("``", []), ("` ` `", ["` `"])],
)
def test_code_closes_with_as_many_ticks_as_it_opens_with(text: str, found: list[str]) -> None:
    assert [match[0] for match in CODE.finditer(text)] == found


@pytest.mark.parametrize(("text", "leads"), [("Do:", True), ("**Do:**", True), ("**Do**", True), ("Do: it", False), ("**a** b **c**", False), ("", False)])
def test_a_colon_or_bold_type_leads_in(text: str, leads: bool) -> None:
    assert leads_in(text) is leads


def test_sentences_of_a_paragraph_that_the_splitter_gets_in_pieces_are_whole() -> None:
    content = "Row to the isle and rest there. " * 1000
    assert {content[start:end] for start, end in boundaries(content)} == {"Row to the isle and rest there."}


def check(text: str, page: Page) -> None:
    places = [(segment.start, segment.end) for segment in page.segments]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    same_ends = text.replace("\r\n", " \n").replace("\r", "\n").replace("\0", "\ufffd")
    blanked = "<" in text
    for segment in page.segments:
        here = same_ends[segment.start : segment.end]
        if blanked:
            assert len(here) == len(segment.text) and all(a in (b, " ") for a, b in zip(segment.text, here, strict=True))
        else:
            assert segment.text == here
        assert segment.text == segment.text.strip() and (segment.kind == "row" or re.search(r"\w", segment.text))


@given(ANY)
@example("\u00a0\nRow")
@example("A\u00a0.")
@example("a\rb")
@example("a\0b. C")
@example("- [ ] ")
@example("\t- a\n\t b")
def test_whatever_the_text_segments_are_in_order_and_lie_where_they_say(text: str) -> None:
    check(text, parse(text))


@pytest.mark.parametrize("text", LONG.values(), ids=[ascii(name) for name in LONG])
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    page = parse(text)
    assert time.process_time() - started < 5
    check(text, page)
