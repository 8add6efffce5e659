"""Where values come from: what a user may mean by their words, and what a plausible assistant makes up."""

import json
from typing import Any

import pytest

from steps.checks.grounding import grounded, offered
from steps.worlds.world import Value
from tests.unit.conversation import CATALOG, done, row

HAMBURG = {"zone": Value("Europe/Berlin", ("Hamburg", "Hamburg, Germany"), {"city": "Hamburg", "offset": "UTC+1"})}
MILAN = {"zone": Value("Europe/Milan", ("Europe/Milan",), {"right": "Europe/Rome"})}
TOPIC = {"branch": Value("chore/ruby-3.3", ("ruby 3.3",))}
LINK = {"link": Value({"from": "Ana", "to": "Bo", "kind": "trains"}, ("Ana and Bo",))}
COUNT = {"query": Value("SELECT COUNT(*) FROM tug_jobs", ("how many jobs the tugs had",))}


def reason(request: str, values: dict[str, Value] | None = None, tool: str = "", **arguments: Any) -> str | None:
    """The verdict on a single call; the tool is the first that has these parameters."""
    name = tool or next(one.name for one in CATALOG.tools if set(arguments) <= set(one.parameters))
    return grounded(row(f"> {request}", [done(name, **arguments)], "< ok", values=values))


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        ("read notes.md", {"path": "notes.md"}),
        ("read notes.md", {"path": "/home/dev/tide-herald/notes.md"}),
        ("what is in ~/notes?", {"path": "/home/dev/notes"}),
        ("look into the data folder", {"path": "/home/dev/tide-herald/data/"}),
        ("show me the README", {"path": "README.md"}),
        ("open the meeting notes in docs", {"path": "docs/meeting-notes.txt"}),
        ("what is here?", {"path": "/home/dev/tide-herald"}),
        ("all markdown files", {"path": "**/*.md"}),
        ("get https://tide.example/pilots", {"path": "https://tide.example/pilots"}),
        ("last 3 commits", {"maxCount": 3}),
        ("last three commits", {"maxCount": 3}),
        ("a couple of commits", {"maxCount": 2}),
        ("the latest commit", {"maxCount": 1}),
        ("twenty-five commits", {"maxCount": 25}),
        ("1,200 of them", {"maxCount": 1200}),
        ("commits since 1 March", {"since": "2025-03-01"}),
        ("commits since March 1st", {"since": "2025-03-01"}),
        ("what happened since yesterday", {"since": "2025-03-11"}),
        ("what happened since Monday", {"since": "2025-03-10"}),
        ("in the last two weeks", {"since": "2025-02-26"}),
        ("from 2025-02-03 on", {"since": "2025-02-03T00:00:00"}),
        ("up to 3 February", {"since": "2025-02-03T23:59:59"}),
        ("Ana Reis's commits", {"author": "Ana Reis"}),
        ("at 9", {"timezone": "", "time": "09:00"}),
        ("at nine in the evening", {"timezone": "", "time": "21:00"}),
        ("at half past nine", {"timezone": "", "time": "09:30"}),
        ("at quarter to ten", {"timezone": "", "time": "09:45"}),
        ("at 9.45 pm", {"timezone": "", "time": "21:45"}),
        ("log says 05:15Z", {"timezone": "", "time": "05:15"}),
        ("at noon", {"timezone": "", "time": "12:00"}),
        ("Lisbon time", {"timezone": "Europe/Lisbon"}),
        ("Sao Paulo time", {"timezone": "America/Sao_Paulo"}),
        ("the oldest commits first", {"order": "oldest"}),
        ("some commits", {"order": "newest"}),
        ("some commits", {"maxCount": 10}),
        ("branches on the remote", {"kind": "remote"}),
        ("count the tug jobs", {"query": "SELECT COUNT(*) AS n FROM tug_jobs"}),
        ("berths with deep over 4.5, and their quay", {"query": "SELECT berth, quay FROM berths b WHERE b.deep > 4.5 ORDER BY quay LIMIT 1"}),
        ("set status to open for job T-300 in tug_jobs", {"query": "UPDATE tug_jobs SET status = 'open' WHERE job = 'T-300'"}),
        ("note for Ana: rope, by 17:30", {"notes": [{"about": "Ana", "text": "rope by 17:30"}]}),
        ("for Ana, tags rope and shop: buy it", {"notes": [{"about": "Ana", "text": "buy it", "tags": ["rope", "shop"]}]}),
        ("write 'low water' to a.txt", {"path": "a.txt", "content": "low water\n"}),
        ("keep the mean depth of 4.56 m", {"path": "4.56", "content": "The average depth is 4.6 m."}),
        ("keep mode quiet", {"mode": "quiet"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_the_words_give_is_grounded(request_: str, arguments: dict[str, Any]) -> None:
    assert reason(request_, tool="forget" if "mode" in arguments else "", **arguments) is None


@pytest.mark.parametrize(
    ("request_", "arguments", "what"),
    [
        ("read the notes", {"path": "todo.md"}, "read_file.path: 'todo.md'"),
        ("read notes.md", {"path": "/home/dev/tide-herald/docs/notes.md"}, "read_file.path: '/home/dev/tide-herald/docs/notes.md'"),
        ("what is in ~/notes?", {"path": "/home/ana/notes"}, "read_file.path: '/home/ana/notes'"),
        ("show the startup log", {"path": "art"}, "read_file.path: 'art'"),
        ("get https://tide.example/pilots", {"path": "https://tide.example/tugs"}, "read_file.path: 'https://tide.example/tugs'"),
        ("show me some commits", {"maxCount": 20}, "git_log.maxCount: '20'"),
        ("show me a commit or so from branch a31", {"maxCount": 31}, "git_log.maxCount: '31'"),
        ("show me the log of v2", {"maxCount": 14}, "git_log.maxCount: '14'"),
        ("last 30 commits", {"maxCount": 3}, "git_log.maxCount: '3'"),
        ("commits since 1 March", {"since": "2025-04-01"}, "git_log.since: '2025-04-01'"),
        ("commits since 1 March", {"since": "2025-03-01T09:00:00"}, "git_log.since: '2025-03-01T09:00:00'"),
        ("recent commits", {"since": "2025-03-05"}, "git_log.since: '2025-03-05'"),
        ("Ana's commits", {"author": "Ana Reis"}, "git_log.author: 'Ana Reis'"),
        ("at nine pm", {"timezone": "", "time": "09:30"}, "now.time: '09:30'"),
        ("at 9 pm", {"timezone": "", "time": "09:00"}, "now.time: '09:00'"),
        ("at half past nine", {"timezone": "", "time": "10:30"}, "now.time: '10:30'"),
        ("time in Lisbon", {"timezone": "Europe/Madrid"}, "now.timezone: 'Europe/Madrid'"),
        ("time in Milan", {"timezone": "Europe/Rome"}, "now.timezone: 'Europe/Rome'"),
        ("the oldest commits first", {"order": "newest"}, "git_log.order: 'newest'"),
        ("branches on the remote", {"kind": "local"}, "git_log.kind: 'local'"),
        ("which branches are there", {"kind": "origin"}, "git_log.kind: 'origin'"),
        ("count the tug jobs", {"query": "SELECT COUNT(*) FROM tug_jobs WHERE status = 'open'"}, "read_query.query: \"SELECT COUNT(*) FROM tug_jobs WHERE status = 'open'\""),
        ("list the tug jobs", {"query": "SELECT * FROM tug_jobs LIMIT 50"}, "read_query.query: 'SELECT * FROM tug_jobs LIMIT 50'"),
        ("note for Ana: rope", {"notes": [{"about": "Ana", "text": "rope, size nine"}]}, "add_notes.notes: 'rope, size nine'"),
        ("note for Ana: rope", {"notes": [{"about": "Ana", "text": "rope", "tags": ["urgent"]}]}, "add_notes.notes: 'urgent'"),
        ("note for Ana: rope", {"notes": [{"about": "Ana", "text": "rope"}, {"about": "Bo", "text": "rope"}]}, "add_notes.notes: 'Bo'"),
        ("write that the sea is calm and that low water is late to a.txt", {"path": "a.txt", "content": "the sea is calm and low water is late because of wind"},
         "write_file.content: 'the sea is calm and low water is late because of wind'"),
        ("go ahead", {"wipe": "everything"}, "forget.wipe: 'wipe'"),
        ("what a day", {"content": "d", "path": "a"}, "write_file.content: 'd'"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_nobody_gave_is_not(request_: str, arguments: dict[str, Any], what: str) -> None:
    assert reason(request_, tool="forget" if "wipe" in arguments else "", **arguments) == f"grounding: {what}"


@pytest.mark.parametrize(
    ("request_", "values", "arguments", "lets"),
    [
        ("time in Hamburg?", HAMBURG, {"timezone": "Europe/Berlin"}, True),
        ("time in Hamburgo?", HAMBURG, {"timezone": "Europe/Berlin"}, False),
        ("time over there?", HAMBURG, {"timezone": "Europe/Berlin"}, False),
        ("time in Hamburg?", HAMBURG, {"timezone": "UTC+1"}, False),
        ("time in Europe/Milan?", MILAN, {"timezone": "Europe/Rome"}, True),
        ("the branch about ruby 3.3", TOPIC, {"author": "chore/ruby-3.3"}, True),
        ("how many jobs the tugs had", COUNT, {"query": "SELECT COUNT(*) FROM tug_jobs"}, True),
        ("how many jobs the tugs had", COUNT, {"query": "SELECT COUNT(*) FROM berths"}, False),
        ("between Ana and Bo", LINK, {"author": "trains"}, False),
    ],
    ids=str,
)
def test_a_drawn_value_is_grounded_by_its_natural_form_and_by_nothing_less(request_, values, arguments, lets) -> None:
    assert (reason(request_, values, **arguments) is None) is lets


def test_a_value_read_in_an_earlier_result_is_grounded() -> None:
    listed = done("list_folder", "[FILE] moon.csv", path="data")
    assert grounded(row("> list data, read what is there", [listed], [done("read_file", path="data/moon.csv")], "< ok")) is None


def test_a_value_read_only_in_a_later_result_is_not() -> None:
    listed = done("list_folder", "[FILE] moon.csv", path="data")
    early = row("> list data, read what is there", [done("read_file", path="data/moon.csv")], [listed], "< ok")
    assert grounded(early) == "grounding: read_file.path: 'data/moon.csv'"


def test_calls_side_by_side_do_not_ground_each_other() -> None:
    beside = row("> list data, read what is there", [done("list_folder", "[FILE] moon.csv", path="data"), done("read_file", path="data/moon.csv")], "< ok")
    assert grounded(beside) == "grounding: read_file.path: 'data/moon.csv'"


def test_what_the_assistant_said_itself_grounds_nothing() -> None:
    proposed = row("> make a file", "< Shall I call it moon.csv?", "> if you like", [done("write_file", path="moon.csv", content="")], "< ok")
    assert grounded(proposed) == "grounding: write_file.path: 'moon.csv'"


def test_the_clock_of_the_system_prompt_gives_no_numbers() -> None:
    assert reason("some commits", maxCount=14) == "grounding: git_log.maxCount: '14'"


def test_digits_inside_a_hash_are_no_numbers() -> None:
    shown = done("read_query", "commit a3f17c9", query="commit")
    assert grounded(row("> commit", [shown], [done("git_log", maxCount=17)], "< ok")) == "grounding: git_log.maxCount: '17'"


def test_truth_and_nothing_need_no_source() -> None:
    assert reason("go", tool="forget", **{"go": True}) is None


def test_a_spec_offers_choices_defaults_and_quoted_words_but_no_examples() -> None:
    schema = {
        "description": "Use 'fast' or `slow`; 'Europe/Rome' too (e.g. 'Europe/Paris').",
        "anyOf": [{"enum": ["A", None]}, {"type": "object", "properties": {"inner": {"const": "b"}}}],
        "default": 7,
    }
    assert offered(schema) == {"fast", "slow", "europe/rome", "a", "inner", "b", "7"}


def test_the_reason_quotes_at_most_eighty_characters() -> None:
    found = reason("go", path="x" * 300)
    assert found == f"grounding: read_file.path: {json.dumps('x' * 80).replace(chr(34), chr(39))}"
