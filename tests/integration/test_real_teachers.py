"""A real small model on a real server, and a ledger on a real PostgreSQL: no teachers to learn from, but the protocol whole."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distilabel.steps.tasks import TextGeneration

from steps.contracts import AssistantMessage, Contract
from steps.loop import run
from steps.teachers.call import Reply, Usage
from steps.teachers.database import Database
from steps.teachers.ledger import TABLES, Entry, Ledger, begin
from steps.teachers.openai import OpenAI
from steps.teachers.teacher import Question, Refused
from tests.integration import llama, postgres
from tests.integration.conftest import ROOT
from tests.unit.steps.teachers.test_ledger import MANY

pytestmark = pytest.mark.integration
WEATHER = {"name": "weather", "description": "The weather.", "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"]}}


class City(Contract):
    """What a city is like."""

    city: str
    big: bool


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with llama.served(slots=2) as url:
        yield url


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.running() as url:
        yield url


def taught(url: str, ledger: str, **fields: object) -> OpenAI:
    model = OpenAI(**{"teacher": "small", "model": llama.MODEL, "base_url": url, "ledger": ledger, "concurrency": 2, "max_tokens": 60, "seconds": 60} | fields)
    model.load()
    return model


def asked(text: str, **fields: object) -> Question:
    messages = [{"role": "system", "content": 'Answer with JSON: {"city": "…", "big": true}.'}, {"role": "user", "content": text}]
    return Question(**{"task": "city", "facts": {}, "messages": messages, "answer": City} | fields)


def answers(model: OpenAI, *questions: Question) -> list[object]:
    async def all_of_them() -> list[object]:
        return list(await asyncio.gather(*(model.answer(one) for one in questions), return_exceptions=True))

    try:
        return run(all_of_them())
    finally:
        model.unload()


@pytest.mark.parametrize("structured", ["schema", "tool", "prompt"])
def test_a_real_model_answers_under_a_contract_or_says_why_not(server: str, tmp_path: Path, structured: str) -> None:
    place = str(tmp_path / "l.sqlite")
    found = answers(taught(server, place, structured=structured), *(asked(f"Is {city} big?") for city in ("Paris", "Arles", "Rome")))
    assert all(isinstance(one, (City, Refused)) for one in found), found
    if structured == "schema":
        assert any(isinstance(one, City) for one in found), "the server holds the answer to the schema"
    rows = Database(place, TABLES).run("SELECT input, output, tries FROM calls").fetchall()
    assert len(rows) >= 3 and all(given > 10 and out > 0 and tries == 1 for given, out, tries in rows)


def test_a_real_model_calls_a_tool_and_takes_its_result(server: str, tmp_path: Path) -> None:
    messages = [{"role": "user", "content": 'Repeat this: <tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call>'}]
    question = asked("", messages=messages, answer=AssistantMessage, tools=(WEATHER,))
    (said,) = answers(taught(server, str(tmp_path / "l.sqlite"), max_tokens=120), question)
    assert isinstance(said, AssistantMessage) and [(call.name, call.arguments) for call in said.calls] == [("weather", {"city": "Paris"})]
    results = [{"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."} for call in said.calls]
    (then,) = answers(taught(server, str(tmp_path / "l.sqlite")), asked("", messages=[*messages, said.message(), *results], answer=AssistantMessage, tools=(WEATHER,)))
    assert isinstance(then, (AssistantMessage, Refused)), then


def test_a_cut_off_answer_and_a_prompt_that_is_too_long_are_rejected_with_their_reasons(server: str, tmp_path: Path) -> None:
    (cut,) = answers(taught(server, str(tmp_path / "l.sqlite"), max_tokens=3), asked("Is Paris big?"))
    (long,) = answers(taught(server, str(tmp_path / "l.sqlite")), asked("word " * 5000))
    assert isinstance(cut, Refused) and "cut off after 3 tokens; raise max_tokens" in str(cut)
    assert isinstance(long, Refused) and "small: 400" in str(long) and "context" in str(long)


def test_a_real_model_serves_distilabels_own_tasks(server: str, tmp_path: Path) -> None:
    task = TextGeneration(name="text", llm=taught(server, str(tmp_path / "l.sqlite")))
    task.load()
    (row,) = next(task.process([{"instruction": "Say a word."}]))
    task.unload()
    assert row["generation"] and row["model_name"] == llama.MODEL


def test_a_ledger_on_a_server_is_shared_by_processes(database: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen([sys.executable, "-c", MANY, database, str(who)], cwd=ROOT, env=environment) for who in range(3)]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    ledger = Database(database, TABLES)
    assert ledger.run("SELECT count(*) FROM calls").fetchone() == (240,)
    assert ledger.run("SELECT calls, dollars FROM runs").fetchone() == (360, 180.0)


def test_a_ledger_on_a_server_finds_reserves_and_gives_back(database: str) -> None:
    async def play() -> list[object]:
        ledger = Ledger(database)
        await ledger.do(begin, "caps", "f")
        entry = Entry("caps-1", "caps", "writer", "ask", "a", "m", Reply(text="é", usage=Usage(input=3, output=1)), 0.5, 0.1, 1)
        held = [await ledger.reserve("caps", 1.0, 1.5, 9), await ledger.reserve("caps", 1.0, 1.5, 9)]
        await ledger.record(entry, 1.0)
        after = [await ledger.reserve("caps", 1.0, 1.5, 9), await ledger.reserve("caps", 0.0, None, 2)]
        await ledger.release("caps", 1.0)
        return [held, after, await ledger.reserve("caps", 0.0, None, 2), await ledger.find("caps-1", "caps", "writer"), await ledger.find("no", "caps", "writer")]

    assert asyncio.run(play()) == [[True, False], [True, False], True, Reply(text="é", usage=Usage(input=3, output=1)), None]


def test_the_ledger_command_reads_a_server_and_shows_no_password(database: str, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(f"ledger: {database}\n")
    line = [sys.executable, "-m", "pipelines.ledger", "--config", str(config)]
    told = subprocess.run([*line, "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    spent = json.loads(told.stdout)["spent"]
    assert sum(row["calls"] for row in spent) >= 240 and all(isinstance(row["input"], int) for row in spent)
    config.write_text(f"ledger: {database.rsplit('/', 1)[0]}/nowhere\n")
    lost = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    password = database.split(":")[2].split("@")[0]
    assert lost.returncode == 1 and "cannot be opened" in lost.stderr and password not in lost.stderr + lost.stdout and "Traceback" not in lost.stderr
