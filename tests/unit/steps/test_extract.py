"""Units from the readers and from an extractor: what it adds is held against the document, and what it gets wrong touches nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from knowledge.system import read_system
from pipelines.extract import build
from steps.contracts import Missed
from steps.extract import AddMissed
from steps.merge import MergeUnits
from steps.passages import LONGEST, LoadPassages
from steps.teachers.teacher import Refused
from tests.unit.knowledge.systems import SYSTEMS, source
from tests.unit.steps.scripted import Scripted

Row = dict[str, Any]
DOCUMENT = """# Boats

- Never sail alone.
- You must call the harbour.

A trip without a light is a mistake. The boat is red. Its sails are white, and nobody
mends them at sea. Nobody mends them at sea.
"""


class Extractor(Scripted):
    """Answers by passage: additions as (quotation, modality), a raw answer, or an error to raise."""

    _column: str = PrivateAttr(default="passage")

    @classmethod
    def by_passage(cls, answers: dict[str, Any]) -> "Extractor":
        said = {passage: found if isinstance(found, str | Exception) else additions(found) for passage, found in answers.items()}
        return cls.to(**said)


def additions(found: list[tuple[str, str]]) -> str:
    return json.dumps({"missed": [{"quote": quote, "modality": modality} for quote, modality in found]})


def passages(folder: str) -> list[Row]:
    rows, last = next(LoadPassages(name="load", sources=[folder]).process())
    assert last
    return rows


def merged(folder: str, answers: dict[str, Any] | None = None) -> list[Row]:
    """The rows of a source, with what an extractor says, or with none."""
    rows = passages(folder)
    if answers is not None:
        extractor = Extractor.by_passage(answers)
        step = AddMissed(name="extract", llm=extractor)
        step.load()
        rows = next(step.process(rows))
        assert extractor._answers == {}
    return next(MergeUnits(name="merge", sources=[folder]).process(rows))


def brief(rows: list[Row]) -> list[tuple[str, str, str | None]]:
    """Sentence, who found it, and why it is not usable."""
    units = [json.loads(row["unit"]) or {} for row in rows]
    return [(unit.get("sentence") or unit.get("quote") or unit.get("name") or "", row["found_by"], row["reject_reason"]) for unit, row in zip(units, rows, strict=True)]


@pytest.fixture
def boats(tmp_path: Path) -> str:
    return source(tmp_path / "s", {"AGENTS.md": DOCUMENT})


KNOWN = [("Never sail alone.", "reader", None), ("You must call the harbour.", "reader", None)]
AT = "s/AGENTS.md:1"


def test_without_an_extractor_the_units_of_the_readers_are_the_rows(boats: str) -> None:
    units = read_system([boats]).units
    rows = merged(boats)
    assert [(row["id"], row["kind"], row["level"], row["category"], row["source"], row["start"], row["end"], row["digest"], row["tokens"]) for row in rows] == [
        (unit.id, "rule", "L0", "system prompt", unit.source, unit.start, unit.end, unit.digest, unit.tokens) for unit in units
    ]
    assert brief(rows) == KNOWN
    assert all((row["also"], row["against"]) == ([], []) for row in rows)


def test_the_extractor_sees_the_passage_and_what_is_known(boats: str) -> None:
    (row,) = passages(boats)
    assert row == {"passage": AT, "start": 0, "text": DOCUMENT, "scope": "", "known": '["Never sail alone.", "You must call the harbour."]'}
    extractor = Extractor.by_passage({AT: []})
    step = AddMissed(name="extract", llm=extractor)
    step.load()
    next(step.process([row]))
    (question,) = extractor._asked
    assert question.answer is Missed and question.task == "extract"
    assert "A trip without a light is a mistake." in question.messages[1]["content"] and 'Known already: ["Never sail alone."' in question.messages[1]["content"]


def test_an_exact_quotation_becomes_a_unit_at_its_exact_place(boats: str) -> None:
    rows = merged(boats, {AT: [("A trip without a light is a mistake.", "must not")]})
    assert brief(rows) == [*KNOWN, ("A trip without a light is a mistake.", "extractor", None)]
    added = rows[-1]
    assert (added["source"], DOCUMENT[added["start"] : added["end"]]) == ("s/AGENTS.md:6", "A trip without a light is a mistake.")
    assert (added["kind"], added["level"], added["category"], json.loads(added["unit"])["modality"]) == ("rule", "L0", "system prompt", "must not")


def test_a_quotation_over_two_lines_is_quoted_with_its_line_end(boats: str) -> None:
    sentence = "Its sails are white, and nobody\nmends them at sea."
    assert brief(merged(boats, {AT: [(sentence, "must not")]})) == [*KNOWN, (sentence, "extractor", None)]


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("Trips without a light are a mistake.", "extract: not in the document"),
        ("a trip without a light is a mistake.", "extract: not in the document"),
        (" ", "extract: not in the document"),
        ("", "extract: not in the document"),
        ("Never sail alone.", "extract: known already"),
        ("sail alone", "extract: known already"),
        ("A trip without a light", "extract: no sentence of the document"),
        ("A trip without a light is a mistake. The boat is red.", "extract: no sentence of the document"),
        ("# Boats", "extract: no sentence of the document"),
    ],
)
def test_what_is_not_a_whole_sentence_of_the_document_is_refused(boats: str, quote: str, why: str) -> None:
    rows = merged(boats, {AT: [(quote, "must")]})
    assert [reason for _, _, reason in brief(rows)] == [None, None, why]
    assert json.loads(rows[-1]["unit"]) == {"quote": quote, "modality": "must"}
    assert (rows[-1]["source"], rows[-1]["found_by"], rows[-1]["kind"]) == (AT, "extractor", "rule")


def test_words_that_stand_in_a_longer_sentence_too_are_found_where_they_are_one(boats: str) -> None:
    rows = merged(boats, {AT: [("Nobody mends them at sea.", "must not"), ("Nobody mends them at sea.", "must not")]})
    assert brief(rows)[2:] == [("Nobody mends them at sea.", "extractor", None), ("Nobody mends them at sea.", "extractor", "extract: known already")]
    assert rows[2]["source"] == "s/AGENTS.md:7"


@pytest.mark.parametrize(
    "answer",
    ["nonsense", '{"missed": [{"quote": "The boat is red.", "modality": "perhaps"}]}', '{"missed": "The boat is red."}', '{"rules": []}', Refused("no answer in time")],
    ids=["no JSON", "another modality", "another type", "another key", "refused"],
)
def test_an_answer_that_cannot_be_used_leaves_the_readers_units_whole_and_is_a_row_with_its_reason(boats: str, answer: Any) -> None:
    rows = merged(boats, {AT: answer})
    assert brief(rows)[:2] == KNOWN and rows[:2] == merged(boats)
    (lost,) = rows[2:]
    assert (lost["id"], lost["kind"], lost["source"], lost["unit"], lost["found_by"]) == (f"refused:{AT}", "passage", AT, "null", "extractor")
    assert lost["reject_reason"].startswith("extract: ") and "\n" not in lost["reject_reason"]


def test_one_passages_failure_does_not_touch_another(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"AGENTS.md": DOCUMENT, "GEMINI.md": "# More\n\nA boat without a name is a mistake.\n"})
    rows = merged(folder, {AT: "nonsense", "s/GEMINI.md:1": [("A boat without a name is a mistake.", "must not")]})
    assert brief(rows)[2] == ("A boat without a name is a mistake.", "extractor", None)
    assert [row["id"] for row in rows[3:]] == [f"refused:{AT}"]


def test_an_addition_holds_where_its_document_holds(tmp_path: Path) -> None:
    agent = "---\nname: mate\ndescription: Helps.\n---\n\nYou are a mate.\n\n## Duties\n\n- Coil the ropes.\n\n## Ropes\n\nA wet rope is a mistake.\n"
    skill = "---\nname: knots\ndescription: Use for knots.\n---\n\nTies knots. A slip knot is a mistake.\n"
    folder = source(
        tmp_path / "s", {".claude/agents/mate.md": agent, ".claude/skills/knots/SKILL.md": skill, "web/AGENTS.md": "Never guess. A guess is a mistake.\n", "AGENTS.md": "A boat.\n"}
    )
    assert [(row["passage"], row["scope"], row["known"]) for row in passages(folder)] == [
        ("s/.claude/agents/mate.md:6", "persona:mate", '["Coil the ropes."]'),
        ("s/.claude/skills/knots/SKILL.md:6", "skill:knots", "[]"),
        ("s/AGENTS.md:1", "", "[]"),
        ("s/web/AGENTS.md:1", "files:web/**", '["Never guess."]'),
    ]
    answers = {
        "s/.claude/agents/mate.md:6": [("A wet rope is a mistake.", "must not"), ("Coil the ropes.", "must")],
        "s/.claude/skills/knots/SKILL.md:6": [("A slip knot is a mistake.", "must not")],
        "s/AGENTS.md:1": [],
        "s/web/AGENTS.md:1": [("A guess is a mistake.", "must not")],
    }
    rows = merged(folder, answers)
    added = [row for row in rows if row["found_by"] == "extractor" and not row["reject_reason"]]
    assert [(json.loads(row["unit"])["scope"], row["level"], row["category"]) for row in added] == [
        ("persona:mate", "L3", "persona"),
        ("skill:knots", "L4", "skill"),
        ("files:web/**", "L0", "system prompt"),
    ]
    assert [(json.loads(row["unit"])["quote"], row["reject_reason"]) for row in rows if row["reject_reason"]] == [("Coil the ropes.", "extract: known already")]


def test_the_same_words_in_the_same_scope_are_one_row_with_its_other_places(tmp_path: Path) -> None:
    files = {
        "AGENTS.md": "- Never sail alone.\n",
        "GEMINI.md": "# B\n\n- never  sail alone.\n- You must swim.\n",
        "QWEN.md": "Never sail alone.\n",
        "web/AGENTS.md": "Never sail alone.\n",
    }
    rows = merged(source(tmp_path / "s", files))
    assert [(row["source"], row["also"]) for row in rows] == [("s/AGENTS.md:1", ["s/GEMINI.md:3", "s/QWEN.md:1"]), ("s/GEMINI.md:4", []), ("s/web/AGENTS.md:1", [])]


def test_an_addition_that_is_said_elsewhere_is_another_place_of_it(tmp_path: Path) -> None:
    folder = source(tmp_path / "s", {"AGENTS.md": "- Never sail alone.\n", "GEMINI.md": "A boat.\n\nA trip alone is a mistake.\n", "QWEN.md": "A trip alone is a mistake.\n"})
    sentence = ("A trip alone is a mistake.", "must not")
    rows = merged(folder, {"s/AGENTS.md:1": [], "s/GEMINI.md:1": [sentence], "s/QWEN.md:1": [sentence]})
    assert [(row["source"], row["also"], row["found_by"]) for row in rows] == [("s/AGENTS.md:1", [], "reader"), ("s/GEMINI.md:3", ["s/QWEN.md:1"], "extractor")]


def test_rules_that_contradict_one_another_name_each_other(tmp_path: Path) -> None:
    rows = merged(source(tmp_path / "s", {"AGENTS.md": "Always sail alone. Never wait. Always call the harbour.\n", "GEMINI.md": "You must swim. Never sail alone.\n"}))
    ids = {json.loads(row["unit"])["sentence"]: row["id"] for row in rows}
    assert {json.loads(row["unit"])["sentence"]: row["against"] for row in rows if row["against"]} == {
        "Always sail alone.": [ids["Never sail alone."]],
        "Never sail alone.": [ids["Always sail alone."]],
    }
    assert all(row["reject_reason"] is None for row in rows)


def test_a_rule_that_names_what_does_not_exist_is_rejected_with_its_reason(tmp_path: Path) -> None:
    tools = json.dumps({"tools": [{"name": "sail", "description": "Sail.", "inputSchema": {"type": "object"}}]})
    files = {"AGENTS.md": "Never call mcp__sea__sink or mcp__sky__fly. Always call mcp__sea__sail.\n\nA call of mcp__sea__drift is a mistake.\n", "sea.json": tools}
    rows = merged(source(tmp_path / "s", files), {"s/AGENTS.md:1": [("A call of mcp__sea__drift is a mistake.", "must not")]})
    assert [(row["kind"], row["reject_reason"]) for row in rows] == [
        ("rule", "stale: mcp__sea__sink, mcp__sky__fly"),
        ("rule", None),
        ("tool", None),
        ("rule", "stale: mcp__sea__drift"),
    ]


def test_a_second_run_over_the_same_sources_starts_afresh(boats: str) -> None:
    first = merged(boats, {AT: [("The boat is red.", "must")]})
    assert merged(boats, {AT: [("The boat is red.", "must")]}) == first
    assert brief(merged(boats)) == KNOWN


def test_long_documents_are_cut_between_paragraphs_and_nothing_is_lost(tmp_path: Path) -> None:
    paragraphs = [f"# Part {number}\n\nNever do thing {number}. " + "The sea is wide. " * 40 for number in range(30)] + ["x" * (2 * LONGEST), "Always end."]
    text = "---\ntitle: x\n---\n\n" + "\n\n".join(paragraphs) + "\n"
    rows = passages(source(tmp_path / "s", {"AGENTS.md": text}))
    assert "".join(row["text"] for row in rows).replace("\n", "") == text.split("---\n")[2].replace("\n", "")
    assert all(len(row["text"]) <= LONGEST for row in rows if "xxx" not in row["text"]) and len(rows) > 4
    for row in rows:
        line = int(row["passage"].rpartition(":")[2])
        assert text[row["start"] : row["start"] + len(row["text"])] == row["text"]
        assert text.split("\n")[line - 1] == row["text"].split("\n")[0] != ""
    known = [sentence for row in rows for sentence in json.loads(row["known"])]
    assert known == [*(f"Never do thing {number}." for number in range(30)), "Always end."]


def test_data_is_no_passage() -> None:
    assert {row["passage"].rpartition(":")[0].rpartition(".")[2] for row in passages(str(SYSTEMS / "claude"))} == {"md"}


def test_with_and_without_an_extractor_the_dag_is_a_line_that_validates(boats: str) -> None:
    for extractor, steps in ((None, ["load", "merge"]), (Extractor.by_passage({}), ["load", "extract", "merge"])):
        pipeline = build([boats], extractor)
        pipeline.dag.validate()
        assert [name for level in pipeline.dag.iter_based_on_trophic_levels() for name in level] == steps
