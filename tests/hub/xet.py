"""Large files by Xet, upload alone: xorbs (chunks, packed) and then a shard that says which chunks make which file.

A file is put together when its shard arrives, so that it is downloaded like any other. No chunk is known across uploads unless the client's own
cache knows it: questions for chunks are answered with 404.

Source: https://huggingface.co/docs/xet/en/shard and https://huggingface.co/docs/xet/en/xorb
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.hub.answer import Answer
from tests.hub.problem import Problem
from tests.hub.routes import route

if TYPE_CHECKING:
    from tests.hub.server import Handler

ROW = 48  # bytes of a header and of each row of a shard
END = b"\xff" * 32
VERIFIED, DESCRIBED = 1 << 31, 1 << 30  # a file's flags: a row more for each of its segments; one row more in all
PLAIN, LZ4, GROUPED = 0, 1, 2


@route("GET", "/api/datasets/{repo}/xet-write-token/{revision}")
def token(at: "Handler", repo: str, revision: str) -> Answer:
    at.writable(repo)
    if not at.hub.xet:
        raise Problem(404, "No Xet here")
    until = int(time.time()) + 3600
    headers = {"X-Xet-Cas-Url": at.hub.url, "X-Xet-Access-Token": "xet", "X-Xet-Token-Expiration": str(until)}
    return Answer(content={"casUrl": at.hub.url, "accessToken": "xet", "exp": until}, headers=headers)


@route("GET", "/v1/chunks/{prefix}/{name}")
def chunk(at: "Handler", prefix: str, name: str) -> Answer:
    raise Problem(404, "Not found")


@route("POST", "/v1/xorbs/{prefix}/{name}")
def xorb(at: "Handler", prefix: str, name: str) -> Answer:
    path = at.hub.xorbs.folder / name
    new = not path.exists()
    sha256, _ = at.hub.xorbs.add(at.pieces())
    at.hub.xorbs.path(sha256).rename(path)
    return Answer(content={"was_inserted": new})


@route("POST", "/v1/shards")
def shard(at: "Handler") -> Answer:
    body, place = at.body(), ROW
    while (name := body[place : place + 32]) != END:
        flags, count = word(body, place + 32), word(body, place + 36)
        rows = [body[place + ROW * (n + 1) : place + ROW * (n + 2)] for n in range(count)]
        if name not in at.hub.assembled:
            at.hub.bodies.add(piece for row in rows for piece in unpacked(at, row))
            at.hub.assembled.add(name)
        place += ROW * (1 + count * (2 if flags & VERIFIED else 1) + (1 if flags & DESCRIBED else 0))
        if len(name) < 32:
            raise Problem(400, "The shard ends too early.")
    return Answer(content={"result": 1})


def unpacked(at: "Handler", row: bytes) -> Iterator[bytes]:
    """The chunks of one segment of a file."""
    path = at.hub.xorbs.folder / b"".join(row[n : n + 8][::-1] for n in range(0, 32, 8)).hex()
    if not path.exists():
        raise Problem(400, "The shard names a xorb that was not uploaded.")
    with path.open("rb") as file:
        for place, packed, how, size in chunks(path)[word(row, 40) : word(row, 44)]:
            file.seek(place)
            yield decoded(file.read(packed), how, size)


@lru_cache(maxsize=16)
def chunks(path: Path) -> list[tuple[int, int, int, int]]:
    """Of each chunk of a xorb: where it begins, its bytes there, how it is packed, its bytes when unpacked."""
    found, place = [], 0
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8 and head[0] == 0:  # a footer, which older clients send, begins with a letter
            packed = word(head, 1) & 0xFFFFFF
            found.append((place + 8, packed, head[4], word(head + b"\0", 5) & 0xFFFFFF))
            place += 8 + packed
            file.seek(place)
    return found


def decoded(data: bytes, how: int, size: int) -> bytes:
    if how == PLAIN:
        return data
    plain = pa.Codec("lz4").decompress(data, decompressed_size=size, asbytes=True)
    if how == LZ4:
        return plain
    out, start = bytearray(size), 0
    for group in range(4):  # bytes 0, 4, 8, … first, then 1, 5, 9, …
        length = len(range(group, size, 4))
        out[group::4] = plain[start : start + length]
        start += length
    return bytes(out)


def word(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")
