"""Did it happen, and does the assistant say what happened?"""

import pytest

from steps.checks.outcome import answers, executed, in_state, recovered
from steps.worlds.world import Value
from tests.unit.conversation import but, done, row

READ = done("read_file", "# Tides\nLow water at 06:12, 1.4 m; high water at 12:31, 4.8 m.\nPilot on duty: Ana Reis. Boats stay inside the outer mole.", path="tides.md")
MISSING = done("read_file", "ENOENT: no such file", error=True, path="tide.md")
TIMEOUT = done("read_file", "Request timed out", error=True, by="fault", path="tides.md")
RECORD = row("> read tides.md", [READ], "< Low water is at 06:12.")


def test_a_call_on_record_as_made_and_answered_is_executed() -> None:
    assert executed(RECORD) is None


def test_a_call_that_nobody_ran_is_not_executed() -> None:
    idle = done("read_file", "", by="nobody", path="a.md")
    assert executed(row("> a", [idle])) == "execution: read_file was not run"
    assert executed(row("> a", [idle], executes=False)) is None


def test_a_fault_belongs_to_rows_that_planned_one() -> None:
    lines = ("> read tides.md", [TIMEOUT], [READ], "< Low water is at 06:12.")
    assert executed(row(*lines, kind="injected_fault", fault=("timeout", 1))) is None
    assert executed(row(*lines)) == "execution: read_file was answered by a fault that was not planned"


@pytest.mark.parametrize(
    ("on_record", "reason"),
    [
        ([], "execution: 1 calls in the conversation, 0 on record, or others"),
        ([READ.model_copy(update={"id": "call_7"})], "execution: 1 calls in the conversation, 1 on record, or others"),
        ([READ.model_copy(update={"id": "call_0", "arguments": {"path": "moon.md"}})], "execution: read_file is on record otherwise than in the conversation"),
        ([READ.model_copy(update={"id": "call_0", "tool": "read_old"})], "execution: read_old is on record otherwise than in the conversation"),
        ([READ.model_copy(update={"id": "call_0", "text": "# Moon"})], "execution: the result of read_file is not in the conversation as it came back"),
    ],
)
def test_the_record_is_what_the_conversation_shows(on_record, reason) -> None:
    assert executed(but(RECORD, executed=on_record)) == reason


def test_a_result_that_is_left_out_of_the_conversation_is_missed() -> None:
    silent = but(RECORD, messages=[one for one in RECORD.messages if one["role"] != "tool"])
    assert executed(silent) == "execution: the result of read_file is not in the conversation as it came back"


def test_a_broken_condition_is_the_reason() -> None:
    assert in_state(row("> a", state=("after.files != before.files", "x"))) == "state: after.files != before.files"
    assert in_state(row("> a")) is None


GAVE_UP = "I tried twice and it timed out both times."


@pytest.mark.parametrize(
    ("lines", "more", "reason"),
    [
        (["> read tide.md", [MISSING], "< There is no file tide.md."], {"kind": "real_error"}, None),
        (["> read tide.md", [MISSING], [READ], "< Low water is at 06:12."], {"kind": "real_error"}, None),
        (["> read tides.md", [TIMEOUT], [TIMEOUT], f"< {GAVE_UP}"], {"kind": "injected_fault", "fault": ("timeout", 2)}, None),
        (["> read tide.md", [MISSING], "< That name is taken, I left it."], {"kind": "real_error"}, None),
        (["> read tides.md", [READ], "< ok"], {"kind": "real_error"}, "recovery: the server gave no error"),
        (["> read tides.md", [TIMEOUT], [READ], "< ok"], {"kind": "real_error"}, "recovery: the server gave no error"),
        (["> read tides.md", [READ], "< ok"], {"kind": "injected_fault"}, "recovery: no fault was injected"),
        (["> read tides.md", [MISSING], "< ok"], {"kind": "injected_fault"}, "recovery: no fault was injected"),
        (["> read tide.md", [MISSING], "< Low water is at 06:12."], {}, "recovery: read_file failed and the answer does not say so"),
        (["> read tide.md", [MISSING], "< Done, no further steps needed. Nothing else was read."], {}, "recovery: read_file failed and the answer does not say so"),
        (["> read tide.md", [MISSING], "< Read it, and not only once; no problem."], {}, "recovery: read_file failed and the answer does not say so"),
        (["> read both", [MISSING, READ], "< Low water is at 06:12."], {"kind": "parallel"}, "recovery: read_file failed and the answer does not say so"),
        (["> read tide.md", [MISSING], "< Low water: 06:12.", "> tides.md", [READ], "< It couldn't be easier."], {}, "recovery: read_file failed and the answer does not say so"),
    ],
)
def test_an_error_is_recovered_from_or_admitted(lines, more, reason) -> None:
    assert recovered(row(*lines, **more)) == reason


@pytest.mark.parametrize(
    "words",
    [
        "Low water is at 06:12, 1.4 m.",
        "Ana Reis is on duty, and high water reaches 4.8.",
        "It says low water 1.4 m, about 30 percent of high water.",
        "`tides.md` has 3 lines, the last about the pilot.",
        "On Wednesday, 12 March 2025 the pilot is Ana.",
        'It begins with "Low water at 06:12".',
        "Roughly 5 m at high water.",
    ],
)
def test_an_answer_that_uses_the_result_passes(words: str) -> None:
    assert answers(row("> what is in tides.md?", [READ], f"< {words}")) is None


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("Low water is at 06:12, with a swell of 2.35 m.", "2.35"),
        ("Low water comes 4,821 times.", "4,821"),
        ("On duty as pilot: Ana Reis, and with her Bosse.", "Bosse"),
        ('It begins with "Mind the gap".', "Mind the gap"),
        ("That is from data/moon.csv, low water too.", "data/moon.csv"),
        ("Low water, as of commit 9f3c2ab1.", "9f3c2ab1"),
    ],
)
def test_an_answer_that_claims_what_was_never_read_is_caught(words: str, claim: str) -> None:
    assert answers(row("> what is in tides.md?", [READ], f"< {words}")) == f"answer: {claim!r} was neither said nor read"


def test_a_claim_before_anything_was_read_is_caught_although_it_is_true() -> None:
    early = row("> clear the notes of tides.md", "< That drops the note about Ana Reis. Shall I?", "> what is in it?", [READ], "< Low water is at 06:12.")
    assert answers(early) == "answer: 'Ana' was neither said nor read"


def test_a_drawn_values_hidden_facts_are_nobodys_knowledge() -> None:
    values = {"city": Value("Europe/Berlin", ("Hamburg",), {"mayor": "Carla Sommer"})}
    now = done("now", '{"timezone": "Europe/Berlin", "datetime": "2025-03-12T15:20"}', timezone="Europe/Berlin")
    spoken = row("> time in Hamburg?", [now], "< It's 15:20 there, says Carla.", values=values)
    assert answers(spoken) == "answer: 'Carla' was neither said nor read"


def test_an_answer_that_could_be_to_anything_is_caught() -> None:
    assert answers(row("> what is in tides.md?", [READ], "< Here you are, all done and the rest is fine.")) == "answer: nothing in it comes from a result"


def test_a_short_acknowledgement_holds_nothing_to_use() -> None:
    assert answers(row("> write a.txt", [done("write_file", "Wrote it", path="a.txt", content="")], "< Saved, as you wished.")) is None


def test_general_knowledge_needs_no_source() -> None:
    assert answers(row("> what is a MiB?", "< A mebibyte is 1,048,576 bytes, says the IEC.", kind="no_tool")) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["> read tides.md", [READ]],
        ["> read tides.md", [READ], "<  "],
        ["> read tides.md", [READ], "> and?", "< Low water is at 06:12."],
    ],
)
def test_every_turn_ends_in_the_assistants_words(lines) -> None:
    assert answers(row(*lines)) == "answer: the conversation does not end with the assistant's words"


def test_a_row_that_is_not_executed_ends_with_its_calls() -> None:
    assert answers(row("> read tides.md", [done("read_file", "", by="nobody", path="tides.md")], executes=False)) is None
