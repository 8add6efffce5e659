"""Phases 1, 2, 4 and 5 as a user runs them: what they make, what they refuse, and with a model as teacher (a script behind loopback HTTP)."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from pipelines import phase1_system_prompt, phase2_methodology, phase4_agents, phase5_integration
from tests.integration.test_models import SECRET, VARIABLE, go
from tests.provider import Provider

pytestmark = pytest.mark.integration
PUSH = "Never push to a remote without being asked."
RULES = f"# Guide\n\n- Always name the file that you changed.\n- {PUSH}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phase1")
    done = go(phase1_system_prompt.main, "--rows", 60, "--out", folder / "a")
    assert done.code == 0, done.err
    assert "points " in done.out and "no judge has seen the " in done.out
    return folder


def rows(folder: Path, name: str = "kept") -> list[dict[str, Any]]:
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def test_nothing_is_lost_and_every_cell_that_was_planned_is_covered(made: Path) -> None:
    manifest = json.loads((made / "a" / "manifest.json").read_text())
    kept, rejected = rows(made / "a"), rows(made / "a", "rejected")
    assert len(kept) + len(rejected) == manifest["rows"]["planned"] and not manifest["cells"]["empty"]
    assert manifest["cells"]["covered"] == manifest["cells"]["planned"] > 40
    assert manifest["shares"]["rehearsal"] >= 0.09 and manifest["unjudged_rows"] == len(kept)
    assert {row["form"] for row in kept} == {"play", "rehearsal"}


def test_calls_in_kept_rows_really_ran_and_no_row_names_this_machine(made: Path) -> None:
    calls = [call for row in rows(made / "a") for call in json.loads(row["calls"])]
    assert len(calls) > 20 and {call["by"] for call in calls} <= {"server", "fault"}
    text = (made / "a" / "exports" / "openai-in-weights" / "train.jsonl").read_text()
    assert str(Path.home()) not in text.replace("/home/dev", "") and "/tmp/finetune" not in text


def test_a_preference_pair_goes_on_from_the_same_messages_in_two_ways(made: Path) -> None:
    pairs = [json.loads(line) for line in (made / "a" / "exports" / "trl-preference-in-weights" / "train.jsonl").read_text().splitlines()]
    assert len(pairs) >= 15
    assert all(pair["chosen"] != pair["rejected"] and pair["prompt"][-1]["role"] in ("user", "tool") for pair in pairs)


def test_the_same_seed_gives_the_same_bytes(made: Path) -> None:
    assert go(phase1_system_prompt.main, "--rows", 60, "--out", made / "b").code == 0
    assert (made / "a" / "kept.parquet").read_bytes() == (made / "b" / "kept.parquet").read_bytes()


def test_a_plan_is_printed_and_makes_nothing(tmp_path: Path) -> None:
    done = go(phase4_agents.main, "--plan", "--json", "--out", tmp_path / "a")
    told = json.loads(done.out)
    assert done.code == 0 and not (tmp_path / "a").exists()
    assert sum(told["cells"].values()) <= 800 and all(told["cells"].values())


@pytest.mark.parametrize(
    ("main", "says"),
    [
        (phase2_methodology.main, "a methodology (stages in order) was looked for in "),
        (phase4_agents.main, "a persona or a command was looked for in "),
        (phase1_system_prompt.main, "the embedded teacher has plays for the shipped system alone, and none of the 2 points read here stands in it. Bind a model"),
    ],
)
def test_a_source_without_what_the_phase_shows_is_refused_in_words(main: Any, says: str, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "CLAUDE.md").write_text(RULES)
    done = go(main, "--source", tmp_path / "own", "--out", tmp_path / "a")
    assert done.code == 2 and done.sentence.startswith(says) and ("CLAUDE.md" in done.err or "Bind a model" in says)
    assert not (tmp_path / "a").exists()


def test_contradictory_rules_are_reported_and_the_later_level_yields(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "CLAUDE.md").write_text("# Guide\n\n- Always run the tests before a commit.\n- Never run the tests before a commit.\n")
    done = go(phase1_system_prompt.main, "--source", tmp_path / "own", "--plan")
    assert "contradiction: " in done.err and "CLAUDE.md:3" in done.err and "CLAUDE.md:4" in done.err


def answers(asked: dict[str, Any]) -> str:
    """What the model says: requests, evolved requests, verdicts, questions about a document, and answers."""
    messages = asked["messages"]
    system, last = messages[0]["content"], messages[-1]["content"]
    if system.startswith("You write what a user types"):
        turns = int(re.search(r"conversation of (\d+) turn", last)[1])
        return json.dumps({"requests": [f"turn {turn} of {hash(last) % 10**8}: please look at README.md and say what it is for" for turn in range(turns)]})
    if system.startswith("You judge one conversation"):
        return json.dumps({"score": 3, "evidence": "please look at README.md" if "please look at README.md" in last else PUSH})
    if system.startswith("You are given a passage"):
        return json.dumps({"question": "Is a push ever fine?", "answer": f'Not on its own: "{PUSH}"', "citations": [{"quote": PUSH}]})
    if system.startswith("You compare two answers"):
        first = last[last.index("<answer") : last.rindex("<answer")]
        return json.dumps({"better": "first" if PUSH in first else "second", "evidence": PUSH})
    if system.startswith("You rewrite"):
        return json.dumps({"request": re.search(r"<request>\n(.*)\n</request>", last, re.S)[1] + " Mind that I have only read the first half of it so far."})
    return "README.md says what the project is for; I have changed nothing."


def test_any_system_is_shown_by_a_model_point_by_point_and_judged(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "CLAUDE.md").write_text(RULES)
    with Provider(answer=answers, key=SECRET) as provider:
        teacher = {"api": "openai", "base_url": provider.openai, "model": "teacher-1", "key": VARIABLE, "pause": 0.05, "seconds": 10}
        config = tmp_path / "config.yaml"
        config.write_text(
            yaml.safe_dump({"ledger": str(tmp_path / "l.sqlite"), "teachers": {"gpt": teacher}, "rehearsal": 0, "forms": {"grounded": 0.1}, "near": 1.0, "gate": False})
        )
        roles = [flag for role in ("writer", "responder", "judge") for flag in ("--role", f"{role}=gpt")]
        done = go(phase1_system_prompt.main, "--source", tmp_path / "own", "--config", config, "--rows", 27, *roles, "--out", tmp_path / "a")
    assert done.code == 0, done.err
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    kept = rows(tmp_path / "a")
    assert manifest["rows"] == {"planned": 25, "kept": 25, "rejected": 0}, manifest["reasons"]
    assert manifest["cells"]["covered"] == 24 and manifest["unjudged_rows"] == 0 and manifest["points"] == {"read": 2, "shown": 2, "without_a_cell": {}}
    assert all("Show this in how you behave" not in json.dumps(row["messages"]) for row in kept)
    assert any(step["kept"] for row in kept for step in json.loads(row["evolution"] or "[]"))
    [grounded] = [row for row in kept if row["form"] == "grounded"]
    assert grounded["unit"] == "document:own/CLAUDE.md:1" and RULES.strip() in grounded["messages"][0]["content"]
    assert json.loads(grounded["preference"])["judged"] == "one" and manifest["preference_pairs"]["judged"] == 1
    assert all(any(verdict["by"] == "judge" for verdict in json.loads(row["verdicts"])) for row in kept)
    assert SECRET not in json.dumps(kept)


def test_the_whole_joins_the_newest_runs_into_one_curriculum(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"out": str(tmp_path / "runs"), "ledger": str(tmp_path / "l.sqlite")}))
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    done = go(phase5_integration.main, "--plan", "--json", "--config", config)
    assert json.loads(done.out)["runs"] == dict.fromkeys(("phase1", "phase2", "phase3", "phase4", "whole"))
