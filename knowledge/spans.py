"""Where in a document something stands."""

import json
import re


def line_of(text: str, name: str, key: str = "") -> int:
    """The line, from 1, on which a JSON string or key first stands in the text; 1 when it does not.

    Args:
        key: the key whose value it is, where that is known: the first such place counts before any other.
    """
    written = "|".join(re.escape(json.dumps(name, ensure_ascii=ascii_)) for ascii_ in (True, False))
    found = (key and re.search(rf'"{key}"\s*:\s*(?P<name>{written})', text)) or re.search(f"(?P<name>{written})", text)
    return text.count("\n", 0, found.start("name")) + 1 if found else 1
