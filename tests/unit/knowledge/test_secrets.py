"""Secrets: well-known keys are found and hidden, placeholders stay, nothing moves. Keys are put together here, so that no scanner takes this file for a leak."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.secrets import masked, secrets

HEX, MIXED, WORD = "0a1b2c3d4e5f6789" * 8, "aZ3kT9qLm2Xw7Rb5Yc8N" * 8, "MIIEpAIBAAKCAQEA7bq3" * 3
JWT = "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0." + MIXED[:43]
KEYS = {
    "AWS key": ("an AWS key", "AK" + "IAQ7ZT3M2LXN5RB4YW"),
    "AWS key of a session": ("an AWS key", "AS" + "IAQ7ZT3M2LXN5RB4YW"),
    "AWS key of a bucket": ("an AWS key", "AB" + "IAQ7ZT3M2LXN5RB4YW"),
    "GitHub token": ("a GitHub token", "gh" + "p_" + MIXED[:36]),
    "GitHub token of an app": ("a GitHub token", "gh" + "s_" + MIXED[:36]),
    "GitHub token, fine-grained": ("a GitHub token", "github" + "_pat_" + MIXED[:22] + "_" + MIXED[:59]),
    "GitLab token": ("an API key", "gl" + "pat-" + MIXED[:20]),
    "GitLab token of a runner": ("a GitLab token", "gl" + "rt-" + MIXED[:20]),
    "OpenAI key": ("an API key", "sk" + "-" + MIXED[:20] + "T3Blbk" + "FJ" + MIXED[:20]),
    "OpenAI key of a project": ("an API key", "sk" + "-proj-" + MIXED[:100]),
    "Anthropic key": ("an API key", "sk" + "-ant-api03-" + MIXED[:90]),
    "Stripe key": ("an API key", "sk" + "_live_" + MIXED[:24]),
    "Stripe key, restricted": ("an API key", "rk" + "_live_" + MIXED[:24]),
    "Google key": ("an API key", "AI" + "za" + MIXED[:35]),
    "Hugging Face token": ("an API key", "h" + "f_" + MIXED[:34]),
    "npm token": ("an API key", "np" + "m_" + MIXED[:36]),
    "Groq key": ("an API key", "gs" + "k_" + MIXED[:52]),
    "xAI key": ("an API key", "x" + "ai-" + MIXED[:80]),
    "Replicate token": ("an API key", "r" + "8_" + MIXED[:37]),
    "Shopify token": ("an API key", "shp" + "at_" + HEX[:32]),
    "DigitalOcean token": ("an API key", "dop" + "_v1_" + HEX[:64]),
    "Docker token": ("an API key", "dckr" + "_pat_" + MIXED[:27]),
    "Slack token": ("a Slack token", "xo" + "xb-123456789012-1234567890123-" + MIXED[:24]),
    "Slack webhook": ("a Slack token", "https://hooks.slack" + ".com/services/T0ABCDEF1/B0ABCDEF1/" + MIXED[:24]),
    "PyPI token": ("a PyPI token", "py" + "pi-AgEIcHlwaS5vcmc" + MIXED[:80]),
    "SendGrid key": ("a SendGrid key", "S" + "G." + MIXED[:22] + "." + MIXED[:43]),
    "Square key": ("a Square key", "sq" + "0csp-" + MIXED[:43]),
    "Mailchimp key": ("a Mailchimp key", HEX[:32] + "-" + "us12"),
    "Twilio key": ("a Twilio key", "S" + "K" + HEX[:32]),
    "Telegram token": ("a Telegram token", "123456789" + ":" + MIXED[:35]),
    "Discord token": ("a Discord token", "M" + MIXED[:23] + "." + MIXED[:6] + "." + MIXED[:27]),
    "Artifactory key": ("an Artifactory key", "AK" + "C" + MIXED[:30]),
    "Artifactory password": ("an Artifactory key", "A" + "P5" + MIXED[:30]),
    "Azure key": ("an Azure storage key", "Account" + "Key=" + MIXED[:86] + "=="),
    "signed token": ("a signed token", JWT),
    "signed token of two parts": ("a signed token", JWT.rpartition(".")[0]),
}


@pytest.mark.parametrize(("what", "key"), KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("around", ["{}", "Use {} for it.", "key: {}\nnext: 1\n", '{{"key": "{}", "b": 2}}', "`{}`", "export KEY={}\n", "a,{},b", "({})"], ids=repr)
def test_a_well_known_key_is_found_and_hidden_and_nothing_else_is(what: str, key: str, around: str) -> None:
    text = around.format(key)
    found = secrets(text, named=False)
    assert [(text[secret.start : secret.end].rstrip("."), secret.what) for secret in found] == [(key, what)]
    assert masked(text, found) == around.format("*" * len(key))


PEM = f"-----BEGIN {{}}-----\n{{}}{WORD}\n{WORD}\nq3A=\n-----END {{}}-----"
ENCRYPTED = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n"


@pytest.mark.parametrize("kind", ["RSA", "DSA", "EC", "OPENSSH", "ENCRYPTED", ""])
@pytest.mark.parametrize("head", ["", ENCRYPTED, "Comment: my-key -- old\n"], ids=["plain", "encrypted", "commented"])
def test_a_private_key_is_hidden_from_its_begin_to_its_end(kind: str, head: str) -> None:
    name = f"{kind} PRIVATE KEY".strip()
    key = PEM.format(name, head, name)
    text = f"before\n{key}\nafter - 1\n"
    assert masked(text, secrets(text)) == "before\n" + re.sub(r"[^\n]", "*", key) + "\nafter - 1\n"


def test_private_keys_of_other_makers_are_hidden() -> None:
    pgp = PEM.format("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2\n\n", "PGP PRIVATE KEY BLOCK")
    assert set(masked(pgp, secrets(pgp))) == {"*", "\n"}
    putty = f"Public-Lines: 1\nAAAAB3Nza\nPrivate-Lines: 2\n{WORD}\n{WORD}\nPrivate-MAC: 12\n"
    assert masked(putty, secrets(putty)) == f"Public-Lines: 1\nAAAAB3Nza\nPrivate-Lines: 2\n{'*' * len(WORD)}\n{'*' * len(WORD)}\nPrivate-MAC: 12\n"


def test_a_private_key_in_one_line_of_json_is_hidden() -> None:
    key = PEM.format("PRIVATE KEY", "", "PRIVATE KEY").replace("\n", "\\n")
    assert masked(f'{{"k": "{key}\\n", "x": 1}}', secrets(f'{{"k": "{key}\\n", "x": 1}}')) == f'{{"k": "{"*" * len(key)}\\n", "x": 1}}'


def test_a_private_key_that_is_cut_off_is_hidden_as_far_as_it_goes() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}\n{WORD}"
    text = f"{key}\n\nAnd some words after it, which are no key.\n\n# Title\n"
    assert masked(text, secrets(text)).split("\n\n")[1:] == text.split("\n\n")[1:]
    assert WORD not in masked(text, secrets(text))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("postgres://app:hun" + "ter2@db.example/prod", "postgres://***********@db.example/prod"),
        ("redis://:hun" + "ter2xy@cache:6379/0", "redis://**********@cache:6379/0"),
        ("see https://rosa:s3c" + "r3t@git.example/x.git, please", "see https://***********@git.example/x.git, please"),
        ('{"url": "amqp://u:p4' + 'ss-w0rd@mq", "to": "a@b"}', '{"url": "amqp://***********@mq", "to": "a@b"}'),
        ('password = "corr3ct' + 'h0rse"', 'password = "************"'),
        ("DB_PASSWORD=x9K2" + "mQ7vLp4Tz8Wq", "DB_PASSWORD=****************"),
        ('"apiKey": "9f8e7d' + '6c5b4a", "x": 1', '"apiKey": "************", "x": 1'),
        ("secret: '9f8e7d" + "6c5b4a'\n", "secret: '************'\n"),
        ("client_secret=9f8e7d" + "6c5b4a3f2e\n", "client_secret=****************\n"),
        ("aws_secret_access_key = " + MIXED[:40], "aws_secret_access_key = " + "*" * 40),
        ('{"aws_session_token": "' + MIXED[:40] + '"}', '{"aws_session_token": "' + "*" * 40 + '"}'),
        ("//registry.example/:_authToken=" + MIXED[:36] + "\n", "//registry.example/:_authToken=" + "*" * 36 + "\n"),
        ("https://api.example/v1?api_key=9f8e7d" + "6c5b4a3f2e&token=1", "https://api.example/v1?api_key=****************&token=1"),
        ("api_key=" + MIXED[:150] * 3, "api_key=" + "*" * 450),
    ],
)  # fmt: skip
def test_only_the_secret_itself_is_hidden(text: str, hidden: str) -> None:
    assert masked(text, secrets(text)) == hidden


PLACEHOLDERS = [
    "YOUR_API_KEY", "${TOKEN}", "sk-xxxx", "sk-" + "x" * 40, "<your key>", "sk-your-key-here-1234567890", "ghp_" + "x" * 36, "hf_" + "x" * 34, "sk-...", "sk-ant-...",
    "api_key: YOUR_API_KEY_GOES_HERE_123", 'api_key = "${OPENAI_API_KEY}"', "password: <your-password-123456>", "password=changeme12345678", 'secret = "example-secret-0123"',
    "token: $GITHUB_TOKEN", "postgres://user:password@localhost/db", "postgres://app:${DB_PASSWORD}@db/prod", "https://<user>:<password>@host", "mysql://root:%s@host",
    "//registry.example/:_authToken=${NPM_TOKEN}", "password: string", "secret: kubernetes-secret-name", "api_key: process.env.API_KEY_2", "https://tide.example:8080/a@b",
    "https://tide.example:8080?to=a@b", "commit 895c7174239d7ad543fff34a5d7a86ef2ba81b3f", "AKIA is a prefix", "-----BEGIN CERTIFICATE-----", "sk-learn-style-estimators-and-more",
    "APBaseControllerDelegate", "AKCompleteTransaction", "sha256:" + "0a1b" * 16, "550e8400-e29b-41d4-a716-446655440000",
    "the key: value lines", "task-management-system-v2-overview",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_and_plain_words_stay(text: str) -> None:
    assert secrets(f"x {text}\ny") == []


def test_finds_that_overlap_are_one() -> None:
    text = "password=" + KEYS["OpenAI key of a project"][1]
    assert [(secret.start, secret.end) for secret in secrets(text)] == [(9, len(text))]


def test_values_beside_telling_names_can_be_left_out() -> None:
    text = "password=x9K2" + "mQ7vLp4Tz8Wq"
    assert secrets(text, named=False) == [] and [secret.what for secret in secrets(text)] == ["a password or key, by its name"]


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from([key for _, key in KEYS.values()]),
            st.sampled_from(["password=", "\n", "://", "@", ":", '"', "-----BEGIN RSA PRIVATE KEY-----\n"]),
        ),
        max_size=8,
    )
)
def test_hiding_keeps_offsets_and_newlines_and_finds_nothing_more(parts: list[str]) -> None:
    text = "".join(parts)
    found = secrets(text)
    hidden = masked(text, found)
    assert len(hidden) == len(text)
    assert [at for at, sign in enumerate(hidden) if sign == "\n"] == [at for at, sign in enumerate(text) if sign == "\n"]
    assert all(before.end <= after.start for before, after in pairwise(found))
    kept = set(range(len(text))) - {at for secret in found for at in range(secret.start, secret.end)}
    assert all(hidden[at] == text[at] for at in kept) and all(hidden[at] in "*\n" for at in set(range(len(text))) - kept)


NASTY = [
    "a", "=", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVph", ":", "/", "//a/", "://", "://a:", "eyJ", "eyJ-", "sk-", "sk-a-", "sk-T3BlbkFJ", "a.", "M.", " ", "\n", "-",
    "-----BEGIN PRIVATE KEY-----", "password", "password=", 'password="', "aws", "aws key ", "aws'", "xoxb-1-", "glpat-", "AIza-", "github_pat_a", "1234567890:", "0-us",
    "https://hooks.slack.com/services/T", "pypi-AgEIcHlwaS5vcmc", "Private-Lines: 1\n", "_authToken=", "APA", "\u0130", "é",
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", NASTY, ids=repr)
def test_a_long_run_of_anything_takes_little_time(part: str) -> None:
    text = (part * 200_000)[:200_000]
    began = time.perf_counter()
    masked(text, secrets(text))
    took = time.perf_counter() - began
    print(f"{part!r}: {took:.2f} s")
    assert took < 4


@pytest.mark.timeout(60)
def test_very_many_secrets_take_little_time() -> None:
    text = f"x {KEYS['GitHub token'][1]}\n" * 25_000
    began = time.perf_counter()
    assert masked(text, secrets(text)) == f"x {'*' * 40}\n" * 25_000
    assert time.perf_counter() - began < 10
