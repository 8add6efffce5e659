"""Cut Markdown into its sentences, each with its exact place, what leads to it, and what stands around it."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.sentences import boundaries

PARSER = MarkdownIt("commonmark").enable("table").disable(["html_block", "reference"]).disable(["inline", "text_join"])
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
TAG_LINE = re.compile(r"^[ \t>]*</?[A-Za-z][\w:.-]*+(?:\s++[^<>\n]*+)?+/?+>[ \t]*$", re.M)  # nothing but <task id="a">
BOX = re.compile(r"\[[ xX]\][ \t]+")
COLON = re.compile(r":[*_]*$")
BOLD = re.compile(r"\*\*[^*]+\*\*")
ROW_START = re.compile(r"^[\s>|]+")
ROW_END = re.compile(r"(?<![\s|])[\s|]+$")


@dataclass(frozen=True)
class Segment:
    """A sentence, or what stands for one: a row of a table.

    Attributes:
        start: its first character in the text; `end`: the one after its last.
        kind: paragraph, item or row.
        text: the words as they stand, markers of emphasis included.
        headings: the headings above, outermost first.
        lead: the sentence with a colon that leads to the list which the item is part of, of a row the table's header; empty where there is none.
        first: whether it begins its paragraph or item.
        opening: whether it stands in the first paragraph below the document's first heading (or at its top).
        box: whether the item is a check box.
        list_id: items of the same list have the same number; -1 outside of lists.
    """

    start: int
    end: int
    kind: str
    text: str
    headings: tuple[str, ...] = ()
    lead: str = ""
    first: bool = True
    opening: bool = False
    box: bool = False
    list_id: int = -1


@dataclass
class Block:
    """A heading or a block of code.

    Attributes:
        kind: `h1` … `h6`, or `code`.
        text: of a heading its words; of code the lines.
        info: the language of code.
    """

    start: int
    end: int
    kind: str
    text: str
    info: str = ""


@dataclass
class Page:
    """A parsed text: its segments, headings and blocks of code, each in order."""

    segments: list[Segment] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def parse(text: str, offset: int = 0) -> Page:
    """Cut a text: of a heading and "Run it. Then stop." come a heading and two segments.

    Comments and lines that are a tag count as blank; line ends may be of any kind.

    Args:
        offset: added to all places; for a body after a header.
    """
    unified = text.replace("\r\n", " \n").replace("\r", "\n").replace("\0", "\ufffd")
    return _Cutter(TAG_LINE.sub(blank, COMMENT.sub(blank, unified)), offset).page()


def blank(match: re.Match[str]) -> str:
    """Spaces, as many as there were characters."""
    return re.sub(r"[^\n]", " ", match[0])


class _Cutter:
    """Walks the tokens of one text."""

    def __init__(self, text: str, offset: int) -> None:
        self.text, self.offset = text, offset
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.made = Page()
        self.headings: list[tuple[int, str]] = []
        self.lists: list[tuple[int, str]] = []  # number and lead of each open list
        self.leads = [""]  # the last sentence with a colon, a level of nesting each
        self.count = 0  # of lists
        self.opened = False  # whether the first paragraph has been seen
        self.fresh = False  # whether the item has no text yet
        self.table_header = ""

    def page(self) -> Page:
        """The page."""
        tokens: list[Token] = PARSER.parse(self.text)
        for token, following in zip_longest(tokens, tokens[1:]):
            match token.type:
                case "fence" | "code_block":
                    self.add_block(token, "code", token.content, token.info.strip())
                case "heading_open" if following:
                    self.add_heading(token, following.content.strip())
                case "bullet_list_open" | "ordered_list_open":
                    self.count += 1
                    self.lists.append((self.count, self.leads[-1]))
                    self.leads.append("")
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
                    self.leads.pop()
                    self.leads[-1] = ""
                    self.opened = True
                case "list_item_open":
                    self.leads[-1] = ""
                    self.fresh = True
                case "tr_open" if following and token.map:
                    self.add_row(token, is_header=following.type == "th_open")
                case "paragraph_open" if following and following.type == "inline":
                    self.add_paragraph(following)
        return self.made

    def add_block(self, token: Token, kind: str, text: str, info: str = "") -> None:
        """A heading or a block of code."""
        start, end = self.lines(token)
        self.made.blocks.append(Block(start + self.offset, end + self.offset, kind, text, info))

    def add_heading(self, token: Token, words: str) -> None:
        """A heading; it closes those of its level and below."""
        level = int(token.tag[1])
        self.headings = [entry for entry in self.headings if entry[0] < level] + [(level, words)]
        self.add_block(token, token.tag, words)
        self.leads[-1] = ""
        self.opened = level > 1

    def add_row(self, token: Token, is_header: bool) -> None:
        """A row of a table, from its first cell to its last; the header leads to the others."""
        start, end = self.lines(token)
        raw = self.text[start:end]
        if is_header:
            self.table_header = raw.strip(" |\n")
            return
        tail = ROW_START.sub("", raw)
        inner = ROW_END.sub("", tail)
        if inner:
            begin = start + len(raw) - len(tail)
            self.add_segment(begin, begin + len(inner), kind="row", lead=self.table_header)

    def add_paragraph(self, token: Token) -> None:
        """The sentences of a paragraph or an item."""
        inside = bool(self.lists)
        number, lead = self.lists[-1] if inside else (-1, "")
        opening = not self.opened and not inside
        box = False
        last = ""
        for place, (start, end) in enumerate(self.sentences(token)):
            if place == 0 and inside and self.fresh and (found := BOX.match(self.text, start, end)):
                start = found.end()
                box = True
            self.add_segment(start, end, kind="item" if inside else "paragraph", lead=lead, first=place == 0, opening=opening, box=box, list_id=number)
            last = self.text[start:end]
        self.opened = self.opened or not inside
        self.fresh = False
        self.leads[-1] = last if leads_in(last) else ""

    def add_segment(self, start: int, end: int, **more: Any) -> None:
        """A segment, with the headings above it."""
        headings = tuple(words for _, words in self.headings)
        self.made.segments.append(Segment(start + self.offset, end + self.offset, text=self.text[start:end], headings=headings, **more))

    def lines(self, token: Token) -> tuple[int, int]:
        """Start and end of a token's lines."""
        first, last = token.map or [0, 0]
        return self.starts[first], self.line_end(last - 1)

    def line_end(self, line: int) -> int:
        """The end of a line, its line end included."""
        return self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)

    def sentences(self, token: Token) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence of a paragraph."""
        inner, outer = [], []  # where each line of the content begins, in it and in the text
        at = 0
        source = (token.map or [0, 0])[0]
        for line in token.content.split("\n"):
            words = line.strip()
            while (found := self.text.rfind(words, self.starts[source], self.line_end(source))) < 0:
                source += 1  # the parser leaves out lines of spaces that are none to Markdown
            inner.append(at)
            outer.append(found - (len(line) - len(line.lstrip())))
            at += len(line) + 1
            source += 1
        for start, end in boundaries(token.content):
            first, last = bisect_right(inner, start) - 1, bisect_right(inner, end - 1) - 1
            yield outer[first] + start - inner[first], outer[last] + end - inner[last]


def leads_in(sentence: str) -> bool:
    """Whether a sentence leads to what follows: it ends with a colon, or is a line in bold type."""
    words = sentence.strip()
    return bool(COLON.search(words) or BOLD.fullmatch(words))
