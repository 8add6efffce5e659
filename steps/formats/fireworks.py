"""Fireworks AI: supervised fine-tuning."""

from steps.formats.chat import Chat
from steps.formats.format import Limits


class Fireworks(Chat):
    """Chat JSONL with `messages` and `tools`.

    Rules: 3 to 3,000,000 examples; a system message comes first; content is text; `weight` is 0 or 1, and a message with 0 is skipped.

    Source: Fireworks docs "Supervised Fine Tuning - Text".
    """

    name = "fireworks"
    about = "Fireworks AI"
    lacks = "more than 3 million rows"
    source = "docs.fireworks.ai/fine-tuning/fine-tuning-models"
    limits = Limits(least=3, most=3_000_000, held=3_000_000)
    empty = True
    weights = True
