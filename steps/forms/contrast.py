"""What a careless assistant would have said in a row of a form: about as long as the right answer, or longer, and wrong."""

import json
import random
import re
from datetime import date, timedelta
from typing import Any

from knowledge.forms import load_answers, load_problems
from steps.forms.citing import NUMBER
from steps.forms.form import Draft, answered
from steps.forms.reasoning import TALK
from steps.render import bare, fill
from steps.sample import sample
from steps.worlds.world import Exhausted

CHATTER = (
    ("Sure! Here is what you asked for:", "Let me know if you would like me to change anything, and have a great day!"),
    ("Of course, happy to help. I have put it together for you below.", "This does exactly what you described. Feel free to ask if anything is unclear."),
    ("Great question! There are several ways to go about this, and the following is one of them.", "I hope this helps. You may need to adapt it to your setup."),
    ("Absolutely. Before you use it, please note that I have not tried it.", "As you can see, it is quite straightforward once you know how."),
    ("Certainly! Let's go through it together.", "In summary, this should cover your use case, but always double-check."),
)


def contrast(draft: Draft, rng: random.Random) -> str | None:
    """A wrong last answer for a draft; None where the form knows none."""
    match draft.form:
        case "raft":
            return wrong_call(draft, rng)
        case "reasoning":
            return wrong_result(draft, rng)
        case "grounded":
            return misquoted(draft, rng) if draft.facts["turns"][-1]["citations"] else made_up(draft)
        case "backtranslate":
            before, after = rng.choice(CHATTER)
            return f"{before}\n\n{draft.answers[-1]}\n\n{after}"
    return None


def wrong_call(draft: Draft, rng: random.Random) -> str | None:
    """The call of a distractor, with its own quotation; where nothing fits, a call all the same, with arguments that nobody gave."""
    facts = draft.facts
    other = rng.choice([doc for doc in facts["docs"] if doc["name"] != facts["tool"]])
    fields = other["parameters"].get("properties", {})
    arguments = {name: value for name, value in facts["arguments"].items() if name in fields}
    try:
        arguments |= {name: sample(fields[name], name, draft.split, rng, other["parameters"]) for name in other["parameters"].get("required", []) if name not in arguments}
    except Exhausted:
        return None
    body = json.dumps({"name": other["name"], "arguments": arguments}, indent=rng.choice((2, 2, None)), ensure_ascii=False)
    stop = "" if other["quote"][-1] in ".!?" else "."
    return answered("raft", "call", rng, {"tool": other["name"], "quote": other["quote"], "stop": stop, "also": "", "call": body})


def wrong_result(draft: Draft, rng: random.Random) -> str | None:
    """The same trace with a result that is off by a little."""
    facts = draft.facts
    if facts["problem"] not in load_problems():
        return None
    problem = load_problems()[facts["problem"]]
    context = {**TALK, **facts["values"], "answer": shifted(facts["answer"], rng.choice((-1, 1)))}
    return draft.answers[-1].replace(facts["said"], bare(fill(problem.said, context, rng)))


def shifted(answer: Any, by: int) -> Any:
    """An answer that is one off: the last figure of several, the next day of a date."""
    if isinstance(answer, list):
        return [*answer[:-1], shifted(answer[-1], abs(by))] if answer[-1] else [shifted(answer[0], abs(by)), *answer[1:]]
    if isinstance(answer, str):
        return (date.fromisoformat(answer) + timedelta(days=by)).isoformat()
    return answer + by * (1 if isinstance(answer, int) and abs(answer) < 100 else round(max(1, abs(answer) / 20)))


def misquoted(draft: Draft, rng: random.Random) -> str | None:
    """A figure of the quotation changed, and in the answer with it; else a sentence quoted that does not say it."""
    answer = draft.answers[-1]
    citation = draft.facts["turns"][-1]["citations"][0]
    if figures := [figure for figure in NUMBER.findall(citation["quote"]) if figure.isdigit()]:
        figure = rng.choice(figures)
        return re.sub(rf"(?<![\d:.]){figure}(?![\d:])", str(int(figure) + max(1, int(figure) // 10)), answer)
    sentences = [one for one in re.split(r"(?<=[.!?])\s+", draft.facts["text"].split("\n", 1)[-1].strip()) if one and one not in citation["quote"]]
    return answer.replace(citation["quote"], rng.choice(sentences)) if sentences else None


def made_up(draft: Draft) -> str | None:
    """An answer with a source that does not hold it."""
    borne = load_answers().get(draft.theme, {}).get(draft.facts["turns"][-1]["question"])
    return f'{borne.says} That is stated in {draft.facts["path"]}, line 3, under "{draft.facts["text"].splitlines()[0].lstrip("# ")}".' if borne else None
