"""Cut a paragraph of Markdown in its sentences."""

import re

from sentencex import get_sentence_boundaries

CODE = re.compile(r"(?<!`)(`++)(?:[^`]++|(?!\1(?!`))`++)++\1")  # closed by as many ticks as opened it
DOTTED = re.compile(r"(?<=[\w.])[.!?](?=[^\W_]|[/.])")  # the dots of chart.md
ENDING = re.compile(r"[.!?][*_\"”')]*\s+(?=[*_\"“(]*[A-Z`])")  # a stop and a space before a capital
CLOSING = re.compile(r"[*_~\"'”’)\]`]*+(?=\s|$)")  # what closes with a sentence
NUMBER = re.compile(r"\s*+(?:(?:\d+|[A-Za-z]|[ivxIVX]{1,4})[.)]|[*_~\"'”’)\]]*+)\s*+")  # "1.", "b)", "iv.", and signs alone
GOES_ON = re.compile(r"\s*+(?:[*_\"'“]*+[a-z]|[-–—,;:]|\d+\)\s+\S|\Z)")  # what begins no sentence
ABBREVIATION = re.compile(r"(?:\b(?:e[.x]g|i[.x]e|vs|cf|approx|incl|resp|no|Mr|Ms|Dr|St|Fig|Sec|Eq)\.|\bv\d+\.|^\W*\d+\.)[*_)]*\s*$")
CHUNK = 8_000  # characters of a paragraph that the splitter sees at once; its time grows with the square
NEAR = 200  # characters before a place where an abbreviation may begin


def boundaries(content: str) -> list[tuple[int, int]]:
    """Start and end of each sentence of a paragraph, spaces left out: "Run `a.b`. Stop." is two.

    The splitter is sentencex; what it cannot know of Markdown is mended: code and dotted names hold no end, emphasis closes with
    its sentence, a number or a letter with a dot begins one, and what goes on in small letters is no new sentence.
    """
    plain = CODE.sub(lambda match: re.sub(r"[^\n]", "x", match[0]), content)
    plain = re.sub(r"\s", " ", DOTTED.sub("x", plain))  # the splitter panics at "A\u00a0."
    kept = [0]
    for cut in possible_cuts(plain):
        closing = CLOSING.match(plain, cut)
        place = closing.end() if closing else cut
        if ends_sentence(plain, kept[-1], place):
            kept.append(place)
    found = []
    for begin, end in zip(kept, [*kept[1:], len(content)], strict=True):
        part = content[begin:end]
        stripped = part.strip()
        if re.search(r"\w", stripped):
            start = begin + len(part) - len(part.lstrip())
            found.append((start, start + len(stripped)))
    return found


def possible_cuts(plain: str) -> list[int]:
    """Where a sentence of a paragraph may begin: after what the splitter takes for an end, and after a stop before a capital."""
    cuts = set()
    for begin in range(0, len(plain), CHUNK):
        cuts |= {begin + found["start_index"] for found in get_sentence_boundaries("en", plain[begin : begin + CHUNK])[1:]}
    ends = (match.end() for match in ENDING.finditer(plain))
    return sorted(cuts | {end for end in ends if not abbreviated(plain[max(0, end - NEAR) : end])})


def ends_sentence(plain: str, start: int, cut: int) -> bool:
    """Whether what stands before a cut is a sentence: "1." is none, nor is "cf.", nor what goes on in small letters."""
    if GOES_ON.match(plain, cut) or (cut - start < NEAR and NUMBER.fullmatch(plain, start, cut)):
        return False
    return not abbreviated(plain[max(start, cut - NEAR) : cut])


def abbreviated(head: str) -> bool:
    """Whether a text ends in an abbreviation that ends no sentence: "rope vs."."""
    return bool(ABBREVIATION.search(head))
