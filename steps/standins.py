"""What stands in for a judge: checks that can decide a criterion, and say nothing where they cannot."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from steps.prose import fences, language, prose

Found = tuple[bool, str]
Check = Callable[[Mapping[str, Any]], Found | None]
GREETING = re.compile(
    r"\s*(?:(?:hi|hello|hey)(?: there| again)?(?=[ ]*[,!.])|good (?:morning|afternoon|evening|question)\b|great question\b|(?:sure|certainly|of course|absolutely)(?= ?[,!.—-])|"
    r"happy to\b|i(?:'d| would) be happy\b|thanks for\b|thank you for\b|let me (?:first|start|begin)\b|i(?:'ll| will) (?:now|first|start by)\b)[^.\n]{0,60}[!,.:]?",
    re.I,
)
PLACEHOLDER = re.compile(
    r"^\s*(?:#|//|--|/\*|<!--)\s*(?:\.\.\.|…)?\s*\(?(?:the |your )?"
    r"(?:rest|(?:rest of (?:the|your)|remaining|existing|previous|other) (?:code|file|class|module|lines|methods|functions|imports))\b"
    r"[^\n]{0,24}(?:\.\.\.|…|\b(?:as before|unchanged|the same|omitted|here)\b)",
    re.I | re.M,
)
BARE = re.compile(r"^\s*(?:#|//|--|/\*)\s*(?:\.\.\.|…)\s*(?:\*/)?$", re.M)
SKETCH = re.compile(r"\b(?:sketch|outline|skeleton|stub|signatures?|excerpt|only the|just the)\b", re.I)
LASTS = re.compile(
    r"\b(?:i(?:'ll| will)?|the rest|what(?:'s| is) left|the remaining \w+|the next (?:step|part)s?)\b[^.!?\n]{0,40}\b(?:takes?|need|be (?:done|finished|through)(?: in)?)\b"
    r"[^.!?\n]{0,24}\b(?:\d+|an?|one|two|three|four|five|ten|twenty|half an|a few|a couple of|several)(?: more)? (?:minutes?|hours?|days?|weeks?)\b",
    re.I,
)
TONGUE = re.compile(r"\b(?:translat\w*|übersetz\w*|tradui\w*|traduc\w*|english|german|french|spanish|italian|portuguese|englisch|deutsch|language)\b", re.I)
LENGTH = re.compile(r"^(?:length: )?at most (\d+) words\b", re.M)
KEPT = ("applies", "holds")
SURE = 25  # words of an answer from which its language is told
RULE = re.compile(
    r"\b(?:according to|as per|following|by|under) (?:my|the system's) (?:rules?|guidelines?|instructions|system prompt|policy|policies)\b|"
    r"\bmy (?:system prompt|instructions|guidelines)\b|\bi(?:'m| am) (?:an ai|a language model)\b",
    re.I,
)


def said(row: Mapping[str, Any]) -> list[str]:
    """What the assistant says, message by message."""
    return [message["content"] for message in row["messages"] or () if message["role"] == "assistant" and message.get("content")]


def asked(row: Mapping[str, Any]) -> list[str]:
    """What the user says, message by message."""
    return [message["content"] for message in row["messages"] or () if message["role"] == "user" and message.get("content")]


def begins_with_the_result(row: Mapping[str, Any]) -> Found | None:
    """No answer begins with a greeting, praise of the question or an announcement."""
    found = next((match[0].strip() for text in said(row) if (match := GREETING.match(text))), None)
    return (False, found) if found else (True, "")


def no_placeholder(row: Mapping[str, Any]) -> Found | None:
    """No block of code is shortened by a placeholder; where a sketch was asked for, it is not decided."""
    if any(SKETCH.search(text) for text in asked(row)):
        return None
    blocks = [code for text in said(row) for _, code in fences(text)]
    found = next((match[0].strip() for code in blocks for pattern in (PLACEHOLDER, BARE) if (match := pattern.search(code))), None)
    return (False, found) if found else (True, "")


def in_their_language(row: Mapping[str, Any]) -> Found | None:
    """The last answer is in the language of the last request; short texts are not decided, nor is a request that speaks of a language."""
    requests, answers = asked(row), said(row)
    if not requests or not answers or any(TONGUE.search(text) for text in requests):
        return None
    theirs, mine = language(requests[-1]), language(answers[-1]) if len(answers[-1].split()) >= SURE else None
    return None if not theirs or not mine else (mine == theirs, "" if mine == theirs else answers[-1][:80])


def promises_no_time(row: Mapping[str, Any]) -> Found | None:
    """The assistant does not estimate how long its own work will take; other words for it may be missed, so a clean row is not decided."""
    found = next((match[0] for text in said(row) if (match := LASTS.search(prose(text)))), None)
    return (False, found) if found else None


def within_length(row: Mapping[str, Any]) -> Found | None:
    """The last answer keeps the length that the row's pattern sets; decided where the pattern applies."""
    limit, answers = LENGTH.search(str(row.get("about") or "")), said(row)
    if not limit or not answers or row.get("behaviour") not in KEPT or row.get("error_case") not in (None, "none"):
        return None
    count = len(prose(answers[-1], spans=True).split())
    return (True, "") if count <= int(limit[1]) else (False, answers[-1][:80])


def speaks_of_no_rule(row: Mapping[str, Any]) -> Found | None:
    """No rule, guideline or prompt is spoken of; what is not found may still be told in other words, so a clean row is not decided."""
    found = next((match[0].strip() for text in said(row) if (match := RULE.search(prose(text)))), None)
    return (False, found) if found else None


def ends_in_an_answer(row: Mapping[str, Any]) -> Found | None:
    """The last message is the assistant's, and says something; whether it helps is not decided."""
    messages = row["messages"] or ()
    last = messages[-1] if messages else {"role": ""}
    return None if last["role"] == "assistant" and (last.get("content") or last.get("tool_calls")) else (False, "")


STAND_INS: dict[str, Check] = {
    check.__name__: check for check in (begins_with_the_result, no_placeholder, in_their_language, promises_no_time, within_length, speaks_of_no_rule, ends_in_an_answer)
}
