"""The banks of plays: what fits and what does not."""

from pathlib import Path

import pytest

from knowledge.play import BOUNDARY, Play, load_plays

TURN = {"ask": ["a?", "b?", "c?", "d?"], "answer": ["yes", "no"]}
PLAY = {"id": "one", "shows": ["Do it"], "behaviour": "applies", "complexity": "simple", "scenes": [{"x": 1}], "turns": [TURN], "violations": ["never"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"behaviour": "holds"}, "holds takes two turns or more"),
        ({"behaviour": "yields", "error_case": "collides"}, "yields names the sentence that gives way and the one that wins"),
        ({"scenes": []}, "all its rows would be the same"),
        ({"scenes": [{"value": 1}]}, "a scene cannot have a key 'value'"),
        ({"violations": []}, "violations"),
        ({"behavior": "applies"}, "behavior"),
        ({"turns": [TURN] * 9}, "turns"),
        ({"turns": [{**TURN, "steps": [[{"tool": "x", "fault": "thunder"}]]}]}, "fault"),
    ],
)
def test_a_play_that_does_not_fit_says_why(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Play.model_validate(PLAY | change)


def test_a_typo_in_a_bank_is_named_with_its_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "bad.yaml").write_text("document: a.md\nplays:\n- {id: one, shwos: [x]}\n")
    with pytest.raises(ValueError, match=r"bad\.yaml: plays\.0\.shwos: Extra inputs"):
        load_plays("demo", tmp_path)


def test_two_plays_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    play = "{id: one, shows: [x], behaviour: applies, complexity: simple, scenes: [{x: 1}], turns: [{ask: [a, b, c], answer: [x, y]}], violations: [z]}"
    (tmp_path / "demo" / "bad.yaml").write_text(f"document: a.md\nplays:\n- {play}\n- {play}\n")
    with pytest.raises(ValueError, match=r"play ids used twice: \['one'\]"):
        load_plays("demo", tmp_path)


@pytest.mark.parametrize("phase", ["system_prompt", "methodology", "agents", "whole"])
def test_ids_are_unique_in_a_phase_and_every_ask_can_be_split(phase: str) -> None:
    plays = [play for bank in load_plays(phase) for play in bank.plays]
    assert len({play.id for play in plays}) == len(plays)
    assert all(len(turn.ask) >= 4 for play in plays for turn in play.turns[:1])


def test_a_quarter_of_the_plays_are_boundaries_and_a_quarter_have_several_turns() -> None:
    plays = [play for bank in load_plays("system_prompt") for play in bank.plays]
    assert sum(play.behaviour in BOUNDARY for play in plays) >= 0.2 * len(plays)
    assert sum(len(play.turns) > 1 for play in plays) >= 0.25 * len(plays)
