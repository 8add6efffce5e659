"""Whether the personas can be told apart by what they say."""

import random

from steps.roles import answers, told_apart

SAYS = {
    "architect": "components own one thing each; chosen over the other option because the store has one writer; the interface returns".split(),
    "qa": "case expected seen passed failed edge empty duplicate reproduce smallest input verdict not ready requirement".split(),
    "devops": "rollout pauses at ten percent; rollback command; alert threshold; pin the image; migration with its way back".split(),
}


def said(who: str, seed: int) -> str:
    return " ".join(random.Random(f"{who} {seed}").choices(SAYS[who], k=25))


def test_personas_that_speak_of_their_own_work_are_named() -> None:
    train = [(said(who, seed), who) for who in SAYS for seed in range(12)]
    named = told_apart(train, [(said(who, seed), who) for who in SAYS for seed in range(50, 60)])
    assert (named.rows, named.accuracy, named.mistaken) == (30, 1.0, {})


def test_personas_that_all_say_the_same_are_not() -> None:
    train = [(said("qa", seed), who) for who in SAYS for seed in range(12)]
    named = told_apart(train, [(said("qa", seed), who) for who in SAYS for seed in range(50, 60)])
    assert named.accuracy < 0.7 and sum(named.mistaken.values()) == named.rows - named.right


def test_nothing_held_out_is_no_proof() -> None:
    assert told_apart([("a b", "qa"), ("c d", "devops")], []).accuracy == 0.0


def test_tool_results_and_requests_are_not_what_a_persona_says() -> None:
    messages = [
        {"role": "user", "content": "as QA: try it"},
        {"role": "assistant", "content": None, "tool_calls": [1]},
        {"role": "tool", "content": "ok"},
        {"role": "assistant", "content": "Ready."},
    ]
    assert answers([{"id": "1", "messages": messages}, {"id": "2", "messages": messages}], {"1": "qa", "2": ""}) == [("Ready.", "qa")]
