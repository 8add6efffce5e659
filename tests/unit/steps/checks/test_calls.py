"""The checks on calls: each catches one kind of wrong row, by its reason, and lets its right neighbour through."""

import pytest

from steps.checks.calls import abstains, confirms, ordered, right_tool, schema_valid
from steps.worlds.world import Value
from tests.unit.conversation import done, row

NOTES = done("read_file", "buy rope\ncall Ana", path="notes.md")
LISTED = done("list_folder", "[FILE] tides.csv\n[FILE] moon.csv", path="/home/dev/tide-herald/data")


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (done("read_file", path="a.md"), None),
        (done("read_file", path="a.md", head_lines=3), None),
        (done("forget", anything=1), None),
        (done("ping"), None),
        (done("git_log", since="2025-03-01"), None),
        (done("read_files", path="a.md"), "schema: read_files: there is no such tool"),
        (done("read_file"), "schema: read_file: 'path' is a required property"),
        (done("read_file", path=3), "schema: read_file: 3 is not of type 'string'"),
        (done("read_file", path="a.md", tail=3), "schema: read_file: no parameter tail"),
        (done("ping", loud=True), "schema: ping: no parameter loud"),
        (done("git_log", maxCount=500), "schema: git_log: 500 is greater than the maximum of 100"),
        (done("git_log", since="yesterday"), "schema: git_log: 'yesterday' is not a 'date'"),
        (done("git_log", order="random"), "schema: git_log: 'random' is not one of ['newest', 'oldest']"),
        (done("add_notes", notes=[{"about": "Ana"}]), "schema: add_notes: 'text' is a required property"),
    ],
    ids=str,
)
def test_arguments_keep_the_tools_schema(call, reason) -> None:
    assert schema_valid(row("> go", [call])) == reason


def test_the_tool_of_the_cell_is_called_and_its_twin_is_not() -> None:
    assert right_tool(row("> read notes.md", [NOTES], kind="near_twin", tool="read_file", twin="read_old")) is None
    wrong = row("> read notes.md", [done("read_old", path="notes.md")], kind="near_twin", tool="read_file", twin="read_old")
    assert right_tool(wrong) == "tool: read_old was called in place of read_file"


def test_a_planned_tool_that_is_never_called_is_missed() -> None:
    assert right_tool(row("> read notes.md", [LISTED], tool="read_file", planned=[[["read_file"]]])) == "tool: read_file was not called"


def test_nothing_is_called_where_no_tool_fits() -> None:
    assert abstains(row("> order pizza", "< I can't order anything.", kind="no_tool")) is None
    assert abstains(row("> order pizza", [NOTES], "< Done.", kind="no_tool")) == "abstention: read_file was called, though no tool fits"


def test_a_missing_argument_is_asked_for_before_anything_is_called() -> None:
    asked = row("> read it", "< Which file?", "> notes.md", [NOTES], "< buy rope", kind="missing_argument")
    assert abstains(asked) is None
    guessed = row("> read it", [NOTES], "< buy rope", kind="missing_argument")
    assert abstains(guessed) == "abstention: read_file was called before the missing value was given"
    mute = row("> read it", "> notes.md", [NOTES], "< buy rope", kind="missing_argument")
    assert abstains(mute) == "abstention: the assistant did not ask for the missing value"


def test_nothing_is_destroyed_after_the_user_backed_out() -> None:
    refused = ("> delete a.md", "< For good?", "> no, leave it")
    assert abstains(row(*refused, "< It stays.", kind="destructive")) is None
    acted = row(*refused, [done("delete_file", path="a.md")], "< It stays.", kind="destructive", planned=[[], []])
    assert abstains(acted) == "abstention: delete_file was called after the user backed out"


GONE = done("delete_file", path="a.md")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["> delete a.md", "< For good?", "> yes", [GONE], "< Gone."], None),
        (["> delete a.md", [NOTES], "< It has 2 lines. Delete it?", "> yes", [GONE], "< Gone."], None),
        (["> what is in it?", [NOTES], "< Rope.", "> delete it", "< Sure?", "> yes", [GONE], "< Gone."], None),
        (["> delete a.md", "< Sure?", "> no", "< It stays."], None),
        (["> delete a.md", [GONE], "< Gone. Anything else?"], "confirmation: delete_file was called before the user agreed"),
        (["> delete a.md", "< It will be gone for good.", "> yes", [GONE], "< Gone. Anything else?"], "confirmation: the assistant did not ask"),
        (["> what is in it?", [NOTES], "< Rope. More?", "> delete it", "< Will do.", "> yes", [GONE], "< Gone."], "confirmation: the assistant did not ask"),
    ],
)
def test_a_destructive_call_waits_for_the_answer_to_a_question(lines, reason) -> None:
    assert confirms(row(*lines, kind="destructive")) == reason


def test_other_kinds_need_no_confirmation() -> None:
    assert confirms(row("> delete a.md, I am sure", [GONE], "< Gone.")) is None


FIRST, SECOND = done("read_file", path="a.md"), done("read_file", path="b.md")


@pytest.mark.parametrize(
    ("lines", "planned", "reason"),
    [
        (["> a and b", [FIRST, SECOND], "< ok"], [[["read_file", "read_file"]]], None),
        (["> list, read", [LISTED, FIRST], "< ok"], [[["read_file", "list_folder"]]], None),
        (["> a and b", [FIRST], [SECOND], "< ok"], [[["read_file", "read_file"]]], "order: read_file → read_file instead of read_file + read_file"),
        (["> a", [FIRST], [LISTED], "< ok"], [[["list_folder"], ["read_file"]]], "order: read_file → list_folder instead of list_folder → read_file"),
        (["> a", "< which?", "> a", "< ok"], [[], [["read_file"]]], "order: nothing | nothing instead of nothing | read_file"),
        (["> a", [FIRST], "< ok", "> b", "< ok"], [[], [["read_file"]]], "order: read_file | nothing instead of nothing | read_file"),
        (["> a", [FIRST], [FIRST], "< ok"], [[["read_file"]]], "order: read_file → read_file instead of read_file"),
        (["> a and a", [FIRST, FIRST], "< ok"], [[["read_file", "read_file"]]], "order: read_file is called twice with the same arguments"),
    ],
)
def test_calls_follow_the_script_turn_by_turn_and_step_by_step(lines, planned, reason) -> None:
    assert ordered(row(*lines, planned=planned)) == reason


STRUCK = done("read_file", "Request timed out", error=True, by="fault", path="a.md")


@pytest.mark.parametrize(
    ("lines", "strikes", "reason"),
    [
        (["> a", [STRUCK], [FIRST], "< ok"], 1, None),
        (["> a", [STRUCK], [STRUCK], "< no luck"], 2, None),
        (["> a", [FIRST], "< ok"], 1, "order: the fault struck nothing, and not the first call 1 times"),
        (["> a", [STRUCK], [STRUCK], [FIRST], "< ok"], 1, "order: the fault struck read_file → read_file, and not the first call 1 times"),
        (["> a", [STRUCK], [STRUCK], [FIRST], "< ok"], 2, "order: read_file instead of nothing"),
        (["> a", [STRUCK], "< no luck"], 1, "order: nothing instead of read_file"),
    ],
)
def test_a_fault_strikes_the_first_call_as_often_as_planned(lines, strikes, reason) -> None:
    assert ordered(row(*lines, kind="injected_fault", fault=("timeout", strikes), planned=[[["read_file"]]])) == reason


SHOWN = done("git_log", "commit 4f1c2aa\nAuthor: Ana Reis", maxCount=1)


@pytest.mark.parametrize(
    ("request_", "first", "second", "fed"),
    [
        ("read the first file in data", LISTED, done("read_file", path="/home/dev/tide-herald/data/tides.csv"), True),
        ("who else works like the author of the last commit", SHOWN, done("git_log", author="Ana Reis"), True),
        ("which table is it", done("read_query", "[{'name': 'tug_jobs'}]", query="SELECT name FROM sqlite_master"), done("read_query", query="SELECT * FROM tug_jobs"), True),
        ("time in Lisbon, and then in UTC", done("now", "2025-03-12T05:18:00-07:00", timezone="Lisbon"), done("now", timezone="UTC", time="05:18"), True),
        ("list data, then read data/tides.csv", LISTED, done("read_file", path="data/tides.csv"), False),
        ("last commit, then those by ana reis", SHOWN, done("git_log", author="Ana Reis"), False),
        ("list data, then read something", LISTED, done("read_file", path="wind.csv"), False),
        ("list data and what stands above", LISTED, done("list_folder", path="/home/dev/tide-herald"), False),
        ("count commits, then read five lines", done("git_log", "5 commits", maxCount=5), done("read_file", path="a.md", head_lines=5), False),
    ],
)
def test_a_chains_later_argument_comes_from_an_earlier_result(request_, first, second, fed) -> None:
    reason = None if fed else "order: no argument of a later call comes from an earlier result"
    assert ordered(row(f"> {request_}", [first], [second], "< ok", kind="chain")) == reason


def test_a_folder_that_only_heads_a_known_path_is_news_when_a_result_names_it() -> None:
    reached = row("> what may you reach, and what is in it?", [done("ping", "Allowed: /home/dev")], [done("list_folder", path="/home/dev")], "< ok", kind="chain")
    assert ordered(reached) is None


def test_a_drawn_value_that_was_an_argument_already_is_no_news_when_the_result_repeats_it() -> None:
    first, second = done("now", "Europe/Berlin, 15:20", timezone="Europe/Berlin"), done("now", timezone="Europe/Berlin", time="10:00")
    values = {"zone": Value("Europe/Berlin", ("Hamburg",))}
    again = row("> time in Hamburg, and 10:00 there", [first], [second], "< ok", kind="chain", values=values)
    assert ordered(again) == "order: no argument of a later call comes from an earlier result"


def test_a_chain_that_is_not_executed_has_no_results_to_come_from() -> None:
    nobody = done("list_folder", "", by="nobody", path="data")
    assert ordered(row("> list data", [nobody], kind="chain", executes=False)) is None
