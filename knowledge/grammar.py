"""The modality grammar: which sentences of a document direct what the agent does, and in which mood.

A sentence counts when it obliges, forbids, recommends, orders two actions, ties an action to a condition, or prefers one thing to
another. What it is, is the first that applies of: prefer-over, before-after, when-then, must not, should, must. Facts, abilities, questions,
examples, descriptions of what something else does, and roles do not count.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from knowledge.bank import BANKS, read_bank
from knowledge.markdown import Segment, leads_in
from knowledge.units import Modality


class Directive(NamedTuple):
    """A sentence that directs, and what it hangs on."""

    segment: Segment
    modality: Modality
    under: str = ""


class Words(NamedTuple):
    """The bank of words."""

    verbs: frozenset[str]
    doubtful: frozenset[str]
    adverbs: frozenset[str]
    others: frozenset[str]
    determiners: frozenset[str]


@cache
def words() -> Words:
    """The words that the grammar knows (`knowledge/banks/grammar.yaml`)."""
    bank = read_bank(BANKS / "grammar.yaml")
    return Words(*(frozenset(bank[name].split()) for name in Words._fields))


CODE = re.compile(r"(`+)(?!`)(?:.+?)(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
URL = re.compile(r"https?://\S+")
EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}|~~")
SYMBOLS = re.compile(r"[\U0001F000-\U0001FAFF\u2300-\u27BF\u2B00-\u2BFF\uFE0F\u200D]")
ARROWS = re.compile(r"[\u2190-\u21FF]|->|=>")
CROSS = re.compile(r"^\W{0,4}[❌🚫⛔✗✘]")
QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
LABEL = re.compile(r"(?P<label>(?:[^:.!?\n]|\.(?=\w)|vs\.| \.(?=\w)){1,60}?)(?::|\s[-–—])\s+(?P<rest>\S.*)", re.S)
ATTENTION = re.compile(
    r"(?i)(?:critical|important|mandatory|required?|warning|caution|must|always|key|note|remember|rule|essential|reminder|attention|nb|tip|best practice|"
    r"golden rule|step \d+|\d+)\b.*|(?:critical|important|mandatory)[\w ]*(?:rule|notice)?"
)
EXAMPLE = re.compile(
    r"(?i)^(?:for (?:example|instance)|example[s]?\b|e\.g\.|sample|usage|output|result|input|expected|context|user|assistant|commentary|syntax|format|type|"
    r"default|returns?|parameters?|options?)(?: \w+)?:"
)

PROHIBITION = re.compile(
    r"\b(?:must|shall|should|can|may|will|do|does|need|ought|are|is)(?:\s+(?:not|never)\b|n['’]t\b)|\bcannot\b|\bnever\b|\bavoid\b(?!s|ed|ing)|"
    r"\brefrain from\b|\bforbid(?:den)?\b|\bprohibit(?:ed)?\b|\bdisallowed\b|"
    r"\bnot (?:allowed|permitted|acceptable)\b|\bunder no circumstances\b|\bmust (?:under no|at no)\b|\bdon['’]t\b|\bno longer\b",
    re.I,
)
ORDER_NOT = re.compile(
    r"(?i)^(?:please )?(?:do not|don['’]t|never|avoid|refrain|stop (?!here)\w+ing)\b|\b(?:must|shall|should|may|need|ought)(?: to)?(?:\s+(?:not|never)\b|"
    r"n['’]t\b)|\b(?:is|are|be) (?:strictly )?(?:forbidden|prohibited|not allowed|not permitted|disallowed|banned|off[- ]limits)\b|\bcannot be (?:bypass|"
    r"skip)\w+|[:;—]\s*(?:do not|don['’]t)\b|(?-i:\bNEVER\b|\bDO NOT\b|\bDON['’]T\b)|\bunder no circumstances\b|\bno [\w-]+(?: [\w-]+)? (?:is |"
    r"are )?allowed\b"
)
OBLIGATION = re.compile(
    r"\b(?:must|shall|have to|has to|needs? to|ought to|is required|are required|is mandatory|are mandatory|be required to|required to|(?-i:MANDATORY|"
    r"REQUIRED|ONLY)|is essential|are essential|is critical that|it is (?:critical|essential|vital|crucial) (?:to|that))\b",
    re.I,
)
RECOMMENDATION = re.compile(
    r"\b(?:should|ought to|recommended|(?:we|i|they) recommend|advisable|it(?: is|['’]s) (?:best|better|good practice|a good idea|wise|preferable|"
    r"important) to|preferably|is preferred|are preferred|ideally|had better|you may want to|encouraged to)\b",
    re.I,
)
SOFT = re.compile(
    r"(?i)^(?:please )?(?:consider|try|prefer(?!ences?\b|red\b)|favou?r|aim|strive|lean|feel free to|think about|seek to)\b|\b(?:where|when|whenever|"
    r"if) (?:at all )?possible\b|\bwhere practical\b"
)
CONDITION_FIRST = re.compile(
    r"(?i)^(?:only |except |even )?(?:if|when|whenever|unless|in case|once|whether|wherever|where|should (?:you|the|a|an|it)|on (?:an? )?(?:error|failure|"
    r"success|timeout|conflict)|in the event|given|upon|as soon as|for [\w-]+ (?:[\w-]+ ){0,3}(?:\([^)]*\) ?)?(?=[,:])|for (?:any|each|every|all|new|large|"
    r"small|complex|simple|multi\w*|critical|ambiguous|[a-z-]+ (?:changes|tasks|requests|questions|issues|files|projects|features|operations|work|code|"
    r"errors|bugs|cases)))\b"
)
CONDITION = re.compile(
    r"(?i)(?<!even )(?<!as )(?<!see )(?<!determine )(?<!check )(?<!decide )(?<!verify )(?<!know )(?<!understand )(?<!asking )(?<!ask )\b(?:if|when|whenever|"
    r"unless|in case|in the event|provided that|as long as|except (?:when|if|for|in|where)|only (?:if|when))\b(?! (?:possible|applicable|any|needed|"
    r"necessary|appropriate|relevant|available|required|practical|feasible|useful|sensible|at all)\b)(?! to\b)"
)
ARROW = re.compile(r"\s→\s")
WHETHER = re.compile(
    r"(?i)\b(?:check|determine|see|verify|note|ask|confirm|decide|know|test|assess|evaluate|identify|find out|understand|describe|explain|define|specify|"
    r"state|record|document)\b(?:(?! if | when )[^,.;:]){0,40}? (?=(?:if|when)\b)(?:if|when)\b"
)
FIRST = re.compile(r"(?i)\w\s+first\b(?=\s*(?:[.;:,)!—-]|$))|^(?:first|begin by|start by)\b")
NOUN_PHRASE = re.compile(
    r"(?i)^(?:access to|response to|support for|need for|key to|guide to|reference to|request for|plan for|time for|issue with|value for|range of|"
    r"position in|cause of|control over|focus of|work in progress|test for|base for|target for|contact with|live in)\b"
)
UNTIL = re.compile(r"(?i)\b(?:not|never|don['’]t)\b.*\buntil\b")
BEFORE = re.compile(
    r"(?i)(?:^|\W)(?:before|prior to)\s+(?:you |they |it |we )?(?:\w+ly )?(?:\w+ing\b|any\b|each\b|every\b|the\b|a\b|an\b|all\b|your\b|you\b|this\b|that\b|"
    r"CODE|[a-z]+s?\b)"
)
AFTER = re.compile(
    r"(?i)(?:^|[\s(,;—-])(?:after|once|upon)\s+(?:you(?:['’](?:ve|re))? |they |it |we )?(?:\w+ly )?(?:\w+(?:ing|ed)\b|any\b|each\b|every\b|the\b|a\b|an\b|"
    r"all\b|your\b|this\b|that\b|CODE|[a-z]+)"
)
THEN = re.compile(r"(?i)(?:\bfirst\b.{3,}\b(?:then|before)\b|(?:[,;.]|\band|^)\s*(?:only )?then\s+\w+|\w\s+then\s+[a-z]+)")
PREFERENCE = re.compile(
    r"(?i)\bprefer\w*\b.{2,}?\b(?:over|instead|rather)\b|\((?:never|not)\b|[,;—–-]\s+never\s+(?=CODE|use\b|\w+/)|\b(?:rather than|instead of|"
    r"in preference to|in favou?r of|as opposed to)\b|\bover\b(?= (?:\w+ )?(?:cleverness|brevity|perfection|complexity|speed|inheritance))|"
    r",\s+(?:and )?not\s+(?!only|just|to exceed|including|limited|necessarily)[\w`*\"'(]|\bfavou?r\b.{2,}?\bover\b|\bchoose\b.{2,}?\bover\b|"
    r"\bprioriti[sz]e\b.{2,}?\bover\b|\bnot\b[^,.;]{2,40}\bbut\b"
)
ABILITY = re.compile(r"(?i)^(?:you|users?|we|agents?|they|it|this|one)\s+(?:can|may|could|might|are able)\b")
ROLE = re.compile(
    r"(?i)^(?:you(?:['’]re| are)(?: now)?\s+(?:an?|the|responsible|expert|also an?|in charge|operating|working|helping|part)\b|your (?:\w+ )?(?:goal|job|"
    r"role|purpose|mission|task|responsibilit\w+|expertise|approach|focus|strengths?)\s+(?:is|are|include)\b|as an? )"
)
YOU_WILL = re.compile(r"(?i)^(?:you|agents?|the agent|claude|the (?:assistant|model|developer|dev agent))\s+(?:will|always|never|only|do not|don['’]t)\s+\w+")
THIRD = re.compile(r"(?i)^(?!always\b)[a-z]+(?:ies|[^s]s)\b")
SITUATION = re.compile(
    r"(?i)^(?:no|not|none|multiple|too (?:many|few|large|long)|missing|unknown|invalid|ambiguous|conflict\w*|timeouts?|(?:\w+ )?(?:errors?|failures?|failed|"
    r"fails|match|found|missing))\b"
)
OFTEN = re.compile(r"(?i)^(?:sometimes|often|occasionally|usually|typically|you may|you might|there)\b")
RELATIVE = re.compile(r"(?i)\b(?:that|which|who|what|where)\s+(?:\w+ ){0,3}?(?:must|should|need to|needs to|have to|has to|do not|don['’]t)\b")
PAIRED = re.compile(r"(?i)\((?:never|not|no|instead of)\b[^)]*\)")
ORDERED = re.compile(r"(?i)\bin (?:this|the following)(?: \w+)? order\b[.:*]*$")
NEED = re.compile(r"(?i)\b(?:if|when|need|needs|task|situation|scenario|condition|trigger|problem|case|symptom|goal|your agent|you want|intent|event)\b")
DEED = re.compile(r"(?i)\b(?:use|tool|action|do|then|subclass|choose|command|response|solution|fix|what to do|best|recommended|handling|skill)\b")
STUB = re.compile(
    r"(?i)^(?:\W*)(?:(?:you |agents? |it |this |they )?(?:(?:must|should|shall|may|can|do|does|will|need to|have to)(?: not|n['’]t)?|must not|never|always|"
    r"avoid|don['’]?ts?|dos?|don['’]t (?:do|use)|not allowed|forbidden|prohibited|required|requirements?|mandatory|ensure|make sure(?: to)?|"
    r"remember(?: to)?|best practices?|good|bad|what (?:not )?to (?:do|avoid)|things to (?:do|avoid)|"
    r"do this|red flags?|anti-?patterns?|common mistakes?|never do(?: this)?|always do(?: this)?|hard rules?|declines?|you will be penali[sz]ed if you|"
    r"what not to \w+|rules?|golden rules?|absolute rules?|mandatory patterns?|must (?:include|have|be|do|follow|always|never)|should (?:include|have|be)|"
    r"include|exclude|be (?:extremely )?careful with|never use|always use|use)\b(?: (?:the following|these|this|that|when \w+|for \w+))?)[\s:*!]*$"
)
NOT_STUB = re.compile(
    r"(?i)\b(?:never|avoid|don['’]?ts?|do not|must not|should not|shouldn['’]t|mustn['’]t|not allowed|forbidden|prohibited|exclude|not to \w+|penali[sz]ed|"
    r"will not|won['’]t|declines?|to avoid|anti-?patterns?|common mistakes?|bad|red flags?)\b"
)
YES_STUB = re.compile(r"(?i)\b(?:always|must|do|dos|ensure|make sure|remember|required|mandatory|should|shall|need to|have to|include|rules?|mandatory patterns?|will)\b")
POINTS = re.compile(r"(?i)^(?:please )?(?:grep|check|look|scan|search|watch|test|verify|include|cover|report|record)(?: for)?\s*:?$|.*\buse these(?: \w+)?\s*:$")
POINTER = re.compile(
    r"(?i)^(?:please )?(?:grep|check|look|scan|search|watch|test|verify|include|cover|use|report|record|note|consider)(?: for| that| whether)?\s*:?$|"
    r"^(?:please )?(?:(?:then|now|next|and)\s+)?(?:follow|do|use|take|perform|execute|complete|apply|see|run|try|ask|consider|include|check|return|provide|"
    r"observe|note|choose)(?: \w+){0,3}? (?:the following|these|this|below|one of (?:the )?(?:following|these)|as follows)\b(?: \w+){0,4}?\s*:?$"
)
NOUN_AFTER = frozenset(
    "of is are was were has have and or plan plans process processes coverage pattern patterns results result cases case strategy strategies files file system systems management status list data time flow "
    "points point type types name names size level levels history review reviews checks check request requests report reports metrics tools tool steps step phase phases mode modes format formats quality support guide guidelines notes".split()
)


def directives(segments: Sequence[Segment], described: bool = False) -> list[Directive]:
    """The sentences that direct, in order.

    Args:
        segments: all of a document, for what stands around a sentence tells how to read it.
        described: whether the document's first paragraph says what the document does, as commands', skills' and agents' do.
    """
    quoted = spoken(segments)
    leading = {segment.lead for segment in segments if segment.list_id >= 0 and segment.lead}
    moods = {number: mood_of_list(group) for number, group in grouped(segments).items()}
    out = []
    for segment in segments:
        if segment.start in quoted:
            continue
        if described and segment.opening and not PROHIBITION.search(segment.text) and not OBLIGATION.search(segment.text):
            continue
        if segment.text in leading and situational(segment.text):
            continue  # what holds in this situation is said by the items
        modality, under = judged(segment, moods.get(segment.list_id, False))
        if modality and not under and segment.first and segment.lead in leading and (tied := situational(segment.lead)):
            modality, under = tied, segment.lead
        if modality:
            out.append(Directive(segment, modality, under))
    return out


def situational(lead: str) -> Modality | None:
    """The modality that a lead-in gives to the orders below it: "Before you commit:" and "When it fails, you must:" tie them to a situation."""
    text = plain(lead).rstrip(":* ")
    if not leads_in(lead) or (not CONDITION_FIRST.match(text) and not re.match(r"(?i)(?:before|after|prior to|once)\b", text)):
        return None
    main = main_clause(text)
    if main == text or STUB.match(main) or POINTER.match(main) or re.fullmatch(r"(?i)you (?:must|should|need to|have to|will)", main):
        return "before-after" if re.match(r"(?i)(?:before|after|prior to|once)\b", text) else "when-then"
    return None


def spoken(segments: Sequence[Segment]) -> set[int]:
    """The starts of sentences that go on within quotation marks which an earlier one of their paragraph opened."""
    inside, found = False, set()
    for segment in segments:
        if segment.first or segment.kind == "row":
            inside = False
        if inside:
            found.add(segment.start)
        marks = len(re.findall(r"(?<!\\)\"", CODE.sub("", segment.text)))
        inside = inside != (marks % 2 == 1)
    return found


def grouped(segments: Sequence[Segment]) -> dict[int, list[Segment]]:
    """The first sentences of the items of each list."""
    found: dict[int, list[Segment]] = {}
    for segment in segments:
        if segment.list_id >= 0 and segment.first:
            found.setdefault(segment.list_id, []).append(segment)
    return found


def mood_of_list(items: Sequence[Segment]) -> bool:
    """Whether a list is one of orders: most of its items begin with a verb that is hardly ever a noun."""
    known = words()
    starts = [first_word(unlabelled(plain(item.text))[1]) for item in items]
    sure = sum(word in known.verbs and word not in known.doubtful for word in starts)
    maybe = sum(word in known.verbs for word in starts)
    return sure >= 1 and maybe * 2 > len(items)


def plain(text: str) -> str:
    """A sentence without what is only typography: emphasis, symbols, links' addresses; code stands as CODE."""
    text = ARROWS.sub("→", CODE.sub("CODE", text))
    text = LINK.sub(r"\1", text)
    text = URL.sub("URL", text)
    text = EMPHASIS.sub("", SYMBOLS.sub(" ", text)) if SYMBOLS.search(text) else EMPHASIS.sub("", text)
    return " ".join(text.split())


def first_word(text: str) -> str:
    """The first word that is no adverb, in small letters."""
    known = words()
    for word in re.findall(r"[A-Za-z][\w'’-]*", text[:120]):
        if word.lower() not in known.adverbs:
            return word.lower()
    return ""


def unlabelled(text: str) -> tuple[str, str]:
    """A label before a colon or a dash, and the rest; no label where there is none."""
    match = LABEL.fullmatch(text)
    if not match or len(match["label"].split()) > 7:
        return "", text
    if CONDITION_FIRST.match(match["label"]):
        return "", text
    return match["label"].strip(), match["rest"].strip()


def judged(segment: Segment, orders: bool) -> tuple[Modality | None, str]:
    """The modality of a sentence, and the lead-in it hangs on; None for one that does not direct.

    Args:
        orders: whether it stands in a list of orders.
    """
    raw = segment.text
    text = plain(raw)
    if not re.search(r"[A-Za-z]{2}", text) or text.endswith("?") or EXAMPLE.match(text) or re.fullmatch(r"[\"“'].*[\"”'][.,]?", text):
        return None, ""
    label, rest = unlabelled(text)
    if text[0] in '"“' and not leads_in(raw):
        return None, ""
    said = QUOTED.sub("QUOTE", text)
    if segment.kind == "row":
        return row_modality(text, segment.lead), ""
    hangs = stub_mood(segment)
    if ORDERED.search(text) and len(text.split()) < 9:
        return None, ""
    if STUB.match(text) or (label and STUB.match(rest)) or (leads_in(raw) and (POINTER.match(text.rstrip(":* ")) or not directs(text, text, False, segment))):
        return None, ""
    if label and is_code(label, raw) and not strong(rest) and not hangs:
        return None, ""  # the gloss of a command, a tool or an option
    if CROSS.match(raw) and not re.search(r"[.:]$", raw):
        return ("before-after" if modality_of(said, text) == "before-after" else "must not"), ""
    if label and re.match(r"(?:always|never)\s+(?!\w+(?:s|ed)\b)\S", rest, re.I):
        return modality_of(QUOTED.sub("QUOTE", rest), rest), ""
    if label and NOT_STUB.search(label) and STUB.match(label):
        return "must not", ""
    body = rest if label and not directs_by_itself(label, segment) else text
    if directs(said if body is text else QUOTED.sub("QUOTE", body), said, orders or bool(hangs), segment):
        under = (segment.lead or segment.headings[-1]) if hangs == "must not" and not ORDER_NOT.search(said) else ""
        if label and body is rest and len(label.split()) < 5 and SITUATION.match(label) and imperative(rest, True, segment):
            return "when-then", ""
        return ("must not", under) if under else (modality_of(said, body), "")
    if hangs and not ROLE.match(text) and not re.match(r"(?i)(?:yes|no|ok|✓)\b", text):
        return hangs, segment.lead or segment.headings[-1]
    return None, ""


def is_code(label: str, raw: str) -> bool:
    """Whether a label names code: a command, an option, an identifier, a path."""
    return bool(
        re.fullmatch(r"(?:CODE[\s,/|]*(?:or |and )?)+(?:\([^)]*\))?", label) or re.fullmatch(r"[*/@-]{1,2}[\w-]+(?: .*)?|\w+(?:[_./]\w+)+|\w+\(.*\)|[a-z]+(?:-[a-z]+)+", label)
    )


def strong(text: str) -> bool:
    """Whether the words themselves oblige or forbid."""
    return bool(ORDER_NOT.search(text) or OBLIGATION.search(text) or re.search(r"\b(?:ALWAYS|MUST|NEVER)\b", text))


def directs_by_itself(label: str, segment: Segment) -> bool:
    """Whether a label is an order already: "Announce the story: …", "Never commit: …"."""
    if len(label.split()) < 2:
        return False
    return bool(ORDER_NOT.search(label)) or (
        (first_word(label) not in words().doubtful or bool(re.search(r"(?i)\b(?:the|a|an|your|all|each|any|and)\b", label))) and imperative(main_clause(label), False, segment)
    )


def stub_mood(segment: Segment) -> Modality | None:
    """The modality that an item inherits from a lead-in or a heading that says no more than "Never:" or "You must:"."""
    if segment.list_id < 0 or not segment.first:
        return None
    governing = plain(segment.lead or (segment.headings[-1] if segment.headings else ""))
    governing = unlabelled(governing)[1]
    if segment.lead and POINTS.match(governing):
        return "must"
    if re.match(r"(?i)(?:goes back|go back|returns?|escalates?|stops?|hands? over) (?:when|if)\b", governing):
        return "when-then"
    if not governing or not STUB.match(governing):
        return None
    if NOT_STUB.search(governing):
        return "must not"
    if re.search(r"(?i)\bshould\b", governing):
        return "should"
    if segment.lead and YES_STUB.search(governing):
        return "must"
    return "must" if re.fullmatch(r"(?i)\W*(?:always|must|dos?|always do(?: this)?|you must|must (?:always|do))\W*", governing) else None


def directs(body: str, whole: str, orders: bool, segment: Segment) -> bool:
    """Whether a sentence directs at all."""
    if ROLE.match(whole) or ROLE.match(body):
        return False
    if re.match(r"(?i)to (?:the )?\w+(?: \w+)? (?:when|if|once)\b", whole):
        return True  # a hand-over
    if ORDER_NOT.search(RELATIVE.sub("that", whole)) and not re.search(
        r"(?i)\bif (?:you|they|it) (?:do not|don['’]t)\b|^(?:it|this|that|the \w+|[A-Z]\w+) (?:does not|doesn['’]t|do not|don['’]t|may not|cannot)\b", whole
    ):
        return True
    if YOU_WILL.match(body) or re.search(r"\b(?:ALWAYS|MUST)\b", whole) or (re.search(r"(?i)\balways (?:\w+ly )?[a-z]+\b(?<!s)(?<!ed)", whole) and not THIRD.match(body)):
        return True
    if ABILITY.match(body) and not OBLIGATION.search(whole):
        return False
    if OFTEN.match(body):
        return False
    own = RELATIVE.sub("that", whole)
    if OBLIGATION.search(own) or RECOMMENDATION.search(own):
        return not re.match(r"(?i)(?:what|why|how|which|who)\b", body)
    if (
        re.match(r"(?i)no \w+", body)
        and not re.search(r"(?i)\b(?:remains?|exists?|is|are|was|were|needed|found|has|have)\b(?! allowed)", body)
        and (re.search(r"(?i)\b(?:allowed|permitted|unless|without)\b", body) or len(body.split()) < 6)
    ):
        return True
    if PAIRED.search(whole) and "CODE" in whole and len(whole.split()) < 12:
        return True
    clause = main_clause(body)
    if imperative(clause, orders, segment):
        return True
    if CONDITION_FIRST.match(body) or BEFORE.match(body) or AFTER.match(body):
        later = re.sub(r"\([^)]*\)", "", body)
        if any(first_word(later[match.end() :]) in words().verbs and imperative(later[match.end() :], False, segment) for match in re.finditer(r"[,:;—→]\s+", later)):
            return True
    if (arrow := ARROW.search(whole)) and not leads_in(whole) and imperative(whole[arrow.end() :], True, segment):
        return True
    if (
        re.match(r"(?i)(?:all|every) [\w -]+ (?:use|uses|go|goes|follow|follows)\b", body)
        or re.match(r"(?i)not \w+[.!]$", body)
        or re.search(r"CODE,? (?:before|after|AFTER)\b", whole)
    ):
        return True
    return any(sure_order(part, segment) for part in re.split(r"\s*[—;]\s*|, (?:so|but) ", clause)[1:])


def sure_order(clause: str, segment: Segment) -> bool:
    """Whether a later clause is an order: only a verb that is hardly ever a noun counts, with what it acts on."""
    first = first_word(clause)
    return (
        first != "see"
        and first in words().verbs
        and (first not in words().doubtful or bool(re.match(r"(?i)\w+ (?:the|a|an|your|any|all|each|this|that|these|it|CODE)\b", clause)))
        and len(clause.split()) > 2
        and imperative(clause.strip(), False, segment)
    )


def main_clause(body: str) -> str:
    """A sentence without the condition, the time or the purpose that it opens with."""
    text = re.sub(r"^\W*(?:\(?(?:optional|required|critical|important|mandatory)\)?\W+)?", "", body, flags=re.I)
    opening = re.match(
        r"(?i)(?:if|when|whenever|unless|once|after|before|for|in|on|upon|during|while|where|as|to|with|at|by|from|under|within|inside|above|below|across|"
        r"alongside|until|without|given|because|since|instead of|rather than|based on|depending on|prior to|following|otherwise)\b[^,:;—→]*(?:,|:|;|—| – | - |"
        r"\s→)\s*(?=\S)",
        text,
    )
    if opening and (rest := text[opening.end() :].strip()):
        if re.match(r"(?i)(?:or|and)\b", rest) and (more := re.match(r"[^,:;]*[,:;]\s*(?=\S)", rest)):
            rest = rest[more.end() :]
        return rest
    arrow = ARROW.search(text)
    return text[arrow.end() :].strip() if arrow and CONDITION_FIRST.match(text) else text


def imperative(text: str, orders: bool, segment: Segment) -> bool:
    """Whether a clause opens with a verb in its base form that is an order.

    Args:
        orders: whether the clauses around it are orders, which decides for words that are as often nouns.
    """
    known = words()
    found = re.findall(r"[A-Za-z][\w'’-]*|[^\sA-Za-z]", text[:200])
    while found and (found[0].lower() in known.adverbs or not found[0][0].isalpha()) and found[0] != "CODE":
        found = found[1:]
    if not found or found[0] in ("CODE", "QUOTE", "URL"):
        return False
    first, after = found[0].lower(), [word for word in found[1:4]]
    second = after[0].lower() if after else ""
    if second in ("would", "will", "can", "could", "should", "must", "may", "might", "is", "are", "was", "were", "has", "have", "had", "does", "did") or (
        first in ("note", "remember") and second == "that"
    ):
        return False
    if re.fullmatch(r"[A-Za-z-]+[.!]", text.strip()) and first in known.verbs:
        return True
    if first in ("be", "do", "let", "make", "please", "have", "get"):
        return bool(after) and (first != "do" or second not in ("not",) or True)
    base = first.removeprefix("re-").removeprefix("pre-")
    if second in ("/", "'s", "+", "=", "≤", "≥", "<", ">") or first.endswith(("'s", "’s")):
        return False
    if (
        first not in known.verbs
        and base not in known.verbs
        and first not in known.doubtful
        and (first.rpartition("-")[2] not in known.verbs or first.rpartition("-")[2] in known.doubtful)
    ):
        return first not in known.others and second in ("the", "a", "an", "all", "each", "every", "any", "your", "their", "its") and not re.search(r"(?:s|ed|ing|ly)$", first)
    if NOUN_PHRASE.match(text):
        return orders
    if first == "use" and second in ("of", "case", "cases"):
        return False
    if first not in known.doubtful:
        return second not in ("is", "are", "was", ":") or first in ("ensure",)
    if not after:
        return orders
    if (
        (second in known.determiners and second not in ("that", "which", "who"))
        or after[0] in ("CODE", "QUOTE", "URL")
        or (
            second
            in (
                "to",
                "for",
                "on",
                "with",
                "from",
                "into",
                "in",
                "up",
                "out",
                "through",
                "by",
                "at",
                "against",
                "as",
                "about",
                "whether",
                "if",
                "down",
                "over",
                "back",
                "away",
                "not",
                "beyond",
                "across",
                "through",
                "within",
                "without",
            )
            and not (second in ("for", "in", "of", "by", "on") and len(found) < 4)
        )
    ):
        return True
    third = after[1].lower() if len(after) > 1 else ""
    if second in ("and", "or") and third in known.verbs:
        return orders or third not in known.doubtful or found[0].isupper()
    if text.endswith(":") and len(text.split()) < 6:
        return orders
    if second in NOUN_AFTER and text.endswith(".") and third in ("that", "which", "to", "for", "with", "from", "by", "before", "after"):
        return True
    if second in NOUN_AFTER or second in (":", "-", "–", "—", "/", ",", "(", "&", "|"):
        return orders and second not in ("of", "is", "are", "was", "were", "has", "have", ":", "/", "&")
    if orders:
        return True
    sentence = bool(re.search(r"[.!]$", text)) and len(text.split()) >= 4
    return sentence or (len(text.split()) >= 4 and bool(re.search(r"(?i)\b(?:the|a|an|your|all|each|any|to|before|after|with|for|by|using|from|into)\b", text)))


def row_modality(text: str, header: str) -> Modality | None:
    """The modality of a table's row: one that obliges by its words, or that ties a situation to an action."""
    cells = [cell.strip() for cell in text.split("|")]
    if any(strong(cell) or RECOMMENDATION.search(cell) for cell in cells):
        return modality_of(text, text)
    if "forbidden" in text.lower():
        return "prefer-over"
    names = [cell.strip() for cell in plain(header).split("|")]
    mapped = len(names) > 1 and NEED.search(names[0]) and any(DEED.search(name) for name in names[1:])
    situation = re.match(r"(?i)(?:if|when|need|want|user (?:asks|wants|says))\b", cells[0]) or SITUATION.match(cells[0])
    known = words()
    orders = [cell for cell in cells[1:] if first_word(cell) in known.verbs and first_word(cell) not in known.doubtful and len(cell.split()) > 1]
    return "when-then" if mapped or (situation and orders) else None


def modality_of(said: str, body: str) -> Modality:
    """Which of the six moods a directive is in: the first that applies."""
    if PREFERENCE.search(said) and not re.search(r"(?i)instead of the (?:usual|above)", said):
        return "prefer-over"
    asked = WHETHER.sub("whether", said)
    conditional = bool(
        CONDITION_FIRST.match(body)
        or CONDITION_FIRST.match(said)
        or (ARROW.search(re.sub(r"\([^)]*\)", "", said)) and not THEN.search(said))
        or CONDITION.search(asked)
        or re.match(r"(?i)\W*(?:else|otherwise)\b", said)
    )
    if (
        BEFORE.search(said)
        or UNTIL.search(said)
        or FIRST.search(said)
        or THEN.search(said)
        or (AFTER.search(said) and not re.search(r"(?i)\bat once\b|\bonce (?:a|per)\b|\bnamed? after\b|\blook\w* after\b", said))
    ) and not re.search(r"(?i)\bif\b[^,]*,\s*then\b", said):
        return "before-after"
    if conditional:
        return "when-then"
    if ORDER_NOT.search(said) or re.match(r"(?i)no \w+", body) or re.match(r"(?i)\W*avoid\b", body) or re.search(r"\bNOT\b", said):
        return "must not"
    if SOFT.search(body) or SOFT.search(said) or RECOMMENDATION.search(said):
        return "should"
    return "must"
