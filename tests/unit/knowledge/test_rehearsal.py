"""The rehearsal bank is varied, its code parses, its sums are right, and its loader says what is wrong with a file."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from knowledge.rehearsal import Conversation, fenced, load_rehearsal
from steps.likeness import folded, grams, nearest

BANK = load_rehearsal()
ANSWERS = [(conversation.id, turn.assistant) for conversation in BANK for turn in conversation.turns]
SUM = re.compile(r"(?<![\w²·^/(])(?:\d[\d,.]*|\()[\d,.\s()+−×÷]*[+−×÷][\d,.\s()+−×÷]*(?:= *[\d,.\s()+−×÷]+[+−×÷][\d,.\s()+−×÷]*)*(?:=|≈) *−?\d[\d,.]*(?![\w/^²·(]| *[\w(] *[=+])")
ENTRY = """- id: {id}
  topic: {topic}
  kind: knowledge
  language: en
  complexity: simple
  split: {split}
  turns:
    - user: hello
      assistant: Hello.
"""


def folder_of(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def value(term: str, comma: bool) -> float:
    """A sum as it is written in prose, evaluated; `comma` where the comma is the decimal point."""
    plain = term.replace(",", ".") if comma else term.replace(",", "")
    for said, meant in (("−", "-"), ("×", "*"), ("÷", "/")):
        plain = plain.replace(said, meant)
    return float(eval(plain.strip().rstrip("."), {"__builtins__": {}}))


def sums(conversation: Conversation) -> list[tuple[str, list[float]]]:
    comma = conversation.language not in ("en", "ja")
    found = [match.group().rstrip(".,") for turn in conversation.turns for match in SUM.finditer(turn.assistant)]
    return [(text, [value(term, comma) for term in re.split("[=≈]", text)]) for text in found]


def test_the_bank_is_as_large_and_as_mixed_as_promised() -> None:
    turns = Counter(len(conversation.turns) for conversation in BANK)
    split = Counter(conversation.split for conversation in BANK)
    kinds = Counter(conversation.kind for conversation in BANK)
    foreign = [conversation for conversation in BANK if conversation.language != "en"]
    assert len(BANK) >= 330
    assert sum(turns.values()) - turns[1] >= 0.3 * len(BANK)
    assert 0.77 <= split["train"] / len(BANK) <= 0.83 and min(split["validation"], split["test"]) >= 0.08 * len(BANK)
    assert 0.1 <= len(foreign) / len(BANK) <= 0.16 and len({conversation.language for conversation in foreign}) == 8
    assert len(kinds) == 14 and min(kinds.values()) >= 8 and max(kinds.values()) <= 0.15 * len(BANK)


def test_every_kind_is_in_every_split() -> None:
    assert len({(conversation.kind, conversation.split) for conversation in BANK}) == 14 * 3


def test_answers_are_from_one_word_to_two_hundred_and_fifty() -> None:
    lengths = [len(text.split()) for _, text in ANSWERS]
    assert min(lengths) == 1 and 150 < max(lengths) <= 250
    assert sum(length < 25 for length in lengths) > 0.2 * len(lengths) < 2 * sum(length > 60 for length in lengths)


def test_no_two_answers_begin_alike_but_for_those_to_the_same_user() -> None:
    openings: dict[str, set[str]] = {}
    for name, text in ANSWERS:
        if len(words := folded(text).split()) >= 5 and not text.startswith("```"):
            openings.setdefault(" ".join(words[:4]), set()).add(name)
    assert {opening: names for opening, names in openings.items() if len(names) > 1} == {}


def test_nothing_is_boilerplate() -> None:
    worn = re.compile(r"great question|as an ai|language model|i hope this helps|certainly!|of course!|absolutely!|feel free to|delve|let me know if you", re.IGNORECASE)
    assert [(name, match.group()) for name, text in ANSWERS if (match := worn.search(text))] == []


def test_no_two_first_requests_are_alike() -> None:
    index: dict[int, list[int]] = {}
    kept: list[tuple[str, set[int]]] = []
    alike = []
    for conversation in BANK:
        mine = grams(folded(conversation.turns[0].user))
        likeness, whose = nearest(mine, index, kept)
        if likeness > 0.4:
            alike.append((conversation.id, whose, likeness))
        for gram in mine:
            index.setdefault(gram, []).append(len(kept))
        kept.append((conversation.id, mine))
    assert alike == []


def test_python_in_answers_parses_and_prints_nothing_unsaid() -> None:
    blocks = [(name, block) for name, text in ANSWERS for block in fenced(text, "python")]
    assert len(blocks) >= 20
    for name, block in blocks:
        assert ast.parse(block, name).body


def test_json_in_answers_parses() -> None:
    blocks = [block for _, text in ANSWERS for block in fenced(text, "json")] + [text for _, text in ANSWERS if re.match(r'\{"|\[\{"', text)]
    assert len(blocks) >= 5
    assert all(json.loads(block) for block in blocks)


def test_every_code_block_is_closed_and_says_its_language() -> None:
    assert [name for name, text in ANSWERS if text.count("```") % 2 or re.search(r"^```\n(?=.*^```)", re.sub(r"^```\w+\n.*?^```$", "", text, flags=re.M | re.S), re.M | re.S)] == []


def test_sums_in_answers_are_right() -> None:
    checked = [(conversation.id, *found) for conversation in BANK for found in sums(conversation)]
    wrong = [(name, text) for name, text, values in checked for one in values[:-1] if abs(one - values[-1]) > max(0.051, 0.006 * abs(one)) * ("≈" in text) + 0.0051]
    assert len(checked) >= 50
    assert wrong == []


@pytest.mark.parametrize(("text", "right"), [("2 × 3 = 6", True), ("a total of 17 × 24 = 418", False), ("60 ÷ 0.11281 ≈ 531.9", True)])
def test_the_check_of_sums_tells_right_from_wrong(text: str, right: bool) -> None:
    conversation = Conversation.model_validate(
        {"id": "a", "topic": "a", "kind": "numbers", "language": "en", "complexity": "simple", "split": "train", "turns": [{"user": "?", "assistant": text}]}
    )
    (_, (left, result)), *_ = sums(conversation)
    assert (abs(left - result) < 0.1) is right


def test_a_mistyped_key_is_named_with_its_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, odd=ENTRY.format(id="a", topic="t", split="train").replace("kind:", "knd:"))
    with pytest.raises(ValueError, match=r"(?s)odd\.yaml.*kind.*Field required.*knd.*Extra inputs"):
        load_rehearsal(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("kind: knowledge", "kind: trivia", "kind"), ("split: train", "split: dev", "split"), ("assistant: Hello.", "assistant: ' '", "nothing is said"), ("id: a", "id: A b", "id")],
)
def test_a_value_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = folder_of(tmp_path, odd=ENTRY.format(id="a", topic="t", split="train").replace(old, new))
    with pytest.raises(ValueError, match=rf"(?s)odd\.yaml.*{said}"):
        load_rehearsal(folder)


def test_an_id_stands_once_in_a_file_and_once_in_all(tmp_path: Path) -> None:
    entry = ENTRY.format(id="a", topic="t", split="train")
    with pytest.raises(ValueError, match=r"(?s)one\.yaml.*ids stand twice: a"):
        load_rehearsal(folder_of(tmp_path, one=entry + entry))
    with pytest.raises(ValueError, match=r"two\.yaml: a stands in one\.yaml already"):
        load_rehearsal.__wrapped__(folder_of(tmp_path, one=entry, two=entry))


def test_a_topic_is_in_one_split(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one=ENTRY.format(id="a", topic="t", split="train"), two=ENTRY.format(id="b", topic="t", split="test"))
    with pytest.raises(ValueError, match=r"two\.yaml: b: topic t is in the split train already"):
        load_rehearsal(folder)


def test_what_is_said_is_kept_but_for_the_space_around_it(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one=ENTRY.format(id="a", topic="t", split="train").replace("assistant: Hello.", "assistant: |\n        Line one\n\n          indented\n"))
    (conversation,) = load_rehearsal(folder)
    assert conversation.turns[0].assistant == "Line one\n\n  indented"


def test_fenced_finds_the_blocks_of_a_language_only() -> None:
    assert fenced("a\n```python\nx = 1\n```\nb\n```json\n{}\n```\n", "json") == ["{}\n"]
