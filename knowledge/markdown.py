"""Cut Markdown into its sentences, each with its exact place, what leads to it, and what stands around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from sentencex import get_sentence_boundaries

PARSER = MarkdownIt("commonmark").enable("table").disable(["html_block", "reference"]).disable(["inline", "text_join"])
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
TAG_LINE = re.compile(r"^[ \t>]*</?[A-Za-z][\w:.-]*(?:\s+[^<>\n]*)?/?>[ \t]*$", re.M)
CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
DOTTED = re.compile(r"(?<=[\w.])[.!?](?=[\w/.])")
STUB = re.compile(r"(?:\d+|[A-Za-z]|[ivxIVX]{1,4})[.)]\s*|[*_~\"'”’)\]]*\s*")
CLOSING = re.compile(r"[*_~\"'”’)\]`]*(?=\s|$)")
BOX = re.compile(r"\[[ xX]\][ \t]+")


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
    """Cut a text.

    Args:
        offset: added to all places; for a body after a header.
    """
    masked = COMMENT.sub(blank, text)
    masked = TAG_LINE.sub(blank, masked)
    starts = [0, *(match.end() for match in re.finditer("\n", masked))]
    return _Cutter(masked, starts, offset).page()


def blank(match: re.Match[str]) -> str:
    """Spaces, as many as there were characters."""
    return re.sub(r"[^\n]", " ", match[0])


class _Cutter:
    """Walks the tokens of one text."""

    def __init__(self, text: str, starts: list[int], offset: int) -> None:
        self.text, self.starts, self.offset = text, starts, offset
        self.made = Page()
        self.headings: list[tuple[int, str]] = []

    def page(self) -> Page:
        lists: list[tuple[int, str]] = []  # number and lead of each open list
        leads = [""]  # the last sentence with a colon, a level of nesting each
        count = 0
        opened = False  # whether the first paragraph has been seen
        fresh = False  # whether the item has no text yet
        table_header = ""
        tokens: list[Token] = PARSER.parse(self.text)
        for number, token in enumerate(tokens):
            kind = token.type
            if kind in ("fence", "code_block"):
                start, end = self.lines(token)
                self.made.blocks.append(Block(start + self.offset, end + self.offset, "code", token.content, token.info.strip()))
            elif kind == "heading_open":
                start, end = self.lines(token)
                words = tokens[number + 1].content.strip()
                level = int(token.tag[1])
                self.headings = [entry for entry in self.headings if entry[0] < level] + [(level, words)]
                self.made.blocks.append(Block(start + self.offset, end + self.offset, token.tag, words))
                leads[-1] = ""
                opened = level > 1
            elif kind in ("bullet_list_open", "ordered_list_open"):
                count += 1
                lists.append((count, leads[-1]))
                leads.append("")
            elif kind in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
                leads.pop()
                leads[-1] = ""
                opened = True
            elif kind == "list_item_open":
                leads[-1] = ""
                fresh = True
            elif kind == "tr_open" and token.map:
                if tokens[number + 1].type == "th_open":
                    table_header = self.text[slice(*self.lines(token))].strip(" |\n")
                else:
                    self.row(token, table_header)
            elif kind == "paragraph_open" and tokens[number + 1].type == "inline":
                made = list(self.sentences(tokens[number + 1]))
                box = False
                if lists and fresh and made and (found := BOX.match(made[0].text)):
                    made[0] = replace(made[0], start=made[0].start + found.end(), text=made[0].text[found.end() :])
                    box = True
                    made = made if made[0].text else made[1:]
                inside = bool(lists)
                for place, segment in enumerate(made):
                    ordered = replace(
                        segment,
                        kind="item" if inside else "paragraph",
                        headings=tuple(words for _, words in self.headings),
                        lead=lists[-1][1] if inside else "",
                        first=place == 0,
                        opening=not opened and not inside,
                        box=box,
                        list_id=lists[-1][0] if inside else -1,
                    )
                    self.made.segments.append(ordered)
                opened = opened or not inside
                fresh = False
                last = made[-1].text if made else ""
                leads[-1] = last if leads_in(last) else ""
        return self.made

    def lines(self, token: Token) -> tuple[int, int]:
        """Start and end of a token's lines."""
        first, last = token.map or [0, 0]
        end = self.starts[last] if last < len(self.starts) else len(self.text)
        return self.starts[first], end

    def row(self, token: Token, lead: str) -> None:
        """A row of a table's body, from its first cell to its last."""
        start, end = self.lines(token)
        raw = self.text[start:end]
        inner = re.sub(r"[\s|]+$", "", raw)
        skipped = re.match(r"[\s>|]*", inner)
        inner_start = start + (skipped.end() if skipped else 0)
        if start + len(inner) > inner_start:
            self.made.segments.append(
                Segment(
                    inner_start + self.offset,
                    start + len(inner) + self.offset,
                    "row",
                    self.text[inner_start : start + len(inner)],
                    tuple(words for _, words in self.headings),
                    lead,
                )
            )

    def sentences(self, token: Token) -> Iterator[Segment]:
        """The sentences of a paragraph."""
        pieces: list[tuple[int, int]] = []  # where each line of the content stands in it, and in the text
        at = 0
        first = (token.map or [0, 0])[0]
        content = token.content
        for number, line in enumerate(content.split("\n")):
            begin = self.starts[first + number]
            finish = self.starts[first + number + 1] if first + number + 1 < len(self.starts) else len(self.text)
            raw = self.text[begin:finish]
            pieces.append((at, begin + max(raw.rfind(line.strip()), 0) - (len(line) - len(line.lstrip()))))
            at += len(line) + 1
        for start, end in boundaries(content):
            real_start, real_end = (self.real(pieces, start), self.real(pieces, end - 1) + 1)
            yield Segment(real_start + self.offset, real_end + self.offset, "paragraph", self.text[real_start:real_end])

    @staticmethod
    def real(pieces: list[tuple[int, int]], at: int) -> int:
        """The place in the text of a place in a paragraph."""
        before = [piece for piece in pieces if piece[0] <= at][-1]
        return before[1] + at - before[0]


def boundaries(content: str) -> list[tuple[int, int]]:
    """Start and end of each sentence of a paragraph, spaces left out.

    The splitter is sentencex; what it cannot know of Markdown is mended: code and dotted names hold no end, emphasis closes with
    its sentence, a number or a letter with a dot begins one, and what goes on in small letters is no new sentence.
    """
    plain = CODE.sub(lambda match: re.sub(r"[^\n]", "x", match[0]), content)
    plain = DOTTED.sub("x", plain).replace("\n", " ")
    cuts = [found["start_index"] for found in get_sentence_boundaries("en", plain)][1:]
    cuts = sorted({*cuts, *(match.end() for match in re.finditer(r"[.!?][*_\"”')]*\s+(?=[*_\"“(]*[A-Z`])", plain) if not abbreviated(plain[: match.end()]))})
    kept: list[int] = []
    start = 0
    for cut in cuts:
        cut += closing.end() if (closing := CLOSING.match(plain[cut:])) else 0
        head, tail = plain[start:cut].strip(), plain[cut:].strip()
        if not tail or not head or STUB.fullmatch(head) or re.match(r"[a-z]", tail.lstrip("*_\"'“")) or abbreviated(head) or tail[0] in "-–—,;:" or re.match(r"\d+\)\s", tail):
            continue
        kept.append(cut)
        start = cut
    found = []
    for begin, end in zip([0, *kept], [*kept, len(content)], strict=True):
        part = content[begin:end]
        stripped = part.strip()
        if stripped and re.search(r"\w", stripped):
            offset = begin + len(part) - len(part.lstrip())
            found.append((offset, offset + len(stripped)))
    return found


def abbreviated(head: str) -> bool:
    """Whether a text ends in an abbreviation that ends no sentence."""
    return bool(re.search(r"(?:\b(?:e\.g|i\.e|vs|cf|etc|approx|incl|resp|no|Mr|Ms|Dr|St|Fig|Sec|Eq)\.|\bv\d+\.|^\W*\d+\.|\.\.\.)[*_)]*\s*$", head)) and not re.search(
        r"\betc\.[*_)]*\s*$", head
    )


def leads_in(sentence: str) -> bool:
    """Whether a sentence leads to what follows: it ends with a colon, or is a line in bold type."""
    words = sentence.strip()
    return bool(re.search(r":[*_]*$", words) or re.fullmatch(r"\*\*[^*]+\*\*", words))
