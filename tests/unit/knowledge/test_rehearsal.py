"""The rehearsal bank is varied, its code parses, its sums are right, and its loader says what is wrong with a file."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from knowledge.bank import BANKS
from knowledge.rehearsal import Conversation, fenced, load_rehearsal
from steps.likeness import folded, grams, nearest

BANK = load_rehearsal()
ANSWERS = [(conversation.id, turn.assistant) for conversation in BANK for turn in conversation.turns]
NUMBER = r"\d+(?:[.,]\d+)*"
ATOM = rf"(?:{NUMBER}|\({NUMBER}(?: *[+−×÷] *{NUMBER})*\))"
TERM = rf"(?>{ATOM}(?: *[+−×÷] *{ATOM})*)"
LEFT = re.compile(rf"(?<![\w²½·^/.,])(?<![·^/+−×÷%)] ){TERM}$")
RIGHT = re.compile(rf"−?{TERM}(?!\w| ?[²·^/(%+−×÷])")
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


def sums(conversation: Conversation) -> list[tuple[str, float, float]]:
    """What stands on both sides of the equals signs of an answer, where it is plain arithmetic."""
    found = []
    for turn in conversation.turns:
        for line in turn.assistant.splitlines():
            parts = re.split(r" *([=≈]) *", line)
            for before, sign, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
                left, right = LEFT.search(before), RIGHT.match(after)
                if left and right and re.search("[+−×÷]", left.group() + right.group()[1:]):
                    comma = conversation.language not in ("en", "ja")
                    found.append((f"{left.group()} {sign} {right.group()}", value(left.group(), comma), value(right.group(), comma)))
    return found


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
    worn = re.compile(r"great question|as an ai\b|language model|i hope this helps|certainly!|of course!|absolutely!|feel free to|delve", re.IGNORECASE)
    assert [(name, match.group()) for name, text in ANSWERS if (match := worn.search(text))] == []


def test_nothing_is_about_the_agent_system_or_a_machine() -> None:
    tools = {tool["name"] for path in (BANKS / ".." / "hive" / "tools").glob("*.json") for tool in json.loads(path.read_text(encoding="utf-8"))["tools"]}
    named = re.compile("|".join([rf"\b{name}\b" for name in sorted(tools) if "_" in name] + [r"\bBMAD\b", "/home/", "/Users/", "system prompt", "tool call"]))
    assert len(tools) > 20
    assert [(name, match.group()) for name, text in ANSWERS if (match := named.search(text))] == []


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


def test_python_in_answers_runs_and_prints_what_its_comments_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = [(name, block) for name, text in ANSWERS for block in fenced(text, "python")]
    assert len(blocks) >= 20
    for name, block in blocks:
        exec(compile(ast.parse(block, name), name, "exec"), {"__name__": name})
        assert (name, capsys.readouterr().out.splitlines()) == (name, re.findall(r"^[^#\n]*print\(.*\)  # (.*)$", block, re.M))


def test_json_in_answers_parses() -> None:
    blocks = [block for _, text in ANSWERS for block in fenced(text, "json")] + [text for _, text in ANSWERS if re.match(r'\{"|\[\{"', text)]
    assert len(blocks) >= 5
    assert all(json.loads(block) for block in blocks)


def test_every_code_block_is_closed_and_says_its_language() -> None:
    assert [name for name, text in ANSWERS if text.count("```") % 2 or re.search(r"^```\n(?=.*^```)", re.sub(r"^```\w+\n.*?^```$", "", text, flags=re.M | re.S), re.M | re.S)] == []


def off(said: str, left: float, right: float) -> bool:
    """Whether a sum is wrong by more than rounding: a cent, or half a percent where it says that it is about right."""
    return abs(left - right) > (max(0.051, 0.005 * abs(left)) if "≈" in said else 0.0051)


def test_sums_in_answers_are_right() -> None:
    checked = [(conversation.id, *found) for conversation in BANK for found in sums(conversation)]
    assert len(checked) >= 55
    assert [entry for entry in checked if off(*entry[1:])] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("2 × 3 = 6", [False]),
        ("a total of 17 × 24 = 418.", [True]),
        ("60 ÷ 0.11281 ≈ 531.9", [False]),
        ("2 × (4 + 3) × 2 = 28 m²", [False]),
        ("252 = 1 × 198 + 55", [True]),
        ("300 ÷ 165 = 20/11 and x − 5 = 3 and 2 × 26² = 9", []),
        ("1,000 + 1 = 1,001 = 7 × 143", [False, False]),
    ],
)
def test_the_check_of_sums_tells_right_from_wrong(text: str, wrong: list[bool]) -> None:
    entry = {"id": "a", "topic": "a", "kind": "numbers", "language": "en", "complexity": "simple", "split": "train", "turns": [{"user": "?", "assistant": text}]}
    assert [off(*found) for found in sums(Conversation.model_validate(entry))] == wrong


def test_a_mistyped_key_is_named_with_its_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, odd=ENTRY.format(id="a", topic="t", split="train").replace("kind:", "knd:"))
    with pytest.raises(ValueError, match=r"odd\.yaml: 0\.knd: Extra inputs"):
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
