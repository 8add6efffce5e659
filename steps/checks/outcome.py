"""Did it work, and does the assistant say what happened?"""

import json
import re

from steps.checks.claims import unfounded
from steps.checks.row import Row
from steps.checks.source import Source, strings
from steps.teachers.composer import values_of

ADMITS = re.compile(
    r"\b(?:couldn't|could not|can't|cannot|can not|didn't|did not|wasn't|was not|weren't|isn't|is not|aren't|are not|hasn't|has not|doesn't|does not|don't|won't|"
    r"unable|fail\w*|refus\w*|reject\w*|den(?:y|ied)|errors?|tim(?:ed?|ing) ?out|timeouts?|invalid|unknown|missing|already|neither|"
    r"(?:over|above|beyond) the|too (?:large|much|big|long|many)|not (?!only|just)|no (?!further|other|more|change|problem|error|need)|"
    r"nothing\b(?! (?:else|more|further))|none\b(?! else)|is taken|takes only|only takes|allow(?:s|ed) only|only \w+ (?:is|are))",
    re.I,
)
WORD = re.compile(r"[^\W_]{3,}")
ACKNOWLEDGED = 12
COMMON = frozenset("the and for you are was with that this from has have not but all its there here what which them they now then done your".split())


def executed(row: Row) -> str | None:
    """Every call of the conversation is on record as it stands there, and came back from a server, or from the fault proxy in a row about faults.

    Reason: `execution: …`. Rows of scripts that are not executed need no results; they are marked `executed: false`.
    """
    asked = [call for message in row.messages for call in message.get("tool_calls") or ()]
    if [call["id"] for call in asked] != [done.id for done in row.executed]:
        return f"execution: {len(asked)} calls in the conversation, {len(row.executed)} on record, or others"
    for call, done in zip(asked, row.executed, strict=True):
        if (call["function"]["name"], json.loads(call["function"]["arguments"])) != (done.tool, done.arguments):
            return f"execution: {done.tool} is on record otherwise than in the conversation"
    if not row.script.executes:
        return None
    idle = next((done for done in row.executed if done.by == "nobody"), None)
    if idle:
        return f"execution: {idle.tool} was not run"
    stray = next((done for place, done in enumerate(row.executed) if done.by == "fault" and row.script.fault is None and place not in row.script.struck), None)
    if stray:
        return f"execution: {stray.tool} was answered by a fault that was not planned"
    results = {message["tool_call_id"]: message["content"] for message in row.messages if message["role"] == "tool"}
    unread = next((done for done in row.executed if results.get(done.id) != done.text), None)
    return f"execution: the result of {unread.tool} is not in the conversation as it came back" if unread else None


def in_state(row: Row) -> str | None:
    """What the row claims to have changed is changed in its world, and nothing else was where it only read.

    Reason: `state: <the condition that does not hold>`.
    """
    return f"state: {row.state[0]}" if row.state else None


def recovered(row: Row) -> str | None:
    """After an error, the turn goes on to a call that works, or its closing words admit it.

    Reason: `recovery: …`.
    """
    if row.kind == "injected_fault" and not any(done.by == "fault" for done in row.executed):
        return "recovery: no fault was injected"
    if row.kind == "real_error" and not any(done.error and done.by == "server" for done in row.executed):
        return "recovery: the server gave no error"
    if not row.script.executes:
        return None
    for groups, words in zip(row.groups, row.words, strict=True):
        failed = next((done for done in groups[-1] if done.error), None) if groups else None
        if failed and not ADMITS.search(words):
            return f"recovery: {failed.tool} failed and the answer does not say so"
    return None


def answers(row: Row) -> str | None:
    """Each turn ends in words, they use something that the results said, and claim nothing that was neither said nor read.

    A result of fewer than 12 words only acknowledges; there is nothing in it to use. Where no tool fits, the assistant
    speaks from what it knows.

    Reason: `answer: …`.
    """
    if not row.script.executes:
        return None
    last = row.messages[-1]
    if last["role"] != "assistant" or last.get("tool_calls") or not all(words.strip() for words in row.words):
        return "answer: the conversation does not end with the assistant's words"
    if row.kind != "no_tool" and row.executed and (claim := invented(row)):
        return f"answer: {claim!r} was neither said nor read"
    told = [done for done in row.turns[-1] if done.by == "server"]
    if not told or told[-1].error or len(WORD.findall(told[-1].text)) < ACKNOWLEDGED:
        return None
    used = {word.lower() for word in WORD.findall(last["content"])} - COMMON
    known = {word.lower() for done in told for word in WORD.findall(f"{done.text} {strings(done.arguments)}")}
    return None if used & known or counted(last["content"]) else "answer: nothing in it comes from a result"


def invented(row: Row) -> str | None:
    """The first particular in the assistant's words that can be traced to nothing before them."""
    text, claim = "\n".join([row.authored, *(name for _, name in row.names)]), None
    drawn = list(values_of(row.script).values())
    calls = iter(row.executed)
    for message in row.messages:
        if message["role"] != "assistant":
            text += f"\n{message['content']}"
            continue
        for _ in message.get("tool_calls") or ():
            text += "\n" + "\n".join(strings(next(calls).arguments))
        if message["content"]:
            claim = claim or unfounded(message["content"], Source(text, drawn))
    return claim


def counted(answer: str) -> bool:
    """Whether the answer gives a size, in digits or words, or says that there is nothing."""
    return bool(re.search(r"\b(?:no|none|nothing|empty|clean|one|two|three|four|five|six|seven|eight|nine|ten|only|single|both)\b|\d", answer, re.I))
