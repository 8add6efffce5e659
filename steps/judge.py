"""Judge a row by a rubric, one criterion a verdict."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from distilabel.steps import Step, StepInput
from distilabel.typing import StepOutput
from pydantic import Field, PrivateAttr

from knowledge.rubrics import Criterion, load_rubrics
from steps.contracts import Contract
from steps.loop import run, together
from steps.standins import STAND_INS
from steps.task import ask
from steps.teachers.teacher import Nobody, Question, Refused, Teacher

OPENING = re.compile(r"<(/?)(row|answer|brief)\b", re.I)
LONGEST = 24_000  # characters of a row that a judge is shown
PIECE = 2_000  # characters of a message that a longer row is cut to, its last one aside
WORDS = 2  # words of evidence, at least, where the row has as many


class Verdict(Contract):
    """What a judge says of one criterion."""

    score: int
    evidence: str


class Judge(Step):
    """Judge each row by the rubric of its category.

    Stand-ins decide first what they can. A judge, where there is one, is then asked a criterion at a time; what it quotes must
    stand in the row. A verdict that cannot be read is asked for once more, and is then *unscored*: never a low score; so is one that
    the judge refuses. A row fails by a score below its criterion's floor alone.

    Reads: id, seed, category, script, messages; unit, form and boundary, where there are any.
    Writes: verdicts (JSON: criterion, score, floor, evidence, by (`judge`, `stand-in` or `nobody`), why), reject_reason (`judge: <criterion>: <score> of <floor>: <evidence>`).

    Source: LLM-as-a-judge (arXiv 2306.05685); position bias, swapped pairs: the same.
    """

    llm: Teacher = Field(default_factory=Nobody)
    points: str = Field(default="[]", description="The dumped points: what a row's unit says is told to the judge, which has to know the rule.")
    floors: dict[str, int] = Field(default={}, description="By criterion, where people's labels chose another floor than the rubric's; see steps/calibration.py.")
    rubrics: str = Field(default="", description="The bank's digest: public, so that an edited rubric changes the step's signature.")

    _about: dict[str, str] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Take the bank's digest into a public field."""
        super().model_post_init(context)
        self._about = {point["id"]: point["text"] for point in json.loads(self.points)}
        self.rubrics = hashlib.sha256(load_rubrics().model_dump_json().encode()).hexdigest()[:16]

    @property
    def inputs(self) -> list[str]:
        """The columns that are read."""
        return ["id", "seed", "category", "script", "messages"]

    @property
    def outputs(self) -> list[str]:
        """The columns that are written."""
        return ["verdicts", "reject_reason"]

    def load(self) -> None:
        """Load the judge."""
        super().load()
        self.llm.load()

    def unload(self) -> None:
        """Let the judge go."""
        self.llm.unload()

    @property
    def in_flight(self) -> int:
        """As many rows as the judge takes questions."""
        return self.llm.in_flight

    def process(self, inputs: StepInput) -> "StepOutput":
        """Judge a batch."""
        yield run(together(self.answer(row) for row in inputs))

    async def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """One row with its verdicts."""
        if row.get("reject_reason"):
            return {"verdicts": None} | row
        criteria = [
            criterion.model_copy(update={"floor": self.floors.get(criterion.name, criterion.floor)})
            for criterion in load_rubrics().of(str(row["category"]), str(row.get("form") or ""))
        ]
        about = self._about.get(str(row.get("unit")), "")
        verdicts = [stood_in(criterion, row | {"about": about}) for criterion in criteria]
        if not isinstance(self.llm, Nobody) and not failed(verdicts):
            asked = [number for number, verdict in enumerate(verdicts) if verdict["by"] == "nobody"]
            for number, verdict in zip(asked, await together(self.verdict(criteria[number], row, about) for number in asked), strict=True):
                verdicts[number] = verdict
        reason = failed(verdicts)
        return row | {"verdicts": json.dumps(verdicts, ensure_ascii=False), "reject_reason": f"judge: {reason}" if reason else None}

    async def verdict(self, criterion: Criterion, row: Mapping[str, Any], about: str) -> dict[str, Any]:
        """The judge's verdict on one criterion; unscored where it cannot be read twice."""
        fence = fenced(told(row), row["id"], row["seed"])
        facts: dict[str, Any] = {"id": row["id"], "seed": row["seed"], "criterion": criterion.name, "asks": criterion.asks, "scale": dict(sorted(criterion.scale.items()))}
        brief = json.loads(row["script"] or "{}").get("brief") or about
        facts |= {"brief": fenced(brief, row["id"], row["seed"])["shown"], "boundary": bool(row.get("boundary")), **fence}
        fault = ""
        for _ in range(2):
            messages = ask("judge.jinja2", facts | {"fault": fault})
            try:
                made: Any = await self.llm.answer(Question(task="judge", facts=facts | {"fault": fault}, messages=messages, answer=Verdict))
            except Refused as error:
                return entry(criterion, None, "", "nobody", f"unscored: {error}")
            if made.score not in criterion.scale:
                fault = f"the score {made.score} is not on the scale"
            elif not quoted(made.evidence, fence["shown"]):
                fault = "the evidence does not stand in the row word for word, or is no more than a word"
            else:
                return entry(criterion, made.score, made.evidence, "judge")
        return entry(criterion, None, "", "nobody", f"unscored: {fault}")


def stood_in(criterion: Criterion, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the criterion's stand-in says; nobody's word where it has none, or cannot decide."""
    found = STAND_INS[criterion.stand_in](row) if criterion.stand_in else None
    if found is None:
        return entry(criterion, None, "", "nobody")
    good, evidence = found
    return entry(criterion, (max if good else min)(criterion.scale), evidence, "stand-in")


def entry(criterion: Criterion, score: int | None, evidence: str, by: str, why: str = "") -> dict[str, Any]:
    """A verdict as it is kept."""
    return {"criterion": criterion.name, "score": score, "floor": criterion.floor, "evidence": evidence[:300], "by": by, "why": why}


def failed(verdicts: Iterable[Mapping[str, Any]]) -> str | None:
    """The first verdict below its floor, in words."""
    return next(
        (f"{one['criterion']}: {one['score']} of {one['floor']}: {one['evidence'][:120]}" for one in verdicts if one["score"] is not None and one["score"] < one["floor"]), None
    )


def told(row: Mapping[str, Any]) -> str:
    """A conversation as text. One that is too long loses the middle of its long messages, never the last one's."""
    lines = []
    for message in row["messages"] or ():
        calls = "".join(f"\n[calls {call['function']['name']} {call['function']['arguments']}]" for call in message.get("tool_calls") or ())
        lines.append(f"{message['role']}: {message.get('content') or ''}{calls}")
    if sum(map(len, lines)) > LONGEST:
        lines = [*(cut(line, PIECE) for line in lines[:-1]), *(cut(line, LONGEST) for line in lines[-1:])]
    return "\n\n".join(lines)


def cut(text: str, most: int) -> str:
    """A text without its middle, where it is too long."""
    return text if len(text) <= most else f"{text[: most // 2]}\n[…]\n{text[-most // 2 :]}"


def fenced(text: str, name: str, seed: int) -> dict[str, str]:
    """A text that cannot leave its fence: the fence's mark is drawn, and what looks like one inside is broken."""
    mark = hashlib.sha256(f"{seed} {name}".encode()).hexdigest()[:10]
    return {"mark": mark, "shown": OPENING.sub(r"<\1 \2", text.replace(mark, mark[:5] + " " + mark[5:]))}


def quoted(evidence: str, text: str) -> bool:
    """Whether the evidence stands in the text, spacing aside, and is more than a word of it."""
    words, whole = " ".join(evidence.split()).strip("\"'“”"), " ".join(text.split())
    return len(words.split()) >= WORDS and words in whole


def unjudged(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many rows no judge has scored."""
    return sum(not any(verdict["by"] == "judge" for verdict in json.loads(row.get("verdicts") or "[]")) for row in rows)
