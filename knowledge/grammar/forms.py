"""Forms of words that several parts of the grammar look for, and how such forms are written down.

All patterns are for sentences as `plain` leaves them: on one line, single spaces, code as CODE, quotations perhaps as QUOTE.
"""

import re

DONT = r"don['’]t"
NOT = r"(?:\s+(?:not|never)\b|n['’]t\b)"
START = r"(?:^|[\s(,;—-])"


def any_of(words: str) -> str:
    """The part of a pattern that stands for one of some words: `any_of("may might")` is `(?:may|might)`."""
    return f"(?:{'|'.join(words.split())})"


def either(*forms: str) -> re.Pattern[str]:
    """Any of some forms, wherever it stands; capitals and small letters are one."""
    return re.compile("|".join(forms), re.I)


def phrase(*forms: str) -> re.Pattern[str]:
    """Any of some forms as whole words, wherever it stands."""
    return re.compile(rf"\b(?:{'|'.join(forms)})\b", re.I)


def opening(*forms: str) -> re.Pattern[str]:
    """Any of some forms as whole words at the beginning."""
    return re.compile(rf"^(?:{'|'.join(forms)})\b", re.I)


OBLIGATION = phrase(
    "must|shall",
    "(?:have|has|needs?|ought|required) to",
    "(?:is|are) (?:required|mandatory|essential)",
    "is critical that",
    "it is (?:critical|vital|crucial) (?:to|that)",
    "(?-i:MANDATORY|REQUIRED|ONLY)",  # "Commit ONLY what you changed"
)
RECOMMENDATION = phrase(
    "should|ought to|had better|recommended|advisable|ideally|preferably",
    "(?:we|i|they) recommend",
    "(?:is|are) preferred",
    "it(?: is|['’]s) (?:best|better|good practice|a good idea|wise|preferable|important) to",
    "you may want to|encouraged to",
)
PROHIBITION = either(
    rf"^(?:please )?(?:do not|{DONT}|never|avoid|refrain|stop (?!here)\w+ing)\b",  # "Stop guessing", no "Stop here"
    rf"\b{any_of('must shall should may need ought')}(?: to)?{NOT}",
    r"\b(?:is|are|be) (?:strictly )?(?:forbidden|prohibited|not allowed|not permitted|disallowed|banned|off[- ]limits)\b",
    r"\bcannot be (?:bypass|skip)\w+",
    rf"[:;—]\s*(?:do not|{DONT})\b",  # "Keep it short; do not repeat yourself"
    r"\b(?-i:NEVER|DO NOT|DON['’]T)\b",
    r"\bunder no circumstances\b",
    r"\bno [\w-]+(?: [\w-]+)? (?:is |are )?allowed\b",  # "No direct pushes are allowed"
)
CONDITION_FIRST = re.compile(
    rf"""
    ^(?:(?:only|except|even)[ ])?                                       # "Only if it fails, …"
    (?: if | when | whenever | unless | once | whether | where | wherever | given | upon
      | in[ ]case | in[ ]the[ ]event | as[ ]soon[ ]as
      | should[ ]{any_of("you the a an it")}                            # "Should the build fail, …"
      | on[ ](?:an?[ ])?{any_of("error failure success timeout conflict")}
      | for[ ]{any_of("any each every all new large small complex simple multi[a-z]* critical ambiguous")}
      | for[ ][a-z-]+[ ]{any_of("changes tasks requests questions issues files projects features operations work code errors bugs cases")}
    )\b
    """,
    re.I | re.X,
)
BEFORE = either(r"(?:^|\W)(?:before|prior to)\s+[a-z]+\b")
AFTER = either(rf"{START}(?:after|once|upon)\s+[a-z]")
ARROW = re.compile(r"\s→\s")
SITUATION = opening(
    any_of(r"no not none multiple unknown invalid ambiguous conflict\w* timeouts?"),
    "too (?:many|few|large|long)",
    rf"(?:\w+ )?{any_of('errors? failures? failed fails match found missing')}",  # "Build fails: …"
)
ROLE = either(
    rf"^you(?:['’]re| are)(?: now)?\s+(?:also an?|in charge|{any_of('an? the responsible expert operating working helping part')})\b",
    rf"^your (?:\w+ )?{any_of('goal job role purpose mission task responsibilit[a-z]+ expertise approach focus strengths?')}\s+(?:is|are|include)\b",
    r"^as an? ",
)
SHOUTED = re.compile(r"\b(?:ALWAYS|MUST|NEVER)\b")


def is_strong(text: str) -> bool:
    """Whether the words themselves oblige or forbid: "the form must be closed", "ALWAYS ask"."""
    return bool(PROHIBITION.search(text) or OBLIGATION.search(text) or SHOUTED.search(text))
