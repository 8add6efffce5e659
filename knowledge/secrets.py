"""Find keys, tokens and passwords in a text, and hide them."""

import math
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

DETECTORS = {
    "Azure Storage Account access key": "an Azure storage key",
    "Discord Bot Token": "a Discord token",
    "GitHub Token": "a GitHub token",
    "GitLab Token": "a GitLab token",
    "Mailchimp Access Key": "a Mailchimp key",
    "Private Key": "a private key",
    "PyPI Token": "a PyPI token",
    "SendGrid API Key": "a SendGrid key",
    "Slack Token": "a Slack token",
    "Square OAuth Secret": "a Square key",
    "Stripe Access Key": "an API key",
    "Telegram Bot Token": "a Telegram token",
    "Twilio API Key": "a Twilio key",
}
MORE = {  # each in time that grows with the text alone: an open-ended part is looked for once a word, or is bounded
    "an AWS key": re.compile(
        r"\b(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}\b|(?i:aws.{0,20}?(?:key|pwd|pw|password|pass|token).{0,20}?)[\"'](?P<secret>[0-9a-zA-Z/+]{40})[\"']"
    ),
    "an Artifactory key": re.compile(r"(?<![A-Za-z0-9])(?:AKC|AP[0-9A-F])(?=[A-Za-z]*\d)[A-Za-z0-9]{10,}(?![A-Za-z0-9])"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b"),
    "an API key": re.compile(
        r"\b(?:(?:sk|pk|rk)[-_]|gsk_|xai-|r8_|pplx-|tvly-|shpat_|dop_v1_|lin_api_|ntn_|figd_|dckr_pat_)(?=[\w-]{0,60}\d)[\w-]{20,}\b|"
        r"\bhf_[A-Za-z0-9]{30,}\b|\bAIza[\w-]{35}(?![\w-])|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b"
    ),
    "an npm token": re.compile(r"(?<=:_authToken=)[\w+/=.-]{16,}"),
    "a Slack token": re.compile(r"\bxox[abprs]-[\w-]{10,}\b"),
    "a private key": re.compile(
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]*(?:-(?!----)[^-]*)*-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|(?:\s*[A-Za-z0-9+/=\\]{16,})*)|"
        r"\bPrivate-Lines: \d+(?P<secret>(?:\n[A-Za-z0-9+/=]+(?=\n|\Z))+)"
    ),
    "a signed token": re.compile(r"\beyJ[\w=-]{10,400}+\.[\w=-]{10,}(?:\.[\w=-]+)*"),
    "a password in an address": re.compile(r"(?<=://)[^/\s:@?#\"'`<>]{0,100}:(?![$<{*%])[^/\s:@?#\"'`<>]{3,100}(?=@)"),
}
SURE = {"an AWS key", "a private key", "a signed token"}  # of which even an example is hidden
NAMED = re.compile(
    r"(?i)(?:password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key)[\"']?\s{0,3}[:=]\s{0,3}"
    r"(?:[\"'`](?P<quoted>[^\"'`\s]{8,})[\"'`]|(?P<secret>[^\s\"'`,;)}&]{16,}))"
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
    found: list[Secret] = []
    for what, pattern in (*MORE.items(), *_detectors()):
        for match in pattern.finditer(text):
            if what in SURE or not marker(match[0]):
                found.append(Secret(*span(match), what))
    for match in NAMED.finditer(text) if named else ():
        start, end = span(match)
        if random_looking(text[start:end]):
            found.append(Secret(start, end, "a password or key, by its name"))
    merged: list[Secret] = []
    for secret in sorted(found, key=lambda secret: secret[:2]):
        if merged and secret.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, secret.end))
        else:
            merged.append(secret)
    return merged


def span(match: re.Match[str]) -> tuple[int, int]:
    """What is to be hidden of a find: the part that its pattern calls so, or all."""
    return next((match.span(name) for name in match.re.groupindex if match[name]), match.span())


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
    parts, at = [], 0
    for secret in found:
        parts += [text[at : secret.start], re.sub(r"[^\n]", "*", text[secret.start : secret.end])]
        at = secret.end
    return "".join([*parts, text[at:]])
