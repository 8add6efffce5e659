"""Ask a teacher for the rules that the grammar missed."""

from steps.contracts import Missed, Passage
from steps.task import ContractTask


class AddMissed(ContractTask[Passage, Missed]):
    """Let the extractor add rules to those of the grammar. What it adds is held against the document by `MergeUnits`, quotation by quotation.

    Reads: passage, start, text, scope, known.
    Writes: missed.
    Rejects when: the answer does not keep the contract. The rules that the grammar found are not touched by it.

    Example:
        {"text": "Tests live beside the code. A merge without review is a mistake.", "known": []}
        -> {"missed": [{"quote": "A merge without review is a mistake.", "modality": "must not"}]}
    """

    reads = Passage
    writes = Missed
    prompt = "extract.jinja2"
