"""Phase 3 with models: who answered, what it cost, and what is left when a run is cut short. The models are scripts behind loopback HTTP.

`KILLS=20 pytest tests/integration/test_models.py -k killed` kills at twenty moments instead of two.
"""

import itertools
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
import yaml
from typer.testing import CliRunner

from knowledge.guard import guard
from pipelines import extract, ledger, phase3_tools
from pipelines.config import load_prices
from tests.integration.conftest import ROOT, Done, Fake, heed_interrupts, made, phase3
from tests.integration.oracle import Oracle, plain
from tests.provider import Answer, Fault, Limits, Provider, Seen, faults
from tests.provider.problem import Problem

pytestmark = pytest.mark.integration
KILLS = int(os.environ.get("KILLS", "2"))
ROWS = 12
VARIABLE, SECRET = "MODELS_TEST_KEY", "sk-a-key-of-these-tests-alone"
LISTING = Path(__file__).parent / "servers" / "tools_list.json"
NAMES = {"gpt": "openai", "claude": "anthropic"}
BOTH = pytest.mark.parametrize("name", NAMES)
KEPT = "What is finished is kept: run the same command again with --resume."
Row = dict[str, Any]


def go(main: Callable[..., None], *flags: object, key: str | None = SECRET) -> Done:
    """A command within this process."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    cli.command()(main)
    guard().open()  # the command before it may have been stopped
    done = CliRunner().invoke(cli, [str(flag) for flag in flags], env={VARIABLE: key, "HF_HUB_OFFLINE": "1", "COLUMNS": "160"}, catch_exceptions=False)
    return Done(done.exit_code, done.stdout, done.stderr)


@dataclass(frozen=True)
class Rig:
    """A provider, a configuration that names it, and the flags of the run."""

    provider: Provider
    folder: Path
    config: Path
    source: str

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    def flags(self, *more: object, responder: str = "gpt", rows: int = ROWS) -> tuple[object, ...]:
        roles = ("--role", f"responder={responder}") if responder else ()
        return ("--source", self.source, "--allow-servers", "--rows", rows, "--config", self.config, *roles, "--out", self.out, *more)

    def run(self, *more: object, responder: str = "gpt", rows: int = ROWS, key: str | None = SECRET) -> Done:
        return go(phase3_tools.main, *self.flags(*more, responder=responder, rows=rows), key=key)

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.ledger) as connection:
            return connection.execute(query).fetchall()

    @property
    def manifest(self) -> Row:
        return json.loads((self.out / "manifest.json").read_text())

    @property
    def billed(self) -> list[Seen]:
        return [seen for seen in [*self.provider.seen, *self.provider.lines] if seen.billed]

    def again(self) -> dict[str, bytes]:
        """The bytes of an unbroken run that has every answer in the ledger."""
        shutil.rmtree(self.out)
        asked = len(self.provider.seen)
        assert self.run().code == 0
        assert len(self.provider.seen) == asked
        return made(self.out)


@contextmanager
def serving(folder: Path, source: str, answer: Callable[[Row], Answer | str], teacher: Row | None = None, **more: Any) -> Iterator[Rig]:
    """A rig whose teachers `gpt` and `claude` are the provider's two wires."""
    with Provider(answer=answer, key=SECRET, **more) as provider:
        own = {"model": "teacher-1", "key": VARIABLE, "pause": 0.05, "seconds": 10} | (teacher or {})
        settings = {
            "out": str(folder / "runs"),
            "ledger": str(folder / "ledger.sqlite"),
            "limits": {"start_seconds": 20, "call_seconds": 5},
            "teachers": {name: {"api": wire, "base_url": getattr(provider, wire)} | own for name, wire in NAMES.items()},
        }
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(settings))
        yield Rig(provider, folder, config, source)


@dataclass(frozen=True)
class Base:
    """A run of the embedded teacher, which the models repeat."""

    folder: Path
    fake: Fake
    source: str
    rows: list[Row]

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.folder)

    @property
    def hops(self) -> int:
        """How many messages of the assistant there are."""
        return sum(message["role"] == "assistant" for row in self.rows for message in row["messages"])


def rows_of(folder: Path) -> list[Row]:
    """The kept rows without what differs from teacher to teacher: ids of calls, token counts and the passport."""
    rows = pq.read_table(folder / "kept.parquet").to_pylist()
    for row in rows:
        for message in row["messages"]:
            message["tool_call_id"] = None
            for call in message["tool_calls"] or ():
                call["id"] = None
        row["calls"] = [{key: value for key, value in call.items() if key != "id"} for call in json.loads(row["calls"])]
        for column in ("passport", "tokens_in_weights"):
            del row[column]
    return rows


@pytest.fixture(scope="module", autouse=True)
def handlers() -> Iterator[None]:
    """Commands within this process change what signals do; it is changed back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    folder = tmp_path_factory.mktemp("base")
    fake = Fake(folder)
    source = fake()
    with serving(folder, source, lambda body: pytest.fail("the embedded teacher asked a model")) as rig:
        assert rig.run(responder="").code == 0
    rows = rows_of(rig.out)
    assert len(rows) == ROWS and pq.read_table(rig.out / "rejected.parquet").num_rows == 0
    yield Base(rig.out, fake, source, rows)
    for process in fake.processes:
        process.kill()
    Path(f"/tmp/{fake.marker}.calls").unlink(missing_ok=True)


@pytest.fixture
def rig(base: Base, tmp_path: Path) -> Iterator[Rig]:
    """The oracle, on both wires."""
    with serving(tmp_path, base.source, base.oracle) as made:
        yield made


def tokens(usage: Row) -> tuple[int, int, int, int]:
    """What a provider says an answer used: the whole prompt, of it read from and written to a cache, and the answer."""
    if "prompt_tokens" in usage:
        return usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"], 0, usage["completion_tokens"]
    read, wrote = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    return usage["input_tokens"] + read + wrote, read, wrote, usage["output_tokens"]


def dollars(price: str, seen: list[Seen]) -> float:
    """What requests cost by the price table."""
    (of,) = [one for one in load_prices(None, {}).models if one.name == price]
    return sum(of.dollars(whole, out, cached=read, written=wrote) for whole, read, wrote, out in (tokens(one.usage or {}) for one in seen))


@BOTH
def test_a_responder_behind_an_api_makes_the_same_rows_with_calls_that_really_ran(base: Base, tmp_path: Path, name: str) -> None:
    price = {"gpt": "gpt-6-luna", "claude": "claude-haiku-5-5"}[name]
    before = base.fake.calls
    with serving(tmp_path, base.source, base.oracle, {"price": price}) as rig:
        done = rig.run(responder=name)
        assert (done.code, rows_of(rig.out)) == (0, base.rows)
        seen, facts = rig.provider.seen, rig.manifest
    assert {seen.path for seen in seen} == {"/v1/chat/completions" if name == "gpt" else "/v1/messages"}
    assert base.fake.calls - before == facts["calls"]["by"]["server"] > 0
    offered = {tuple(tool.get("name") or tool["function"]["name"] for tool in seen.body["tools"]) for seen in seen}
    assert offered == {("list_notes", "read_note", "add_note", "delete_note", "find_notes")}
    assert facts["teachers"] == {"writer": "embedded composer (no model)", "responder": f"teacher-1 ({name})"}
    sums = [sum(column) for column in zip(*(tokens(one.usage or {}) for one in seen), strict=True)]
    (role,) = facts["spent"]["roles"]
    assert [role[key] for key in ("role", "model", "calls", "tries", "input", "cached", "output", "unpriced")] == [
        "responder",
        "teacher-1",
        base.hops,
        base.hops,
        *sums[:2],
        sums[3],
        0,
    ]
    assert len(seen) == base.hops
    assert facts["spent"]["dollars"] == pytest.approx(dollars(price, seen), abs=1e-6)
    assert f"${facts['spent']['dollars']:.4f} for {base.hops} calls" in done.out


def test_on_anthropics_wire_every_later_call_of_a_conversation_reads_the_earlier_ones_from_the_cache(base: Base, tmp_path: Path) -> None:
    with serving(tmp_path, base.source, base.oracle, limits=Limits(cacheable=64)) as rig:
        assert rig.run(responder="claude").code == 0
        seen = rig.provider.seen
    conversations: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        conversations[one.body["messages"][0]["content"][0]["text"]].append(one)
    later = 0
    for calls in conversations.values():
        for first, second in itertools.pairwise(calls):
            whole, *_ = tokens(first.usage or {})
            assert tokens(second.usage or {})[1] >= whole
            later += 1
    assert later >= ROWS / 2


@BOTH
def test_a_writer_behind_an_api_is_told_the_turns_and_what_it_says_is_asked(base: Base, tmp_path: Path, name: str) -> None:
    oracle = Oracle()
    other = {"gpt": "claude", "claude": "gpt"}[name]
    with serving(tmp_path, base.source, oracle) as rig:
        assert rig.run("--role", f"writer={name}", responder="").code == 0
        rows, seen = rows_of(rig.out), rig.provider.seen
        wanted = sorted(plain(one.body["messages"][-1]["content"] if name == "gpt" else one.body["messages"][-1]["content"][0]["text"]) for one in seen)
        assert sorted([message["content"] for message in row["messages"] if message["role"] == "user"] for row in rows) == wanted
        assert len(rows) == len(seen) == ROWS
        oracle.learn(rig.out)
        shutil.rmtree(rig.out)
        assert rig.run("--role", f"writer={name}", responder=other).code == 0
        assert rows_of(rig.out) == rows
        facts = rig.manifest
        assert (facts["spent"]["reused"], [role["role"] for role in facts["spent"]["roles"]]) == (ROWS, ["responder"])
        assert facts["teachers"] == {"writer": f"teacher-1 ({name})", "responder": f"teacher-1 ({other})"}
        assert len(rig.provider.seen) == ROWS + facts["spent"]["calls"]


def test_the_same_command_again_costs_nothing_and_makes_the_same_bytes(rig: Rig) -> None:
    assert rig.run().code == 0
    before = made(rig.out)
    assert rig.again() == before


def test_another_number_of_rows_takes_from_the_ledger_what_it_can(base: Base, rig: Rig) -> None:
    assert rig.run().code == 0
    asked = len(rig.provider.seen)
    shutil.rmtree(rig.out)
    assert rig.run(rows=ROWS // 2).code == 0
    rows = rows_of(rig.out)
    hops = sum(message["role"] == "assistant" for row in rows for message in row["messages"])
    spent = rig.manifest["spent"]
    assert spent["reused"] + spent["calls"] == hops
    assert len(rig.provider.seen) - asked == spent["calls"] < hops


def test_the_cap_on_calls_stops_at_exactly_so_many_and_a_higher_one_goes_on(base: Base, rig: Rig) -> None:
    done = rig.run("--max-calls", 8)
    assert done.code == 1
    assert re.match(r"the cap of 8 calls is reached: of unknown price for 8 calls, [\d,]+ tokens in \(.+\), [\d,]+ out\. Raise it\b", done.sentence)
    assert "--resume" in done.sentence and "kept" in done.sentence
    assert len(rig.billed) == len(rig.provider.seen) == 8
    assert not rig.out.exists()
    assert rig.run("--max-calls", 16, "--resume").code == 1
    assert len(rig.billed) == len(rig.provider.seen) == 16
    assert rig.run("--max-calls", 1000, "--resume").code == 0
    assert len(rig.billed) == len(rig.provider.seen) == base.hops
    assert rows_of(rig.out) == base.rows
    before = made(rig.out)
    assert rig.again() == before


def test_the_cap_in_dollars_is_never_passed(base: Base, tmp_path: Path) -> None:
    with serving(tmp_path, base.source, base.oracle, {"price": "claude-opus-5-5", "max_tokens": 200}) as rig:
        done = rig.run("--max-cost", 0.035)
        assert done.code == 1 and "the cap of $0.035 is reached: $0.0" in done.sentence and "--resume" in done.sentence
        spent = dollars("claude-opus-5-5", rig.billed)
        assert 0.02 < spent <= 0.035
        assert rig.run("--max-cost", 5, "--resume").code == 0
        assert rows_of(rig.out) == base.rows
        assert rig.manifest["spent"]["dollars"] == pytest.approx(dollars("claude-opus-5-5", rig.billed), abs=1e-6)


def test_a_cap_in_dollars_needs_a_price(rig: Rig) -> None:
    done = rig.run("--max-cost", 1)
    assert (done.code, rig.provider.seen, rig.out.exists()) == (2, [], False)
    assert done.sentence.startswith("the price of teacher-1 (responder) is not known, so that --max-cost cannot hold.")


def test_the_cap_on_calls_holds_for_batches_too(rig: Rig) -> None:
    done = rig.run("--batch", "--max-calls", 5)
    for _ in range(8):
        if done.code != 3:
            break
        rig.provider.finish_batches()
        done = rig.run("--batch", "--max-calls", 5, "--resume")
    assert len(rig.billed) <= 5, f"{len(rig.billed)} calls were made under a cap of 5"
    assert done.code in (1, 2) and "5 calls" in done.sentence


def hop_by_hop(rig: Rig, name: str) -> int:
    """Finish batches and come back until the run is done; how many batches it took."""
    for number in range(1, 12):
        rig.provider.finish_batches()
        done = rig.run("--batch", "--resume", responder=name)
        if done.code == 0:
            return number
        assert done.code == 3, done.err
    pytest.fail("it never ends")


def test_a_run_that_is_left_to_batches_ends_hop_by_hop_with_the_same_rows(base: Base, rig: Rig) -> None:
    done = rig.run("--batch")
    assert done.code == 3
    assert re.search(rf"{ROWS} calls were posted\. The run waits for 1 batches \(batch_\w+\); come back with --batch --resume\.", done.err)
    assert rig.billed == [] and not rig.out.exists()
    early = rig.run("--batch", "--resume")
    assert early.code == 3 and f"{ROWS} are still with the provider" in early.err
    assert 2 <= hop_by_hop(rig, "gpt") <= 8
    assert rows_of(rig.out) == base.rows
    assert len(rig.billed) == len(rig.provider.lines) == base.hops
    assert rig.manifest["spent"]["calls"] == base.hops


@BOTH
def test_calls_that_fail_or_expire_in_a_batch_are_made_up_for(base: Base, rig: Rig, name: str) -> None:
    assert rig.run("--batch", responder=name).code == 3
    rig.provider.finish_batches(fail=lambda digest, body: faults.status(500) if digest[0] in "0123" else None, expire=lambda digest: digest[0] in "89ab")
    lost = [line for line in rig.provider.lines if not line.billed]
    done = rig.run("--batch", "--resume", responder=name)
    assert done.code == 3 and f"{len(lost)} failed there and are asked alone" in done.err and lost
    hop_by_hop(rig, name)
    assert rows_of(rig.out) == base.rows
    assert len(rig.billed) == base.hops
    assert [one.body for one in rig.provider.seen if one.billed] != []


@BOTH
def test_a_run_that_was_killed_between_posting_a_batch_and_noting_it_posts_nothing_twice(base: Base, rig: Rig, name: str) -> None:
    assert rig.run("--batch", responder=name).code == 3
    with sqlite3.connect(rig.ledger) as connection:
        ((id,),) = connection.execute("SELECT id FROM batches").fetchall()
        if name == "gpt":
            (mine,) = {one.body["metadata"]["name"] for one in rig.provider.seen if one.path == "/v1/batches" and one.body}
        else:
            mine = "finetune-000000000000000000000000"
        connection.execute("UPDATE batches SET id = ?, state = 'posting'", (mine,))
        connection.execute("UPDATE asked SET batch = ? WHERE batch = ?", (mine, id))
    hop_by_hop(rig, name)
    assert rows_of(rig.out) == base.rows
    assert len(rig.billed) == base.hops


def test_a_run_whose_calls_are_in_the_batch_of_another_run_gets_their_answers(base: Base, rig: Rig) -> None:
    assert rig.run("--batch").code == 3
    shutil.rmtree(rig.out.with_name("out.partial"))
    done = rig.run("--batch", rows=ROWS // 2)
    assert done.code == 3 and "waits for 0 batches" not in done.err, done.err
    for _ in range(8):
        rig.provider.finish_batches()
        done = rig.run("--batch", "--resume", rows=ROWS // 2)
        if done.code == 0:
            break
    assert (done.code, len(rows_of(rig.out))) == (0, ROWS // 2), done.err


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (faults.wrong_key(), f"teacher gpt: the server refused the key in {VARIABLE} (401: Incorrect API key provided: none***. [invalid_api_key])."),
        (
            faults.out_of_money(),
            "teacher gpt: the account has no money left (429: You exceeded your current quota, please check your plan and billing details. [insufficient_quota]).",
        ),
        (faults.wrong_model(), "teacher gpt: the server does not know the model teacher-1, or the address is not its own (404: "),
    ],
    ids=lambda case: case.name if isinstance(case, Fault) else "",
)
def test_a_teacher_that_will_never_answer_stops_the_run_in_one_sentence_and_work_is_kept(base: Base, tmp_path: Path, fault: Fault, says: str) -> None:
    broken: list[Row] = []

    def plan(body: Row, attempt: int) -> Fault | None:
        broken.append(body)
        return fault if 9 <= len(broken) < 1000 else None

    with serving(tmp_path, base.source, base.oracle, faults=plan) as rig:
        done = rig.run()
        assert done.code == 1 and done.sentence.startswith(says) and done.sentence.endswith(KEPT) and "\n" not in done.sentence
        assert len(rig.billed) == 8
        broken += [{}] * 1000
        assert rig.run("--resume").code == 0
        assert rows_of(rig.out) == base.rows
        assert len(rig.billed) == base.hops


def test_a_key_that_is_not_set_is_said_before_anything_starts(base: Base, rig: Rig) -> None:
    calls = base.fake.calls
    done = rig.run(key=None)
    assert (done.code, done.sentence) == (2, f"teacher gpt: its key is read from the environment variable {VARIABLE}, which is not set.")
    assert (rig.provider.seen, base.fake.calls, sorted(path.name for path in rig.folder.iterdir())) == ([], calls, ["config.yaml"])


@BOTH
def test_an_address_without_a_server_is_said_in_one_sentence(base: Base, tmp_path: Path, name: str) -> None:
    with serving(tmp_path, base.source, base.oracle) as rig:
        url = getattr(rig.provider, NAMES[name])
    done = rig.run(responder=name)
    assert done.code == 1 and done.sentence.startswith(f"teacher {name}: no answer from {url}: the connection failed") and done.sentence.endswith(KEPT)
    assert "\n" not in done.sentence and (rig.folder / "out.partial").exists()


def test_an_estimate_asks_nothing_and_its_intervals_hold_the_true_number_of_calls(tmp_path: Path) -> None:
    oracle, rows = Oracle(), 100
    with serving(tmp_path, str(LISTING), oracle) as rig:
        assert rig.run("--offline", responder="", rows=rows).code == 0
        oracle.learn(rig.out)
        shutil.rmtree(rig.out)
        done, words = rig.run("--offline", "--estimate", "--json", rows=rows), rig.run("--offline", "--estimate", rows=rows)
        assert (done.code, words.code, rig.provider.seen, rig.ledger.exists(), rig.out.exists()) == (0, 0, [], False, False)
        assert rig.run("--offline", rows=rows).code == 0
        asked, planned = len(rig.provider.seen), rig.manifest["rows"]["planned"]
    ((told,), sample) = json.loads(done.out)["roles"], phase3_tools.SAMPLE
    low, high = told["calls"]
    assert (told["role"], told["model"], told["rows"], told["dollars"]) == ("responder", "teacher-1", sample, None) and planned == rows > sample
    assert low <= asked <= high < 1.5 * low
    assert f"{low:,}–{high:,}" in words.out and "No model was asked, and no row was made." in words.out


def test_the_ledgers_sums_are_the_providers_own(base: Base, tmp_path: Path) -> None:
    oracle = base.oracle

    def plan(body: Row, attempt: int) -> Fault | None:
        return faults.status(500) if attempt == 1 and len(json.dumps(body)) % 2 == 0 else None

    with serving(tmp_path, base.source, oracle, faults=plan) as rig:
        assert rig.run("--role", "writer=gpt", responder="").code == 0
        oracle.learn(rig.out)
        shutil.rmtree(rig.out)
        assert rig.run("--role", "writer=gpt", responder="claude").code == 0
        done = go(ledger.main, "--config", rig.config, "--json")
        table = go(ledger.main, "--config", rig.config)
        billed = {wire: [one for one in rig.billed if wire in one.path] for wire in ("completions", "messages")}
        sent = {wire: sum(wire in one.path for one in rig.provider.seen) for wire in billed}
    assert done.code == table.code == 0
    told = json.loads(done.out)
    assert len({row["run"] for row in told["spent"]}) == 2 and all(row["run"].startswith("phase3/") for row in told["spent"])
    for role, wire in (("writer", "completions"), ("responder", "messages")):
        (row,) = [row for row in told["spent"] if row["role"] == role]
        sums = [sum(column) for column in zip(*(tokens(one.usage or {}) for one in billed[wire]), strict=True)]
        assert [row[key] for key in ("model", "calls", "tries", "input", "cached", "output", "unpriced")] == [
            "teacher-1",
            len(billed[wire]),
            sent[wire],
            *sums[:2],
            sums[3],
            len(billed[wire]),
        ]
        assert row["tries"] > row["calls"]
    ((run, used),) = told["reused"].items()
    assert used["calls"] == ROWS and run == next(row["run"] for row in told["spent"] if row["role"] == "responder")
    assert "no price" in table.out and "Some models are not in configs/prices.yaml" in table.out


def test_pruning_keeps_what_a_run_folder_needs_and_forgets_the_rest(base: Base, rig: Rig) -> None:
    assert rig.run("--max-calls", 6).code == 1
    kept = go(ledger.main, "--config", rig.config, "--prune", "--yes")
    assert kept.code == 0 and "nothing was forgotten" in kept.err
    shutil.rmtree(rig.out.with_name("out.partial"))
    assert rig.run(rows=ROWS // 2).code == 0
    (before,) = rig.read("SELECT count(*) FROM calls")[0]
    (needed,) = rig.read(f"SELECT count(DISTINCT digest) FROM uses WHERE run = 'phase3/{rig.manifest['fingerprint']}'")[0]
    done = go(ledger.main, "--config", rig.config, "--prune", "--yes")
    assert done.code == 0
    assert rig.read("SELECT count(*) FROM calls") == [(needed,)]
    assert before == needed or f"{before - needed} answers are forgotten" in done.err
    shutil.rmtree(rig.out)
    asked = len(rig.provider.seen)
    assert rig.run(rows=ROWS // 2).code == 0
    assert len(rig.provider.seen) == asked
    shutil.rmtree(rig.out)
    assert f"{needed} answers are forgotten" in go(ledger.main, "--config", rig.config, "--prune", "--yes").err
    assert rig.read("SELECT count(*) FROM calls") == [(0,)]


def test_a_ledger_that_is_not_there_is_said(rig: Rig) -> None:
    done = go(ledger.main, "--config", rig.config)
    assert (done.code, done.sentence) == (1, f"there is no ledger at {rig.ledger}: no model was asked from here yet.")


def hides(folder: Path, done: Done) -> None:
    """The key is in no file of a folder, and in nothing that was said; files of an unfinished run are among them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"ledger.sqlite", "config.yaml"} <= {path.name for path in files} and any("out.partial" in path.parts for path in files)
    assert SECRET not in done.out + done.err
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_key_is_in_no_file_and_in_nothing_that_is_said(base: Base, rig: Rig) -> None:
    home = rig.folder / "home"
    home.mkdir()
    process = begin(rig, "--max-calls", 15, HOME=str(home))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1 and "the cap of 15 calls is reached" in err
    hides(rig.folder, Done(process.returncode, out, err))
    assert rig.run("--resume").code == 0
    assert [path for path in rig.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(("name", "status"), [("gpt", 401), ("claude", 400)], ids=["the run is stopped", "rows are rejected"])
def test_a_key_that_the_server_repeats_is_not_passed_on(base: Base, tmp_path: Path, name: str, status: int) -> None:
    echo = Fault("echo", {wire: Problem(status, f"Incorrect API key provided: {SECRET}.") for wire in NAMES.values()})

    def plan(body: Row, attempt: int) -> Fault | None:
        return echo if len(json.dumps(body)) % 2 else None

    with serving(tmp_path, base.source, lambda body: "Done.", faults=plan) as rig:
        rig.config.write_text(rig.config.read_text().replace("limits:", "limits:\n  retries: 0"))
        done = rig.run(responder=name)
        assert done.code == 1 and ("refused the key" if status == 401 else "cells ended empty") in done.sentence
        assert SECRET not in done.out + done.err
        assert [path for path in rig.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
        if status == 400:
            reasons = pq.read_table(rig.out / "rejected.parquet").column("reject_reason").to_pylist()
            assert any("400: Incorrect API key provided: " in reason and SECRET not in reason for reason in reasons)


DOCUMENT = """# House rules

Always run the tests before a commit.

A merge without review is a mistake. The code lives in src.
"""


@BOTH
def test_an_extractor_adds_the_rules_that_stand_in_the_document_and_no_others(tmp_path: Path, name: str) -> None:
    def answer(body: Row) -> str:
        quotes = ("A merge without review is a mistake.", "Never sleep.")
        return json.dumps({"missed": [{"quote": quote, "modality": "must not"} for quote in quotes]})

    project = tmp_path / "project"
    project.mkdir()
    (project / "CLAUDE.md").write_text(DOCUMENT)
    out = tmp_path / "units.jsonl"
    with serving(tmp_path, "", answer) as rig:
        flags = (project, "--config", rig.config, "--out", out, "--role", f"extractor={name}")
        done = go(extract.main, *flags)
        assert done.code == 0 and "for 1 calls" in done.err
        assert go(extract.main, *flags).code == 0
        assert len(rig.provider.seen) == 1
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    rules = {row["unit"]["sentence"]: row for row in rows if row["kind"] == "rule" and not row["reject_reason"]}
    assert sorted(rules) == ["A merge without review is a mistake.", "Always run the tests before a commit."]
    found = rules["A merge without review is a mistake."]
    assert (found["found_by"], found["source"].rsplit("/", 1)[-1], found["unit"]["modality"]) == ("extractor", "CLAUDE.md:5", "must not")
    assert rules["Always run the tests before a commit."]["found_by"] == "reader"
    assert [row["reject_reason"] for row in rows if row["unit"].get("quote") == "Never sleep."] == ["extract: not in the document"]


def test_an_extractor_whose_key_is_refused_advises_no_flag_that_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "CLAUDE.md").write_text(DOCUMENT)
    with serving(tmp_path, "", lambda body: "", faults=lambda body, attempt: faults.wrong_key()) as rig:
        done = go(extract.main, tmp_path / "CLAUDE.md", "--config", rig.config, "--out", tmp_path / "units.jsonl", "--role", "extractor=gpt")
    assert done.code == 1 and done.sentence.startswith("teacher gpt: the server refused the key in ")
    assert "--resume" not in done.sentence, "python -m pipelines.extract has no such flag"


def begin(rig: Rig, *more: object, **env: str) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(phase3(*rig.flags(*more)), cwd=ROOT, env=os.environ | {VARIABLE: SECRET} | env, start_new_session=True, preexec_fn=heed_interrupts, **streams)  # type: ignore[call-overload]


def until(process: "subprocess.Popen[str]", ready: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 60
    while not ready():
        assert process.poll() is None and time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def asked_once(rig: Rig, in_flight: int) -> None:
    """No prompt was paid for twice, and none was answered twice but those in flight when the run ended."""
    bodies = Counter(json.dumps(one.body, sort_keys=True) for one in rig.provider.seen)
    assert sum(number - 1 for number in bodies.values()) <= in_flight
    assert len(rig.billed) == len({json.dumps(one.body, sort_keys=True) for one in rig.billed}) == len(bodies)


@pytest.mark.parametrize("moment", range(KILLS))
def test_a_run_that_is_killed_is_resumed_and_nothing_is_paid_twice(base: Base, tmp_path: Path, moment: int) -> None:
    rng = random.Random(f"kill {moment}")
    with serving(tmp_path, base.source, base.oracle, latency=0.05) as rig:
        process = begin(rig)
        calls = rng.randrange(base.hops - 4)
        until(process, lambda: len(rig.provider.all_seen) > calls)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate()
        done = rig.run("--resume")
        assert done.code == 0, done.err
        assert rows_of(rig.out) == base.rows
        asked_once(rig, in_flight=2)
        before = made(rig.out)
        assert rig.again() == before


def test_ctrl_c_ends_a_run_within_seconds_and_it_is_resumed(base: Base, tmp_path: Path) -> None:
    with serving(tmp_path, base.source, base.oracle, latency=0.1) as rig:
        process = begin(rig)
        until(process, lambda: len(rig.provider.all_seen) > base.hops // 2)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        took = time.monotonic() - began
        done = Done(process.returncode, out, err)
        assert (done.code, done.sentence) == (130, f"stopped. {KEPT}")
        assert took < 5
        assert rig.run("--resume").code == 0
        assert rows_of(rig.out) == base.rows
        asked_once(rig, in_flight=2)
