"""The grammar against sentences that were labelled by hand, of the shipped system and of the real ones that are here."""

from collections import Counter

import pytest

from tests.labels import CORPUS, Score, score, systems
from tests.labels.__main__ import texts_of

LABELS = systems()
HERE = {name: texts for name, labels in LABELS.items() if (texts := texts_of(name, labels)) is not None}


def test_there_are_three_hundred_sentences_of_at_least_four_systems() -> None:
    sentences = Counter({name: sum(len(entry["sentences"]) for entry in labels["documents"]) for name, labels in LABELS.items()})
    assert len(sentences) >= 4 and sentences.total() >= 300
    moods = Counter(sentence["rule"] for labels in LABELS.values() for entry in labels["documents"] for sentence in entry["sentences"])
    assert set(moods) == {"none", "must", "must_not", "should", "when_then", "before_after", "prefer_over"}


def test_rules_are_found_and_little_else() -> None:
    every = Score("all")
    for name, texts in HERE.items():
        every.counts += score(name, LABELS[name], texts).counts
    assert every.precision >= 0.92
    assert every.recall >= 0.90
    assert every.mood >= 0.85
    assert every.counts["exact"] == every.counts["sentences"], "every labelled sentence is cut to the character"


def test_the_shipped_system_is_read_almost_whole() -> None:
    result = score("hive", LABELS["hive"], HERE["hive"])
    assert result.precision >= 0.95 and result.recall >= 0.98, result.wrong


def test_a_score_counts_what_is_missed_and_what_is_too_much() -> None:
    text = "Run the tests.\n\nThe tests run.\n"
    labels = {"documents": [{"path": "a.md", "first": 1, "last": 3, "sentences": [sentence(1, "Run the tests.", "none"), sentence(3, "The tests run.", "must")]}]}
    result = score("made up", labels, {"a.md": text})
    assert (result.counts["found"], result.counts["too much"], result.counts["missed"]) == (0, 1, 1)


def test_a_changed_document_is_noticed() -> None:
    labels = {"documents": [{"path": "a.md", "first": 1, "last": 1, "sentences": [sentence(1, "Run the tests.", "must")]}]}
    with pytest.raises(AssertionError, match=r"a\.md:1 has changed"):
        score("made up", labels, {"a.md": "Run all tests.\n"})


def sentence(line: int, text: str, rule: str) -> dict:
    from hashlib import sha256

    return {"line": line, "column": 0, "length": len(text), "digest": sha256(text.encode()).hexdigest()[:12], "rule": rule}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the real systems of ../shared/corpus are not here")
def test_the_real_systems_are_scored_too() -> None:
    assert {"claude-flow", "bmad-method"} <= HERE.keys()
