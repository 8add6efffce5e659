"""Hand-labelled sentences, by place: what is a rule, and in which mood. See README.md."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from knowledge.document import Document, make_document
from knowledge.grammar import directives
from knowledge.markdown import parse

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
DESCRIBED = ("/commands/", "commands/", "/agents/", "SKILL.md", "/tasks/", "tasks/")


@dataclass
class Score:
    """What the grammar found of a system's labelled sentences."""

    system: str
    counts: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.counts["found"] / max(1, self.counts["found"] + self.counts["too much"])

    @property
    def recall(self) -> float:
        return self.counts["found"] / max(1, self.counts["found"] + self.counts["missed"])

    @property
    def mood(self) -> float:
        return self.counts["in its mood"] / max(1, self.counts["found"])

    def __str__(self) -> str:
        figures = f"precision {self.precision:.3f}  recall {self.recall:.3f}  mood {self.mood:.3f}"
        return f"{self.system:24} n {self.counts['sentences']:4}  rules {self.counts['rules']:4}  {figures}  spans {self.counts['exact']} of {self.counts['sentences']}"


def systems() -> dict[str, dict]:
    """The label files by name."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.yaml"))}


def score(name: str, labels: dict, texts: dict[str, str]) -> Score:
    """Hold what the grammar finds against the labels.

    A rule counts as found when its span is that of the labelled sentence, to the character; everything else that the grammar
    takes for a rule within the labelled lines counts against its precision.
    """
    result = Score(name)
    counts = result.counts
    for entry in labels["documents"]:
        document = make_document(f"{name}/{entry['path']}", texts[entry["path"]], 0)
        segments = parse(document.body, document.header.body).segments
        described = any(part in entry["path"] for part in DESCRIBED)
        found = {(item.segment.start, item.segment.end): item.modality for item in directives(segments, described)}
        cut = {(segment.start, segment.end) for segment in segments}
        seen = set()
        for label in entry["sentences"]:
            span = place(document, label)
            seen.add(span)
            want = None if label["rule"] == "none" else label["rule"].replace("must_not", "must not").replace("_", "-")
            got = found.get(span)
            counts["sentences"] += 1
            counts["exact"] += span in cut
            counts["rules"] += want is not None
            counts["found"] += bool(want and got)
            counts["in its mood"] += bool(want and want == got)
            counts["missed"] += bool(want and not got)
            counts["too much"] += bool(got and not want)
            if bool(want) != bool(got) or span not in cut:
                result.wrong.append(f"{want} {got} {'' if span in cut else 'SPAN '}{entry['path']}:{label['line']} {document.text[slice(*span)][:110]!r}")
        first, last = document.start(entry["first"]), document.start(entry["last"] + 1) if entry["last"] < document.text.count("\n") + 1 else len(document.text)
        for span in found:
            if span not in seen and first <= span[0] < last:
                counts["too much"] += 1
                result.wrong.append(f"None {found[span]} EXTRA {entry['path']}:{document.line(span[0])} {document.text[slice(*span)][:110]!r}")
    return result


def place(document: Document, label: dict) -> tuple[int, int]:
    """Start and end of a labelled sentence; its digest must fit."""
    start = document.start(label["line"]) + label["column"]
    end = start + label["length"]
    digest = hashlib.sha256(document.text[start:end].encode()).hexdigest()[:12]
    assert digest == label["digest"], f"{document.path}:{label['line']} has changed since it was labelled"
    return start, end
