"""Models behind an API: one form for both wires, one repair, and a reason where there is no answer."""

import json
from pathlib import Path

import pytest
from distilabel.steps.tasks import TextGeneration

from steps.contracts import AssistantMessage, ToolCall
from steps.teachers.call import TeacherFailed
from steps.teachers.teacher import Refused
from tests.provider import Answer, Limits, Provider, faults
from tests.unit.steps.teachers.asked import WIRES, Said, acting, answers, question, teacher

KEY = "test-key"


def provider(answer: object, **more: object) -> Provider:
    return Provider(answer=answer, models=("teacher-1",), key=KEY, **more)


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_is_asked_for_by_schema_and_kept(wire: str, tmp_path: Path) -> None:
    with provider(lambda body: '{"said": "good"}') as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        assert answers(model, question()) == [Said(said="good")]
        (seen,) = server.seen
    form = seen.body["response_format"]["json_schema"]["schema"] if wire == "openai" else seen.body["output_config"]["format"]["schema"]
    assert form == {"description": "A small contract.", "type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"], "additionalProperties": False}


@pytest.mark.parametrize("wire", WIRES)
def test_where_a_server_knows_no_schema_a_tool_is_forced_and_every_later_call_begins_there(wire: str, tmp_path: Path) -> None:
    def say(body: dict) -> Answer | str:
        return Answer(calls=[("answer", {"said": "by tool"})]) if "tool_choice" in body else '{"said": "by schema"}'

    def plan(body: dict, attempt: int) -> object:
        return faults.unsupported_schema() if "response_format" in body or "output_config" in body else None

    with provider(say, faults=plan) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        assert answers(model, question("one")) + answers(model, question("two")) == [Said(said="by tool")] * 2
        assert ["tool_choice" in seen.body for seen in server.seen] == [False, True, True]


def test_where_a_server_knows_neither_the_prompt_alone_asks(tmp_path: Path) -> None:
    def plan(body: dict, attempt: int) -> object:
        return faults.unsupported_schema() if "response_format" in body or "tool_choice" in body else None

    with provider(lambda body: 'Sure!\n```json\n{"said": "by prompt"}\n```', faults=plan) as server, teacher(server, tmp_path / "l.sqlite") as model:
        assert answers(model, question()) == [Said(said="by prompt")]


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_that_breaks_its_contract_is_asked_for_once_more_with_the_fault_quoted(wire: str, tmp_path: Path) -> None:
    def say(body: dict) -> str:
        return '{"said": "better"}' if "cannot be used" in json.dumps(body["messages"]) else '{"say": "worse"}'

    with provider(say) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        assert answers(model, question()) == [Said(said="better")]
        _, second = server.seen
    told = json.dumps(second.body["messages"])
    assert "say: Extra inputs are not permitted" in told or "said: Field required" in told
    assert '\\"say\\": \\"worse\\"' in told or "worse" in told


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("nonsense", "the answer: Invalid JSON"),
        ('{"said": 5}', "said: Input should be a valid string"),
        (Answer(text="  "), "it is empty (asked twice)"),
        (Answer(text='{"said": "ha', stop="length"), "the answer was cut off after"),
        (Answer(refusal="I would rather not."), "the model refused: I would rather not."),
    ],
)
@pytest.mark.parametrize("wire", WIRES)
def test_what_is_still_no_answer_becomes_a_reason(said: Answer | str, reason: str, wire: str, tmp_path: Path) -> None:
    with provider(lambda body: said) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        (error,) = answers(model, question())
    assert isinstance(error, Refused) and reason in str(error) and "\n" not in str(error)


@pytest.mark.parametrize("wire", WIRES)
def test_tool_calls_and_their_results_go_there_and_back(wire: str, tmp_path: Path) -> None:
    def say(body: dict) -> Answer:
        return (
            Answer(text="Two commits.")
            if "abc123" in json.dumps(body["messages"])
            else Answer(text="Looking.", calls=[("git_log", {"max_count": 2}), ("git_log", {"max_count": 3})])
        )

    with provider(say) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        (said,) = answers(model, acting())
        assert isinstance(said, AssistantMessage) and said.content == "Looking."
        assert [(call.name, call.arguments) for call in said.calls] == [("git_log", {"max_count": 2}), ("git_log", {"max_count": 3})]
        results = [{"role": "tool", "tool_call_id": call.id, "content": "abc123"} for call in said.calls]
        assert answers(model, acting(said.message(), *results)) == [AssistantMessage(content="Two commits.")]
        assert [seen.status for seen in server.seen] == [200, 200]


@pytest.mark.parametrize("wire", WIRES)
def test_a_call_of_a_tool_that_was_not_offered_is_asked_for_again(wire: str, tmp_path: Path) -> None:
    def say(body: dict) -> Answer:
        return Answer(calls=[("git_log", {})]) if "there is no tool" in json.dumps(body["messages"]) else Answer(calls=[("git_push", {})])

    with provider(say) as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        (said,) = answers(model, acting())
    assert isinstance(said.calls[0], ToolCall) and said.calls[0].name == "git_log"


def test_arguments_that_are_not_json_are_asked_for_again(tmp_path: Path) -> None:
    def say(body: dict) -> Answer:
        return Answer(calls=[("git_log", {"max_count": 1})]) if "are not JSON" in json.dumps(body["messages"]) else Answer(calls=[("git_log", '{"max_count": ')])

    with provider(say) as server, teacher(server, tmp_path / "l.sqlite") as model:
        assert answers(model, acting())[0].calls[0].arguments == {"max_count": 1}


def test_what_a_conversation_begins_with_is_read_from_anthropics_cache(tmp_path: Path) -> None:
    def say(body: dict) -> Answer:
        return Answer(text="Done.") if len(body["messages"]) > 1 else Answer(calls=[("git_log", {})])

    with provider(say, limits=Limits(cacheable=1)) as server, teacher(server, tmp_path / "l.sqlite", "anthropic") as model:
        (said,) = answers(model, acting())
        answers(model, acting(said.message(), {"role": "tool", "tool_call_id": said.calls[0].id, "content": "abc"}))
        first, second = (seen.usage for seen in server.seen)
    assert first["cache_creation_input_tokens"] > 0 == first["cache_read_input_tokens"]
    assert second["cache_read_input_tokens"] >= first["cache_creation_input_tokens"]


@pytest.mark.parametrize("wire", WIRES)
def test_it_serves_distilabels_own_tasks(wire: str, tmp_path: Path) -> None:
    with provider(lambda body: "A sentence.") as server, teacher(server, tmp_path / "l.sqlite", wire) as model:
        task = TextGeneration(name="text", llm=model, num_generations=2)
        task.load()
        (first, second) = next(task.process([{"instruction": "Say one."}]))
        assert (first["generation"], second["generation"]) == ("A sentence.", "A sentence.") and first["model_name"] == "teacher-1"
        assert len(server.seen) == 2, "each generation is a call of its own"
        task.unload()
        assert first["distilabel_metadata"]["statistics_text"]["output_tokens"] > 0


@pytest.mark.parametrize(
    ("fault", "said"), [(faults.wrong_key(), "refused the key in TEST_KEY"), (faults.wrong_model(), "does not know the model teacher-1"), (faults.out_of_money(), "no money left")]
)
def test_what_no_call_can_survive_stops_the_run(fault: object, said: str, tmp_path: Path) -> None:
    with provider(lambda body: "x", faults=lambda body, attempt: fault) as server, teacher(server, tmp_path / "l.sqlite") as model:
        (error,) = answers(model, question())
        assert isinstance(error, TeacherFailed) and said in str(error) and KEY not in str(error)
        assert len(server.seen) == 1


def test_a_key_that_is_not_set_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    with provider(lambda body: "x") as server:
        with pytest.raises(TeacherFailed, match="environment variable NO_SUCH_KEY, which is not set"), teacher(server, tmp_path / "l.sqlite", key_from="NO_SUCH_KEY"):
            pass
        assert server.seen == []


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with provider(lambda body: "x") as server:
        pass
    with teacher(server, tmp_path / "l.sqlite") as model:
        (error,) = answers(model, question())
    assert isinstance(error, TeacherFailed) and "no answer from http://127.0.0.1" in str(error) and "connection failed" in str(error)


def test_no_field_holds_a_secret_and_a_pipeline_can_write_a_teacher_down(tmp_path: Path) -> None:
    with provider(lambda body: "x") as server, teacher(server, tmp_path / "l.sqlite") as model:
        written = json.dumps({name: value for name, value in model.dump().items() if name not in ("run", "ledger")})
        assert "TEST_KEY" in written
        assert KEY not in written, written
