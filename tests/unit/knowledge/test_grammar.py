"""The modality grammar, phenomenon by phenomenon: what each sentence is, and why that is not obvious."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.grammar import directives, plain
from knowledge.grammar.imperative import is_imperative
from knowledge.grammar.sentence import main_clause, split_label
from knowledge.grammar.words import first_word, words
from knowledge.markdown import parse

ALONE: dict[str, list[tuple[str, str | None]]] = {
    "orders": [
        ("Sort the imports.", "must"),
        ("Carefully read the schema.", "must"),
        ("Wait.", "must"),
        ("Be brief.", "must"),
        ("Make sure the cache is warm.", "must"),
        ("Re-index the shelves after lunch.", "before-after"),
        ("Frobnicate the input.", "must"),
        ("See `docs/tides.md`.", "must"),
    ],
    "obligation": [
        ("The form must be closed with a signature.", "must"),
        ("You will greet the keeper by name.", "must"),
        ("Every lamp has to be lit.", "must"),
        ("ALWAYS lock the gate.", "must"),
        ("All names use the harbour prefix.", "must"),
        ("Commit ONLY what you changed.", "must"),
    ],
    "prohibition": [
        ("Never share the key.", "must not"),
        ("Do not feed the parrot.", "must not"),
        ("Don’t guess the tide.", "must not"),
        ("Avoid global state.", "must not"),
        ("No emojis.", "must not"),
        ("Direct pushes are strictly forbidden.", "must not"),
        ("You should not rename old lamps.", "must not"),
        ("Under no circumstances open the valve.", "must not"),
        ("Keep it short; do not repeat yourself.", "must not"),
        ("❌ Global state", "must not"),
    ],
    "negation that forbids nothing": [
        ("The parrot does not speak.", None),
        ("No lamp was found there.", None),
        ("It cannot open sealed crates.", None),
        ("This does not need a permit.", None),
    ],
    "recommendation": [
        ("You should label each crate.", "should"),
        ("Consider a second anchor.", "should"),
        ("Try to keep the deck dry.", "should"),
        ("It is best to row at dawn.", "should"),
        ("Reuse old rope where possible.", "should"),
        ("Small boats are preferred.", "should"),
    ],
    "condition": [
        ("If the rope is wet, replace it.", "when-then"),
        ("Dry the rope when it is wet.", "when-then"),
        ("Never open the hatch unless the captain asks.", "when-then"),
        ("On error, retry twice.", "when-then"),
        ("For large crates, use the crane.", "when-then"),
        ("Should the lamp fail, light a candle.", "when-then"),
        ("Stop if it does not start.", "when-then"),
        ("Even if it rains, keep the watch.", "when-then"),
        ("Otherwise, ask the keeper.", "when-then"),
        ("To the harbour master when the fog rises.", "when-then"),
    ],
    "if and when that are no condition": [
        ("Check if the gate is shut.", "must"),
        ("Note when the ferry leaves.", "must"),
        ("Add a photo if possible.", "should"),
    ],
    "two actions": [
        ("Weigh the crate before you load it.", "before-after"),
        ("After loading, weigh the crate.", "before-after"),
        ("Do not sail until the fog lifts.", "before-after"),
        ("Read the chart first.", "before-after"),
        ("Fill the tank, then start the pump.", "before-after"),
        ("Once the lamp is lit, close the door.", "before-after"),
        ("Answer at once.", "must"),
    ],
    "preference": [
        ("Prefer rope over chain.", "prefer-over"),
        ("Use rope instead of chain.", "prefer-over"),
        ("Use rope, not chain.", "prefer-over"),
        ("Use `make` (never `npm`).", "prefer-over"),
        ("Choose clarity over wit.", "prefer-over"),
        ("Add salt, not only pepper.", "must"),
    ],
    "arrows": [
        ("Leak found → close the valve", "when-then"),
        ("Leak found -> close the valve", "when-then"),
        ("Harbour → lighthouse", None),
    ],
    "questions, quotations, examples": [
        ("Should you weigh the crate?", None),
        ('"Close the hatch."', None),
        ('"Close the hatch," the captain said.', None),
        ("Example: close the hatch", None),
        ("Output: count the lamps", None),
        ('Say "never again" to the parrot.', "must"),
    ],
    "roles, abilities, facts": [
        ("You are a careful lighthouse keeper.", None),
        ("Your job is to watch the sea.", None),
        ("You can open the gate.", None),
        ("Users may ask for a lamp.", None),
        ("The keeper checks the lamp.", None),
        ("Sometimes you must wait.", None),
        ("There should be a lamp.", None),
        ("Files that must be kept lie in the attic.", None),
        ("What you must know", None),
    ],
    "nouns that look like verbs": [
        ("Test coverage", None),
        ("Review of the harbour", None),
        ("Build is green.", None),
        ("Support for sails", None),
        ("Design patterns", None),
        ("Use cases", None),
        ("Test the winch.", "must"),
        ("Check against the list.", "must"),
        ("Review and explain each knot.", "must"),
    ],
    "glosses of commands": [
        ("`lamp --on`: light the lamp", None),
        ("`lamp --on` - Light the lamp", None),
        ("--force - Overwrite the chart", None),
        ("harbour/chart.md: Describe the coast", None),
        ("`lamp --on`: you must close the door", "must"),
    ],
    "labels": [
        ("**Ropes**: inspect them", "must"),
        ("**Ropes**: never cut them", "must not"),
        ("**Lamp fails**: light a candle", "when-then"),
        ("**Announce the arrival**: harbour, time, cargo", "must"),
        ("**Ropes**: strong and dry", None),
    ],
}
IN_CONTEXT: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "items below a stub have its mood": ("Never:\n\n- wet rope\n- open flames", [("wet rope", "must not", "Never:"), ("open flames", "must not", "Never:")]),
    "a heading is a stub, too": ("## Don'ts\n\n- loud music", [("loud music", "must not", "Don'ts")]),
    "a recommending stub": ("You should:\n\n- row at dawn", [("row at dawn", "should", "You should:")]),
    "an item that says its own mood needs no stub": ("You must not:\n\n- Never sail alone.", [("Never sail alone.", "must not", "")]),
    "a time ties its items": ("Before you sail:\n\n- Check the rope.", [("Check the rope.", "before-after", "Before you sail:")]),
    "a condition ties its items": ("When the fog rises, you must:\n\n- Open the gate.", [("Open the gate.", "when-then", "When the fog rises, you must:")]),
    "a lead-in that points is none": ("Follow these steps:\n\n1. Coil the rope.", [("Coil the rope.", "must", "")]),
    "a lead-in that orders is one, and its nouns are none": ("Update these charts:\n\n- the coast\n- the reef", [("Update these charts:", "must", "")]),
    "most of a list are orders, so all are": (
        "- Describe each knot\n- Test coverage of sails\n- Enforce quiet hours",
        [("Describe each knot", "must", ""), ("Test coverage of sails", "must", ""), ("Enforce quiet hours", "must", "")],
    ),
    "most of a list are none": ("- Test coverage\n- High masts\n- Blue sails", []),
    "a table that maps needs to deeds": ("| Situation | What to do |\n|---|---|\n| fog | the bell |", [("fog | the bell", "when-then", "")]),
    "a row that obliges": ("| Crate | Note |\n|---|---|\n| glass | must lie flat |", [("glass | must lie flat", "must", "")]),
    "a row that names a situation": ("| A | B |\n|---|---|\n| Pump fails | Describe the noise |", [("Pump fails | Describe the noise", "when-then", "")]),
    "a table that describes": ("| Option | Meaning |\n|---|---|\n| `-q` | less noise |", []),
    "a quotation goes on in the next sentence": ('Tell the crew: "Row hard. Sing the song."', [('Tell the crew: "Row hard.', "must", "")]),
    "a check box with an order": ("- [ ] Grease the winch.", [("Grease the winch.", "must", "")]),
    "a check box with a condition": ("- [ ] All lamps burn", []),
}


def found(text: str, described: bool = False) -> list[tuple[str, str, str]]:
    return [(item.segment.text, item.modality, item.under) for item in directives(parse(text).segments, described)]


@pytest.mark.parametrize(("text", "modality"), [case for cases in ALONE.values() for case in cases], ids=[f"{name}: {text}" for name, cases in ALONE.items() for text, _ in cases])
def test_a_sentence_alone(text: str, modality: str | None) -> None:
    assert found(text) == ([(text, modality, "")] if modality else [])


@pytest.mark.parametrize(("text", "expected"), IN_CONTEXT.values(), ids=IN_CONTEXT)
def test_a_sentence_in_its_context(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert found(text) == expected


def test_the_first_paragraph_of_a_command_describes_it_unless_it_obliges() -> None:
    text = "# Light\n\nLight the lamp and report. You must close the door.\n\nReport the hour.\n"
    assert [sentence for sentence, _, _ in found(text)] == ["Light the lamp and report.", "You must close the door.", "Report the hour."]
    assert [sentence for sentence, _, _ in found(text, described=True)] == ["You must close the door.", "Report the hour."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Run** [it](a.md) with `make x`  now ✅", "Run it with CODE now"),
        ("~~Old~~ _new_ -> see https://example.org/a", "Old new → see URL"),
        ("``a ` b`` and `c`", "CODE and CODE"),
        ("```a` is no code", "```a` is no code"),
        ("", ""),
    ],
)
def test_typography_is_left_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "label", "rest"),
    [
        ("Ropes: coil them", "Ropes", "coil them"),
        ("Ropes - coil them", "Ropes", "coil them"),
        ("Node.js vs. Deno: ask", "Node.js vs. Deno", "ask"),
        ("If it rains: wait", "", "If it rains: wait"),
        ("One two three four five six seven eight: wait", "", "One two three four five six seven eight: wait"),
        ("It rains. Note: wait", "", "It rains. Note: wait"),
    ],
)
def test_a_label_is_set_apart(text: str, label: str, rest: str) -> None:
    assert split_label(text) == (label, rest)


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("If it rains, wait", "wait"),
        ("If it rains, or snows, wait", "wait"),
        ("(Optional) For speed: cache it", "cache it"),
        ("When it rains → wait", "wait"),
        ("Wait if it rains", "Wait if it rains"),
    ],
)
def test_the_main_clause_follows_what_a_sentence_opens_with(text: str, clause: str) -> None:
    assert main_clause(text) == clause


def test_a_noun_or_a_verb_is_decided_by_the_clauses_around_it() -> None:
    assert [is_imperative("Test coverage of sails", orders) for orders in (False, True)] == [False, True]
    assert [is_imperative("Tests cover sails", orders) for orders in (False, True)] == [False, False]


def test_the_first_word_is_no_adverb() -> None:
    assert (first_word("Always, and carefully, Read it"), first_word("123 !"), first_word("")) == ("read", "", "")


def test_the_bank_is_in_small_letters_and_calls_no_word_both_a_verb_and_an_adverb() -> None:
    known = words()
    assert all(group and all(word == word.lower() for word in group) for group in known)
    assert not (known.verbs | known.doubtful) & known.adverbs


BITS = st.sampled_from([*'aT `*_[](){}:;.,!?—-→|>"“”\n', "never ", "if ", "Run ", "must ", "before ", "- ", "vs.", "\u00a0"])


@given(st.lists(BITS, max_size=200).map("".join), st.booleans())
def test_any_text_gives_segments_of_it_in_order(text: str, described: bool) -> None:
    segments = parse(text).segments
    chosen = [item.segment for item in directives(segments, described)]
    assert chosen == [segment for segment in segments if segment in chosen]


@pytest.mark.parametrize(
    "unit", ["vs.", " .x", "prefer ", "if ", "that a b ", "“", "“a ", '"', "[a](", "![", "not ", "→ ", "(", ":", "CODE, ", "`", "` ``", "must be ", "**", "first "]
)
def test_a_long_sentence_takes_no_long_time(unit: str) -> None:
    started = time.process_time()
    directives(parse("Run " + unit * (100_000 // len(unit))).segments)
    assert time.process_time() - started < 5
