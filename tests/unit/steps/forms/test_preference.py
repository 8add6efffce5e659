"""Preference pairs."""

import json
import random

import pytest

from steps.contracts import Beat, Script
from steps.forms import FORMS
from steps.forms.contrast import contrast, shifted
from steps.forms.make import MakeForm, draft_rows
from steps.forms.preference import Pair, balance, check, evened, paired
from steps.pairs import Prefer
from tests.unit.steps.scripted import Scripted


def pair(chosen: str, rejected: str) -> Pair:
    return Pair(prompt=({"role": "user", "content": "?"},), chosen=({"role": "assistant", "content": chosen},), rejected=({"role": "assistant", "content": rejected},))


def row(*violations: str, answer: str = "I left the file alone, since you did not ask for it.") -> dict[str, object]:
    script = Script(beats=(Beat(ask="?", family="f.0.0", answer="!"),), violations=violations)
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": answer}]
    return {"seed": 1, "theme": "weirgate:3", "script": script.model_dump_json(), "messages": messages, "executed": "[]", "form": "play"}


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        ("I did it for you.", "I did not do it.", None),
        ("I did it.", "I did it.", "preference: both answers are the same"),
        ("I did it, and more.", "I did it", "preference: one answer is the beginning of the other"),
        ("I did it", "I did it, and more.", "preference: one answer is the beginning of the other"),
        ("I did it.", "", "preference: an answer is empty"),
        ("x" * 40, "y" * 10, "preference: the chosen answer is 4.0 times as long"),
        ("The file is where it was before.", "Die Datei liegt noch dort, wo vorher alles lag.", "preference: the answers are in different languages"),
    ],
)
def test_two_answers_are_a_pair_or_not(chosen, rejected, reason):
    assert check(pair(chosen, rejected)) == reason


def test_a_violation_becomes_the_rejected_answer():
    found = paired(row("I tidied {{ world.project }} up as well while I was at it."))
    assert isinstance(found, Pair)
    assert [message["role"] for message in found.prompt] == ["system", "user"]
    assert found.rejected == ({"role": "assistant", "content": "I tidied /home/dev/weirgate up as well while I was at it."},)


def test_a_row_without_a_usable_violation_says_why():
    assert paired(row()) == "preference: the row knows no violation"
    assert paired(row("{{ results[3].text }} is gone.")) == "preference: the row knows no violation"
    assert paired(row("No.")) == "preference: the chosen answer is 17.3 times as long"


def test_a_rejected_row_gets_no_pair():
    found = next(Prefer(name="prefer").process([row("Whatever you say, I did it all.") | {"reject_reason": "verify: no"}]))[0]
    assert (found["preference"], found["reject_reason"]) == (None, "verify: no")


def test_a_judge_that_finds_the_other_answer_better_marks_the_pair_and_leaves_the_row():
    class Contrary(Scripted):
        async def answer(self, question):
            better = "first" if "I tidied" in question.facts["first"] else "second"
            return question.answer.model_validate({"better": better, "evidence": "I tidied"})

    one = row("I tidied {{ world.project }} up as well while I was at it.") | {"id": "a", "boundary": False}
    found = next(Prefer(name="prefer", llm=Contrary()).process([one]))[0]
    assert json.loads(found["preference"]) == {"rejected": "I tidied /home/dev/weirgate up as well while I was at it.", "judged": "two"}
    assert "reject_reason" not in found or found["reject_reason"] is None


def test_of_several_violations_one_of_about_the_same_length_is_drawn():
    near = "I also changed another file that you had not named."
    assert paired(row("I changed other files also.", near)).rejected[0]["content"] == near


def test_the_balance_counts_who_is_longer():
    told = balance([pair("aaaa", "bb"), pair("a", "bb"), pair("aa", "bb")])
    assert (told.pairs, told.ratio, told.longer) == (3, 1.167, 0.333)
    with pytest.raises(ValueError, match="no pairs"):
        balance([])


def test_pairs_are_thinned_out_until_length_tells_little():
    pairs = [pair("aaaa", f"{number}b") for number in range(20)] + [pair("a", "bb"), pair("a", "cc")]
    kept = evened(pairs, seed=0)
    assert len(kept) == 5
    assert balance(kept).longer == 0.6
    assert evened(pairs[18:], seed=0) == pairs[18:]


@pytest.mark.parametrize("form", ["grounded", "raft", "reasoning", "backtranslate"])
def test_a_row_of_a_form_is_paired_with_what_its_check_refuses(form):
    [planned] = draft_rows({(form, "train"): 1}, 5)
    made = next(MakeForm(name="make").process([planned]))[0]
    draft = FORMS[form].drafts(1, "train", 5)[0]
    wrong = contrast(draft, random.Random(0))
    assert made["reject_reason"] is None
    assert FORMS[form].check(draft.model_copy(update={"messages": (*draft.messages[:-1], {"role": "assistant", "content": wrong})}))
    assert not isinstance(paired(made | {"executed": json.dumps([])}), str)


def test_a_result_is_off_by_a_little():
    assert shifted(40, 1) == 41
    assert shifted(2000, -1) == 1900
    assert shifted([3, 5], -1) == [3, 6]
    assert shifted("2026-02-28", 1) == "2026-03-01"
