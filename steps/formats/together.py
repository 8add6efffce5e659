"""Together AI: fine-tuning with conversations."""

from steps.formats.chat import Chat
from steps.formats.format import Limits


class Together(Chat):
    """Chat JSONL with `messages` and `tools`, and no other key.

    Rules: content is text, empty beside calls (older clients refuse null); roles alternate after the system, results of parallel calls may follow one
    another; `weight` is 0 or 1; files up to 50.1 GB, above which the client uploads none (the service takes 100 GB).

    Source: Together docs "Data preparation" and "Function-calling fine-tuning"; the check that the client makes before an upload (package together,
    `lib/utils/files.py`, `lib/constants.py`), which passes what is written here (tried with 3.1.1).
    """

    name = "together"
    about = "Together AI"
    lacks = "nothing that rows have"
    source = "docs.together.ai/docs/fine-tuning/data-preparation, …/function-calling"
    limits = Limits(size=int(50.1 * 2**30))
    empty = True
    weights = True
