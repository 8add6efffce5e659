"""Where in a document something stands."""

import json


def line_of(text: str, name: str) -> int:
    """The line, from 1, on which a JSON string or key first stands in the text; 1 when it does not."""
    at = text.find(json.dumps(name))
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
