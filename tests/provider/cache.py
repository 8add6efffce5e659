"""Prompt caches: which part of a prompt was read from one, and which part was written into it."""

import hashlib
from dataclasses import dataclass, field

from tests.provider.answer import tokens

LOOK_BACK = 20  # blocks before a breakpoint in which Anthropic looks for what was written
STEP = 128  # tokens in which OpenAI's cache grows


@dataclass
class Share:
    """A prompt's tokens: all of them, those read, those written by how long they are kept."""

    whole: int
    read: int = 0
    written: dict[str, int] = field(default_factory=dict)


class Cache:
    """Remembers the beginnings of prompts."""

    def __init__(self) -> None:
        self.known: set[bytes] = set()

    def marked(self, model: str, blocks: list[tuple[str, str | None]], least: int) -> Share:
        """Anthropic's: the prompt up to each block that carries a breakpoint is kept.

        Args:
            blocks: text and, for a breakpoint, how long it is kept.
            least: tokens below which nothing is kept.
        """
        running, size = hashlib.blake2b(model.encode(), digest_size=16), 0
        ends: list[tuple[bytes, int]] = []
        for text, _ in blocks:
            data = text.encode()
            running.update(len(data).to_bytes(8) + data)
            size += len(data)
            ends.append((running.digest(), tokens(size)))
        share = Share(tokens(size))
        marks = [place for place, (_, kept) in enumerate(blocks) if kept and ends[place][1] >= least]
        for mark in marks:
            share.read = max([share.read, *(ends[place][1] for place in range(mark, max(mark - LOOK_BACK, -1), -1) if ends[place][0] in self.known)])
        upto = share.read
        for mark in marks:
            kept, (key, end) = blocks[mark][1], ends[mark]
            self.known.add(key)
            if kept and end > upto:
                share.written[kept] = share.written.get(kept, 0) + end - upto
                upto = end
        return share

    def automatic(self, model: str, prompt: bytes, least: int) -> Share:
        """OpenAI's: the longest beginning that an earlier prompt had, in whole steps."""
        share = Share(tokens(len(prompt)))
        if share.whole < least:
            return share
        running, same, width = hashlib.blake2b(model.encode(), digest_size=16), True, 4 * STEP
        for end in range(width, len(prompt) + 1, width):
            running.update(prompt[end - width : end])
            key = running.digest()
            same = same and key in self.known
            share.read += STEP * same
            self.known.add(key)
        if share.read < least:
            share.read = 0
        return share
