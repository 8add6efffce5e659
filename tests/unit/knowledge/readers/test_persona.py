"""A role, whoever wrote it down."""

import pytest

from knowledge.document import make_document
from knowledge.readers.persona import read_persona, receiver
from knowledge.units import Persona, Rule
from tests.unit.knowledge.systems import rules, said, system, units


def persona(text: str) -> Persona:
    unit = read_persona(make_document("s/x.md", text, len(text))).units[0]
    assert isinstance(unit, Persona)
    return unit


def test_a_persona_of_the_seed_form_has_all_its_parts() -> None:
    setter = units(system("seed"), "seed/agent_personas/setter.md")[0]
    assert (setter.name, setter.description, setter.tools) == ("setter", "Use for everything about type.", ("open_job",))
    assert setter.role == "You are the setter: you turn words into type."
    assert said(setter.duties) == [(11, "Choose the size of the type."), (12, "Leave room for the binding.")]
    assert said(setter.tone) == [(16, "Calm.")]
    assert [(part.line, part.to, part.text) for part in setter.hand_overs] == [(20, "printer", "To **printer** when the type is set: the sheet.")]
    assert rules(system("seed"), "seed/agent_personas/setter.md") == []


def test_without_a_header_a_persona_is_called_by_its_first_line() -> None:
    printer = units(system("seed"), "seed/agent_personas/printer.md")[0]
    assert (printer.name, printer.description, printer.role) == ("printer", "", "You are the printer, and you run the press.")
    assert said(printer.duties) == [(7, "Print a proof first.")]
    assert said(printer.declines) == [(11, "Changing the type: the setter's work.")]


@pytest.mark.parametrize("heading", ["Duties", "Core Responsibilities", "Key capabilities", "Your mandate", "What you do", "🎯 Focus areas"])
def test_duties_stand_below_many_headings(heading: str) -> None:
    assert said(persona(f"# A\n\n## {heading}\n\nThese are:\n\n- Count the boats.\n- Mend nets.\n").duties) == [(7, "Count the boats."), (8, "Mend nets.")]


def test_a_sentence_belongs_to_one_unit() -> None:
    text = "# A\n\n## Duties\n\n- Never sleep.\n\n## Tone\n\nNever shout.\n\n## Hands over\n\n- To **b** when it rains.\n\n## Rules\n\n- Never run.\n"
    unit, *found = read_persona(make_document("s/x.md", text, len(text))).units
    assert isinstance(unit, Persona)
    assert [statement.text for statement in (*unit.duties, *unit.tone, *unit.hand_overs)] == ["Never sleep.", "Never shout.", "To **b** when it rains."]
    assert [rule.sentence for rule in found if isinstance(rule, Rule)] == ["Never run."]


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("To **Developer** when a case fails", "Developer"),
        ("To `qa-lead` for a verdict", "qa-lead"),
        ("Passes results to the Release Manager", "Release Manager"),
        ("When it is done, to QA: the log", "QA"),
        ("Escalate when nothing helps", ""),
        ("**Before** it rains, close the hatch", ""),
    ],
)
def test_who_receives_is_who_is_named_after_to(text: str, to: str) -> None:
    assert receiver(text) == to


def test_a_role_is_the_first_sentence_that_says_who_it_is() -> None:
    assert persona("# Mate\n\nShips need care.\n\nYou are the\nmate of a ship. You must wake early.\n").role == "You are the mate of a ship."
    assert persona("# Mate\n\nShips need care.\n").role == ""


def test_a_header_of_other_types_is_read_as_far_as_it_goes() -> None:
    unit = persona("---\nname: [a, b]\ndescription: 7\ntools: {Read: true}\nmodel:\n---\n\nText.\n")
    assert (unit.name, unit.description, unit.tools, unit.extra) == ("a, b", "7", (), {"model": None})
