"""Find keys, tokens and passwords in a text, and hide them."""

import math
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

DETECTORS = {
    "AWS Access Key": "an AWS key",
    "Artifactory Credentials": "an Artifactory key",
    "Azure Storage Account access key": "an Azure storage key",
    "Basic Auth Credentials": "a password in an address",
    "Discord Bot Token": "a Discord token",
    "GitHub Token": "a GitHub token",
    "GitLab Token": "a GitLab token",
    "JSON Web Token": "a signed token",
    "Mailchimp Access Key": "a Mailchimp key",
    "NPM tokens": "an npm token",
    "OpenAI Token": "an API key",
    "Private Key": "a private key",
    "PyPI Token": "a PyPI token",
    "SendGrid API Key": "a SendGrid key",
    "Slack Token": "a Slack token",
    "Square OAuth Secret": "a Square key",
    "Stripe Access Key": "an API key",
    "Telegram Bot Token": "a Telegram token",
    "Twilio API Key": "a Twilio key",
}
MORE = {
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b"),
    "an API key": re.compile(r"\b(?:sk|pk|rk)[-_](?=[\w-]*\d)[A-Za-z0-9_-]{20,}\b|\bhf_[A-Za-z0-9]{30,}\b|\bAIza[\w-]{35}\b|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[\w-]{10,}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----(?:[^-]*-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----)?"),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}\b"),
    "a password in an address": re.compile(r"(?<=://)[^/\s:@]{1,100}:(?![$<{*%])[^/\s:@]{3,100}(?=@)"),
}
NAMED = re.compile(
    r"(?i)\b[\w.-]{0,40}(?:password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|"
    r"private[_-]?key)[\"']?\s{0,3}[:=]\s{0,3}(?:[\"'`]([^\"'`\s]{8,200})[\"'`]|([^\s\"'`,;)}]{16,200}))"
)
PLACEHOLDER = re.compile(
    r"(?i)your|example|placeholder|change|dummy|test|sample|xxx|\*\*|\.\.\.|…|secret|password|passwd|token|<|\{|\$|\(|process|env|config|12345|abcd|"
    r"redacted|insert|todo|key"
)
LEAST_BITS = 3.0  # of entropy a character: words lie below


class Secret(NamedTuple):
    """Where in a text something secret stands, and what it looks like."""

    start: int
    end: int
    what: str


@cache
def _detectors() -> tuple[tuple[str, re.Pattern[str]], ...]:
    kinds: dict[str, Any] = dict(get_mapping_from_secret_type_to_class())
    return tuple((words, pattern) for name, words in DETECTORS.items() for pattern in kinds[name]().denylist)


def secrets(text: str, named: bool = True) -> list[Secret]:
    """What looks secret in a text, in order, without overlaps.

    Well-known forms are found by detect-secrets' patterns and by those that it lacks; a value beside a telling name
    (`api_key = "…"`) counts when it has digits and letters, looks random and is no placeholder.

    Args:
        named: whether values beside telling names count.
    """
    found = [Secret(match.start(), match.end(), name) for name, pattern in MORE.items() for match in pattern.finditer(text)]
    found += [Secret(match.start(), match.end(), name) for name, pattern in _detectors() for match in pattern.finditer(text) if match[0].strip() and not marker(match[0])]
    for match in NAMED.finditer(text) if named else ():
        group = 1 if match[1] else 2
        if random_looking(match[group]):
            found.append(Secret(match.start(group), match.end(group), "a password or key, by its name"))
    merged: list[Secret] = []
    for secret in sorted(found, key=lambda secret: secret[:2]):
        if merged and secret.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, secret.end))
        else:
            merged.append(secret)
    return merged


def marker(text: str) -> bool:
    """Whether a find is an example by its own words: `user:password@`, `sk-your-key`."""
    return bool(re.search(r"(?i)your|example|placeholder|xxxx|<|\$\{?|\bpass(?:word)?\b(?!\d)", text))


def random_looking(value: str) -> bool:
    """Whether a value looks drawn rather than written."""
    if PLACEHOLDER.search(value) or not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
    return bits >= LEAST_BITS


def masked(text: str, found: list[Secret]) -> str:
    """The text with each secret as asterisks, as many as it had characters, so that nothing else moves."""
    for secret in found:
        hidden = re.sub(r"[^\n]", "*", text[secret.start : secret.end])
        text = text[: secret.start] + hidden + text[secret.end :]
    return text
