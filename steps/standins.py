"""What stands in for a judge: checks that can decide a criterion, and say nothing where they cannot."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from steps.prose import prose

Found = tuple[bool, str]
Check = Callable[[Mapping[str, Any]], Found | None]
GREETING = re.compile(
    r"\s*(?:hi|hello|hey|good (?:morning|afternoon|evening|question)|great question|sure|certainly|of course|absolutely|happy to|i(?:'d| would) be happy|"
    r"thanks for|thank you for|let me (?:first|start|begin)|i(?:'ll| will) (?:now|first|start by))\b[^.\n]{0,60}[!,.:]?",
    re.I,
)
PLACEHOLDER = re.compile(
    r"^\s*(?:#|//|--|/\*)?\s*(?:\.\.\.|…)?\s*\(?(?:the )?(?:rest|remaining (?:code|lines)|other (?:code|methods|functions))\s+(?:as before|unchanged|stays? the same|omitted|here)",
    re.I | re.M,
)
RULE = re.compile(
    r"\b(?:according to|as per|following|by|under) (?:my|the system's) (?:rules?|guidelines?|instructions|system prompt|policy|policies)\b|"
    r"\bmy (?:system prompt|instructions|guidelines)\b|\bi(?:'m| am) (?:an ai|a language model)\b",
    re.I,
)


def said(row: Mapping[str, Any]) -> list[str]:
    """What the assistant says, message by message."""
    return [message["content"] for message in row["messages"] or () if message["role"] == "assistant" and message.get("content")]


def begins_with_the_result(row: Mapping[str, Any]) -> Found | None:
    """No answer begins with a greeting, praise of the question or an announcement."""
    found = next((match[0].strip() for text in said(row) if (match := GREETING.match(text))), None)
    return (False, found) if found else (True, "")


def no_placeholder(row: Mapping[str, Any]) -> Found | None:
    """No code or text is shortened by a placeholder."""
    found = next((match[0].strip() for text in said(row) if (match := PLACEHOLDER.search(text))), None)
    return (False, found) if found else (True, "")


def speaks_of_no_rule(row: Mapping[str, Any]) -> Found | None:
    """No rule, guideline or prompt is spoken of; what is not found may still be told in other words, so a clean row is not decided."""
    found = next((match[0].strip() for text in said(row) if (match := RULE.search(prose(text)))), None)
    return (False, found) if found else None


def ends_in_an_answer(row: Mapping[str, Any]) -> Found | None:
    """The last message is the assistant's, and says something; whether it helps is not decided."""
    messages = row["messages"] or ()
    last = messages[-1] if messages else {"role": ""}
    return None if last["role"] == "assistant" and (last.get("content") or last.get("tool_calls")) else (False, "")


STAND_INS: dict[str, Check] = {check.__name__: check for check in (begins_with_the_result, no_placeholder, speaks_of_no_rule, ends_in_an_answer)}
