"""The embedded teacher's hand: what it says next, and when it gives up."""

import asyncio
import json
import random
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from knowledge.faults import load_faults
from knowledge.recipe import Call
from knowledge.theme import load_themes
from steps.contracts import AssistantMessage, Beat, Executed, Requests, Script, ToolCall
from steps.render import Unfillable
from steps.teachers.composer import Derailed, brief, reading, request, respond, results_of, told, values_of
from steps.teachers.embedded import Embedded, world_of
from steps.teachers.teacher import Question, Refused
from steps.worlds.world import Value, World

THEME = next(theme for theme in load_themes() if theme.split == "train")
WORLD = World(THEME, 1)
PORT = Value("data/moon.csv", ("the moon file",))
READ = Call(tool="read_file", arguments={"path": "f"})
LIST = Call(tool="list_folder", arguments={"path": "'data'"})


def scripted(*steps: tuple[Call, ...], answer: str = "It says {{ results[-1].text }}.", **more: object) -> Script:
    beat = Beat(ask="read {{ f }}", family="r.0.0", steps=steps, answer=answer)
    return Script(beats=(beat,), values={"f": PORT.dump()}, clause="read {{ f }}", **more)


def play(script: Script, server: Callable[[ToolCall, int], Executed | str]) -> list[AssistantMessage]:
    """The first turn's messages, with a stand-in for server and proxy that says what each call comes back with."""
    executed: list[Executed] = []
    said = []
    for hop in range(8):
        message = respond(script, "row", 0, hop, executed, WORLD, 5)
        said.append(message)
        if not message.calls:
            return said
        for call in message.calls:
            found = server(call, len(executed))
            made = Executed(id=call.id, tool=call.name, server="s", arguments=call.arguments, text="", error=False, shape="ok", by="server")
            executed.append(made.model_copy(update={"text": found}) if isinstance(found, str) else found)
    raise AssertionError("it never ended")


def failing(call: ToolCall, by: str = "server") -> Executed:
    return Executed(id=call.id, tool=call.name, server="s", arguments=call.arguments, text="Timed out", error=True, shape="rpc_error", by=by)


def test_a_request_shows_values_in_their_natural_form() -> None:
    assert request(scripted(), 0, WORLD, random.Random(0)) == "read \ue000the moon file\ue001"


def test_calls_are_made_step_by_step_and_then_the_answer_uses_the_results() -> None:
    listed, read, told = play(scripted((LIST,), (READ,)), lambda call, number: ["[FILE] moon.csv", "full"][number])
    assert [call.name for call in listed.calls] == ["list_folder"] and [call.arguments for call in read.calls] == [{"path": "data/moon.csv"}]
    assert told == AssistantMessage(content="It says full.")


def test_a_later_argument_is_taken_from_an_earlier_result() -> None:
    second = Call(tool="read_file", arguments={"path": "'data/' ~ results[0].text.split(' ')[1]"})
    _, read, _ = play(scripted((LIST,), (second,)), lambda call, number: ["[FILE] moon.csv", "full"][number])
    assert read.calls[0].arguments == {"path": "data/moon.csv"}


def test_call_ids_follow_from_the_row_and_the_place() -> None:
    first, second = (play(scripted((LIST, READ)), lambda call, number: "x")[0].calls for _ in range(2))
    assert [call.id for call in first] == [call.id for call in second] and first[0].id != first[1].id
    assert all(call.id.startswith("call_") and len(call.id) == 17 for call in first)


def test_an_answer_that_lacks_what_it_speaks_of_is_no_answer() -> None:
    with pytest.raises(Unfillable):
        play(scripted((READ,), answer="{{ results[0].stanzas }} stanzas"), lambda call, number: "x")


def test_a_call_that_should_have_worked_derails_the_script_and_so_does_one_that_should_not() -> None:
    with pytest.raises(Derailed, match="read_file failed: Timed out"):
        play(scripted((READ,)), lambda call, number: failing(call))
    wrong = READ.model_copy(update={"fails": True})
    with pytest.raises(Derailed, match="read_file should have failed and answered: fine"):
        play(scripted((wrong,)), lambda call, number: "fine")
    assert play(scripted((wrong,), answer="No: {{ results[0].text }}"), lambda call, number: failing(call))[-1].content == "No: Timed out"
    either = READ.model_copy(update={"fails": None})
    assert play(scripted((either,)), lambda call, number: failing(call))[-1].content == "It says Timed out."


@pytest.mark.parametrize("fault", load_faults())
def test_a_fault_that_passes_is_answered_by_trying_again(fault: str) -> None:
    tries = load_faults()[fault].tries
    said = play(scripted((READ,), fault=(fault, 1)), lambda call, number: failing(call, "fault") if number == 0 else "full")
    if tries == 1:
        assert [bool(message.calls) for message in said] == [True, False] and "full" not in said[-1].content
        return
    assert [bool(message.calls) for message in said] == [True, True, False]
    assert said[0].calls[0].arguments == said[1].calls[0].arguments and said[0].calls[0].id != said[1].calls[0].id
    assert "It says full." in said[-1].content
    assert (said[1].content or "") in load_faults()[fault].again


@pytest.mark.parametrize("fault", load_faults())
def test_a_fault_that_stays_is_reported_after_as_many_tries_as_make_sense(fault: str) -> None:
    tries = load_faults()[fault].tries
    said = play(scripted((READ,), fault=(fault, tries)), lambda call, number: failing(call, "fault"))
    assert [bool(message.calls) for message in said] == [True] * tries + [False]
    assert "read the moon file" in said[-1].content


def test_what_the_fault_proxy_said_is_no_result() -> None:
    call = ToolCall(id="c", name="read_file", arguments={})
    assert [result.text for result in results_of([failing(call, "fault"), failing(call)])] == ["Timed out"]


def test_a_result_is_read_by_the_reader_of_its_tool_and_by_its_first_words_where_that_fails() -> None:
    done = Executed(id="c", tool="get_current_time", server="time", arguments={}, text="no JSON at all", error=False, shape="ok", by="server")
    read = reading(done)
    assert isinstance(read, SimpleNamespace) and read.text == "no JSON at all" and read.error is False and read.told == "no JSON at all"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty result"),
        ("one\ntwo\n\nthree", "one (and 2 more lines)"),
        ("[]", "an empty list"),
        ('["a", "b"]', "2 entries, the first being a"),
        ('{"maxAge": 3, "gone": null, "open": true}', "max age 3; open yes"),
        ("{}", "an empty answer"),
        ("7", "7"),
        ("Error executing tool read_file: no such file", "no such file"),
        ("no such file for read_file, sorry", "no such file for this, sorry"),
    ],
)
def test_any_result_is_told_in_its_first_words_and_without_the_tools_name(text: str, words: str) -> None:
    assert told(Executed(id="c", tool="read_file", server="s", arguments={}, text=text, error=False, shape="ok", by="server")) == words


def question(script: Script, task: str = "ask", **facts: object) -> Question:
    known = {"id": "row", "seed": 5, "theme": f"{THEME.name}:1", "asker": "plain", "script": script.model_dump_json()}
    return Question(task=task, facts=known | facts, messages=[], answer=Requests if task == "ask" else AssistantMessage)


def test_the_embedded_teacher_writes_requests_and_answers_by_seed() -> None:
    teacher = Embedded()
    first, second = (asyncio.run(teacher.answer(question(scripted((READ,))))) for _ in range(2))
    assert first == second == Requests(requests=("read the moon file",))
    message = asyncio.run(teacher.answer(question(scripted((READ,)), "respond", turn=0, hop=0, executed=[])))
    assert [call.arguments for call in message.calls] == [{"path": "data/moon.csv"}]


def test_the_embedded_teacher_refuses_in_words_when_the_conversation_left_the_script() -> None:
    done = failing(ToolCall(id="c", name="read_file", arguments={})).model_dump()
    with pytest.raises(Refused, match="read_file failed: Timed out"):
        asyncio.run(Embedded().answer(question(scripted((READ,)), "respond", turn=0, hop=1, executed=[done])))


def test_the_embedded_teacher_refuses_tasks_that_are_not_ours() -> None:
    with pytest.raises(Refused, match="embedded composer answers this project's tasks only"):
        Embedded().generate([[{"role": "user", "content": "hi"}]])


def test_a_world_is_named_by_theme_and_seed() -> None:
    assert world_of(f"{THEME.name}:1") == WORLD != world_of(f"{THEME.name}:2")


def test_values_travel_as_text_and_come_back_whole() -> None:
    assert values_of(scripted()) == {"f": PORT}
    assert json.loads(PORT.dump()) == {"value": "data/moon.csv", "said": ["the moon file"], "facts": {}}


def test_a_long_result_ends_at_a_whole_part() -> None:
    assert brief("timezone Europe/Oslo, day of week Wednesday, is dst true", 45) == "timezone Europe/Oslo, day of week Wednesday"
    assert brief("the last line of the log", 12) == "the last …" and brief("x" * 30, 8) == "x" * 8 + "…" and brief("short", 8) == "short"
