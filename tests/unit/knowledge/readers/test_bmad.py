"""BMAD: what becomes which unit, at which line, and that nothing that a file can hold makes the reader fail."""

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.document import Document, make_document
from knowledge.readers import bmad
from knowledge.readers.reading import Around, Reading
from knowledge.units import Command, Methodology, Pattern, Persona, Placed, Rule

SYSTEMS = Path(__file__).parents[3] / "fixtures" / "systems"
CORE = "bmad4/bmad-core"


@cache
def system(name: str) -> Around:
    files = sorted(path for path in (SYSTEMS / name).rglob("*") if path.is_file())
    documents = [make_document(path.relative_to(SYSTEMS).as_posix(), text := path.read_text(encoding="utf-8"), len(text)) for path in files]
    return Around({document.path: document for document in documents}, frozenset({"bmad"}))


def reading(name: str, path: str) -> Reading:
    around = system(name)
    document = around.documents[f"{name}/{path}"]
    assert bmad.claims(document, around)
    return bmad.read(document, around)


def read_alone(path: str, text: str, **others: str) -> Reading:
    """What a file gives in a core of its own."""
    documents = {
        at: make_document(at, said, len(said))
        for at, said in {"s/core-config.yaml": "a: 1\n", path: text, **{key.replace("__", "/"): said for key, said in others.items()}}.items()
    }
    around = Around(documents, frozenset({"bmad"}))
    assert bmad.claims(documents[path], around)
    made = bmad.read(documents[path], around)
    hold(made, around)
    return made


def placed(value: Any) -> Iterator[Placed]:
    if isinstance(value, Placed):
        yield value
        for name in type(value).model_fields:
            yield from placed(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from placed(part)


def hold(made: Reading, around: Around) -> None:
    """Every place is where the words stand, and no sentence belongs to two units."""
    sentences: set[tuple[str, int]] = set()
    for unit in made.units:
        assert unit.digest and unit.tokens >= 0
        for part in placed(unit):
            document = around.documents[part.path]
            assert 1 <= part.line <= document.text.count("\n") + 1
            if part.end:
                assert part.line == document.line(part.start)
                words = part.sentence if isinstance(part, Rule) else getattr(part, "text", None) if part is not unit else None
                assert words is None or document.text[part.start : part.end] == words
                if words is not None:
                    assert (part.path, part.start) not in sentences
                    sentences.add((part.path, part.start))


def told(made: Reading, kind: type) -> list[Any]:
    return [unit for unit in made.units if isinstance(unit, kind)]


def rules(made: Reading) -> list[tuple[int, str, str, str]]:
    return [(rule.line, rule.modality, rule.text, rule.scope) for rule in told(made, Rule)]


def test_an_agent_is_a_persona_with_its_principles_its_commands_and_its_rules() -> None:
    made = reading("bmad4", "bmad-core/agents/keeper.md")
    hold(made, system("bmad4"))
    (keeper,) = told(made, Persona)
    assert (keeper.name, keeper.description, keeper.role, keeper.line) == ("keeper", "Use for beds, watering and seeds", "Keeper of the beds", 1)
    assert [(duty.line, duty.text) for duty in keeper.duties] == [
        (21, "Soil first - Check the soil before you sow"),
        (22, "CRITICAL: NEVER water at noon"),
        (26, "Write every harvest\n    into the log"),
    ]
    assert [(tone.line, tone.text) for tone in keeper.tone] == [(18, "Calm, brief")]
    assert [(hand.line, hand.to, hand.text) for hand in keeper.hand_overs] == [(23, "scribe", "Hand off what is to be written down to the scribe")]
    assert keeper.extra == {"name": "Flora", "title": "Head Keeper", "icon": "🌱", "identity": "Someone who has seen many springs", "help-display-template": "Always show this.\n"}
    assert [(command.line, command.name, command.arguments, command.effect, command.called_by) for command in told(made, Command)] == [
        (29, "*help", (), "Show the commands", "agent"),
        (30, "*sow", ("{bed}", "{seed}"), "Run task water-plants.md for the bed", "agent"),
        (31, "*close", (), "order: Count the tools, then lock the shed", "agent"),
        (35, "*exit", (), "", "agent"),
    ]
    assert rules(made) == [
        (3, "must not", "DO NOT load other agents from here.", "persona:keeper"),
        (7, "before-after", "STEP 1: Read this whole file before you answer", "persona:keeper"),
        (8, "when-then", "When the user asks for a plan, ask which bed it is for", "persona:keeper"),
        (34, "must not", "MUST: You must not lock the gate", "command:*close"),
    ]
    assert [(source.rpartition(":")[2], kind, name) for source, kind, name in made.mentions] == [
        ("40", "file", "../tasks/water-plants.md"),
        ("41", "file", "../../common/tasks/count-tools.md"),
        ("43", "file", "../data/soil.md"),
        ("23", "persona", "scribe"),
    ]
    assert [(part.name, part.residency, part.level, part.category) for part in made.parts] == [("keeper", "on demand", "L3", "persona")]


def test_units_come_in_the_order_of_the_document() -> None:
    lines = [unit.line for unit in reading("bmad4", "bmad-core/agents/keeper.md").units]
    assert lines == sorted(lines)


def test_a_broken_block_is_named_with_its_line_and_the_prose_is_read() -> None:
    made = reading("bmad4", "bmad-core/agents/scribe.md")
    ((source, words),) = made.warnings
    assert source == f"{CORE}/agents/scribe.md:9" and words.startswith("is no YAML (line 9: ") and words.endswith("); it is left out")
    assert [persona.name for persona in told(made, Persona)] == ["scribe"]
    assert rules(made) == [(3, "must", "Keep calm.", "persona:scribe")]


def test_a_task_is_a_command_that_an_agent_runs() -> None:
    made = reading("bmad4", "bmad-core/tasks/water-plants.md")
    (command,) = told(made, Command)
    assert (command.name, command.called_by, command.category, command.effect, command.extra) == (
        "water-plants",
        "agent",
        "command",
        "Give each bed the water that it needs.",
        {"title": "Water Plants"},
    )
    assert rules(made) == [(11, "must", "Check the soil of each bed.", "command:water-plants"), (12, "must not", "Never water at noon.", "command:water-plants")]
    assert told(reading("bmad4", "common/tasks/count-tools.md"), Command)[0].effect == "Counts what hangs in the shed."


def test_a_template_is_a_pattern_of_its_titles_and_its_instructions_are_rules() -> None:
    made = reading("bmad4", "bmad-core/templates/report-tmpl.yaml")
    (pattern,) = told(made, Pattern)
    assert (pattern.name, pattern.format, pattern.category) == ("Harvest Report", "markdown, docs/{{year}}.md", "template")
    assert [(part.line, part.text) for part in pattern.parts] == [(9, "Summary"), (12, "Beds"), (15, "Bed {{number}}")]
    assert rules(made) == [
        (10, "must", "Write one line for each bed", "template:report-v1"),
        (17, "must", "Say what grew here.", "template:report-v1"),
        (18, "must not", "Do not guess weights", "template:report-v1"),
    ]
    assert told(made, Rule)[1].section == ("Beds", "Bed {{number}}")


def test_a_template_without_sections_consists_of_its_fields() -> None:
    made = read_alone("s/templates/gate.yaml", 'template:\n  id: gate\n  output: {format: yaml}\nbed: "{{bed}}"\nopen: []\nexamples:\n  one: |\n    bed: 4\n')
    (pattern,) = told(made, Pattern)
    assert [(part.line, part.text) for part in pattern.parts] == [(4, "bed"), (5, "open")]
    assert (pattern.format, pattern.example) == ("yaml", "bed: 4")


def test_a_workflow_is_a_methodology_with_its_stages_in_order() -> None:
    made = reading("bmad4", "bmad-core/workflows/season.yaml")
    hold(made, system("bmad4"))
    (method,) = told(made, Methodology)
    assert (method.name, method.description, method.level, method.category) == ("A Season", "From the first seed to the last apple.", "L1", "methodology")
    assert [
        (stage.line, stage.name, stage.actor, stage.action, stage.creates, stage.requires, stage.condition, stage.optional, stage.repeats, stage.notes) for stage in method.stages
    ] == [
        (8, "keeper creates plan.md", "keeper", "use report-tmpl", ("plan.md",), (), "", False, "", "Keep it short."),
        (12, "decide size", "", "", (), (), "plan_is_there", False, "", ""),
        (15, "sow one bed", "keeper", "sow_one_bed", (), (), "small", False, "", ""),
        (23, "growing: water beds", "keeper/scribe", "water_beds", (), ("plan.md", "water"), "plan_is_large", False, "every_day", "Optional steps: weed paths."),
        (31, "growing: scribe updates log.md", "scribe", "", ("log.md",), (), "plan_is_large", True, "", ""),
        (34, "season end", "", "", (), (), "", False, "", ""),
    ]
    assert rules(made) == [(38, "must", "keeper to scribe: Write it into the log.", "methodology:A Season")]
    assert {(kind, name) for _, kind, name in made.mentions} == {("persona", "keeper"), ("persona", "scribe")}


def test_checklists_and_data_are_rules_and_a_team_only_names() -> None:
    assert rules(reading("bmad4", "bmad-core/checklists/closing-checklist.md")) == [(3, "must", "Lock the shed.", "checklist:closing-checklist")]
    assert rules(reading("bmad4", "bmad-core/data/soil.md")) == [(3, "must not", "Never dig wet clay.", "")]
    team = reading("bmad4", "bmad-core/agent-teams/all.yaml")
    assert (team.units, team.mentions) == ([], [(f"{CORE}/agent-teams/all.yaml:4", "persona", "keeper"), (f"{CORE}/agent-teams/all.yaml:7", "file", "../workflows/season.yaml")])
    config = reading("bmad4", "bmad-core/core-config.yaml")
    assert (config.units, [part.residency for part in config.parts]) == ([], ["on demand"])


def test_a_skill_with_an_agent_is_a_persona_whose_words_stand_in_its_settings() -> None:
    made = reading("bmad6", "skills/bmad-agent-keeper/SKILL.md")
    hold(made, system("bmad6"))
    (keeper,) = told(made, Persona)
    settings_ = "bmad6/skills/bmad-agent-keeper/customize.toml"
    assert (keeper.name, keeper.role, keeper.description) == ("bmad-agent-keeper", "Keep the beds.", "Keeper of the beds. Use when the user asks for Flora")
    assert [(duty.source, duty.text) for duty in keeper.duties] == [(f"{settings_}:11", "Every bed counted.")]
    assert [(tone.source, tone.text) for tone in keeper.tone] == [(f"{settings_}:9", "Calm and brief.")]
    assert keeper.extra == {"name": "Flora", "title": "Head Keeper", "icon": "🌱", "identity": "Someone who has seen many springs."}
    assert rules(made) == [(12, "before-after", "Greet the user by name before you show the menu.", "persona:bmad-agent-keeper")]
    assert [(part.residency, part.text[:52]) for part in made.parts] == [
        ("resident", "- bmad-agent-keeper: Keeper of the beds. Use when th"),
        ("on demand", "\n# Flora\n\nYou are Flora, the keeper.\n\n## On Activati"),
    ]


def test_an_agents_menu_is_commands() -> None:
    made = reading("bmad6", "skills/bmad-agent-keeper/customize.toml")
    hold(made, system("bmad6"))
    assert [(command.line, command.name, command.description, command.effect, command.extra) for command in told(made, Command)] == [
        (15, "PS", "Plan the season", "Plan the season", {"agent": "bmad-agent-keeper", "skill": "bmad-plan-season"}),
        (20, "WB", "Water the beds", "Water each bed and write it down.", {"agent": "bmad-agent-keeper"}),
    ]
    assert rules(made) == [(6, "must not", "Never water at noon.", "persona:bmad-agent-keeper")]
    assert made.mentions == [("bmad6/skills/bmad-agent-keeper/customize.toml:15", "file", "../bmad-plan-season/SKILL.md")]


def test_a_skill_with_step_files_is_a_command_and_a_methodology() -> None:
    made = reading("bmad6", "skills/bmad-plan-season/SKILL.md")
    hold(made, system("bmad6"))
    (command,), (method,) = told(made, Command), told(made, Methodology)
    assert (command.name, command.called_by, command.effect) == ("bmad-plan-season", "model", "A plan that fits the beds.")
    steps = "bmad6/skills/bmad-plan-season/steps"
    assert [(stage.source, stage.name, stage.notes) for stage in method.stages] == [
        (f"{steps}/step-01-look.md:1", "Look at the Beds", "To know which beds are free."),
        (f"{steps}/step-02-plan.md:1", "Write the Plan", ""),
    ]
    assert rules(made) == [(12, "must not", "NEVER skip a step.", "skill:bmad-plan-season")]
    assert rules(reading("bmad6", "skills/bmad-plan-season/steps/step-02-plan.md")) == [(3, "must", "Put one seed into each bed.", "skill:bmad-plan-season")]


def test_where_bmad_is_found() -> None:
    for paths in (
        ["s/.bmad-core/x.md"],
        ["s/core-config.yaml", "s/agents/a.md"],
        ["s/a/core-config.yaml", "s/a/workflows/w.yaml"],
        ["s/_bmad/config.toml"],
        ["s/k/SKILL.md", "s/k/customize.toml"],
    ):
        assert bmad.found(paths), paths
    for paths in ([], ["bmad-method.md"], ["s/core-config.yaml", "s/other/agents/a.md"], ["s/k/SKILL.md", "s/l/customize.toml"], ["s/agents/a.md"], ["s/core-config.yaml"]):
        assert not bmad.found(paths), paths


@pytest.mark.parametrize(
    ("path", "mine"),
    [
        ("s/.bmad-core/tasks/t.md", True),
        ("s/_bmad/bmm/workflows/w/workflow.md", True),
        ("s/src/templates/page.md", False),
        ("s/.github/workflows/ci.yaml", False),
        ("s/README.md", False),
        ("s/.claude/commands/bmad-core/tasks/t.md", False),
        ("s/.claude/skills/mine/SKILL.md", True),
        ("s/.claude/skills/other/SKILL.md", False),
        ("s/.claude/skills/mine/references/x.md", True),
        ("s/.bmad-core/tasks/t.py", False),
        ("s/skills/bmad-help/SKILL.md", True),
        ("s/skills/help/SKILL.md", False),
    ],
)
def test_what_is_claimed(path: str, mine: bool) -> None:
    documents = {at: Document(at, "") for at in (path, "s/.claude/skills/mine/SKILL.md", "s/.claude/skills/mine/customize.toml", "s/.claude/skills/other/SKILL.md")}
    assert bmad.claims(documents[path], Around(documents, frozenset({"bmad"}))) is mine
    assert not bmad.claims(documents[path], Around(documents))


def test_a_secret_in_yaml_does_not_break_it() -> None:
    text = "workflow:\n  name: w\n  api_key: ghp_" + "a1B2" * 10 + "\n  sequence:\n    - agent: pm\n"
    made = read_alone("s/workflows/w.yaml", text)
    assert (made.warnings, [stage.line for stage in told(made, Methodology)[0].stages]) == ([], [5])


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "is left out: it"),
        ("workflow: &w\n  sequence: *w\n", "is left out: it holds itself"),
        ("workflow: {sequence: " + "[" * 99 + "]" * 99 + "}", "is left out: it is nested deeper"),
        ("a: [1", "is no YAML (line "),
        ("workflow: 3\n", "has no sequence"),
        ("- a\n- b\n", "holds no workflow"),
        ("workflow:\n  sequence: none yet\n", "has no sequence"),
        ("", "holds no workflow"),
        ("a: b: c\n", "is no YAML (line 1: "),
        ("a: \x07\n", "is no YAML (line "),
        ("!!python/object/apply:os.system ['true']", "is no YAML (line "),
    ],
)
def test_bad_yaml_is_a_warning(text: str, words: str) -> None:
    for path in ("s/workflows/w.yaml", "s/templates/t.yaml", "s/agent-teams/t.yaml", "s/agents/a.yaml", "s/data/d.yaml"):
        made = read_alone(path, text)
        if "workflows" in path or "is " in words[:3]:
            assert [said[: len(words)] for _, said in made.warnings] == [words], path


@pytest.mark.parametrize(
    "block",
    [
        "agent: []",
        "agent: keeper",
        "persona: null\nagent: {name: 4}",
        "commands: 5",
        "commands:\n  - [a, b]\n  - {}\n  - null\n  - ''\n  - {'': x}",
        "core_principles: {a: {b: c}}",
        "dependencies: [x]",
        "x: &x Never do this.\ny: [*x]",
    ],
)
def test_values_of_the_wrong_kind_are_passed_over(block: str) -> None:
    made = read_alone("s/agents/a.md", f"# a\n\n```yaml\n{block}\n```\n")
    assert len(told(made, Persona)) == 1


def test_words_that_do_not_stand_as_they_are_read_have_a_line_and_no_place() -> None:
    made = read_alone("s/agents/a.md", '# a\n\n```yaml\nagent: {id: a}\nrules:\n  - "Never\\u0020do this.\\nAlways ask first."\n```\n')
    assert [(rule.line, rule.start, rule.end, rule.sentence) for rule in told(made, Rule)] == [(6, 0, 0, "Never do this."), (6, 0, 0, "Always ask first.")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[agent", 1),
        ("x = 1\ny =\n", 2),
        ("x = " + "[" * 5000, 1),
        ("[agent]\nname = 3\nprinciples = 4\nmenu = 'x'\n", 0),
        ("[agent]\nmenu = [1, {code = 2}]\n", 0),
        ("agent = 1\n", 0),
        ("[agent]\nd = 1979-05-27\nf = nan\n", 0),
        ("", 0),
    ],
)
def test_bad_toml_is_a_warning(text: str, line: int) -> None:
    files = {"s/bmad-x/SKILL.md": "---\nname: [a]\n---\n# X\n", "s/bmad-x/customize.toml": text}
    around = Around({at: make_document(at, said, len(said)) for at, said in files.items()}, frozenset({"bmad"}))
    readings = [bmad.read(document, around) for document in around.documents.values()]
    for made in readings:
        hold(made, around)
    assert [source for made in readings for source, _ in made.warnings] == ([f"s/bmad-x/customize.toml:{line}"] if line else [])


AGENT = yaml.safe_load((SYSTEMS / "bmad4/bmad-core/agents/keeper.md").read_text(encoding="utf-8").split("```")[1].removeprefix("yaml\n"))
WORKFLOW = yaml.safe_load((SYSTEMS / "bmad4/bmad-core/workflows/season.yaml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((SYSTEMS / "bmad4/bmad-core/templates/report-tmpl.yaml").read_text(encoding="utf-8"))
LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["Never do this.", "CRITICAL: must", "a\nb", "- x", "*", "```", "[[LLM: Ask.]]", "Always ask.\n\n- One\n- Never two"])
    | st.binary(max_size=5)
)
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.booleans() | st.sampled_from(["agent", "sequence", "title", "name"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in paths(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    out = copy.deepcopy(value)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return out


@pytest.mark.parametrize(
    ("path", "value"),
    [("s/agents/keeper.md", AGENT), ("s/workflows/w.yaml", WORKFLOW), ("s/templates/t.yaml", TEMPLATE), ("s/agents/keeper.agent.yaml", AGENT)],
    ids=["agent", "workflow", "template", "agent.yaml"],
)
@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_in_the_place_of_any_key_is_read(path: str, value: Any, data: st.DataObject) -> None:
    new = replaced(value, data.draw(st.sampled_from(paths(value))), data.draw(VALUE))
    text = yaml.safe_dump(
        new,
        allow_unicode=data.draw(st.booleans()),
        width=data.draw(st.sampled_from([20, 80, 4000])),
        default_flow_style=data.draw(st.sampled_from([None, False, True])),
        sort_keys=False,
    )
    read_alone(path, f"# x\n\n```yaml\n{text}```\n" if path.endswith(".md") else text, s__agents__scribe__md="")


@settings(max_examples=80, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("ab:- \n\t\"'|>*&#[]{}!%@`?,~NeverMust.1"), max_size=120),
    folder=st.sampled_from(["agents/a.md", "agents/a.yaml", "workflows/a.yaml", "templates/a.yaml", "agent-teams/a.yaml", "tasks/a.md", "checklists/a.md", "templates/a.md"]),
)
def test_any_text_is_read(text: str, folder: str) -> None:
    read_alone(f"s/{folder}", f"# a\n```yaml\n{text}\n```\n" if folder == "agents/a.md" else text)
