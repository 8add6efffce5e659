"""Which stages of Break down, Make, Apply, Debug does a conversation show? By their signs, never by their names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STAGES = ("Break down", "Make", "Apply", "Debug")
BACK = {"Make": ("Break down",), "Apply": ("Make", "Apply"), "Debug": ("Break down", "Make", "Apply", "Debug")}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
ITEM = re.compile(r"^ *(?:[-*•] |\d+[.)] |\| *(?![-: |]+$)\S|\*\*`)", re.M)
PLACE = re.compile(r"[\w./-]*\w\.(?:py|pyi|js|jsx|ts|tsx|go|rs|rb|java|kt|c|h|cpp|cs|php|sql|sh|toml|ya?ml|json|html|css|ini|cfg)\b")
CUT = re.compile(r"\b(?:parts?|pieces|then|before)\b")
CHECK = re.compile(
    r"\b(?:tried|expect\w*|check(?:s|ed|ing)?(?![._(])|tests?|tested|holds?|must|has to|have to|true|decid\w*|accept\w*|refut\w*|otherwise|raises?|gives?|returns?)\b|→|->", re.I
)
CODE = re.compile(r"^ *(?:(?:async )?def |class |import |from [\w.]+ import |@\w|func |fn |pub |function |const |let |export |interface |assert |CREATE |SELECT )", re.M)
SIGNATURE = re.compile(r"`[\w.]+\([^`]*\)(?: *->[^`]*)?`|\bexample\b|\btry\b|\btests?\b|\brun\b|\binput\b", re.I)
DONE = re.compile(
    r"\b(?:is|are) (?:written|there|in place|changed|mended|connected|converted|new|gone)\b|\b(?:now|stopped) (?:\w+ )?(?:calls?|imports?|uses?|listing)\b|"
    r"^(?:written|done(?! means)|changed|connected|switched|converted|mended)\b",
    re.I,
)
CONNECTS = re.compile(
    r"\b(?:imports?|imported|calls?|called|uses?|used|connect\w*|reach\w*|export\w*|hands? (?:it )?out|goes through|switch\w*|convert\w*|regist\w*|rout\w*|hook\w*|mount\w*|"
    r"makes? it available|offers?|wired?|runs on|points? (?:at|to)|reads? it from|passes)\b",
    re.I,
)
EFFECT = re.compile(
    r"\b(?:callers?|can go|existing|old|gone|no longer|in place of|instead|replac\w*|takes? out|take out|removed?|deleted?|dropp?(?:ed|s)?|unchanged|no change|"
    r"nothing else|as before|one line|used to|no other|stays?|still|adapt\w*|follows?)\b",
    re.I,
)
COUNTED = re.compile(r"\b\d+ (?:tests? )?(?:passed|failed|pass|fail|green|red)\b|\bFAILED\b")
RESULT = re.compile(
    rf"{COUNTED.pattern}|\bassert\b[^\n]*==|\b[A-Z]\w*(?:Error|Exception): \S|\bexit (?:code|status) \d|"
    r"\b[Ee]xpected\b[^\n]{1,80}\b(?:got|seen|saw|was|came)\b|\b(?:[Gg]ot|returned|printed|showed|[Ss]een|saw)\b[^\n]{1,60}\b(?:expected|instead of|where)\b",
)
FAILURE = re.compile(
    r"\b(?:fail\w*|red|error\w*|wrong|bugs?|broke\w*|crash\w*|flaky|blocks?|complain\w*|mend|repair|fix\w*|correct|track|reports?|observed|symptom|skip|xfail|disable|loosen|"
    r"strict|trace\w*|dry-run|breaks|fishy|review|work|bad|adapt|adjust|expects|nonsense)\b|\bE  |Traceback|\bwhy\b",
    re.I,
)
TRACED = re.compile(r"\b(?:trac\w+|by hand|by reading|dry run|on paper|step by step|line by line|walk\w*|gives|returns|comes? out|becomes?|follow\w*|take)\b", re.I)
CAUSE = re.compile(
    r"\b(?:because|since|so|cause\w*|reason|why|explanation|explain\w*|mistake|fault|comes from|therefore|without|"
    r"which|instead|although|but|yet|only|never|not|if|right to fail)\b",
    re.I,
)
VALUE = re.compile(r"`[^`\n]+`|(?<![\w.])-?\d+(?:\.\d+)?(?!\w)|\"[^\"\n]+\"")
TEST = re.compile(r"\btest_\w+|\bpytest\b|\b(?:npm|cargo|go|make|mvn) (?:run )?test\b|\btests?\b", re.I)


@dataclass
class Said:
    """What the assistant said at once, with what it heard and did since the user last spoke."""

    text: str
    heard: str
    calls: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Its fenced blocks: language and text."""
        return [(match[1], match[2]) for match in FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        """Its words without the fenced blocks."""
        return FENCE.sub("\n", self.text)

    def made(self, *verbs: str) -> list[str]:
        """The arguments of the calls whose name has one of these verbs."""
        return [str(call["arguments"]) for call in self.calls if any(verb in str(call["name"]) for verb in verbs)]


def stages_shown(messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The stages that a conversation shows, in order; a stage that goes on counts once, one that comes again counts again.

    Args:
        messages: in the OpenAI chat form.

    Source: the signs that each stage lists under "Shows" in knowledge/hive/methodologies/bmad.md.
    """
    found: list[str] = []
    for said in spoken(messages):
        for stage, shows in zip(STAGES, (breaks_down, makes, applies, debugs), strict=True):
            if shows(said) and found[-1:] != [stage]:
                found.append(stage)
    return tuple(found)


def spoken(messages: Sequence[Mapping[str, Any]]) -> Iterator[Said]:
    """Each closing message of the assistant."""
    heard = ""
    calls: list[Mapping[str, Any]] = []
    for message in messages:
        if message["role"] == "user":
            heard, calls = str(message["content"]), []
        elif message["role"] == "assistant" and message.get("tool_calls"):
            calls += [call["function"] for call in message["tool_calls"]]
        elif message["role"] == "assistant":
            yield Said(str(message["content"] or ""), heard, calls)


def breaks_down(said: Said) -> bool:
    """Parts with a place each, or requirements, in a list, and how they are checked; nothing is written or was run yet."""
    text = said.text
    opening = re.split(r"[.?!:]\s|\n", text.lstrip(), maxsplit=1)[0]
    if said.made("write", "edit") or COUNTED.search(text) or DONE.search(opening) or any(long(block) for block in said.blocks):
        return False
    places = len(set(PLACE.findall(text))) - (not CUT.search(text))
    parts = len(ITEM.findall(text)) + max(0, places) + text.count("; ")
    return parts >= 2 and bool(PLACE.search(text)) and bool(CHECK.search(said.text))


def makes(said: Said) -> bool:
    """Code, whole, with an example, an input or a test beside it; or a file that is written."""
    if any(CODE.search(arguments.replace("\\n", "\n").replace('": "', '": "\n')) for arguments in said.made("write")):
        return True
    code = any(long(block) or (CODE.search(block[1]) and len(block[1].splitlines()) > 1) for block in said.blocks)
    return code and bool(SIGNATURE.search(said.prose) or len(said.blocks) > 1)


def applies(said: Said) -> bool:
    """A file that was there changes to use a part, or it is said which one does, and what becomes of the callers and the old way."""
    words = f"{said.prose} {' '.join(text for _, text in said.blocks if len(text.splitlines()) < 8)}"
    if edits := said.made("edit"):
        return bool(CONNECTS.search(words) and PLACE.search(f"{words} {edits}"))
    return bool(CONNECTS.search(words) and EFFECT.search(words) and PLACE.search(said.text)) and not breaks_down(said)


def debugs(said: Said) -> bool:
    """A result is quoted, or a failure is explained with the code or the test that shows it, or values are traced."""
    planned = breaks_down(said)
    if RESULT.search(said.text) and not planned:
        return True
    values = len(VALUE.findall(said.prose))
    explains = bool(CAUSE.search(said.prose)) and bool(FAILURE.search(said.heard)) and bool(said.blocks or values or PLACE.search(said.prose))
    traces = bool(TRACED.search(said.prose)) and values >= 4 and bool(CAUSE.search(said.prose))
    return (explains and bool(TEST.search(said.text) or said.blocks or said.made("edit"))) or (traces and not planned)


def long(block: tuple[str, str]) -> bool:
    """Whether a fenced block is code of some length, and no diff."""
    language, text = block
    return language != "diff" and bool(CODE.search(text)) and len(text.splitlines()) >= 4


def stage_kept(behaviour: str, key: str, messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The conversation shows the stages that its cell is about.

    Args:
        behaviour: of the cell (see `knowledge.play.Behaviour`).
        key: of the point, such as `stage Make` or `method bmad`.

    Reason: `stages: …`.
    """
    shown = stages_shown(messages)
    stage = key.removeprefix("stage ")
    wanted = BACK[stage] if behaviour == "goes_back" and stage in BACK else (stage,)
    if key.startswith("stage ") and not set(wanted) & set(shown):
        return f"stages: {' or '.join(wanted)} is not shown"
    if behaviour == "in_order" and not in_order(shown):
        return f"stages: {' → '.join(shown) or 'none'} instead of all four in order"
    if behaviour == "no_ceremony" and "Break down" in shown:
        return "stages: a small request is broken down"
    return None


def in_order(shown: Sequence[str]) -> bool:
    """Whether all four stages come one after another, whatever comes between them."""
    rest = iter(shown)
    return all(stage in rest for stage in STAGES)
