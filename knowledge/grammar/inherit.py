"""What an item has from above it: the mood of a stub ("Never:"), the situation that a lead-in names ("Before you commit:")."""

from functools import lru_cache

from knowledge.grammar.forms import CONDITION_FIRST, DONT, any_of, either, opening, phrase
from knowledge.grammar.sentence import main_clause, plain, split_label
from knowledge.markdown import Segment, leads_in
from knowledge.units import Modality

LOOK = any_of("grep check look scan search watch test verify include cover report record")
FOLLOW = any_of("follow do use take perform execute complete apply see run try ask consider include check return provide observe note choose")
STUBS = "|".join(
    (
        rf"(?:{any_of('must should shall may can do does will')}|need to|have to)(?: not|n['’]t)?",  # "You must not:"
        "never|always|avoid|include|exclude|use|don['’]?ts?|dos?|do this",
        rf"(?:never|always|{DONT}) (?:do(?: this)?|use)",
        "must (?:include|have|be|do|follow|always|never)|should (?:include|have|be)",
        "ensure|make sure(?: to)?|remember(?: to)?",
        "not allowed|forbidden|prohibited|required|requirements?|mandatory(?: patterns?)?",
        r"what to (?:do|avoid)|what not to \w+|things to (?:do|avoid)",
        "good|bad|best practices?|red flags?|anti-?patterns?|common mistakes?|(?:hard |golden |absolute )?rules?",
        "declines?|be (?:extremely )?careful with|you will be penali[sz]ed if you",
    )
)
STUB = either(rf"^\W*(?:you |agents? |it |this |they )?(?:{STUBS})\b(?: (?:the following|these|this|that|when \w+|for \w+))?[\s:*!]*$")
NOT_STUB = phrase(
    "never|avoid|exclude|declines?|don['’]?ts?|do not|not allowed|forbidden|prohibited|penali[sz]ed",
    r"(?:must|should|will) not|(?:must|should)n['’]t|won['’]t|not to \w+",
    "bad|red flags?|anti-?patterns?|common mistakes?",
)
YES_STUB = phrase("always|must|dos?|ensure|make sure|remember|required|mandatory|should|shall|need to|have to|include|rules?|will")
SHOULD = phrase("should")
MUST_STUB = either(r"^\W*(?:always|must|dos?|always do(?: this)?|you must|must (?:always|do))\W*$")
LOOK_FOR = either(rf"^(?:please )?{LOOK}(?: for)?\s*:?$", r"^.*\buse these(?: \w+)?\s*:$")  # "Check for:"
POINTER = either(
    rf"^(?:please )?(?:{LOOK}|use|note|consider)(?: for| that| whether)?\s*:?$",
    rf"^(?:please )?(?:(?:then|now|next|and)\s+)?{FOLLOW}(?: \w+){{0,3}}? "  # "Then follow strictly these steps:"
    r"(?:the following|these|this|below|one of (?:the )?(?:following|these)|as follows)\b(?: \w+){0,4}?\s*:?$",
)
STOPS_WHEN = opening("(?:goes back|go back|returns?|escalates?|stops?|hands? over) (?:when|if)")
TIME_FIRST = opening("before|after|prior to|once")
BARE_DUTY = either("^you (?:must|should|need to|have to|will)$")


def inherited_mood(segment: Segment) -> Modality | None:
    """The mood that an item has from the lead-in or the heading above it, where this says no more than "Never:" or "You must:"."""
    if segment.list_id < 0 or not segment.first:
        return None
    return stub_mood(governing(segment), bool(segment.lead))


def governing(segment: Segment) -> str:
    """The lead-in of an item; where there is none, its heading."""
    return segment.lead or (segment.headings[-1] if segment.headings else "")


@lru_cache(maxsize=1024)
def stub_mood(above: str, is_lead: bool) -> Modality | None:
    """The mood of a stub: "Never:" is `must not`, "You should:" is `should`; None for what is no stub."""
    text = split_label(plain(above))[1]
    if is_lead and LOOK_FOR.match(text):
        return "must"
    if STOPS_WHEN.match(text):
        return "when-then"
    if not text or not STUB.match(text):
        return None
    if NOT_STUB.search(text):
        return "must not"
    if SHOULD.search(text):
        return "should"
    return "must" if (is_lead and YES_STUB.search(text)) or MUST_STUB.match(text) else None


@lru_cache(maxsize=1024)
def situation_mood(lead: str) -> Modality | None:
    """The mood that a lead-in gives to the orders below it: "Before you commit:" and "When it fails, you must:" tie them to a situation."""
    text = plain(lead).rstrip(":* ")
    timed = bool(TIME_FIRST.match(text))
    if not leads_in(lead) or not (timed or CONDITION_FIRST.match(text)):
        return None
    main = main_clause(text)
    if main == text or is_stub(main) or is_pointer(main) or BARE_DUTY.match(main):
        return "before-after" if timed else "when-then"
    return None


def is_stub(text: str) -> bool:
    """Whether a text says no more than in which mood its items are: "You must:", "Golden rules"."""
    return bool(STUB.match(text))


def is_pointer(text: str) -> bool:
    """Whether a text only points at what follows: "Follow these steps:", "Check for"."""
    return bool(POINTER.match(text.rstrip(":* ")))


def is_negative_stub(text: str) -> bool:
    """Whether a stub forbids its items: "Never:", "Common mistakes"."""
    return bool(NOT_STUB.search(text)) and is_stub(text)
