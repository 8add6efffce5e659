"""Count tokens offline."""

from functools import cache
from typing import Any

import quicktok

ENCODING = "o200k_base"


@cache
def _encoder() -> Any:
    return quicktok.get_encoding(ENCODING)


def count(text: str) -> int:
    """The number of o200k tokens of a text; special tokens in it count as text."""
    return len(_encoder().encode_ordinary(text))
