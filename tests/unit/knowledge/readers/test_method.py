"""A way of working: its numbered headings are the stages."""

import pytest

from knowledge.document import make_document
from knowledge.readers.method import read_method
from knowledge.units import Methodology, Rule
from tests.unit.knowledge.systems import parts, rules, said, same, system, units

PATH = "seed/methodologies/proof.md"


def method(text: str) -> Methodology:
    unit = read_method(make_document("s/x.md", text, len(text))).units[0]
    assert isinstance(unit, Methodology)
    return unit


def test_stages_come_in_order_with_their_parts() -> None:
    unit = units(system("seed"), PATH)[0]
    assert isinstance(unit, Methodology)
    assert (unit.name, unit.description, unit.level, unit.category) == ("proof", "How a sheet comes to be right.", "L1", "methodology")
    assert [(stage.name, stage.line, stage.notes) for stage in unit.stages] == [("Set", 10, "Have all words on the sheet."), ("Pull", 29, "")]
    first, second = unit.stages
    assert said(first.steps) == [(18, "Read the words aloud."), (19, "Set them line by line.")]
    assert said(first.shows) == [(23, "The sheet holds every word.")]
    assert said(first.done_when) == [(27, "Nobody finds an error.")]
    assert said(first.back) == []
    assert said(second.steps) == [(33, "Pull one sheet.")]
    assert said(second.back) == [(37, "A letter is broken: back to Set.")]


def test_what_stands_outside_of_the_stages_is_rules() -> None:
    found = system("seed")
    assert rules(found, PATH) == [(41, "when-then", "If the order is one card, leave out the proof.")]
    assert same(found, PATH, "scope", "level", "category", "section") == {("methodology:proof", "L1", "methodology", ("Proof", "Exceptions"))}
    assert [part[:4] for part in parts(found, PATH)] == [("proof", "resident", "L1", "methodology")]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("## 1. A", "## 2. B"),
        ("## Stage 1: A", "## Stage 2: B"),
        ("# Phase I - A", "# Phase II - B"),
        ("### Step 1) A", "### Step 2) B"),
        ("## **1. A**", "## **2. B**"),
        ("## 1 – A", "## 2 – B"),
    ],
)
def test_stages_are_numbered_in_many_ways(one: str, two: str) -> None:
    unit = method(f"{one}\n\n- Begin.\n\n{two}\n\n- End.\n")
    assert [(stage.name, [step.text for step in stage.steps]) for stage in unit.stages] == [("A", ["Begin."]), ("B", ["End."])]


def test_two_stages_of_one_name_keep_their_own_steps() -> None:
    unit = method("# M\n\n## 1. Check\n\n- Look.\n\n## 2. Check\n\n- Listen.\n")
    assert [[step.text for step in stage.steps] for stage in unit.stages] == [["Look."], ["Listen."]]


def test_one_numbered_heading_is_no_way_of_working() -> None:
    text = "# M\n\n## 1. Alone\n\n- You must wait.\n"
    unit, rule = read_method(make_document("s/x.md", text, len(text))).units
    assert isinstance(unit, Methodology) and unit.stages == ()
    assert isinstance(rule, Rule) and rule.sentence == "You must wait."


def test_a_heading_after_the_last_stage_ends_it() -> None:
    unit = method("# M\n\n## 1. A\n\n- Begin.\n\n## 2. B\n\n- End.\n\n## Notes\n\n- Nothing of a stage.\n")
    assert [[step.text for step in stage.steps] for stage in unit.stages] == [["Begin."], ["End."]]
