"""Each asker types as its note says, and nobody touches a filled hole."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.render import CLOSE, OPEN, bare
from steps.teachers.askers import load_askers, slip, voice

ASKERS = load_askers()
HOLES = ["The Notes.MD", "can you please", "a the repository you", "I'd like,", "and because directory"]
BETWEEN = ["Please read ", "could you the ", "there are, ", "a directory of "]
TEXT = f"Could you please read the file {OPEN}{HOLES[0]}{CLOSE} and the repository, because {OPEN}{HOLES[1]}{CLOSE} matters? I'd like that right now."


def said(name: str, text: str = TEXT, first: bool = True, seeds: int = 60) -> list[str]:
    return [voice(text, name, first, random.Random(seed)) for seed in range(seeds)]


@pytest.mark.parametrize("name", ASKERS)
@given(st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(HOLES)), min_size=1, max_size=3), st.integers(0, 10_000))
def test_filled_holes_are_never_touched(name: str, parts: list[tuple[str, str]], seed: int) -> None:
    text = "".join(f"{words}{OPEN}{hole}{CLOSE}" for words, hole in parts) + "?"
    assert re.findall(f"{OPEN}(.*?){CLOSE}", voice(text, name, True, random.Random(seed))) == [hole for _, hole in parts]


@pytest.mark.parametrize("name", ASKERS)
def test_the_same_seed_gives_the_same_words(name: str) -> None:
    assert said(name) == said(name)


def test_there_are_eight_askers_or_more_and_each_says_who_it_is() -> None:
    assert len(ASKERS) >= 8 and all(asker.note for asker in ASKERS.values())


def test_the_plain_asker_changes_nothing() -> None:
    assert set(said("plain")) == {TEXT}


@pytest.mark.parametrize("name", [name for name, asker in ASKERS.items() if asker.lower])
def test_who_types_in_lower_case_has_no_capitals_outside_of_holes(name: str) -> None:
    assert all(re.sub(f"{OPEN}.*?{CLOSE}", "", text) == re.sub(f"{OPEN}.*?{CLOSE}", "", text).lower() for text in said(name))


@pytest.mark.parametrize("name", [name for name, asker in ASKERS.items() if asker.bare and not asker.after])
def test_who_drops_the_last_mark_ends_without_one(name: str) -> None:
    assert not any(text.endswith((".", "?", "!")) for text in said(name))


@pytest.mark.parametrize("name", [name for name, asker in ASKERS.items() if asker.before])
def test_openings_and_closings_come_now_and_then_and_only_in_the_first_turn(name: str) -> None:
    asker = ASKERS[name]
    opened = [text for text in said(name) if text.startswith(asker.before)]
    closed = [text for text in said(name) if text.endswith(asker.after)]
    assert 0 < len(opened) < 60 and 0 < len(closed) < 60
    assert not any(text.startswith(asker.before) or text.endswith(asker.after) for text in said(name, first=False))


@pytest.mark.parametrize(
    ("name", "text", "becomes"),
    [
        ("terse", "Could you please list the files?", "list files"),
        ("expert", "show the repository and its configuration", "Show the repo and its config"),
        ("newcomer", "what's the information in a file", "What is the informations in file"),
        ("hurried", "please, because I asked", "pls, bc i asked"),
        ("dictated", "first, read it; then stop", "first read it then stop"),
    ],
)
def test_words_are_swapped_as_the_note_says(name: str, text: str, becomes: str) -> None:
    assert becomes in said(name, text, first=False, seeds=200)


def test_the_typist_slips_in_long_words_alone() -> None:
    texts = said("typist", "read it and go on to something considerably longer", first=False, seeds=200)
    changed = [text for text in texts if text != "read it and go on to something considerably longer"]
    assert 20 < len(changed) < 195
    assert all(text.replace("adn", "and").startswith("read it and go on to ") for text in texts)


@given(st.from_regex(r"[a-z]{5,14}", fullmatch=True), st.integers(0, 1000))
def test_a_slip_keeps_both_ends_of_a_word(word: str, seed: int) -> None:
    slipped = slip(word, random.Random(seed))
    assert slipped[0] == word[0] and slipped[-1] == word[-1]
    assert abs(len(slipped) - len(word)) <= 1


def test_a_voice_leaves_the_marks_for_later() -> None:
    assert OPEN in said("plain")[0] and OPEN not in bare(said("plain")[0])
