"""A text without its code, and the language that it is written in."""

import re

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?:(?: {4}|\t)[^\n]*(?:\n|\Z)|[ \t]*\n(?= {4}|\t))+")
SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
MARKERS = {
    "English": "the and is are was of to in that it for with this not you have be has from does do which but its an than when what how there can would should i",
    "German": "der die das und ist nicht ein eine mit für auf den dem zu von sich auch wird oder aber wenn wie nur noch nach bei ich sie werden sind dass kann ins",
    "French": "le la les et est pas un une des pour dans que qui sur avec ce cette sont du au aux ne vous nous je il elle ou mais peut",
    "Spanish": "el los las y es no un una para en que por con se del al lo como pero más está son este esta su o hay qué puede me",
    "Italian": "il lo gli e è non un una per in che di con si del della sono questo questa come ma più nel al anche ha mi da se",
    "Portuguese": "o os as e é não um uma para em que por com se do da dos das no na como mas mais está são este esta ao eu você",
    "Dutch": "de het een en is niet van op met voor dat die te zijn als maar ook bij naar deze dit wordt er nog kan je ik we",
    "Polish": "i w nie na się z do jest to że o jak ale po co tak za od czy są dla przez być już tylko lub ten",
    "Swedish": "och att det som en är på för med den inte av till ett om har de så men kan från var jag du",
}
WORDS = {name: frozenset(words.split()) for name, words in MARKERS.items()}
SCRIPTS = {
    "Japanese": re.compile(r"[\u3040-\u30ff]"),
    "Korean": re.compile(r"[\uac00-\ud7af]"),
    "Russian": re.compile(r"[\u0400-\u04ff]"),
    "Chinese": re.compile(r"[\u4e00-\u9fff]"),
}
FEWEST = 3


def fences(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a text: what the fence says of itself, in lower case, and the content."""
    return [(info.strip().lower(), code) for _, info, code in FENCE.findall(text)]


def prose(text: str, spans: bool = False) -> str:
    """A text without its fenced and indented blocks, and without what stands in backticks, unless `spans` keeps that."""
    text = INDENTED.sub("\n", FENCE.sub("\n", text))
    return text if spans else SPAN.sub("`", text)


def language(text: str) -> str | None:
    """The language of a text by its small words; None where too few of them stand in it, or two languages are near each other."""
    text = prose(text).lower()
    for name, script in SCRIPTS.items():
        if len(script.findall(text)) * 4 > len(re.findall(r"[^\W\d_]", text)):
            return name
    words = WORD.findall(text)
    (most, first), (second, _) = sorted(((sum(word in known for word in words), name) for name, known in WORDS.items()), reverse=True)[:2]
    return first if most >= FEWEST and most > second * 1.5 else None
