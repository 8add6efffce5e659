"""What must not show: identifiers, the spec's own sentences, secrets, this machine."""

import pytest

from knowledge.catalog import Catalog
from knowledge.units import Tool
from steps.checks.leaks import hides_machine, keeps_secrets, names_nothing, recites_nothing
from tests.unit.conversation import done, row

LOG = done("git_log", "commit 4f1c2aa", maxCount=3)


@pytest.mark.parametrize(
    ("request_", "answer", "reason"),
    [
        ("last three commits", "One commit: 4f1c2aa.", None),
        ("git log, three of it", "One commit.", None),
        ("read the file", "The file is read.", None),
        ("run git_log", "ok", "names: the user says git_log"),
        ("git_log, please.", "ok", "names: the user says git_log"),
        ("`git_log`?", "ok", "names: the user says git_log"),
        ("last commits with maxCount 3", "ok", "names: the user says maxCount"),
        ("last commits", "I called git_log for that.", "names: the assistant says git_log"),
        ("last commits", "head_lines is what you want", "names: the assistant says head_lines"),
    ],
)
def test_nobody_says_identifiers(request_: str, answer: str, reason: str | None) -> None:
    assert names_nothing(row(f"> {request_}", [LOG], f"< {answer}")) == reason


def test_an_identifier_that_a_value_holds_may_be_said() -> None:
    query = done("read_query", "[{'head_lines': 3}]", query="SELECT head_lines FROM t")
    assert names_nothing(row("> head_lines of t", [query], "< head_lines is 3.")) is None


def test_an_error_message_is_no_licence_to_repeat_identifiers() -> None:
    failed = done("git_log", "maxCount must be positive", error=True, maxCount=3)
    assert names_nothing(row("> last commits", [failed], "< It says maxCount must be positive.")) == "names: the assistant says maxCount"


@pytest.mark.parametrize("name", ["swarm.init", "files/read", "mcp__git__log", "getSum", "get-sum", "toolX"])
def test_tool_names_of_every_fashion_are_identifiers(name: str) -> None:
    catalog = Catalog(tools=(Tool(name=name.replace(".", "_").replace("/", "_"), called=name, server="s"),))
    assert names_nothing(row(f"> use {name}, please", "< ok", catalog=catalog)) == f"names: the user says {name}"


def test_a_tool_called_by_an_ordinary_word_cannot_be_told_from_the_word() -> None:
    assert names_nothing(row("> forget it", "< Forgotten.")) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I read the complete contents of a file from a disk.", None),
        ("I can Read the complete contents of a file: from the file system, that is.", "recites: read the complete contents of a file from the"),
        ("Tell me where the one file that is to be read stands.", "recites: where the one file that is to be read"),
    ],
)
def test_nine_words_of_a_spec_in_a_row_are_recited(answer: str, reason: str | None) -> None:
    assert recites_nothing(row("> what can you do?", f"< {answer}")) == reason


SECRETS = {
    "an AWS key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "an API key": "sk-ant-" + "api03-Zx9" * 4,
    "a Slack token": "xoxb-" + "1234567890-abc",
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "abcdefghijkl",
    "a password in an address": "postgres://app:" + "hunter2@db/prod",
}


@pytest.mark.parametrize(("what", "text"), SECRETS.items(), ids=SECRETS)
def test_a_secret_is_found_wherever_it_stands(what: str, text: str) -> None:
    assert keeps_secrets(row(f"> my key is {text} ok", "< ok")) == f"secret: {what}"
    assert keeps_secrets(row("> a", [done("read_file", f"key={text}", path="a")], "< ok")) == f"secret: {what}"
    assert keeps_secrets(row("> a", [done("write_file", path="a", content=text)], "< ok")) == f"secret: {what}"


@pytest.mark.parametrize("key", ["sk_live_" + "51HxYz" * 4, "glpat-" + "x1y2z3w4v5" * 2, "npm_" + "a1b2c3" * 6, "AIza" + "Sy0" * 11 + "ab"])
def test_keys_of_other_makers_are_keys(key: str) -> None:
    assert keeps_secrets(row(f"> use {key}", "< ok")) == "secret: an API key"


@pytest.mark.parametrize(
    "text",
    ["pk-replace-old-constraint-names", "the disk-usage-report-of-last-week", "postgres://app:${DB_PASSWORD}@db/prod", "https://tide.example:8080/a@b",
     "commit 895c7174239d7ad543fff34a5d7a86ef2ba81b3f", "AKIA is a prefix", "-----BEGIN CERTIFICATE-----"],
)  # fmt: skip
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    assert keeps_secrets(row(f"> see {text}", "< ok")) is None


@pytest.mark.parametrize(
    "text",
    ["/tmp/finetune-ab12cd34/slot0", "/scratch/finetune-ab12cd3_/slot0", "/root/.cache", "/Users/rosa/x", "/home/rosa/x", "/home/dev-ops/x", "http://127.0.0.1:4312/",
     "localhost:53211", "C:\\Users\\rosa", "/private/var/folders/ab/", "/usr/lib/node_modules/x.js", "/opt/py/site-packages/x.py"],
)  # fmt: skip
def test_a_path_of_this_machine_is_found(text: str) -> None:
    found = hides_machine(row("> a", [done("read_file", f"at {text}", path="a")], "< ok"))
    assert found is not None and found.startswith("machine: ") and found.removeprefix("machine: ") in text


@pytest.mark.parametrize(
    "text", ["/home/dev/tide-herald/a", "/home/dev", "/tmp/export.csv", "node_modules/left-pad", "localhost:8080", "/roots/a", "https://tide-herald.example/home/a"]
)
def test_paths_of_the_virtual_world_and_of_nowhere_are_fine(text: str) -> None:
    assert hides_machine(row("> a", [done("read_file", f"at {text}", path="a")], "< ok")) is None
