"""Conversations that end before they are over."""

import re
from collections.abc import Iterator, Sequence

from steps.filters.flag import Filter, Flag, Row

OPEN = re.compile(r"(?:,|\b(?:and|or|but|the|a|an|of|to|with|for|because|which|is|are|in|on|by|from|as|if))$", re.I)
GREETING = 3  # words of a last line such as `Kind regards,`, under which a letter is signed
MARK = re.compile(r"^(?:[-*•>#]+|\d+[.)])\s+")
FENCE = re.compile(r"^(?:```|~~~)", re.M)


class Endings(Filter):
    """Rows that end without an answer, in the middle of a sentence or of a block of code, or whose calls have no results. The figure is 1."""

    name = "endings"

    def flags(self, rows: Sequence[Row]) -> Iterator[Flag]:
        """Rows that are cut off."""
        for row in rows:
            if reason := cut_off(row):
                yield self.flag(row, reason, text=str(row["messages"][-1]["content"] or "")[-80:] if row["messages"] else "")


def cut_off(row: Row) -> str | None:
    """Why a row is not over; None when it is."""
    messages = row["messages"]
    if not messages:
        return "there is no conversation"
    last = messages[-1]
    called = {call["id"] for message in messages for call in message.get("tool_calls") or ()}
    answered = {message["tool_call_id"] for message in messages if message["role"] == "tool"}
    open_end = last["role"] == "assistant" and last.get("tool_calls") and called - answered == {call["id"] for call in last["tool_calls"]}
    if open_end:
        return None if not row.get("executed", True) else "it ends in a call that was not run"
    if called != answered:
        return "a call has no result, or a result no call"
    if last["role"] != "assistant" or not (last["content"] or "").strip():
        return "it does not end in an answer"
    text = last["content"].rstrip()
    if len(FENCE.findall(text)) % 2:
        return "its last block of code is not closed"
    line = text.rsplit("\n", 1)[-1]
    greeting = line.endswith(",") and len(line.split()) <= GREETING
    entry = MARK.sub("", line.strip())
    read = any(entry in (message["content"] or "") for message in messages if message["role"] == "tool")  # a line of a result, passed on as it came
    return "its last sentence breaks off" if OPEN.search(text) and not greeting and not read else None
