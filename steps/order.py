"""An order drawn by seed, in which two things keep theirs whatever else there is."""

import hashlib

BITS = 48


def drawn(what: str, seed: int) -> int:
    """Where something stands in the order: a number of 48 bits. A shuffle would give every row another place when one row more is there."""
    return int.from_bytes(hashlib.sha256(f"{what} {seed}".encode()).digest()[: BITS // 8], "big")
