"""Did it work, and does the assistant say what happened?"""

import re

from steps.checks.row import Row

ADMITS = re.compile(
    r"\b(?:could(?:n't| not)|can(?:'t|not)|did(?:n't| not)|was(?:n't| not)|is(?:n't| not)|not|no|nothing|unable|fail\w*|refus\w*|den(?:y|ied)|error|timed? ?out|timeouts?|"
    r"doesn't|don't|won't|without|stopp\w*|instead|already|missing|empty|unknown|limit|too (?:large|much)|neither|none|never|only)\b",
    re.I,
)
WORD = re.compile(r"[^\W_]{3,}")
ACKNOWLEDGED = 12


def executed(row: Row) -> str | None:
    """Every call came back from a server, or from the fault proxy in a row that is about faults.

    Reason: `execution: …`. Rows of scripts that are not executed pass; they are marked `executed: false`.
    """
    if not row.script.executes:
        return None
    idle = next((done for done in row.executed if done.by == "nobody"), None)
    return f"execution: {idle.tool} was not run" if idle else None


def in_state(row: Row) -> str | None:
    """What the row claims to have changed is changed in its world, and nothing else was where it only read.

    Reason: `state: <the condition that does not hold>`.
    """
    return f"state: {row.state[0]}" if row.state else None


def recovered(row: Row) -> str | None:
    """After an error, the row goes on to a call that works, or the assistant admits it.

    Reason: `recovery: …`.
    """
    if row.kind == "injected_fault" and not any(done.by == "fault" for done in row.executed):
        return "recovery: no fault was injected"
    if row.kind == "real_error" and not any(done.error and done.by == "server" for done in row.executed):
        return "recovery: the server gave no error"
    if not row.executed or not row.executed[-1].error or not row.script.executes:
        return None
    if not row.said or not ADMITS.search(row.said[-1]):
        return "recovery: the last call failed and the answer does not say so"
    return None


def answers(row: Row) -> str | None:
    """The conversation ends in words, and they use something that the results said.

    A result of fewer than 12 words only acknowledges; there is nothing in it to use.

    Reason: `answer: …`.
    """
    if not row.script.executes:
        return None
    last = row.messages[-1]
    if last["role"] != "assistant" or not (last["content"] or "").strip() or last.get("tool_calls"):
        return "answer: the conversation does not end with the assistant's words"
    told = [done for done in row.turns[-1] if done.by == "server"]
    if not told or told[-1].error:
        return None
    used = {word.lower() for word in WORD.findall(last["content"])}
    known = {word.lower() for done in row.executed for word in WORD.findall(f"{done.text} {done.arguments}")}
    if len(used & known) >= 1 or counted(last["content"]) or len(WORD.findall(told[-1].text)) < ACKNOWLEDGED:
        return None
    return "answer: nothing in it comes from a result"


def counted(answer: str) -> bool:
    """Whether the answer gives a size, in digits or words, or says that there is nothing."""
    return bool(re.search(r"\b(?:no|none|nothing|empty|clean|one|two|three|four|five|six|seven|eight|nine|ten|only|single|both)\b|\d", answer, re.I))
