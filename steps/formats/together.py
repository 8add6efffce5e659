"""Together AI: fine-tuning with conversations."""

from steps.formats.chat import Chat
from steps.formats.format import Limits


class Together(Chat):
    """Chat JSONL with `messages` and `tools`, and no other key.

    Rules: content is text, empty beside calls (the client's check refuses null); roles alternate after the system; `weight` is 0 or 1; files up to 100 GB;
    no line of another format between. That two results may follow one another, as parallel calls need, no page says; the client
    that knows the role `tool` is as yet untried with it.

    Source: Together docs "Data preparation" and "Function-calling fine-tuning"; the check that the client makes before an upload
    (togethercomputer/together-py, `lib/utils/files.py`, `lib/constants.py`).
    """

    name = "together"
    about = "Together AI"
    lacks = "nothing that rows have"
    source = "docs.together.ai/docs/fine-tuning/data-preparation, …/function-calling"
    limits = Limits(size=100 * 2**30)
    empty = True
    weights = True
