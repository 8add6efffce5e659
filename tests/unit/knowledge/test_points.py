"""What of an agent system can be shown one at a time."""

from knowledge.points import parts, points_of, shipped_points
from knowledge.units import HandOver, Persona, Rule, Stage, Statement, Tool


def test_every_unit_of_the_shipped_system_but_tools_belongs_to_one_phase() -> None:
    from knowledge.system import read_system

    units = [unit for unit in read_system(["knowledge/hive"]).units if not isinstance(unit, Tool)]
    shown = {point.unit for phase in ("system_prompt", "methodology", "agents") for point in shipped_points(phase)}  # type: ignore[arg-type]
    assert shown == {unit.id for unit in units}
    assert {point.id for point in shipped_points("whole")} >= {point.id for point in shipped_points("agents")}


def test_a_persona_is_shown_duty_by_duty_and_keeps_its_ids_when_sentences_move() -> None:
    duty, over, no = (
        Statement(text="Name the risks.", source="a.md:5"),
        HandOver(text="To **QA** when ready.", to="QA", source="a.md:9"),
        Statement(text="Testing: QA's.", source="a.md:12"),
    )
    one = Persona(level="L3", category="persona", name="architect", source="a.md:1", duties=(duty,), hand_overs=(over,), declines=(no,))
    other = one.model_copy(update={"duties": (Statement(text="Say why.", source="a.md:5"), duty.model_copy(update={"source": "a.md:6"}))})
    mine, theirs = ({point.id for point in parts(unit)} for unit in (one, other))
    assert len(mine) == 4 and len(mine & theirs) == 4 and len(theirs) == 5
    assert [point.key for point in parts(one)] == ["persona architect", "Name the risks.", "To **QA** when ready.", "Testing: QA's."]


def test_rules_go_to_the_phase_of_what_they_belong_to_and_stale_ones_nowhere() -> None:
    def rule(scope: str, **more: object) -> Rule:
        return Rule(level="L0", category="operational rule", modality="must", sentence=f"Do it {scope}.", scope=scope, source="a.md:1", **more)  # type: ignore[arg-type]

    rules = [rule(""), rule("pattern:x"), rule("methodology:m"), rule("persona:p"), rule("command:/c"), rule("files:*.py", unknown=("gone.py",))]
    assert [[point.scope for point in points_of(rules, phase)] for phase in ("system_prompt", "methodology", "agents")] == [  # type: ignore[arg-type]
        ["", "pattern:x"],
        ["methodology:m"],
        ["persona:p", "command:/c"],
    ]


def test_a_methodology_is_shown_as_a_whole_and_stage_by_stage() -> None:
    from knowledge.units import Methodology

    unit = Methodology(
        level="L1", category="methodology", name="m", source="m.md:1", stages=(Stage(name="Plan", source="m.md:3", action="Cut it."), Stage(name="Do", source="m.md:9"))
    )
    assert [(point.key, point.source) for point in parts(unit)] == [("method m", "m.md:1"), ("stage Plan", "m.md:3"), ("stage Do", "m.md:9")]
